"""Glossator's side of a replay on a virtual clock, and for each key, why it was or was not answered from memory."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from glossator.complete.desk import Desk
from glossator.complete.pipeline import CompleteOptions, CompleteTools
from glossator.models.base import Model, Piece, Prompt
from glossator.settings import CompletionSettings
from glossator.text import Snapshot
from tests.bench.complete.machine import Machine
from tests.bench.complete.typing import SOON, Hole, Screen

URI = "untitled:typed.py"


@dataclass
class Heard:
    """An answer of the model, as far as it came."""

    prompt: Prompt
    text: str = ""
    ended: bool = False
    under_way: bool = True


@dataclass
class OverheardModel:
    """The port ``Model`` over another, whose answers are kept."""

    model: Model
    heard: list[Heard] = field(default_factory=list)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The other's answer."""
        one = Heard(prompt)
        self.heard.append(one)
        try:
            async with aclosing(self.model.stream(prompt)) as pieces:
                async for piece in pieces:
                    one.text += piece.text
                    yield piece
            one.ended = True
        finally:
            one.under_way = False


@dataclass
class SimulatedDesk:
    """Types at a desk. ``fates`` counts what became of each key's first answer."""

    machine: Machine
    model: Model
    fates: Counter[str] = field(default_factory=Counter)
    chosen: CompletionSettings = CompletionSettings()
    desk: Desk = field(default_factory=Desk)
    overheard: OverheardModel | None = None
    _reasons: dict[str, str] = field(default_factory=dict)
    _behind: str = ""
    _asked: asyncio.Task[None] | None = None

    async def arrive(self, hole: Hole) -> None:
        """The text above was read ahead, that costs nothing."""
        self.overheard, self._reasons, self._behind = OverheardModel(self.model), {}, hole.behind
        snapshot = self._changed(hole.before, 0)
        options = CompleteOptions(manual=True, max_tokens=1, deadline=60.0)
        await self.desk.complete(snapshot, snapshot.position(len(hole.before)), self._tools(), options)
        self.overheard.heard.clear()
        self.machine.written = 0

    async def key(self, before: str, screen: Screen) -> None:
        """A key was pressed: tell, ask, forget the request before."""
        why = self.why_not_known(before)
        snapshot = self._changed(before, len(screen.keys))
        if self._asked is not None:
            self._asked.cancel()
        self._asked = asyncio.ensure_future(self._ask(snapshot, before, screen, why))

    async def leave(self) -> int:
        """Close the document."""
        if self._asked is not None:
            self._asked.cancel()
        self.desk.closed(URI)
        await self.desk.close()
        return self.machine.written

    def tokens(self, text: str) -> int:
        """Not counted by the model's own tokens here; see ``machine``."""
        return max(round(len(text) / 3.2), 1)

    def _changed(self, before: str, version: int) -> Snapshot:
        snapshot = Snapshot(URI, "python", before + self._behind, version)
        self.desk.changed(snapshot)
        return snapshot

    def _tools(self) -> CompleteTools:
        assert self.overheard is not None
        return CompleteTools(self.overheard, self.overheard, "simulated")

    async def _ask(self, snapshot: Snapshot, before: str, screen: Screen, why: str) -> None:
        chosen, loop = self.chosen, asyncio.get_running_loop()
        options = CompleteOptions(False, chosen.max_tokens, chosen.deadline, chosen.confidence)
        began, fate = loop.time(), why
        try:
            answer = await self.desk.complete(snapshot, snapshot.position(len(before)), self._tools(), options)
            if loop.time() - began < SOON:
                how = "from memory" if answer.meta.cached else "by rule"
                fate = f"known, {how}: {f'nothing, {answer.reason}' if answer.reason else 'a text'}"
            self._reasons[before] = answer.reason or ""
            asked = bool(answer.meta.model) and not answer.meta.cached
            if answer.items:
                screen.show(before, answer.items[0].text, model=asked)
            else:
                screen.answer(before, model=asked, reason=answer.reason or "")
        finally:
            self.fates[fate] += 1

    def why_not_known(self, before: str) -> str:
        """What of the nearest answer is in the way, if this key is not answered from memory."""
        assert self.overheard is not None
        fitting = [one for one in self.overheard.heard if before.startswith(one.prompt.text)]
        if not fitting:
            return "asked: nothing was asked here before"
        nearest = max(enumerate(fitting), key=lambda pair: (len(pair[1].prompt.text), pair[0]))[1]
        typed = before[len(nearest.prompt.text) :]
        line = ", in a new line" if "\n" in typed else ""
        rest = nearest.text[len(typed) :] if nearest.text.startswith(typed) else None
        if rest is None and not typed.startswith(nearest.text.rstrip()):
            return f"asked: typed off the answer{line}"
        if nearest.under_way:
            return f"asked: an answer that may fit is under way{line}"
        if not nearest.ended and not nearest.text:
            return f"asked: broken off before it came{line}"
        if rest is not None and rest.strip():
            return f"asked: the answer fits and was hidden, {self._reasons.get(nearest.prompt.text, 'unseen')}{line}"
        return f"asked: the answer is used up{line}"
