"""One index on disk: entries as they were read, and their words in SQLite's FTS5.

It is written as ``….building``, some files to a transaction, and gets its name when it is whole. Killed at any moment,
it holds the files of the last transaction, and whoever goes on begins behind them. The words are kept without the text
(``content=''``), so that the text is on disk once. Not in WAL mode: a name can be changed only of a single file.
"""

from __future__ import annotations

import math
import os
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from glossator.errors import PartMissing
from glossator.research.index.entries import Entry
from glossator.research.index.words import parted

BUILDING, BROKEN = ".building", ".broken"
WEIGHTS = (3.0, 1.0, 1.0, 6.0, 1.0)  # name, qualified name, signature, summary, text
WRITER_PATIENCE, READER_PATIENCE = 10.0, 0.2  # seconds
Result = TypeVar("Result")
_SCHEMA = """
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS files (id INTEGER PRIMARY KEY, path TEXT UNIQUE, module TEXT, fault TEXT);
CREATE TABLE IF NOT EXISTS entries
  (id INTEGER PRIMARY KEY, file INTEGER, line INTEGER, kind TEXT, qualified_name TEXT, signature TEXT, text TEXT);
CREATE TABLE IF NOT EXISTS exports (name TEXT PRIMARY KEY, depth INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS mentions (name TEXT PRIMARY KEY, files INTEGER) WITHOUT ROWID;
CREATE VIRTUAL TABLE IF NOT EXISTS words
  USING fts5 (name, qualified_name, signature, summary, text,
              content='', tokenize='porter unicode61 remove_diacritics 2');
"""
_FOUND = """
SELECT qualified_name, kind, signature, text, path, module, line, rank FROM
  (SELECT rowid AS found, bm25(words, {weights}) AS rank FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?)
  JOIN entries ON entries.id = found JOIN files ON files.id = entries.file ORDER BY rank
"""
_NAMED = """
SELECT entries.qualified_name, kind, entries.signature, entries.text, path, module, line, 0.0 FROM words
  JOIN entries ON entries.id = words.rowid JOIN files ON files.id = entries.file
  WHERE words MATCH ? AND entries.text <> '' LIMIT ?
"""


_MENTION = "INSERT INTO mentions VALUES (?, ?) ON CONFLICT DO UPDATE SET files = files + excluded.files"
_EXPORT = "INSERT INTO exports VALUES (?, ?) ON CONFLICT DO UPDATE SET depth = min(depth, excluded.depth)"


class BrokenIndex(Exception):
    """A file that is no index, or one no longer."""


@dataclass(frozen=True, slots=True)
class Found:
    """An entry that was found. ``rank`` is BM25's: the lower, the better; ``depth`` is how far down users reach for it,
    0 if the topmost package exports it; ``fame`` from 0 to 1, by how many of the files mention its name."""

    entry: Entry
    file: Path
    module: str
    rank: float
    depth: int
    fame: float


@dataclass(frozen=True, slots=True)
class Read:
    """A file with its entries, or with why it has none."""

    path: str
    module: str
    entries: tuple[Entry, ...] = ()
    exports: tuple[str, ...] = ()
    mentions: frozenset[str] = frozenset()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Size:
    """What an index holds: ``done`` of ``total`` files, how many of them said nothing, how many entries."""

    done: int
    total: int
    faults: int
    entries: int


class Writer:
    """An index that is being written. Nobody else writes it: see ``build``."""

    def __init__(self, path: Path) -> None:
        """Raises: BrokenIndex, PartMissing."""
        self.path = path
        with translated(path):
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._database = sqlite3.connect(path, timeout=WRITER_PATIENCE, isolation_level=None)
            self._database.execute("PRAGMA synchronous=NORMAL")
            self._database.executescript(_SCHEMA)

    def done(self) -> set[str]:
        """The files that an earlier process finished."""
        with translated(self.path):
            return {path for (path,) in self._database.execute("SELECT path FROM files")}

    def announce(self, total: int) -> None:
        """How many files there will be."""
        with translated(self.path):
            self._database.execute("INSERT OR REPLACE INTO numbers VALUES ('total', ?)", (total,))

    def add(self, batch: Iterable[Read]) -> None:
        """Some files in one transaction."""
        with translated(self.path):
            self._database.execute("BEGIN IMMEDIATE")
            mentioned: Counter[str] = Counter()
            for one in batch:
                row = (one.path, one.module, one.fault)
                file = self._database.execute("INSERT INTO files (path, module, fault) VALUES (?, ?, ?)", row).lastrowid
                for entry in one.entries:
                    self._insert(entry, file)
                depth = one.module.count(".")
                for name in one.exports:
                    self._database.execute(_EXPORT, (_storable(name), depth))
                mentioned.update(one.mentions)
            self._database.executemany(_MENTION, mentioned.items())
            self._database.execute("COMMIT")

    def finish(self, path: Path) -> None:
        """Give the index its name, now that it is whole and on disk."""
        with translated(self.path):
            self._database.execute("DELETE FROM mentions WHERE files < 2")
            self._database.execute("INSERT INTO words(words) VALUES ('optimize')")
            self._database.execute("INSERT OR REPLACE INTO numbers VALUES ('whole', 1)")
            self._database.close()
            descriptor = os.open(self.path, os.O_RDWR)
            os.fsync(descriptor)
            os.close(descriptor)
            _rename(self.path, path)

    def close(self) -> None:
        """Let go of the file; what was added stays."""
        self._database.close()

    def _insert(self, entry: Entry, file: int | None) -> None:
        columns = (file, entry.line, entry.kind, entry.qualified_name, entry.signature, entry.text)
        values = tuple(_storable(one) for one in columns)
        row = self._database.execute(
            "INSERT INTO entries (file, line, kind, qualified_name, signature, text) VALUES (?, ?, ?, ?, ?, ?)", values
        ).lastrowid
        summary, _, rest = entry.text.partition("\n\n")
        words = (parted(one) for one in (entry.name, entry.qualified_name, entry.signature, summary, rest))
        self._database.execute(
            "INSERT INTO words (rowid, name, qualified_name, signature, summary, text) VALUES (?, ?, ?, ?, ?, ?)",
            (row, *map(_storable, words)),
        )


def search(path: Path, expression: str, most: int) -> list[Found]:
    """The entries that match best, best first; see ``words.expression``.

    Raises:
        BrokenIndex: the file is no index.
        PartMissing: it cannot be read.
    """
    query = _FOUND.format(weights=", ".join(map(str, WEIGHTS)))
    return _read(path, lambda database: [_found(row, database) for row in database.execute(query, (expression, most))])


def named(path: Path, name: str, most: int) -> list[Found]:
    """Documented entries whose own name holds all words of a name. Raises as ``search`` does."""
    phrase = name.replace('"', " ")
    asked = (f'name : "{phrase}"', most)
    return _read(path, lambda database: [_found(row, database) for row in database.execute(_NAMED, asked)])


def size(path: Path) -> Size:
    """How much an index holds, whole or not. Raises as ``search`` does."""

    def count(database: sqlite3.Connection) -> Size:
        total = database.execute("SELECT value FROM numbers WHERE name = 'total'").fetchone()
        done, faults = database.execute("SELECT count(*), count(nullif(fault, '')) FROM files").fetchone()
        entries = database.execute("SELECT count(*) FROM entries").fetchone()[0]
        return Size(done, total[0] if total else done, faults, entries)

    return _read(path, count)


def is_whole(path: Path) -> bool:
    """Whether the file says of itself that it was finished. Raises as ``search`` does."""
    query = "SELECT value FROM numbers WHERE name = 'whole'"
    return _read(path, lambda database: database.execute(query).fetchone() is not None)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's and the system's complaints in our words."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        told = str(error)
        if type(error) is sqlite3.DatabaseError or "no such" in told or "malformed" in told:
            raise BrokenIndex(told) from error
        raise _unusable(path, told) from error
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _unusable(path: Path, reason: str) -> PartMissing:
    return PartMissing(
        f"The index of documentation in {path.parent} cannot be used ({reason}).",
        "Free space or correct its permissions, or set GLOSSATOR_CACHE_DIR to another folder.",
    )


def _read(path: Path, ask: Callable[[sqlite3.Connection], Result]) -> Result:
    with translated(path):
        address = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=READER_PATIENCE)) as database:
            return ask(database)


def _found(row: tuple[str, str, str, str, str, str, int, float], database: sqlite3.Connection) -> Found:
    qualified_name, kind, signature, text, path, module, line, rank = row
    top = qualified_name.removeprefix(f"{module}.").partition(".")[0]
    names = (top, f".{module.rpartition('.')[2]}")
    exported = database.execute("SELECT min(depth) FROM exports WHERE name IN (?, ?)", names).fetchone()[0]
    depth = module.count(".") if exported is None else min(exported, module.count("."))
    entry = Entry(qualified_name, kind, signature, text, line)
    mentioned = database.execute("SELECT files FROM mentions WHERE name = ?", (entry.name,)).fetchone()
    files = database.execute("SELECT max(id) FROM files").fetchone()[0]
    fame = math.log1p(mentioned[0]) / math.log1p(files) if mentioned else 0.0
    return Found(entry, Path(path), module, rank, depth, min(fame, 1.0))


def _storable(value: str | int | None) -> str | int | None:
    """Text that UTF-8 has no bytes for (half a surrogate pair in a string) cannot be stored."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _rename(path: Path, name: Path) -> None:
    """Windows refuses while somebody reads, which takes milliseconds."""
    for _ in range(50 if sys.platform == "win32" else 0):
        try:
            path.replace(name)
            return
        except PermissionError:
            time.sleep(0.05)
    path.replace(name)
