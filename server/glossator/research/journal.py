"""What left the machine: the words that were sent to web services while an answer was made.

A context variable, and not a field of the query or a result of the source: a wrapper that remembers answers sends
nothing when it remembers, and only the place that really sends can know. Tasks started inside a recording write to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The words that one service was sent."""

    source: str
    words: str


@contextmanager
def recording() -> Iterator[list[Sent]]:
    """A list that grows by everything sent within the block."""
    sent: list[Sent] = []
    token = _journal.set(sent)
    try:
        yield sent
    finally:
        _journal.reset(token)


def note(source: str, words: str) -> None:
    """Words are about to leave the machine. The same words sent in two steps are noted once."""
    sent = _journal.get()
    if sent is not None and Sent(source, words) not in sent:
        sent.append(Sent(source, words))


_journal: ContextVar[list[Sent] | None] = ContextVar("journal", default=None)
