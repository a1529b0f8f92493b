"""Glossator's side of a replay: the parts that answer an editor, with the real engine, and the newest request only."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from glossator.assemble import Parts, assemble
from glossator.complete.pipeline import CompleteOptions
from glossator.complete.sources.base import Surroundings
from glossator.models import engine_process
from glossator.settings import Settings
from glossator.text import Snapshot
from tests.bench.complete.typing import Hole, Screen


@dataclass
class Ours:
    """The client. Each package is a workspace of its own."""

    settings: Settings
    count: Callable[[str], int] = len
    beside: int = 0
    _parts: Parts | None = None
    _root: Path | None = None
    _hole: Hole | None = None
    _generated: int = 0
    _asked: asyncio.Task[None] | None = None
    _opened: tuple[Snapshot, ...] = ()
    _uri: str = ""
    _versions: int = field(default=0)

    async def arrive(self, hole: Hole) -> None:
        """The file is open and its text read ahead."""
        path = Path(hole.path)
        root = next((one for one in path.parents if "==" in one.name), path.parent)
        if root != self._root:
            await self.close()
            self._root, self._parts = root, assemble(self.settings, root)
        self._hole, self._uri = hole, path.as_uri()
        others = [Path(one) for one in hole.beside[: self.beside]]
        self._opened = tuple(Snapshot(one.as_uri(), "python", one.read_text("utf-8")) for one in others)
        assert self._parts is not None
        before = hole.before.rpartition("\n")[0]
        snapshot = self._changed(before)
        options = CompleteOptions(manual=True, max_tokens=1, deadline=60.0)
        for _ in range(2):  # what a source found late is there the second time
            await self._parts.complete(snapshot, snapshot.position(len(before)), options, self._around(snapshot))
            await self._parts.gathering.settled()
        self._generated = await _generated()

    async def key(self, before: str, screen: Screen) -> None:
        """A key was pressed: tell, ask, and forget the request before."""
        snapshot = self._changed(before)
        if self._asked is not None:
            self._asked.cancel()
        self._asked = asyncio.ensure_future(self._ask(snapshot, before, screen))

    async def leave(self) -> int:
        """Close the document."""
        if self._asked is not None:
            self._asked.cancel()
        assert self._parts is not None
        self._parts.closed(self._uri)
        return await _generated() - self._generated

    def tokens(self, text: str) -> int:
        """How many tokens a text has."""
        return self.count(text)

    async def close(self) -> None:
        """Let go of the workspace."""
        parts, self._parts, self._root = self._parts, None, None
        if parts is not None:
            await parts.close()

    async def _ask(self, snapshot: Snapshot, before: str, screen: Screen) -> None:
        assert self._parts is not None
        chosen = self.settings.completion
        options = CompleteOptions(False, chosen.max_tokens, chosen.deadline, chosen.confidence)
        position = snapshot.position(len(before))
        completion = await self._parts.complete(snapshot, position, options, self._around(snapshot))
        asked = bool(completion.meta.model) and not completion.meta.cached
        if completion.items:
            screen.show(before, completion.items[0].text, model=asked)
        else:
            screen.answer(before, model=asked, reason=completion.reason or "")

    def _changed(self, before: str) -> Snapshot:
        assert self._parts is not None and self._hole is not None
        self._versions += 1
        snapshot = Snapshot(self._uri, "python", before + self._hole.behind, self._versions)
        self._parts.changed(snapshot)
        return snapshot

    def _around(self, snapshot: Snapshot) -> Surroundings:
        return replace(Surroundings(), opened=(snapshot, *self._opened))


async def _generated() -> int:
    found = await engine_process.status()
    return int(found.details["generated_tokens"]) if found is not None else 0
