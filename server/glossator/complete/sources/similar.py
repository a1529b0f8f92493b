"""Windows of open files that look like the lines before the cursor: what one writes often resembles what is there."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePath

from glossator.complete.sources.base import Found, Layer, Spot
from glossator.complete.sources.words import jaccard, words
from glossator.text import Snapshot

# As Cody's and Copilot's: 50 to 60 lines, one window a file, four files.
WINDOW, STEP = 50, 25
LINES_BEFORE = 50
MOST_FILES = 4
LARGEST = 200_000  # characters
LEAST_ALIKE = 0.08


@dataclass(frozen=True, slots=True)
class SimilarWindows:
    """The port ``Source`` over the open documents of the same kind."""

    async def find(self, spot: Spot) -> Sequence[Found]:
        """The best window of each document, the most alike first."""
        return await asyncio.to_thread(_find, spot)


def _find(spot: Spot) -> list[Found]:
    # Without the cursor's own line: it changes with each key, and the windows would with it.
    wanted = words("\n".join(spot.context.before.split("\n")[-LINES_BEFORE - 1 : -1]))
    best: list[tuple[float, Found]] = []
    for other in spot.surroundings.opened:
        if spot.is_about(other) or not _alike(other, spot.snapshot) or len(other.text) > LARGEST:
            continue
        scored = [(jaccard(wanted, known), line, text) for line, text, known in _windows(other.text)]
        score, line, text = max(scored, default=(0.0, 0, ""), key=lambda one: (one[0], -one[1]))
        if score >= LEAST_ALIKE:
            why = f"lines {line + 1} to {line + text.count(chr(10)) + 1} look alike"
            best.append((score, Found(Layer.SIMILAR, why, text, other.path, other.uri)))
    return [found for _, found in sorted(best, key=lambda one: -one[0])[:MOST_FILES]]


@lru_cache(maxsize=64)
def _windows(text: str) -> tuple[tuple[int, str, frozenset[str]], ...]:
    """First line, text and words of each window."""
    lines = text.replace("\r\n", "\n").split("\n")
    starts = range(0, max(len(lines) - STEP, 1), STEP)
    cut = ((start, "\n".join(lines[start : start + WINDOW]).strip("\n")) for start in starts)
    return tuple((start, piece, words(piece)) for start, piece in cut if piece.strip())


def _alike(one: Snapshot, other: Snapshot) -> bool:
    return one.language == other.language or _suffix(one) == _suffix(other)


def _suffix(snapshot: Snapshot) -> str:
    return PurePath(snapshot.uri).suffix or snapshot.uri
