"""`python -m tests.bench.explain.shares`: whose the time of a hover right after an edit is, by the length of the file.

The texts, places and edits are those of `speed`. In this process, so that its processor time is ours alone: the edit
taken as from an editor, the explanation, its markdown. ty is a process of its own: what it computes, and how long we
wait for its answer. Sizes take turns; time shown is the mean of the rounds, so that ticks of a clock do not count.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
from lsprotocol import types
from rich.console import Console
from rich.table import Table

from glossator.assemble import Parts, assemble
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.explain.render import to_markdown
from glossator.lsp.documents import Documents
from glossator.models.base import Priority
from glossator.resolve.base import Resolution, Resolver
from glossator.settings import Settings
from glossator.syntax.near import parse_near
from glossator.text import Position, Snapshot
from tests.bench.explain.speed import ROUNDS, SIZES, code, edited_place, places

REST = 0.3  # seconds between a hover and the next edit, in which the text is read as it is in the server
COLUMNS = ("edit", "tree", "asking ty", "all else", "ours together", "ty's own", "waiting for ty")


@dataclass
class Shares:
    """Seconds of all rounds together: processor time, but for ``waiting``. ``tree`` is asked for once more beside."""

    lines: int
    rounds: int = 0
    edit: float = 0.0
    tree: float = 0.0
    asking: float = 0.0
    explain: float = 0.0
    ty: float = 0.0
    waiting: float = 0.0

    @property
    def ours(self) -> float:
        """Milliseconds of our processor time for one hover."""
        return (self.edit + self.explain) / self.rounds * 1000

    @property
    def milliseconds(self) -> tuple[float, ...]:
        """For one hover, as in ``COLUMNS``."""
        rest = self.explain - self.tree - self.asking
        parts = (self.edit, self.tree, self.asking, rest, self.edit + self.explain, self.ty, self.waiting)
        return tuple(one / self.rounds * 1000 for one in parts)


@dataclass
class TimedResolver:
    """A resolver that adds its time to what it is given."""

    inner: Resolver
    shares: Shares

    async def resolve(self, snapshot: Snapshot, position: Position) -> Resolution:
        """What the one inside answers."""
        began, spent = time.perf_counter(), time.process_time()
        try:
            return await self.inner.resolve(snapshot, position)
        finally:
            self.shares.waiting += time.perf_counter() - began
            self.shares.asking += time.process_time() - spent


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.explain.shares", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    table = Table(title="A hover right after an edit, milliseconds: ours are of processor time")
    for column in ("lines", *COLUMNS):
        table.add_column(column, justify="right")
    for one in asyncio.run(by_length(parser.parse_args().rounds)):
        table.add_row(f"{one.lines:,}", *(f"{figure:.1f}" for figure in one.milliseconds))
    Console().print(table)


async def by_length(rounds: int) -> list[Shares]:
    """The shares for each length of `speed`."""
    found = [Shares(lines) for lines in SIZES]
    parts = assemble(Settings(), Path(sys.prefix))
    documents = Documents()
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as name:
        try:
            for one in found:
                await _open(documents, Path(name), one, parts.explain_tools)
            for number in range(rounds):
                for one in found:
                    await _round(documents, Path(name), one, parts, number)
        finally:
            await parts.close()
    return found


async def _open(documents: Documents, folder: Path, one: Shares, tools: ExplainTools) -> None:
    text = code(one.lines)
    documents.open(types.TextDocumentItem(_uri(folder, one), "python", 1, text))
    for place in places(text):
        await explain(Snapshot(_uri(folder, one), "python", text, 1), Position(*place), tools, _OPTIONS)


async def _round(documents: Documents, folder: Path, one: Shares, parts: Parts, number: int) -> None:
    uri, text = _uri(folder, one), code(one.lines)
    line, column = edited_place(text)
    asked = places(text)
    place = Position(*asked[number % len(asked)])
    tools = replace(parts.explain_tools, resolver=TimedResolver(parts.explain_tools.resolver, one))
    computed, spent = _of_children(), time.process_time()
    documents.change(_edit(uri, number + 2, line, column), "utf-16")
    one.edit += time.process_time() - spent
    snapshot = documents.get(uri)
    assert snapshot is not None
    spent = time.process_time()
    parse_near(snapshot.text, snapshot.offset(place))
    one.tree += time.process_time() - spent
    spent = time.process_time()
    to_markdown(await explain(snapshot, place, tools, _OPTIONS))
    one.explain += time.process_time() - spent
    one.ty += _of_children() - computed
    one.rounds += 1
    # What the server does once a text rests.
    await explain(snapshot, place, parts.explain_tools, replace(_OPTIONS, priority=Priority.EXPLANATION))
    await asyncio.sleep(REST)


_OPTIONS = ExplainOptions("none", priority=Priority.HOVER)


def _edit(uri: str, version: int, line: int, column: int) -> types.DidChangeTextDocumentParams:
    area = types.Range(types.Position(line, column), types.Position(line, column + 5))
    change = types.TextDocumentContentChangePartial(area, f"{version:05}")
    return types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(version, uri), [change])


def _of_children() -> float:
    times = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return sum(one.user + one.system for one in times)


def _uri(folder: Path, one: Shares) -> str:
    return (folder / f"of_{one.lines}.py").as_uri()


if __name__ == "__main__":
    main()
