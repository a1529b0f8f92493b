"""A machine that computes on a virtual clock: one step at a time, the most urgent first, as the engine does it.

What a step takes is given; what has been read before costs nothing again. So two policies can be compared on the very
same machine and model, in no time, and a second run says the same.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from glossator.models.base import Piece, Priority, Prompt, Usage
from tests.bench.complete.llama import Said
from tests.bench.complete.llama_vim import MOST_TOKENS
from tests.bench.complete.writers import Writer

CHARACTERS = 3.2  # of code in a token
SLOTS = 16
LAST_WORD = 2  # tokens that are read again, since the answer spells the end of the prompt anew


@dataclass(frozen=True, slots=True)
class Speed:
    """Seconds: for each request, for a token that is read, and for one that is written."""

    name: str
    request: float
    read: float
    write: float


SPEEDS = (
    Speed("SmolLM2, two cores", 0.012, 0.0016, 0.018),
    Speed("SmolLM2, an old laptop", 0.02, 0.004, 0.045),
    Speed("a model of 1B", 0.015, 0.008, 0.06),
)


@dataclass
class Machine:
    """Its one worker, what it remembers of texts it read, and the tokens it wrote."""

    speed: Speed
    written: int = 0
    requests: int = 0
    _read: list[str] = field(default_factory=list)
    _waiting: list[tuple[int, int, asyncio.Future[None]]] = field(default_factory=list)
    _busy: bool = False
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    async def step(self, seconds: float, priority: int) -> None:
        """Compute for so long, when it is one's turn."""
        if self._busy:
            turn = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (priority, next(self._numbers), turn))
            try:
                await turn
            except asyncio.CancelledError:
                if not turn.cancelled():  # it was just given the turn
                    self._hand_over()
                raise
        self._busy = True
        try:
            await asyncio.sleep(seconds)
        finally:
            # Later, so that who took this step can ask for the next one, as the engine's jobs do.
            asyncio.get_running_loop().call_soon(self._hand_over)

    def _hand_over(self) -> None:
        while self._waiting:
            _, _, turn = heapq.heappop(self._waiting)
            if not turn.done():
                turn.set_result(None)
                return
        self._busy = False

    async def read(self, text: str, priority: int) -> None:
        """Read what was not read before."""
        known = max((alike(text, one) for one in self._read), default=0)
        await self.step(self.speed.request + ((len(text) - known) / CHARACTERS + LAST_WORD) * self.speed.read, priority)
        self._read = [*(one for one in self._read if not text.startswith(one)), text][-SLOTS:]

    async def write(self, priority: int) -> None:
        """Write a token."""
        await self.step(self.speed.write, priority)
        self.written += 1


@dataclass
class SimulatedModel:
    """The port ``Model``: what the writer says, as fast as the machine does it, up to where the prompt ends it."""

    machine: Machine
    writer: Writer

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The continuation of a prompt, a token a piece."""
        machine, said, reason = self.machine, "", "length"
        machine.requests += 1
        late = asyncio.get_running_loop().time() + prompt.deadline
        await machine.read(prompt.text, prompt.priority)
        for number in range(prompt.max_tokens):
            token = self.writer.token(prompt.text, number)
            if token is None or (prompt.ending is not None and prompt.ending.decided(said)):
                reason = "stop"
                break
            if asyncio.get_running_loop().time() > late:
                reason = "deadline"
                break
            await machine.write(prompt.priority)
            end = _end(said + token.text, prompt.stop)
            text, said = (said + token.text)[len(said) : end], said + token.text
            yield Piece(text, Usage("simulated", "simulated", finish_reason="unfinished"), logprobs=(token.logprob,))
            if end < len(said):
                reason = "stop"
                break
        yield Piece("", Usage("simulated", "simulated", finish_reason=reason))


def alike(one: str, other: str) -> int:
    """The characters with which both begin; by halving, for they may be many."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle - 1)
    return low


def _end(text: str, stop: tuple[str, ...]) -> int:
    return min([place for one in stop if (place := text.find(one)) >= 0], default=len(text))


@dataclass
class SimulatedServer:
    """llama.cpp's server on such a machine: ends at a line that is indented less, or when the time is over and there
    is a whole line."""

    machine: Machine
    writer: Writer

    @property
    def generated(self) -> int:
        """The tokens of all answers."""
        return self.machine.written

    @generated.setter
    def generated(self, count: int) -> None:
        self.machine.written = count

    async def say(self, prompt: str, tokens: int, **options: Any) -> Said:
        """The continuation."""
        priority, loop = Priority.AUTOMATIC_COMPLETION, asyncio.get_running_loop()
        self.machine.requests += bool(tokens)
        await self.machine.read(prompt, priority)
        said, count, begun = "", 0, loop.time()
        for number in range(min(tokens, MOST_TOKENS)):
            token = self.writer.token(prompt, number)
            if token is None:
                break
            await self.machine.write(priority)
            said, count = said + token.text, count + 1
            *whole, last = said.split("\n")
            if whole and "\n" in token.text:
                late = (loop.time() - begun) * 1000 > options.get("t_max_predict_ms", 1e9)
                shallow = last.strip() and len(last) - len(last.lstrip()) < options.get("n_indent", 0)
                if late or shallow:
                    said = "\n".join(whole)
                    break
        return Said(said, count)
