"""One bucket's database on disk: opened privately, mended when broken, and never the reason why a caller fails."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import diskcache
from diskcache.core import DEFAULT_SETTINGS, METADATA

from glossator_cache.disk import TextDisk

Result = TypeVar("Result")
Report = Callable[[str], None]

BUSY = 2.0  # seconds to wait for another process that writes


class Database:
    """A folder with ``cache.db`` in it; safe for several threads and processes."""

    def __init__(self, directory: Path, size_limit: int, report: Report) -> None:
        self.directory = directory
        self.size_limit = size_limit
        self._report = report
        self._store: Any = None
        self._opening = threading.Lock()

    def attempt(self, work: Callable[[Any], Result], otherwise: Result) -> Result:
        """Do the work; a broken database is opened anew (another process may have mended it), then moved aside."""
        for mend in (self.close, self._move_aside, None):
            try:
                return work(self._open())
            except diskcache.Timeout:
                return otherwise  # another process is writing: no trouble
            except (sqlite3.Error, OSError) as error:
                if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):  # the same, of SQLite
                    return otherwise
                if mend is None or not _is_broken(error):
                    told = f"{error}, in {self.directory.name}"
                    self._report(f"The cache {self.directory.parent} cannot be used ({told}); nothing is remembered.")
                    return otherwise
            mend()
        return otherwise

    @contextlib.contextmanager
    def connection(self, busy: float = BUSY) -> Iterator[sqlite3.Connection]:
        """A connection of its own for what diskcache has no words for; it is committed unless something is raised.

        diskcache's own connection is a private attribute. Opening another takes 0.2 ms, and it is rarely needed.
        """
        with contextlib.closing(sqlite3.connect(self.directory / "cache.db", timeout=busy)) as connection:
            connection.execute("PRAGMA synchronous = NORMAL")
            with connection:
                yield connection

    def close(self) -> None:
        """Let go of the database; the next call opens it again."""
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def _open(self) -> Any:
        with self._opening:
            if self._store is None:
                self._store = _open_private(self.directory, self.size_limit)
            return self._store

    def _move_aside(self) -> None:
        self.close()
        aside = self.directory.with_name(f"{self.directory.name}.broken")
        with contextlib.suppress(OSError):  # where it stays, the next attempt says so
            shutil.rmtree(aside, ignore_errors=True)
            self.directory.replace(aside)
            self._report(f"The cache {self.directory} was broken and starts anew; what was there is in {aside}.")


def _is_broken(error: Exception) -> bool:
    """Whether the file is damaged or no database of ours; the subclasses tell of other trouble (locked, full, …)."""
    return type(error) is sqlite3.DatabaseError or str(error).startswith(("no such table", "no such column"))


def _open_private(directory: Path, size_limit: int) -> Any:
    """The database in its folder, both for this user alone: SQLite gives its side files the database's own mode."""
    for folder in (directory.parent, directory):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    database = directory / "cache.db"
    os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o600))
    database.chmod(0o600)
    with contextlib.closing(sqlite3.connect(database)) as first:
        _require_ours(first)
        # diskcache opens twice. While the first connection is there, none of its own is the last to close: that one
        # would write the log back and wait for the disk. On a busy one, opening takes 7 ms so, and 20 otherwise.
        return diskcache.Cache(
            str(directory),
            timeout=BUSY,
            disk=TextDisk,
            size_limit=size_limit,
            # The other policies write at every read, so that two editors would wait for each other.
            eviction_policy="least-recently-stored",
            statistics=0,
            # 1 MiB a thread in place of 32, and no mapping: the server is to stay small.
            sqlite_cache_size=256,
            sqlite_mmap_size=0,
        )


def _require_ours(connection: sqlite3.Connection) -> None:
    """Look before diskcache does: it obeys every setting in the file, and leaks its connection when it fails."""
    if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'Settings'").fetchall():
        names = {name for (name,) in connection.execute("SELECT key FROM Settings").fetchall()}
        if not names <= {*DEFAULT_SETTINGS, *METADATA}:
            raise sqlite3.DatabaseError("it holds settings that are not ours")
