"""Positions, spans and immutable snapshots of a text.

Lines and columns count from 0 here, columns in code points; the command line and the answers count from 1, the
editor in whatever it negotiated (``lsp.convert``). Lines end as the Language Server Protocol says: LF, CRLF or CR.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from glossator.errors import WrongUse

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
    server gets of it ask for the same."""
    if "\r" not in text:  # nearly always, and five times as fast
        return (0, *accumulate(len(line) + 1 for line in text.split("\n")[:-1]))
    return (0, *(match.end() for match in LINE_END.finditer(text)))
