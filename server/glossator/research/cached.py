"""A source that remembers another, as long as the terms of whom it asks allow."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from glossator.errors import PartMissing
from glossator.research.evidence import Evidence, Partial, Query, Source
from glossator_cache import (
    Answer,
    Cache,
    Memory,
    Mode,
    NotRemembered,
    Plain,
    Policy,
    Remembered,
    SessionBucket,
    Unavailable,
)

BUCKET_NAME = "searches"
BUCKET_VERSION = 1
HOUR, DAY = 3600.0, 86400.0

_NOT_IN_KEY = {"offline", "fresh"}  # how to ask, and not what
_NOT_IN_ROW = {"id", "age"}  # of one answer
_ROW = {field.name for field in dataclasses.fields(Evidence)} - _NOT_IN_ROW
_SECRET = re.compile(r"(?i)key|token|secret|password|authorization")
_ADDRESS = re.compile(r"https?://|file://")


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a service's answers may be stored: not at all, in this process, for ``seconds``, or without limit."""

    store: Literal["none", "session", "ttl", "unlimited"] = "session"
    seconds: float = 0.0

    @property
    def policy(self) -> Policy:
        """What that means for asking again."""
        if self.store == "unlimited":
            return Policy(fresh=7 * DAY, stale=90 * DAY)
        if self.store == "ttl":
            return Policy(fresh=min(DAY, self.seconds), stale=self.seconds, keep=self.seconds)
        return Policy(fresh=HOUR, stale=DAY)


# By the name in ``search.sources``. Who is not here has not said what it allows: then in this process only.
TERMS: Mapping[str, Terms] = {
    "stackexchange": Terms("unlimited"),  # CC BY-SA: author and license are part of each title
    "readthedocs": Terms("ttl", 30 * DAY),  # the documentation itself changes
}


class CachedSource:
    """The port ``Source`` over another source. ``options`` are what an answer depends on beside the query, such as the
    language or the instance; keys of services do not belong there."""

    replays = True

    def __init__(
        self,
        source: Source,
        cache: Cache,
        name: str,
        terms: Terms | None = None,
        options: Mapping[str, Plain] | None = None,
    ) -> None:
        if any(_SECRET.search(option) for option in options or {}):
            raise ValueError("A key of a service must not decide what is remembered, not even as a digest.")
        self.source = source
        self.name = name
        self.terms = terms or TERMS.get(name, Terms())
        self.memory = Memory(_shelf(self.terms, cache))
        self._clock = cache.clock
        self._options = dict(options or {})

    async def search(self, query: Query) -> Sequence[Evidence]:
        """What is remembered of the query, with its age, or else what the other source finds.

        Raises:
            PartMissing: it does not answer, or did not a moment ago, or may not be asked and nothing is remembered.
        """
        if self.terms.store == "none" and not query.offline:
            return await self.source.search(query)
        mode: Mode = "offline" if query.offline else "fresh" if query.fresh else "normal"
        evidence = _evidence(await self._remember(query, mode))
        if evidence is None and mode == "normal":  # a row that was imported, or of another make: it is replaced
            evidence = _evidence(await self._remember(query, "fresh"))
        return evidence or ()

    async def close(self, patience: float = 1.0) -> None:
        """Let what is asked in the background end, for so many seconds."""
        await self.memory.close(patience)

    async def _remember(self, query: Query, mode: Mode) -> Remembered:
        async def ask() -> Answer:
            try:
                found = await self.source.search(query)
            except PartMissing as error:
                detail = {"what": _homeless(error.what), "next_step": _homeless(error.next_step)}
                raise Unavailable(detail, getattr(error, "retry_after", None)) from error
            rows = [self._row(one) for one in found]
            # A row that tells of this machine is shown and not kept: a bucket may be given away.
            return Answer(rows, empty=not rows, partial=isinstance(found, Partial) or _homeless(rows) != rows)

        try:
            return await self.memory.remember(self._key(query), ask, self.terms.policy, mode, scope=self.name)
        except NotRemembered:
            told = f"Nothing is remembered of what {self.name} knows of this."
            raise PartMissing(told, "Ask again without --offline.") from None
        except Unavailable as error:
            raise PartMissing(error.detail["what"], error.detail["next_step"]) from error

    def _key(self, query: Query) -> Plain:
        asked = {name: value for name, value in dataclasses.asdict(query).items() if name not in _NOT_IN_KEY}
        return {"source": self.name, "query": _homeless(asked, True), "options": _homeless(self._options)}

    def _row(self, evidence: Evidence) -> dict[str, str]:
        row = {name: value for name, value in dataclasses.asdict(evidence).items() if name not in _NOT_IN_ROW}
        now = datetime.datetime.fromtimestamp(self._clock(), datetime.timezone.utc).isoformat(timespec="seconds")
        return {**row, "retrieved_at": evidence.retrieved_at or now}


def _shelf(terms: Terms, cache: Cache) -> Any:
    if terms.store in ("none", "session"):
        return SessionBucket(clock=cache.clock)
    return cache.bucket(BUCKET_NAME, BUCKET_VERSION)


def _evidence(found: Remembered) -> tuple[Evidence, ...] | None:
    """Rows as evidence of that age; None if one is none. An imported row is no more trusted than a web page."""
    rows: list[Any] = found.value if type(found.value) is list else [None]
    for row in rows:
        if type(row) is not dict or {*row} != _ROW or not all(type(value) is str for value in row.values()):
            return None
        if row["url"] and not _ADDRESS.match(row["url"]):
            return None
    return tuple(Evidence(id="", age=found.age, **row) for row in rows)


def _homeless(value: Any, one_space: bool = False) -> Any:
    """A plain value that names no home folder; with ``one_space``, equal for questions that differ in spaces alone."""
    if isinstance(value, str):
        return _home().sub("~", " ".join(value.split()) if one_space else value)
    if isinstance(value, Mapping):
        return {name: _homeless(inner, one_space) for name, inner in value.items()}
    if isinstance(value, Sequence):
        return [_homeless(inner, one_space) for inner in value]
    return value


@lru_cache(maxsize=1)
def _home() -> re.Pattern[str]:
    try:
        home = str(Path.home()).rstrip("/\\")
    except RuntimeError:  # there is none
        home = ""
    return re.compile(re.escape(home) + r"(?!\w)" if home else r"(?!)")
