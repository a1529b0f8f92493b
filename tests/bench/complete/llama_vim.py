"""llama.vim's policy (commit a1c8e6e, 2026-01-31), written anew: its cache, its one request at a time, its two speeds.

At each key the text shown is hidden; what the cache has for this place, or for one up to 128 characters back whose text
was typed since, is shown at once; then, unless the cache has this very place, the server is asked, for 250 ms of
writing. While it writes, nobody is asked: the key tries again every 100 ms, and nothing is ever broken off. Once
something is shown, what follows it is asked for, with 1,000 ms. Left out: the ring of chunks of other files (there are
none here), and the suffix in the prompt (these weights cannot read one; it is in the key of the cache).
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.bench.complete.llama import Said
from tests.bench.complete.typing import Hole, Screen

PREFIX_LINES, MOST_TOKENS, MOST_BEHIND, MOST_KEPT = 256, 128, 8, 250
FIRST_MS, FOLLOWING_MS = 250, 1000
WALK_BACK, TRIMMED = 128, 3
RETRY = 0.1


class Server(Protocol):
    """What the policy needs of ``llama.Llama``."""

    generated: int

    async def say(self, prompt: str, tokens: int, **options: Any) -> Said:
        """The continuation of a prompt."""
        ...


@dataclass(frozen=True, slots=True)
class Local:
    """The text around the cursor as it is asked about; ``indent`` ends the answer where a line has less."""

    prefix: str
    middle: str
    suffix: str
    indent: int

    @property
    def keys(self) -> list[tuple[str, str]]:
        """Under which an answer is kept: without the first lines too, for the window moves down."""
        found, prefix = [(self.prefix + self.middle, self.suffix)], self.prefix
        for _ in range(TRIMMED):
            prefix = prefix.partition("\n")[2]
            if not prefix:
                break
            found.append((prefix + self.middle, self.suffix))
        return found


@dataclass
class LlamaVim:
    """The client. ``count`` gives the tokens of a text."""

    server: Server
    count: Callable[[str], int] = len
    _cache: OrderedDict[tuple[str, str], str] = field(default_factory=OrderedDict)
    _job: asyncio.Task[None] | None = None
    _timer: asyncio.TimerHandle | None = None
    _behind: str = ""
    _shown: str = ""
    _screen: Screen | None = None

    async def arrive(self, hole: Hole) -> None:
        """The server reads the text above; that costs nothing in the figures."""
        self._behind, self._shown, self._screen = hole.behind, "", None
        await self.server.say(_local(hole.before, hole.behind).prefix, 0)
        self.server.generated = 0

    async def key(self, before: str, screen: Screen) -> None:
        """A key was pressed: hide, show what is known, ask."""
        self._screen, self._shown = screen, ""
        self._try_hint()
        self._ask(before, "")

    async def leave(self) -> int:
        """Wait for the answer under way, as nothing breaks it off."""
        if self._timer is not None:
            self._timer.cancel()
        self._screen = None
        if self._job is not None:
            await self._job
        return self.server.generated

    def tokens(self, text: str) -> int:
        """How many tokens a text has."""
        return self.count(text)

    def _try_hint(self) -> None:
        assert self._screen is not None
        before = self._screen.before
        text = self._known(_local(before, self._behind))
        if text is None:
            return
        self._shown = rendered(text, before, self._behind)
        if self._shown.strip():
            self._screen.show(before, self._shown, model=False)
            self._ask(before, self._shown)
        else:
            self._screen.answer(before, model=False)

    def _known(self, here: Local) -> str | None:
        """For this place, else the longest rest of what was said a little before and typed since."""
        whole = here.prefix + here.middle
        if (whole, here.suffix) in self._cache:
            self._cache.move_to_end((whole, here.suffix))
            return self._cache[whole, here.suffix]
        rests = []
        for back in range(1, min(WALK_BACK, len(whole)) + 1):
            said = self._cache.get((whole[:-back], here.suffix), "")
            if said.startswith(whole[-back:]) and len(said) > back:
                rests.append(said[back:])
        return max(rests, key=len, default=None)

    def _ask(self, before: str, accepted: str) -> None:
        """For the text as it is, or, behind what is shown, as if that were accepted."""
        if self._job is not None:
            if self._timer is not None:
                self._timer.cancel()
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(RETRY, lambda: self._screen and self._ask(self._screen.before, accepted))
            return
        here = _local(before + accepted, self._behind)
        if len(self._behind.partition("\n")[0]) > MOST_BEHIND or any(key in self._cache for key in here.keys):
            return
        self._job = asyncio.ensure_future(self._run(here, FOLLOWING_MS if accepted else FIRST_MS))

    async def _run(self, here: Local, most_ms: int) -> None:
        prompt = here.prefix + here.middle
        said = await self.server.say(prompt, MOST_TOKENS, n_indent=here.indent, t_max_predict_ms=most_ms)
        self._job = None
        for key in here.keys:
            self._cache[key] = said.text
            self._cache.move_to_end(key)
        while len(self._cache) > MOST_KEPT:
            self._cache.popitem(last=False)
        if self._screen is not None and not self._shown.strip():
            before = self._screen.before
            self._shown = rendered(self._known(_local(before, self._behind)) or "", before, self._behind)
            if self._shown.strip():
                self._screen.show(before, self._shown, model=True)
                self._ask(before, self._shown)


def rendered(text: str, before: str, behind: str) -> str:
    """What is shown of an answer: without what is on the line already, and nothing where it repeats what follows."""
    content = text.rstrip("\n").split("\n")
    line, rest = before.rpartition("\n")[2], behind.partition("\n")[0]
    if not (line + rest).strip():
        lead = min(len(content[0]) - len(content[0].lstrip()), len(line))
        content[0] = content[0][lead:]
    following = behind.split("\n")[1:]
    if len(content) > 1 and content[0] == "" and content[1:] == following[: len(content) - 1]:
        return ""
    if len(content) == 1 and content[0] == rest:
        return ""
    below = next((number for number, one in enumerate(following) if one.strip()), len(following))
    if below < len(following) and line + content[0] == following[below]:
        second = following[below + 1] if below + 1 < len(following) else ""
        repeats = content[1:] == following[below + 1 : below + len(content)]
        if len(content) == 1 or repeats or (len(content) == 2 and second.startswith(content[1])):
            return ""
    return "\n".join(content)


def _local(before: str, behind: str) -> Local:
    lines = before.split("\n")
    rest, _, below = behind.partition("\n")
    line = lines[-1]
    blank = not (line + rest).strip()  # such a line is asked about from its beginning
    prefix = "\n".join(lines[-1 - PREFIX_LINES : -1]) + "\n"
    suffix = ("" if blank else rest) + "\n" + "\n".join(below.split("\n")[:64]) + "\n"
    return Local(prefix, "" if blank else line, suffix, 0 if blank else len(line) - len(line.lstrip()))
