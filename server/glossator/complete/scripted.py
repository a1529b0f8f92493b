"""Time that passes only while everybody waits, and a model that writes a text known beforehand: for replays."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import AsyncGenerator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from glossator.models.base import Piece, Prompt, Usage

Result = TypeVar("Result")


def run_in_no_time(work: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end; every sleep takes its time on the loop's clock, and none on the wall's. Threads are not for
    this: nobody would wait for them."""
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self.now


class _Jumping(selectors.SelectSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self._loop.now += timeout
        return ready


@dataclass
class PacedModel:
    """Answers as ``continue_`` says, a few characters at a time: ``prefill`` seconds until the first, then ``step``
    for each. ``asked`` keeps the prompts with their times, ``cancelled`` counts the answers closed before their end,
    ``said`` the characters given."""

    continue_: Callable[[str], str]
    prefill: float = 0.1
    step: float = 0.03
    size: int = 3
    asked: list[tuple[float, Prompt]] = field(default_factory=list)
    cancelled: int = 0
    running: int = 0
    most_running: int = 0
    said: int = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The continuation of the prompt."""
        self.asked.append((asyncio.get_running_loop().time(), prompt))
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        text, finished = self.continue_(prompt.text), False
        try:
            await asyncio.sleep(self.prefill)
            if prompt.max_tokens:
                for start in range(0, len(text), self.size):
                    await asyncio.sleep(self.step)
                    piece = text[start : start + self.size]
                    self.said += len(piece)
                    yield Piece(piece, Usage("scripted", "paced", finish_reason="unfinished"))
            finished = True
            yield Piece("", Usage("scripted", "paced"))
        finally:
            self.running -= 1
            self.cancelled += not finished
