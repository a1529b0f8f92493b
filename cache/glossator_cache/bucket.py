"""JSON values under JSON keys, on disk, with what several processes need to tell each other about them."""

from __future__ import annotations

import json
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from diskcache.core import MODE_RAW

from glossator_cache.database import BUSY, Database, Report
from glossator_cache.disk import Refused
from glossator_cache.key import Plain, digest, require_plain
from glossator_cache.notes import Note, Notes

# Counts are written when so many have come together, so that reading stays without writing; a process that is killed
# takes fewer than these along.
COUNTS_AT_ONCE = 64


@dataclass(frozen=True, slots=True)
class Entry:
    """A remembered value and how many seconds ago it was put."""

    value: Any
    age: float


@dataclass(frozen=True, slots=True)
class Stats:
    """What a bucket holds (``oldest`` is the age of what was stored longest ago), and how all processes fared with it
    since it was cleared: ``stale`` answers are none of the ``hits``."""

    entries: int = 0
    bytes: int = 0
    hits: int = 0
    misses: int = 0
    stale: int = 0
    oldest: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as it stands on disk; ``name`` is its key's digest, the times are seconds since 1970."""

    name: str
    stored_at: float
    value: Any
    expires_at: float | None = None


class Bucket:
    """Safe for several threads and processes; every call is blocking and short."""

    def __init__(
        self,
        directory: Path,
        size_limit: int,
        report: Report,
        age_limit: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = directory
        self.size_limit = size_limit
        self.age_limit = age_limit
        self.clock = clock
        self._database = Database(directory, size_limit, report)
        self._notes = Notes(self._database, clock)
        self._counts: Counter[str] = Counter()
        self._counting = threading.Lock()

    @property
    def name(self) -> str:
        """Name and version, as the folder is called."""
        return self.directory.name

    @property
    def largest_value(self) -> int:
        """How long a value's JSON may be: one that takes a quarter of the bucket would push out everything else."""
        return self.size_limit // 4

    def get(self, key: Plain, max_age: float | None = None) -> Entry | None:
        """What was put under the key, unless it has expired or is older than ``max_age`` seconds.

        Without ``max_age`` a stale value is returned too: its ``age`` lets the caller show it and ask again.
        """
        entry = self.read(key)
        if entry is not None and max_age is not None and entry.age > max_age:
            entry = None
        self.count("misses" if entry is None else "hits")
        return entry

    def read(self, key: Plain) -> Entry | None:
        """The same, of any age, and not counted."""
        row = self._database.attempt(lambda store: self._row(store, digest(key)), None)
        return None if row is None else Entry(row.value, max(0.0, self.clock() - row.stored_at))

    def put(self, key: Plain, value: Plain, keep: float | None = None) -> bool:
        """Remember a value, for at most ``keep`` seconds; whether that was done.

        Raises:
            NotPlain: key or value is not made of JSON's types; tuples are none of them in a value.
        """
        require_plain(value, tuples=False)
        now = self.clock()
        keep = min((limit for limit in (keep, self.age_limit) if limit is not None), default=None)
        row = Row(digest(key), now, value, None if keep is None else now + keep)
        return self._database.attempt(lambda store: self._write(store, row), False)

    def put_rows(self, rows: Callable[[], Iterator[Row]]) -> tuple[int, int] | None:
        """Take over all rows or, where one of them raises, none: how many came, and how many were not wanted since
        what is here is newer or they have expired. None: it could not be written.

        Takes a maker of rows since a database that turns out to be broken has it done again.
        """

        def work(store: Any) -> tuple[int, int]:
            added = left = 0
            with store.transact():
                for row in rows():
                    here = self._row(store, row.name)
                    wanted = self._limited(row)
                    if wanted is None or (here is not None and here.stored_at >= wanted.stored_at):
                        left += 1
                    else:
                        added += self._write(store, wanted)
            return added, left

        return self._database.attempt(work, None)

    def rows(self) -> Iterator[Row]:
        """Every entry that has not expired, in the order of names; rows that we did not write are left out."""

        def work(_store: Any) -> list[tuple[str, str]]:
            question = (
                "SELECT key, value FROM Cache WHERE raw = 1 AND mode = ? AND filename IS NULL"
                " AND typeof(key) = 'text' AND typeof(value) = 'text' ORDER BY key"
            )
            with self._database.connection() as connection:
                return connection.execute(question, (MODE_RAW,)).fetchall()

        nothing: list[tuple[str, str]] = []
        found = (_parse(name, text) for name, text in self._database.attempt(work, nothing))
        return (row for row in found if row and not self._expired(row))

    def delete(self, key: Plain) -> bool:
        """Forget one value; whether there was one."""
        name = digest(key)
        return bool(self._database.attempt(lambda store: store.delete(name), False))

    def expire(self) -> int:
        """Drop what has expired, which otherwise stays on disk until room is needed; how many entries went."""
        return int(self._database.attempt(lambda store: store.expire(self.clock()), 0))

    def clear(self) -> int:
        """Forget everything, the counts too; how many entries went."""
        with self._counting:
            self._counts.clear()
        self._notes.clear()
        return int(self._database.attempt(lambda store: store.clear(), 0))

    def stats(self) -> Stats:
        """What is on disk, and what all processes have counted."""
        self._write_counts(BUSY)
        counts = self._notes.counts()
        nothing: tuple[int, int, float | None] = (0, 0, None)
        entries, size, oldest = self._database.attempt(self._measure, nothing)
        return Stats(entries, size, counts.get("hits", 0), counts.get("misses", 0), counts.get("stale", 0), oldest)

    def close(self) -> None:
        """Let go of the database; the next call opens it again."""
        self._write_counts(BUSY)
        self._database.close()

    # The rest is what ``Memory`` needs of a bucket, beside ``read`` and ``put``.

    def count(self, what: str) -> None:
        """Count one of ``hits``, ``misses`` and ``stale``."""
        with self._counting:
            self._counts[what] += 1
            due = self._counts.total() % COUNTS_AT_ONCE == 0
        if due:
            self._write_counts(0.0)  # whoever is writing now is not waited for

    def claim(self, name: str, owner: str, seconds: float) -> bool:
        """Whether this owner may ask now; no other process's may until it releases, or the seconds are over."""
        return self._notes.claim(name, owner, seconds)

    def release(self, name: str, owner: str) -> None:
        """End a claim."""
        self._notes.release(name, owner)

    def write_failure(self, name: str, text: str, seconds: float) -> None:
        """Write down what failed, for so many seconds."""
        self._notes.write_failure(name, text, seconds)

    def failure(self, name: str) -> Note | None:
        """What failed and is not to be tried yet."""
        return self._notes.failure(name)

    def _row(self, store: Any, name: str) -> Row | None:
        try:
            text = store.get(name)
        except Refused:
            row = None
        else:
            if text is None:
                return None
            row = _parse(name, text)
        if row is None:  # not of our writing
            store.delete(name)
        return None if row is None or self._expired(row) else row

    def _expired(self, row: Row) -> bool:
        """By its own end, or by a limit that may have become shorter since it was put."""
        now = self.clock()
        ends = [row.expires_at] if row.expires_at is not None else []
        ends += [row.stored_at + self.age_limit] if self.age_limit is not None else []
        return min(ends, default=math.inf) <= now

    def _write(self, store: Any, row: Row) -> bool:
        text = _spell(row)
        if len(text) > self.largest_value:
            return False
        # diskcache drops by the system's clock what has expired; ``_row`` looks at ours, which tests may set.
        return bool(store.set(row.name, text, expire=None if row.expires_at is None else row.expires_at - self.clock()))

    def _limited(self, row: Row) -> Row | None:
        """A row from elsewhere, not from the future; None if it has expired here."""
        row = replace(row, stored_at=min(row.stored_at, self.clock()))
        return None if self._expired(row) else row

    def _measure(self, store: Any) -> tuple[int, int, float | None]:
        with self._database.connection() as connection:
            # By the index on store_time. Exact would be to read every row; what was imported counts from its import.
            first = connection.execute("SELECT key, value FROM Cache ORDER BY store_time LIMIT 1").fetchone()
        row = _parse(*first) if first else None
        return len(store), store.volume(), None if row is None else max(0.0, self.clock() - row.stored_at)

    def _write_counts(self, busy: float) -> None:
        with self._counting:
            counts, self._counts = self._counts, Counter()
        if counts and not self._notes.add(counts, busy):
            with self._counting:  # for the next time
                self._counts.update(counts)


def _spell(row: Row) -> str:
    return json.dumps([row.stored_at, row.value, *([] if row.expires_at is None else [row.expires_at])])


def _parse(name: str, text: str) -> Row | None:
    """A row's text as an entry; None where we did not write it."""
    try:
        stored_at, value, *rest = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    times = [stored_at, *rest]
    if len(times) > 2 or not all(type(one) in (int, float) and math.isfinite(one) for one in times):
        return None
    return Row(name, stored_at, value, rest[0] if rest else None)
