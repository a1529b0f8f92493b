"""How long to wait for the next key before asking: as long as this person's keys follow each other, but no longer."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from glossator.complete.place import Place

LONGEST_GAP = 0.4  # seconds; after a longer one the user has been thinking, not typing
FEWEST_GAPS = 20
FIRST_GUESS = 0.2
GAPS = (0.1, 0.4)
# Tabby waits 1.5 to 3 gaps, since it pays for every request. Here typing on cancels an answer within a decoding step
# and an answer that still fits is not asked for again, so a fraction of a gap is enough to let a burst pass.
LEAST_SHARE, MOST_SHARE = 0.1, 0.6
LONGEST_DELAY = 0.3
SETTLING = 0.025  # where nothing is under way: for keys that come together, as when an editor pastes or repeats
FEWEST_IGNORED = 5  # suggestions in a row that were seen and not taken, before it gets quieter
LONGEST_PAUSE = 2.0


@dataclass
class Rhythm:
    """The gaps between keys, the times that answers took, and how many suggestions in a row were seen and not taken.
    All in seconds."""

    gaps: deque[float] = field(default_factory=lambda: deque(maxlen=100))
    answers: deque[float] = field(default_factory=lambda: deque(maxlen=10))
    ignored: int = 0
    _last: float | None = None

    def key(self, now: float) -> None:
        """A key was pressed."""
        gap = now - self._last if self._last is not None else math.inf
        self._last = now
        if 0 <= gap <= LONGEST_GAP:
            self.gaps.append(gap)

    def answered(self, seconds: float) -> None:
        """An answer took so long; what is no time is not counted."""
        if math.isfinite(seconds) and seconds >= 0:
            self.answers.append(seconds)

    def delay(self, place: Place, *, idle: bool = False) -> float:
        """How long to wait: less behind a mark and at the end of a line, where a thought ends; less where answers take
        long anyhow; hardly at all where nothing else is under way; more after many suggestions that nobody took."""
        gap = sum(self.gaps) / len(self.gaps) if len(self.gaps) >= FEWEST_GAPS else FIRST_GUESS
        gap = min(max(gap, GAPS[0]), GAPS[1])
        share = MOST_SHARE - (MOST_SHARE - LEAST_SHARE) * _score(place)
        # Nothing known yet is no time at all: Tabby divides by the number of answers, and NaN ends its waiting.
        usual = sum(self.answers) / len(self.answers) if self.answers else 0.0
        return min(max(share * gap - usual, 0.0), SETTLING if idle else LONGEST_DELAY) + self.pause

    @property
    def pause(self) -> float:
        """What many suggestions in a row that nobody took add to it."""
        if self.ignored < FEWEST_IGNORED:
            return 0.0
        return float(min(0.25 * 2 ** (self.ignored - FEWEST_IGNORED), LONGEST_PAUSE))

    @property
    def told(self) -> str:
        """The same in words, for the status."""
        if not self.pause:
            return "ready"
        return f"waits {self.pause:g} s longer after {self.ignored} suggestions that were not taken"

    def taken(self, accepted: bool) -> None:
        """A suggestion was seen, and accepted or not."""
        self.ignored = 0 if accepted else self.ignored + 1


def _score(place: Place) -> float:
    """From 0, in the middle of a word, to 1, behind a mark at the end of the document."""
    context = place.context
    last = context.before[-1:]
    return (
        0.5 * (bool(last) and not last.isalnum() and last != "_")
        + 0.4 * (not context.line_after.strip())
        + 0.1 * (not context.after.strip())
    )
