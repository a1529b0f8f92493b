"""What answering tells while it goes on, and the account of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token with the logarithm of its probability, and the likeliest ones beside it. Of a text's first token, where
    nothing stands before it, there is none."""

    text: str
    logprob: float | None
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What an answer took so far, all its alternatives together. Timings in milliseconds, ``first_token`` since the
    request came. Of the tokens that were ``guessed``, those that were ``right`` cost no step of their own."""

    model: str
    adapter: str | None
    prompt_tokens: int
    completion_tokens: int
    reused_tokens: int
    cut_tokens: int
    suffix_used: bool
    note: str
    seen: tuple[tuple[str, int, int | None], ...]
    guessed_tokens: int
    right_tokens: int
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer; ``scores`` for the tokens behind it, if asked for. ``so_far`` is told with each piece,
    since a client that has what it wants does not wait for the end. ``choice``: of which alternative, from 0."""

    text: str
    so_far: Figures
    scores: tuple[TokenScore, ...] = ()
    choice: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer: why each of its alternatives ended, and what it took. The reasons are OpenAI's "stop" and
    "length", and "deadline": there was no more time."""

    reasons: tuple[str, ...]
    figures: Figures

    @property
    def reason(self) -> str:
        """Why the first one ended."""
        return self.reasons[0]


Emit = Callable[[Text | Finished], None]


@dataclass
class Stopwatch:
    """The moments of one answer, in seconds of the monotonic clock. ``allowed``: how long it may take since it was
    ``received``; 0 is for ever."""

    received: float
    allowed: float = 0.0
    started: float = field(default_factory=time.monotonic)
    prefilled: float = 0.0
    first_token: float = 0.0

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        return self.allowed > 0 and time.monotonic() - self.received >= self.allowed

    def timings_ms(self) -> dict[str, float]:
        """The named spans up to now."""
        now = time.monotonic()
        prefilled = self.prefilled or now
        spans = {
            "queue": self.started - self.received,
            "prefill": prefilled - self.started,
            "first_token": (self.first_token or now) - self.received,
            "decode": now - prefilled,
        }
        return {name: round(span * 1000, 1) for name, span in spans.items()}
