"""The port ``Source`` over the indexes: what the installed distributions' documentation says, wherever it stands.

A search never waits for an index: it answers from what is there, and has the rest built.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from glossator.errors import PartMissing, Problem
from glossator.research.evidence import Evidence, Partial, Query
from glossator.research.index import database
from glossator.research.index.build import move_aside
from glossator.research.index.builders import Builders, Report, Shown, Work, problem
from glossator.research.index.contents import Edition, edition
from glossator.research.index.database import BUILDING, BrokenIndex, Found
from glossator.research.index.ranking import CANDIDATES, ranked
from glossator.research.index.shelf import touch
from glossator.research.index.words import expression, terms
from glossator.research.links import curated
from glossator.resolve.distributions import Installed

MOST = 8
MOST_OF_ONE_NAME = 5
Search = Callable[[Path], Sequence[Found]]


@dataclass(frozen=True, slots=True)
class Reply:
    """What an index had; ``whole``: all of it was there to be searched."""

    edition: Edition | None
    found: Sequence[Found]
    whole: bool


class DocumentationIndex:
    """The documentation of the installed distributions. ``folder`` gives where its files are, and may raise; ``shown``
    is told how far the building is, beside whoever waits for it."""

    def __init__(
        self, installed: Installed, folder: Callable[[], Path], shown: Shown = lambda _message, _fraction: None
    ) -> None:
        self.installed = installed
        self._folder = folder
        self._builders = Builders(folder, shown)
        self._said: dict[str, Problem] = {}

    async def search(self, query: Query) -> Sequence[Evidence]:
        """What the query's distribution says of its question, best first; what is there of an index not yet built.

        Raises:
            PartMissing: the index cannot be read or written.
        """
        words = terms(query.question or " ".join(query.terms))
        if not words:
            return ()
        reply = await self._ask(query.distribution, lambda path: database.search(path, expression(words), CANDIDATES))
        if not reply.whole:
            await self._begin([query.distribution])
        evidence = [as_evidence(one, reply.edition) for one in ranked(reply.found, words, MOST)]
        return tuple(evidence) if reply.whole else Partial(evidence)

    async def named(self, query: Query, name: str) -> Sequence[Evidence]:
        """What is documented under the very name, where an index is there; builds none, for hovers ask this.

        Raises:
            PartMissing: the index cannot be read.
        """
        reply = await self._ask(query.distribution, lambda path: database.named(path, name, CANDIDATES))
        same = [one for one in reply.found if one.entry.name == name]
        return tuple(as_evidence(one, reply.edition) for one in same[:MOST_OF_ONE_NAME])

    async def prepare(
        self, names: Sequence[str], seconds: float | None = 0.0, report: Report = lambda _: None
    ) -> tuple[Problem, ...]:
        """Have the distributions' indexes built; wait at most so many seconds, or for None as long as it takes.

        The problems are what is not done by then, and why.
        """
        works = await self._begin(names)
        await self._builders.wait(tuple(works), seconds, report)
        unfinished = [problem(work) for work in works if work.failure or not work.finished]
        broken = list(self._said.values())
        self._said.clear()
        return tuple(dict.fromkeys((*broken, *unfinished)))

    async def close(self) -> None:
        """End what is being built; the next who asks goes on there."""
        await self._builders.close()

    async def _begin(self, names: Sequence[str]) -> list[Work]:
        """Have built what is not there."""
        works = []
        for name in dict.fromkeys(names):
            one = await asyncio.to_thread(edition, self.installed, name)
            if one is not None and not await self._is_there(one):
                works.append(self._builders.begin(one))
        return works

    async def _is_there(self, one: Edition) -> bool:
        work = self._builders.state(one)
        if work is not None and not work.finished:
            return False
        there = await asyncio.to_thread((self._folder() / one.file_name).is_file)
        if not there and work is not None and work.failure is None:
            self._builders.forget(one)  # it was built, and somebody cleared it
        return there

    async def _ask(self, name: str, search: Search) -> Reply:
        one = await asyncio.to_thread(edition, self.installed, name) if name else None
        return await asyncio.to_thread(self._read, one, search) if one is not None else Reply(None, (), True)

    def _read(self, one: Edition, search: Search) -> Reply:
        whole = self._folder() / one.file_name
        if whole.is_file():
            touch(whole)
            try:
                return Reply(one, search(whole), True)
            except BrokenIndex as error:
                self._mend(one, whole, error)
        try:
            return Reply(one, search(Path(f"{whole}{BUILDING}")), False)
        except (BrokenIndex, PartMissing):  # not begun, or at a moment when it is being written
            return Reply(one, (), False)

    def _mend(self, one: Edition, whole: Path, error: BrokenIndex) -> None:
        """Move a broken file aside, and say so once; a new one is built when it is next asked for."""
        told = f"The index of {one.label} was broken ({error}); it was moved aside and is built anew."
        move_aside(whole)
        self._builders.forget(one)
        self._said[one.file_name] = Problem(told, "")


def as_evidence(found: Found, one: Edition | None) -> Evidence:
    """An entry as a passage that can be cited, at its documentation's page where that is known, else at its line."""
    entry = found.entry
    label = one.label if one is not None else ""
    kind = "docstring" if entry.text else "signature"
    text = entry.text or entry.signature or entry.qualified_name
    name = entry.qualified_name.partition(": ")[2] if entry.kind == "readme" else entry.qualified_name
    page = _page(found, one) if one is not None else ""
    return Evidence(
        "", f"{label}: {name}", text, kind, page or f"{found.file.as_uri()}#L{entry.line}", _modified(found.file)
    )


def _page(found: Found, one: Edition) -> str:
    """The very place in the documentation; its first page is of no use."""
    query = Query((), found.entry.qualified_name, found.module, one.name, one.version)
    address = curated(query)
    return address if "#" in address else ""


def _modified(file: Path) -> str:
    try:
        changed = file.stat().st_mtime
    except OSError:  # it was uninstalled a moment ago
        return ""
    return datetime.datetime.fromtimestamp(changed, datetime.timezone.utc).isoformat(timespec="seconds")
