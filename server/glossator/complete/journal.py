"""What became of suggestions: shown, taken, kept; counted in one SQLite file on this machine, and never sent.

A line holds no code: when, what happened, in which language, by which model, how many characters. Several windows
write to the same file, so each line is a transaction of its own.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from glossator.errors import PartMissing
from glossator.paths import data_directory

BUSY_SECONDS = 5.0
DAY = 24 * 60 * 60.0
# ``kept``: of an accepted suggestion, the share of its characters that is still there after ``KEPT_AFTER`` seconds.
Kind = Literal["shown", "accepted", "part", "kept", "empty"]
KEPT_AFTER = (30.0, 120.0, 300.0, 600.0)
_TABLE = """CREATE TABLE IF NOT EXISTS events (at REAL, kind TEXT, language TEXT, model TEXT, adapter TEXT,
            reason TEXT, characters INTEGER, milliseconds REAL, share REAL, after REAL, cached INTEGER)"""


@dataclass(frozen=True, slots=True)
class Event:
    """One line. ``at`` is in seconds since 1970, ``milliseconds`` how long the answer took, ``share`` and ``after`` are
    for what was kept, ``reason`` is the code of an empty answer; ``cached``: no model was asked."""

    at: float
    kind: Kind
    language: str = ""
    model: str = ""
    adapter: str = ""
    reason: str = ""
    characters: int = 0
    milliseconds: float = 0.0
    share: float = 0.0
    after: float = 0.0
    cached: bool = False


_COLUMNS = ", ".join(field.name for field in fields(Event))


class Journal:
    """The file, by default in the data directory. Its methods block while another process writes.

    Each raises PartMissing where the file cannot be used.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    @property
    def file(self) -> Path:
        """Where it is; it need not exist."""
        return self._file or data_directory() / "completions.db"

    def write(self, events: Sequence[Event]) -> None:
        """Add some lines."""
        rows = [tuple(getattr(one, field.name) for field in fields(Event)) for one in events]
        marks = ", ".join("?" * len(fields(Event)))
        with self._opened() as base:
            base.executemany(f"INSERT INTO events ({_COLUMNS}) VALUES ({marks})", rows)

    def read(self, days: float) -> list[Event]:
        """The lines of the last days, the oldest first."""
        if not self.file.exists():
            return []
        with self._opened() as base:
            query = f"SELECT {_COLUMNS} FROM events WHERE at >= ? ORDER BY at"
            rows = base.execute(query, (time.time() - days * DAY,)).fetchall()
        return [replace(Event(*row), cached=bool(row[-1])) for row in rows]

    def clear(self) -> int:
        """Forget everything; how many lines there were."""
        with self._opened() as base:
            return base.execute("DELETE FROM events").rowcount

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        try:
            base = sqlite3.connect(self.file, timeout=BUSY_SECONDS)
            try:
                with base:
                    base.execute(_TABLE)
                    yield base
            finally:
                base.close()
        except sqlite3.Error as error:
            raise PartMissing(f"{self.file} cannot be used ({error}).", "Move it away, then try again.") from error


def kept_share(text: str, offset: int, document: str) -> float:
    """The share of a text, inserted at an offset, that is still there: exactly, or by its longest matching parts near
    that offset."""
    text, document = text.replace("\r\n", "\n").strip(), document.replace("\r\n", "\n")
    if text in document:
        return 1.0
    start = max(offset - 4 * len(text) - 400, 0)
    near = document[start : offset + 4 * len(text) + 400]
    blocks = SequenceMatcher(None, text, near, autojunk=False).get_matching_blocks()
    return round(sum(one.size for one in blocks if one.size > 2) / max(len(text), 1), 3)
