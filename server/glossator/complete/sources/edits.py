"""What was changed since a document was opened: who renames something in one place does so in the next."""

from __future__ import annotations

import asyncio
import difflib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from glossator.complete.sources.base import Found, Layer, Spot

MOST_EDITS = 8
LINES_AROUND = 3
MOST_LINES, MOST_CHARACTERS = 16, 2_000  # of one edit; a whole new function is no hint any more
NEAR = 100  # lines from the cursor, where the text itself shows the edit
LONGEST_DIFFERENCE = 800  # lines that are compared one by one


@dataclass(frozen=True, slots=True)
class RecentEdits:
    """The port ``Source`` over the changed documents."""

    async def find(self, spot: Spot) -> Sequence[Found]:
        """The edits as hunks of a diff, those of the document that was changed last first."""
        return await asyncio.to_thread(_find, spot)


def _find(spot: Spot) -> list[Found]:
    found: list[Found] = []
    for one in spot.surroundings.changed:
        for line, hunk in _hunks(one.before.text, one.now.text):
            if spot.is_about(one.now) and abs(line - spot.position.line) <= NEAR:
                continue
            found.append(Found(Layer.EDIT, f"you changed line {line + 1}", hunk, one.now.path, one.now.uri))
            if len(found) == MOST_EDITS:
                return found
    return found


@lru_cache(maxsize=32)
def _hunks(before: str, now: str) -> tuple[tuple[int, str], ...]:
    """Each difference with its first line in the text of now."""
    old, new = (text.replace("\r\n", "\n").split("\n") for text in (before, now))
    head = _alike(old, new)
    tail = _alike(old[head:][::-1], new[head:][::-1])
    start = max(head - LINES_AROUND, 0)
    old, new = (lines[start : len(lines) - max(tail - LINES_AROUND, 0)] for lines in (old, new))
    if (not head and not tail) or max(len(old), len(new)) > LONGEST_DIFFERENCE:  # another text, and no edit
        return ()
    return tuple((start + line, text) for line, text in _spelled(old, new))


def _spelled(old: list[str], new: list[str]) -> Iterator[tuple[int, str]]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(LINES_AROUND):
        lines: list[str] = []
        for tag, first, last, begin, end in group:
            if tag == "equal":
                lines += [f" {line}" for line in new[begin:end]]
            else:
                lines += [f"-{line}" for line in old[first:last]] + [f"+{line}" for line in new[begin:end]]
        text = "\n".join(lines)
        if len(lines) <= MOST_LINES and len(text) <= MOST_CHARACTERS:
            yield group[0][3], text


def _alike(one: Sequence[str], other: Sequence[str]) -> int:
    """How many lines two texts begin alike."""
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
