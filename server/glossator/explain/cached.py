"""Explanations that were given, kept for further questions: in this process, or on disk for the command line."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from glossator.explain.conversation import Kept, from_plain, to_plain
from glossator_cache import Cache, Entry, SessionBucket

BUCKET_NAME = "conversations"
BUCKET_VERSION = 1
MOST = 64
KEPT_SECONDS = 14 * 24 * 3600.0
_LIST = "ids"


class Rows(Protocol):
    """What both kinds of bucket have."""

    def read(self, key: Any) -> Entry | None:
        """What was put under a key."""
        ...

    def put(self, key: Any, value: Any, keep: float | None = None) -> bool:
        """Remember a value, for so many seconds."""
        ...


class ExplanationShelf:
    """The port ``Shelf``: the newest ``MOST`` explanations."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    @classmethod
    def in_memory(cls) -> ExplanationShelf:
        """For as long as this process runs: what an editor shows need not be on disk."""
        return cls(SessionBucket(2 * MOST))

    @classmethod
    def on_disk(cls, cache: Cache) -> ExplanationShelf:
        """For the command line, where each question is another process."""
        return cls(cache.bucket(BUCKET_NAME, BUCKET_VERSION))

    async def put(self, kept: Kept) -> None:
        """Keep one, as the latest."""
        await asyncio.to_thread(self._put, kept)

    async def get(self, identity: str) -> Kept | None:
        """The one of that id, or the latest for "last"; None if there is none."""
        return await asyncio.to_thread(self._get, identity)

    async def forget(self, uri: str, start: str) -> int:
        """Let go of those about a text whose targets start so; how many there were."""
        return await asyncio.to_thread(self._forget, uri, start)

    def _put(self, kept: Kept) -> None:
        if self._rows.put({"id": kept.id}, to_plain(kept), KEPT_SECONDS):
            ids = [kept.id, *self._ids()]
            self._drop(ids[MOST:])
            self._rows.put(_LIST, ids[:MOST], KEPT_SECONDS)

    def _get(self, identity: str) -> Kept | None:
        ids = self._ids()
        if identity == "last":
            identity = ids[0] if ids else ""
        entry = self._rows.read({"id": identity}) if identity in ids else None
        return None if entry is None else from_plain(entry.value)

    def _forget(self, uri: str, start: str) -> int:
        ids = self._ids()
        there = {one: self._get(one) for one in ids}
        gone = [one for one, kept in there.items() if kept and kept.uri == uri and kept.target.startswith(start)]
        self._drop(gone)
        self._rows.put(_LIST, [one for one in ids if one not in gone], KEPT_SECONDS)
        return len(gone)

    def _drop(self, ids: list[str]) -> None:
        """A null over the value: the bucket of a session has no other way to forget one."""
        for one in ids:
            self._rows.put({"id": one}, None, 1.0)

    def _ids(self) -> list[str]:
        entry = self._rows.read(_LIST)
        value = entry.value if entry is not None else None
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
