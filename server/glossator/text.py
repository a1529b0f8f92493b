"""Positions, spans and immutable snapshots of a text.

Lines and columns count from 0 here, columns in code points; the command line and the answers count from 1, the
editor in whatever it negotiated (``lsp.convert``). Lines end as the Language Server Protocol says: LF, CRLF or CR.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, islice
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from glossator.errors import WrongUse

SHORTEST_EDITED = 4_000  # characters; of shorter texts everything is counted and parsed as soon
LONGEST_EDIT = 4_000
LINE_END = re.compile(r"\r\n|\n|\r")
HALF = re.compile("[\ud800-\udfff]")  # of a character beyond U+FFFF: editors that count in UTF-16 can send one alone


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place between two characters: line and column from 0, the column in code points."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Span:
    """From ``start`` up to but without ``end``."""

    start: Position
    end: Position

    def contains(self, position: Position) -> bool:
        """Whether the position is inside or at either edge: a cursor behind a name is still on it."""
        return self.start <= position <= self.end


@dataclass(frozen=True)
class Snapshot:
    """The text of one document at one moment. Requests work on it whatever the user types meanwhile."""

    uri: str
    language: str
    text: str
    version: int | None = None

    @property
    def line_starts(self) -> tuple[int, ...]:
        """The offset of each line's first character, in code points."""
        return line_starts(self.text)

    @property
    def line_count(self) -> int:
        """How many lines there are; an empty text has one."""
        return len(self.line_starts)

    @property
    def path(self) -> Path | None:
        """The file behind the URI, or None for an unsaved or virtual document."""
        try:
            # Not urlparse, which takes what follows a semicolon in the name for parameters.
            parts = urlsplit(self.uri)
        except ValueError:
            return None
        if parts.scheme != "file":
            return None
        host = "" if parts.netloc == "localhost" else parts.netloc
        return Path(url2pathname(f"//{host}{parts.path}" if host else parts.path))

    def line(self, number: int) -> str:
        """The line without its line end."""
        start = self.line_starts[number]
        end = self.line_starts[number + 1] if number + 1 < self.line_count else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    def offset(self, position: Position) -> int:
        """The offset of a position, in code points.

        Raises:
            WrongUse: the position is outside the text.
        """
        if not 0 <= position.line < self.line_count:
            raise WrongUse(
                f"Line {position.line + 1} is outside the text.",
                f"It has {self.line_count} lines; ask within them.",
            )
        length = len(self.line(position.line))
        if not 0 <= position.column <= length:
            raise WrongUse(
                f"Column {position.column + 1} is outside line {position.line + 1}.",
                f"That line has {length} characters; ask within 1 and {length + 1}.",
            )
        return self.line_starts[position.line] + position.column

    def position(self, offset: int) -> Position:
        """The position of an offset; offsets outside the text are moved to its nearest end."""
        offset = min(max(offset, 0), len(self.text))
        low, high = 0, self.line_count
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.line_starts[middle] <= offset else (low, middle)
        return Position(low, min(offset - self.line_starts[low], len(self.line(low))))

    def slice(self, span: Span) -> str:
        """The text between two positions."""
        return self.text[self.offset(span.start) : self.offset(span.end)]


@lru_cache(maxsize=32)
def line_starts(text: str) -> tuple[int, ...]:
    """The offset of each line's first character. Remembered by the text: a snapshot, its tree and what the symbol
    server gets of it ask for the same. After an edit only what moved is counted anew."""
    if "\r" in text:  # nearly never, and five times as slow
        return (0, *(match.end() for match in LINE_END.finditer(text)))
    if len(text) < SHORTEST_EDITED:
        return (0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1]))
    edited = ((known, starts, difference(known, text)) for known, starts in _counted if _is_like(known, text))
    near = next((one for one in edited if one[2].longest <= LONGEST_EDIT), None)
    if near is None:
        starts = (0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1]))
    else:
        starts = _moved(near[1], text, near[2])
    _counted.appendleft((text, starts))
    return starts


@dataclass(frozen=True, slots=True)
class Edit:
    """The one stretch in which two texts differ: where it begins, and where it ends in the old and in the new one."""

    begin: int
    old_end: int
    new_end: int

    @property
    def longest(self) -> int:
        """Characters of the old or the new stretch, whichever are more."""
        return max(self.old_end, self.new_end) - self.begin


def difference(old: str, new: str) -> Edit:
    """Where two texts differ. By halving: comparing slices costs next to nothing, looping over characters a lot."""
    shorter = min(len(old), len(new))
    low, high = 0, shorter
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if old[low:middle] == new[low:middle] else (low, middle - 1)
    begin, low, high = low, 0, shorter - low
    while low < high:
        middle = (low + high + 1) // 2
        alike = old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]
        low, high = (middle, high) if alike else (low, middle - 1)
    return Edit(begin, len(old) - low, len(new) - low)


_counted: deque[tuple[str, tuple[int, ...]]] = deque(maxlen=4)


def _is_like(known: str, text: str) -> bool:
    return abs(len(known) - len(text)) <= LONGEST_EDIT


def _moved(starts: tuple[int, ...], text: str, edit: Edit) -> tuple[int, ...]:
    """The line starts of a text from those of the one that it was before an edit."""
    kept = starts[: bisect_right(starts, edit.begin)]
    behind = starts[bisect_right(starts, edit.old_end) :]
    by = edit.new_end - edit.old_end
    written = text[edit.begin : edit.new_end].split("\n")[:-1]
    new = accumulate((len(line) + 1 for line in written), initial=edit.begin)
    return (*kept, *islice(new, 1, None), *(behind if by == 0 else [start + by for start in behind]))
