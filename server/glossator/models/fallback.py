"""Several models in order: who begins to answer has the floor, and nobody else is asked any more.

Until the first piece, a fault leads to another try, after a pause with jitter, and then to the next model. After it,
a fault ends the answer: two halves by two models are no answer.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from glossator.errors import GlossatorError, ModelMissing, ModelUnavailable
from glossator.models.base import Model, Piece, Prompt
from glossator.models.faults import ModelFault, NothingSent

FAULTS_UNTIL_OPEN = 3
OPEN_SECONDS, LONGEST_OPEN = 30.0, 600.0
MISSING_SECONDS = 300.0
PAUSE_SECONDS, LONGEST_PAUSE = 0.2, 2.0
LEAST_SECONDS = 1.0

Told = Callable[[str, str], None]


@dataclass
class Breaker:
    """Leaves a model alone that keeps failing: closed, then open for some time, then half open for one probe.

    ``tell`` gets each new state and the last fault in words.
    """

    label: str
    tell: Told = lambda state, fault: None
    clock: Callable[[], float] = time.monotonic
    faults: int = 0
    opened: int = 0
    until: float = 0.0
    last: str = ""
    known: bool = False
    probing: bool = field(default=False, repr=False)

    def enter(self) -> None:
        """Begin a request.

        Raises:
            ModelUnavailable: it is left alone, or its one probe is under way.
        """
        left = self.until - self.clock()
        if self.opened and (left > 0 or self.probing):
            told = f"{self.label} is left alone for {max(left, 1):.0f} seconds after faults: {self.last}"
            raise ModelUnavailable(told, "See 'glossator backends'.")
        self.probing = bool(self.opened)

    def well(self) -> None:
        """It began to answer."""
        if self.opened or self.faults or not self.known:
            self.tell("closed", "")
        self.faults, self.opened, self.known = 0, 0, True
        self.probing = False

    def failed(self, error: GlossatorError) -> None:
        """It did not answer. Three in a row open the breaker, a refused probe does again, and for longer; a fault that
        names a time, at once for that time."""
        self.faults, self.last = self.faults + 1, error.what
        wait = (
            error.wait if isinstance(error, ModelFault) else MISSING_SECONDS if isinstance(error, ModelMissing) else 0.0
        )
        if wait or self.probing or self.faults >= FAULTS_UNTIL_OPEN:
            self.opened += 1
            self.until = self.clock() + (wait or min(OPEN_SECONDS * 2 ** (self.opened - 1), LONGEST_OPEN))
        self.probing = False
        self.tell("open" if self.opened else "closed", error.what)

    def left(self) -> None:
        """The request ended without a word about the model: cancelled, or never sent."""
        self.probing = False


@dataclass(frozen=True, slots=True)
class Backend:
    """One of the models. ``patience``: seconds until its first piece, unless it is the last; ``retries``: further
    tries after faults that may pass. Our own engine needs no breaker."""

    label: str
    model: Model
    patience: float = 10.0
    retries: int = 0
    breaker: Breaker | None = None


@dataclass(frozen=True, slots=True)
class FallbackModel:
    """The port ``Model`` over several, in order."""

    backends: Sequence[Backend]

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The answer of the first that begins one.

        Raises:
            GlossatorError: what the only one raised.
            ModelUnavailable: none of several began; it says what each met.
        """
        errors: list[GlossatorError] = []
        end = time.monotonic() + prompt.deadline
        for place, backend in enumerate(self.backends):
            others = len(self.backends) - place - 1
            left = max(end - time.monotonic(), LEAST_SECONDS)
            patience = min(backend.patience, left / (others + 1)) if others else None
            begun = False
            try:
                asked = replace(prompt, deadline=left if place else prompt.deadline)
                async with aclosing(_answer(backend, asked, patience)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except GlossatorError as error:
                if begun:
                    raise
                errors.append(error)
        raise _joined(errors)


async def _answer(backend: Backend, prompt: Prompt, patience: float | None) -> AsyncGenerator[Piece, None]:
    """One backend's answer, with its tries."""
    end = time.monotonic() + (prompt.deadline if patience is None else patience)
    for tries_left in range(backend.retries, -1, -1):
        begun = False
        try:
            async with aclosing(_try(backend, prompt, None if patience is None else end)) as pieces:
                async for piece in pieces:
                    begun = True
                    yield piece
            return
        except ModelFault as error:
            pause = max(error.wait, PAUSE_SECONDS * 2 ** (backend.retries - tries_left) * random.uniform(0.5, 1.5))
            if begun or not error.again or not tries_left or pause > min(LONGEST_PAUSE, end - time.monotonic()):
                raise
        await asyncio.sleep(pause)


async def _try(backend: Backend, prompt: Prompt, end: float | None) -> AsyncGenerator[Piece, None]:
    """One try, with the breaker's account of it."""
    breaker = backend.breaker
    if breaker is not None:
        breaker.enter()
    try:
        async with aclosing(backend.model.stream(prompt)) as pieces:
            first = await _first(backend, pieces, end)
            if breaker is not None and not (first.usage and first.usage.finish_reason == "deadline"):
                breaker.well()
            yield first
            async for piece in pieces:
                yield piece
    except NothingSent:
        raise
    except (ModelUnavailable, ModelMissing) as error:
        if breaker is not None:
            breaker.failed(error)
        raise
    finally:
        if breaker is not None:
            breaker.left()


async def _first(backend: Backend, pieces: AsyncGenerator[Piece, None], end: float | None) -> Piece:
    """The first piece that says something, or the answer's end.

    Raises:
        ModelFault: there is none until ``end`` (in seconds of the monotonic clock), and another could still answer.
    """
    began = time.monotonic()
    try:
        while True:
            left = None if end is None else max(end - time.monotonic(), 0)
            piece = await asyncio.wait_for(anext(pieces), left)
            if piece.text or piece.usage is None or piece.usage.finish_reason != "unfinished":
                break
    except StopAsyncIteration:
        return Piece("")
    except (asyncio.TimeoutError, TimeoutError):
        piece = None
    late = piece is None or (not piece.text and piece.usage is not None and piece.usage.finish_reason == "deadline")
    if late and (end is not None or piece is None):
        granted = max((time.monotonic() if end is None else end) - began, 1)
        raise ModelFault(f"{backend.label} did not begin to answer in {granted:.0f} s.", "Ask again later.")
    assert piece is not None
    if late and backend.breaker is not None:
        backend.breaker.failed(ModelFault(f"{backend.label} did not begin to answer in time."))
    return piece


def _joined(errors: Sequence[GlossatorError]) -> GlossatorError:
    if len(errors) == 1:
        return errors[0]
    if not errors:
        return ModelUnavailable("No backend is set up for this.", "Set backends.order, or ask 'glossator backends'.")
    return ModelUnavailable(f"Nobody answered. {' '.join(one.what for one in errors)}", errors[-1].next_step)
