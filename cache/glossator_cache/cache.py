"""Buckets of JSON values on disk, shared by every process of one user.

::

    <directory>                  0700
    └── <name>-v<version>        one bucket: a database of its own, so that a broken one costs the others nothing
        ├── cache.db             0600, as are its -wal and -shm
        └── …
    └── <name>-v<version>.broken the last one that could not be read

A cache must never be the reason why something fails: what cannot be read is a miss, what cannot be written is not
remembered, and the reason is said once.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import diskcache
from diskcache.core import DEFAULT_SETTINGS, METADATA

from glossator_cache.disk import Refused, TextDisk
from glossator_cache.key import Plain, digest, require_plain

Result = TypeVar("Result")
Report = Callable[[str], None]

LOG = logging.getLogger(__name__)
MEBIBYTE = 1024 * 1024
BUCKET_NAME = re.compile(r"[a-z][a-z0-9-]*-v[0-9]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """A remembered value and how many seconds ago it was put."""

    value: Any
    age: float


@dataclass(frozen=True, slots=True)
class Stats:
    """What a bucket holds, and how this process fared with it."""

    entries: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0


class Cache:
    """A directory of buckets. ``size_limit`` is what one bucket may take, in bytes; ``report`` is told of trouble."""

    def __init__(
        self,
        directory: Path | str,
        size_limit: int = 64 * MEBIBYTE,
        report: Report = LOG.warning,
    ) -> None:
        self.directory = Path(directory).absolute()
        self.size_limit = size_limit
        self._report = report
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, name: str, version: int) -> Bucket:
        """The bucket of that name. A new version starts empty: raise it when the meaning of keys or values changes."""
        full_name = f"{name}-v{version}"
        if not BUCKET_NAME.fullmatch(full_name):
            raise ValueError(f"{full_name!r} is no bucket's name: small letters, digits and hyphens, please.")
        if full_name not in self._buckets:
            self._buckets[full_name] = Bucket(self.directory / full_name, self.size_limit, self._report)
        return self._buckets[full_name]

    def stats(self) -> dict[str, Stats]:
        """Every bucket on disk or in use, those of other versions included."""
        return {bucket.name: bucket.stats() for bucket in self._all()}

    def clear(self) -> int:
        """Empty every bucket, those of other versions included; how many entries went."""
        return sum(bucket.clear() for bucket in self._all())

    def close(self) -> None:
        """Let go of the databases that this thread has open."""
        for bucket in self._buckets.values():
            bucket.close()

    def _all(self) -> list[Bucket]:
        on_disk = {path.name for path in self.directory.glob("*-v*") if BUCKET_NAME.fullmatch(path.name)}
        names = sorted(on_disk | set(self._buckets))
        return [self.bucket(name, int(version)) for name, _, version in (one.rpartition("-v") for one in names)]


class Bucket:
    """JSON values under JSON keys. Safe for several threads and processes; every call is blocking and short."""

    def __init__(self, directory: Path, size_limit: int, report: Report) -> None:
        self.directory = directory
        self.size_limit = size_limit
        self._report = report
        self._store: Any = None
        self._opening = threading.Lock()
        self._said = False
        self._hits = 0
        self._misses = 0

    @property
    def name(self) -> str:
        """Name and version, as the folder is called."""
        return self.directory.name

    def get(self, key: Plain, max_age: float | None = None) -> Entry | None:
        """What was put under the key, unless it has expired or is older than ``max_age`` seconds.

        Without ``max_age`` a stale value is returned too: its ``age`` lets the caller show it and ask again.
        """
        entry = self._attempt(lambda store: self._read(store, digest(key)), None)
        if entry is not None and max_age is not None and entry.age > max_age:
            entry = None
        self._hits += entry is not None
        self._misses += entry is None
        return entry

    def put(self, key: Plain, value: Plain, keep: float | None = None) -> bool:
        """Remember a value, for at most ``keep`` seconds; whether that was done.

        A value that would take a quarter of the bucket is not kept: it would push out everything else.

        Raises:
            NotPlain: key or value is not made of JSON's types; tuples are none of them in a value.
        """
        require_plain(value, tuples=False)
        name, text = digest(key), json.dumps([time.time(), value])
        if len(text) > self.size_limit // 4:
            return False
        return bool(self._attempt(lambda store: store.set(name, text, expire=keep), False))

    def delete(self, key: Plain) -> bool:
        """Forget one value; whether there was one."""
        name = digest(key)
        return bool(self._attempt(lambda store: store.delete(name), False))

    def expire(self) -> int:
        """Drop what has expired, which otherwise stays on disk until room is needed; how many entries went."""
        return int(self._attempt(lambda store: store.expire(), 0))

    def clear(self) -> int:
        """Forget everything; how many entries went."""
        return int(self._attempt(lambda store: store.clear(), 0))

    def stats(self) -> Stats:
        """Entries and bytes on disk; hits and misses of this process."""
        entries, size = self._attempt(lambda store: (len(store), store.volume()), (0, 0))
        return Stats(entries, size, self._hits, self._misses)

    def close(self) -> None:
        """Let go of the database; the next call opens it again."""
        store, self._store = self._store, None
        if store is not None:
            store.close()

    def _read(self, store: Any, name: str) -> Entry | None:
        try:
            text = store.get(name)
            if text is None:
                return None
            stored_at, value = json.loads(text)
            return Entry(value, max(0.0, time.time() - stored_at))
        except (Refused, ValueError, TypeError):  # not of our writing
            store.delete(name)
            return None

    def _attempt(self, work: Callable[[Any], Result], otherwise: Result) -> Result:
        """Do the work; a broken database is opened anew (another process may have mended it), then moved aside."""
        for mend in (self.close, self._move_aside, None):
            try:
                return work(self._open())
            except diskcache.Timeout:
                return otherwise  # another process is writing: no trouble
            except (sqlite3.Error, OSError) as error:
                if mend is None or not _is_broken(error):
                    self._say_once(f"The cache {self.directory} cannot be used ({error}); nothing is remembered there.")
                    return otherwise
            mend()
        return otherwise

    def _open(self) -> Any:
        with self._opening:
            if self._store is None:
                self._store = _open_private(self.directory, self.size_limit)
            return self._store

    def _move_aside(self) -> None:
        self.close()
        aside = self.directory.with_name(f"{self.name}.broken")
        with contextlib.suppress(OSError):  # where it stays, the next attempt says so
            shutil.rmtree(aside, ignore_errors=True)
            self.directory.replace(aside)
            self._report(f"The cache {self.directory} was broken and starts anew; what was there is in {aside}.")

    def _say_once(self, message: str) -> None:
        if not self._said:
            self._said = True
            self._report(message)


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
    _require_ours(database)
    return diskcache.Cache(
        str(directory),
        timeout=2,
        disk=TextDisk,
        size_limit=size_limit,
        # The other policies write at every read, so that two editors would wait for each other.
        eviction_policy="least-recently-stored",
        statistics=0,
        # 1 MiB a thread in place of 32, and no mapping: the server is to stay small.
        sqlite_cache_size=256,
        sqlite_mmap_size=0,
    )


def _require_ours(database: Path) -> None:
    """Look before diskcache does: it obeys every setting in the file, and leaks its connection when it fails."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        if connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'Settings'").fetchone():
            names = {name for (name,) in connection.execute("SELECT key FROM Settings")}
            if not names <= {*DEFAULT_SETTINGS, *METADATA}:
                raise sqlite3.DatabaseError("it holds settings that are not ours")
