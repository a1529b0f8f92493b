"""How long an answer counts, and what is said of one that comes from memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from glossator_cache.key import Plain

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0

# ``offline`` replays what is there, whatever its age, and never asks; ``fresh`` asks again and overwrites.
Mode = Literal["normal", "offline", "fresh"]


@dataclass(frozen=True, slots=True)
class Policy:
    """For how many seconds what counts.

    Until ``fresh`` an answer is returned as it is; until ``stale`` it is returned at once too, while it is asked for
    again in the background; ``negative`` takes the place of both for an empty answer. After a failure nobody asks
    again for ``failure`` (and up to a half more, so that many machines do not come back together), or for as long as
    ``Unavailable`` says. ``keep`` deletes, which the others do not: it is for what may not be stored for longer.

    One process asks while others wait: ``patience`` at most, and not for one that has been at it for ``lease``.
    """

    fresh: float = DAY
    stale: float = 30 * DAY
    negative: float = 10 * MINUTE
    failure: float = 30.0
    keep: float | None = None
    lease: float = 30.0
    patience: float = 10.0

    def is_fresh(self, found: Remembered) -> bool:
        """Whether it needs no asking."""
        return found.age < (self.negative if found.empty else self.fresh)

    def is_usable(self, found: Remembered) -> bool:
        """Whether it may be shown while it is asked for again."""
        return found.age < (self.negative if found.empty else self.stale)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was asked for. ``empty``: there truly is nothing; it is remembered for a short time. ``partial``: a part
    did not answer; it is returned and never remembered."""

    value: Plain
    empty: bool = False
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """An answer and its ``age`` in seconds: 0 if it was asked for just now. ``stale``: it is past its time, and is
    being asked for again unless that is not allowed."""

    value: Any
    age: float = 0.0
    stale: bool = False
    empty: bool = False
    partial: bool = False


class Unavailable(Exception):
    """Raised by who was asked: there is no answer now. It is remembered, and raised again without asking.

    ``detail`` is plain and comes back with it. ``retry_after`` is how many seconds there was said to wait, which holds
    for ``fresh`` too, and for every question of the same ``scope``.
    """

    def __init__(self, detail: Plain, retry_after: float | None = None) -> None:
        super().__init__(detail, retry_after)
        self.detail: Any = detail
        self.retry_after = retry_after

    def __str__(self) -> str:
        wait = "" if self.retry_after is None else f" Ask again in {self.retry_after:.0f} seconds."
        return f"{self.detail}{wait}"


class NotRemembered(LookupError):
    """Offline, and nothing is remembered under this key."""


Ask = Callable[[], Awaitable[Answer]]
