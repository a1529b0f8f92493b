"""What Glossator writes down about backends: consents, what was used, what was learnt. One small SQLite file.

SQLite, because several windows write to it at once and a month's sum must not lose a request; a connection for each
step, because steps are rare and a connection belongs to one thread.
"""

from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from glossator.errors import PartMissing
from glossator.paths import data_directory

BUSY_SECONDS = 5.0
_TABLES = """
CREATE TABLE IF NOT EXISTS consents (workspace TEXT, subject TEXT, answer TEXT, at TEXT,
                                     PRIMARY KEY (workspace, subject));
CREATE TABLE IF NOT EXISTS used (month TEXT, backend TEXT, requests INTEGER, tokens INTEGER, cost REAL,
                                 PRIMARY KEY (month, backend));
CREATE TABLE IF NOT EXISTS notes (backend TEXT, name TEXT, value TEXT, at TEXT, PRIMARY KEY (backend, name));
"""


@dataclass(frozen=True, slots=True)
class Used:
    """What one backend was used for in a month. ``cost`` is in the currency of the prices in the settings."""

    requests: int = 0
    tokens: int = 0
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Decision:
    """A consent or a refusal; ``subject`` is ``models`` or ``search``, ``at`` an ISO date and time."""

    workspace: str
    subject: str
    answer: str
    at: str


class Ledger:
    """The file, by default in the data directory. Its methods block for as long as another process writes.

    Each raises PartMissing where the file cannot be used: whoever asks for consent or a budget must then send nothing.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    @property
    def file(self) -> Path:
        """Where it is; it need not exist."""
        return self._file or data_directory() / "backends.db"

    def decided(self, workspace: str, subject: str) -> str | None:
        """The answer that was given for a workspace, or None."""
        with self._opened() as base:
            query = "SELECT answer FROM consents WHERE workspace = ? AND subject = ?"
            row = base.execute(query, (workspace, subject)).fetchone()
        return None if row is None else str(row[0])

    def decide(self, workspace: str, subject: str, answer: str) -> None:
        """Remember an answer; the last one counts."""
        with self._opened() as base:
            base.execute("INSERT OR REPLACE INTO consents VALUES (?, ?, ?, ?)", (workspace, subject, answer, now()))

    def revoke(self, workspace: str | None, subject: str | None = None) -> int:
        """Forget the answers of one workspace, or of all; how many there were."""
        with self._opened() as base:
            query = "DELETE FROM consents WHERE (? IS NULL OR workspace = ?) AND (? IS NULL OR subject = ?)"
            return base.execute(query, (workspace, workspace, subject, subject)).rowcount

    def decisions(self) -> tuple[Decision, ...]:
        """Every answer, by workspace."""
        with self._opened() as base:
            rows = base.execute("SELECT workspace, subject, answer, at FROM consents ORDER BY workspace, subject")
            return tuple(Decision(*row) for row in rows)

    def used(self, backend: str) -> Used:
        """What was used this month."""
        with self._opened() as base:
            return _used(base, backend)

    def reserve(self, backend: str, tokens: int, cost: float, most: Used) -> Used | None:
        """Count a request before it is sent, unless it would exceed a limit (0 is none); then what is used already.

        One transaction: two windows cannot both take the last of it.
        """
        with self._opened() as base:
            base.execute("BEGIN IMMEDIATE")
            used = _used(base, backend)
            too_many = most.tokens and used.tokens + tokens > most.tokens
            too_dear = most.cost and used.cost + cost > most.cost
            if too_many or too_dear:
                base.execute("ROLLBACK")
                return used
            _add(base, backend, Used(1, tokens, cost))
            base.execute("COMMIT")
        return None

    def correct(self, backend: str, tokens: int, cost: float) -> None:
        """Add the difference between what a request took and what was reserved for it."""
        with self._opened() as base:
            _add(base, backend, Used(0, tokens, cost))

    def note(self, backend: str, name: str, value: str) -> None:
        """Write down something about a backend."""
        with self._opened() as base:
            base.execute("INSERT OR REPLACE INTO notes VALUES (?, ?, ?, ?)", (backend, name, value, now()))

    def noted(self, backend: str, name: str) -> str:
        """What was last written down; empty if nothing was."""
        with self._opened() as base:
            row = base.execute("SELECT value FROM notes WHERE backend = ? AND name = ?", (backend, name)).fetchone()
        return "" if row is None else str(row[0])

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        file = self.file
        try:
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600))  # private from its first byte
            base = sqlite3.connect(file, timeout=BUSY_SECONDS, isolation_level=None)
            try:
                base.executescript(_TABLES)
                yield base
            finally:
                base.close()
        except (sqlite3.Error, OSError) as error:
            what = f"The file {file}, which holds consents and budgets, cannot be used: {error}."
            raise PartMissing(
                what, "Correct its permissions, or remove it: consents are then asked for again."
            ) from error


def now() -> str:
    """The time as the ledger spells it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")


def _month() -> str:
    return now()[:7]


def _used(base: sqlite3.Connection, backend: str) -> Used:
    query = "SELECT requests, tokens, cost FROM used WHERE month = ? AND backend = ?"
    row = base.execute(query, (_month(), backend)).fetchone()
    return Used() if row is None else Used(*row)


def _add(base: sqlite3.Connection, backend: str, more: Used) -> None:
    base.execute(
        "INSERT INTO used VALUES (?, ?, ?, ?, ?) ON CONFLICT (month, backend) DO UPDATE SET "
        "requests = requests + excluded.requests, tokens = max(0, tokens + excluded.tokens), "
        "cost = max(0, cost + excluded.cost)",
        (_month(), backend, more.requests, more.tokens, more.cost),
    )
