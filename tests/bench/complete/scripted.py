"""A server that says what it is told, after some time, and a client of ours without an engine: for the tests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from glossator.complete.desk import Desk
from glossator.complete.pipeline import CompleteOptions, CompleteTools
from glossator.complete.scripted import PacedModel
from glossator.text import Snapshot
from tests.bench.complete.llama import Said
from tests.bench.complete.typing import Hole, Screen


@dataclass
class ScriptedServer:
    """Continues a prompt as ``continue_`` says; ``asked`` keeps the prompts, each with its time and its options."""

    continue_: Callable[[str], str]
    seconds: float = 0.3
    generated: int = 0
    asked: list[tuple[float, str, dict[str, Any]]] = field(default_factory=list)

    async def say(self, prompt: str, tokens: int, **options: Any) -> Said:
        """The continuation, a token a character."""
        if not tokens:
            return Said("", 0)
        self.asked.append((asyncio.get_running_loop().time(), prompt, options))
        await asyncio.sleep(self.seconds)
        text = self.continue_(prompt)
        self.generated += len(text)
        return Said(text, len(text))


@dataclass
class DeskClient:
    """Types at a desk with a paced model."""

    model: PacedModel
    desk: Desk = field(default_factory=Desk)
    _behind: str = ""
    _asked: asyncio.Task[None] | None = None

    async def arrive(self, hole: Hole) -> None:
        """A document without a past."""
        self._behind = hole.behind
        self.model.said = 0

    async def key(self, before: str, screen: Screen) -> None:
        """Tell and ask; the request before is forgotten."""
        snapshot = Snapshot("untitled:typed.py", "python", before + self._behind, len(screen.keys))
        self.desk.changed(snapshot)
        if self._asked is not None:
            self._asked.cancel()
        self._asked = asyncio.ensure_future(self._ask(snapshot, before, screen))

    async def leave(self) -> int:
        """Close the document."""
        if self._asked is not None:
            self._asked.cancel()
        await self.desk.close()
        return self.model.said

    def tokens(self, text: str) -> int:
        """A token a character, as the model counts."""
        return len(text)

    async def _ask(self, snapshot: Snapshot, before: str, screen: Screen) -> None:
        tools = CompleteTools(self.model, self.model, "paced")
        answer = await self.desk.complete(snapshot, snapshot.position(len(before)), tools, CompleteOptions())
        asked = bool(answer.meta.model) and not answer.meta.cached
        if answer.items:
            screen.show(before, answer.items[0].text, model=asked)
        else:
            screen.answer(before, model=asked)
