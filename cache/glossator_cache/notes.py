"""What processes tell each other beside the values: who is asking, what failed until when, how often something was met.

It stands in the bucket's own database, in tables that diskcache does not look at: so it is moved aside and deleted
together with the values, and is neither counted nor pushed out as one of them.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from glossator_cache.database import BUSY, Database

Result = TypeVar("Result")

LEASE, FAILURE = "lease", "failure"
TABLES = (
    "CREATE TABLE IF NOT EXISTS Note (kind TEXT, name TEXT, text TEXT, until REAL, PRIMARY KEY (kind, name))",
    "CREATE TABLE IF NOT EXISTS Tally (name TEXT PRIMARY KEY, value INTEGER)",
)


@dataclass(frozen=True, slots=True)
class Note:
    """Something written down for a while, and for how many seconds more."""

    text: str
    seconds: float


class Notes:
    """The notes in one database. Without one that can be written, nobody is asking and nothing has failed."""

    def __init__(self, database: Database, clock: Callable[[], float]) -> None:
        self._database = database
        self._clock = clock

    def claim(self, name: str, owner: str, seconds: float) -> bool:
        """Whether the owner may ask now: nobody else does, or has been at it for longer than it claimed."""

        def work(connection: sqlite3.Connection) -> bool:
            now = self._clock()
            connection.execute("DELETE FROM Note WHERE until <= ?", (now,))
            row = (LEASE, name, owner, now + seconds)
            return connection.execute("INSERT OR IGNORE INTO Note VALUES (?, ?, ?, ?)", row).rowcount == 1

        return self._do(work, True)  # where nothing can be written, nobody can be waited for

    def release(self, name: str, owner: str) -> None:
        """End a claim; somebody else's, who took over what had expired, stays."""
        row = (LEASE, name, owner)
        self._execute("DELETE FROM Note WHERE kind = ? AND name = ? AND text = ?", row)

    def write_failure(self, name: str, text: str, seconds: float) -> None:
        """Write down that something failed, for so many seconds."""
        row = (FAILURE, name, text, self._clock() + seconds)
        self._execute("INSERT OR REPLACE INTO Note VALUES (?, ?, ?, ?)", row)

    def failure(self, name: str) -> Note | None:
        """What failed and is not to be tried yet."""

        def work(connection: sqlite3.Connection) -> Note | None:
            question = "SELECT text, until FROM Note WHERE kind = ? AND name = ? AND typeof(until) = 'real'"
            row = connection.execute(question, (FAILURE, name)).fetchone()
            left = row[1] - self._clock() if row else 0.0
            return Note(str(row[0]), left) if left > 0 else None

        return self._do(work, None)

    def add(self, counts: Mapping[str, int], busy: float) -> bool:
        """Add to the counts of all processes, and wait ``busy`` seconds at most for who is writing."""
        adding = "INSERT INTO Tally VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value"
        return self._do(lambda connection: bool(connection.executemany(adding, list(counts.items()))), False, busy)

    def counts(self) -> dict[str, int]:
        """The counts of all processes."""
        question = "SELECT name, value FROM Tally WHERE typeof(value) = 'integer'"
        return self._do(lambda connection: {str(name): value for name, value in connection.execute(question)}, {})

    def clear(self) -> None:
        """Forget failures and counts. Claims stay: whoever asks will answer."""
        self._execute("DELETE FROM Note WHERE kind = ?", (FAILURE,))
        self._execute("DELETE FROM Tally", ())

    def _execute(self, statement: str, values: tuple[object, ...]) -> None:
        self._do(lambda connection: bool(connection.execute(statement, values)), False)

    def _do(self, work: Callable[[sqlite3.Connection], Result], otherwise: Result, busy: float = BUSY) -> Result:
        def attempt(_store: object) -> Result:
            with self._database.connection(busy) as connection:
                for table in TABLES:
                    connection.execute(table)
                return work(connection)

        return self._database.attempt(attempt, otherwise)
