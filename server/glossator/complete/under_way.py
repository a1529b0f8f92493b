"""Work that goes on while somebody types: an answer that was asked for, and what nobody waits for."""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from dataclasses import dataclass, field

from glossator.complete.completion import Completion, CompletionMeta, Said
from glossator.complete.confidence import behind
from glossator.complete.pipeline import Task
from glossator.complete.reuse import Scene

PATIENCE = 0.2  # seconds to wait for an answer under way that has not yet shown whether it fits
SOON = 0.001  # no timer is finer than that
_LAST_WORD = re.compile(r"\w+\Z")


@dataclass(eq=False)
class Generation:
    """An answer under way: the task it is for, what of it has come and from whom, how many wait for it, and whether
    its first words are ``shown`` already."""

    task: Task
    scene: Scene
    heard: Said = Said("")
    meta: CompletionMeta = CompletionMeta()
    waiting: int = 0
    shown: bool = False
    work: asyncio.Task[Completion] | None = None
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def prefix(self) -> str:
        """The text that it goes on from."""
        return self.task.context.before

    @property
    def said(self) -> str:
        """The text that has come."""
        return self.heard.text

    def hear(self, said: Said, meta: CompletionMeta) -> None:
        """More has come."""
        self.heard, self.meta = said, meta
        self.wake()

    def so_far(self, prefix: str) -> Said | None:
        """The whole words of it that are still to be typed, if there are any: its last one may go on."""
        if not prefix.startswith(self.prefix):
            return None
        rest = behind(self.heard, prefix[len(self.prefix) :])
        if rest is None:
            return None
        words = _LAST_WORD.sub("", rest.text)
        scores = tuple(one for one in rest.scores if one[0] < len(words))
        return Said(words, scores) if words.strip() else None

    def wake(self) -> None:
        """Let those who wait look again."""
        self._news.set()
        self._news = asyncio.Event()

    def fits(self, prefix: str) -> bool:
        """Whether the answer may still go on from a prefix: what was typed since is what it says, as far as known."""
        if not prefix.startswith(self.prefix):
            return False
        typed = prefix[len(self.prefix) :]
        return self.said.startswith(typed) or typed.startswith(self.said)

    def fits_text(self, text: str) -> bool:
        """The same for a whole document whose cursor is not known."""
        old, cursor = self.task.snapshot.text, self.task.snapshot.offset(self.task.position)
        behind = len(old) - cursor
        if len(text) < len(old) or text[:cursor] != old[:cursor] or text[len(text) - behind :] != old[cursor:]:
            return False
        return self.fits(self.prefix + text[cursor : len(text) - behind].replace("\r\n", "\n"))

    async def settled(self, prefix: str) -> bool:
        """Wait for the end while the answer fits; as long as it takes once it has shown that it does."""
        assert self.work is not None
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while not self.work.done():
            proven = len(self.said) > len(prefix) - len(self.prefix) and self.said != ""
            left = None if proven else end - loop.time()
            if not self.fits(prefix) or (left is not None and left <= SOON):
                return False
            with suppress(asyncio.TimeoutError, TimeoutError):
                await asyncio.wait_for(self._news.wait(), left)
        return self.fits(prefix)


@dataclass(eq=False)
class Ahead:
    """Work that nobody waits for. With a ``text``, it is for when a suggestion has become part of that text, which
    stands so many characters before its end."""

    work: asyncio.Task[None]
    text: str = ""
    behind: int = 0

    def serves(self, text: str) -> bool:
        """Whether a document is on its way to that text."""
        typed = len(text) - self.behind
        return (
            typed >= 0
            and bool(self.text)
            and self.text.startswith(text[:typed])
            and text[typed:] == self.text[len(self.text) - self.behind :]
        )
