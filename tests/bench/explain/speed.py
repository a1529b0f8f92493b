"""`python -m tests.bench.explain.speed`: hovers in files of 100 to 20,000 lines, warm and right after an edit.

Each file is the same code over and over under other names; asked about are places in its last function, and the edits
are in its middle, so that nothing near the cursor changes and everything behind it moves. Sizes take turns, so that
what the machine does meanwhile is shared out. The model is left out, as in `tests.bench.lsp`.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace
from pathlib import Path

from lsprotocol import types
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from glossator.assemble import assemble
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import explain
from glossator.lsp.convert import to_position
from glossator.models.base import Priority
from glossator.models.cached import CachedModel
from glossator.models.scripted import ScriptedModel
from glossator.settings import Settings
from glossator.text import Snapshot
from glossator_cache import Cache
from tests.bench.client import Client
from tests.bench.lsp import HERO, positions

SIZES = (100, 1_000, 5_000, 20_000)
ROUNDS = 15
PAUSE = 0.6  # seconds between an edit and a hover for which the hand goes to the mouse
PLACES = (("loads", "loads"), ("encoding", "read_text"), ("Path", "Path"), ("sorted", "sorted"), ("load_", "load_"))
HEAD = """import json
from pathlib import Path


"""
PIECE = '''class Reader{n}:
    """Reads the records of one folder."""

    def __init__(self, folder: Path, limit: int = {n}) -> None:
        self.folder = folder
        self.limit = limit
        self.seen: dict[str, int] = {{}}

    def names(self) -> list[str]:
        found = [file.name for file in self.folder.iterdir() if file.suffix == ".json"]
        for name in found:
            self.seen[name] = self.seen.get(name, 0) + 1
        return sorted(found, key=len)[: self.limit]


def load_{n}(folder: Path, name: str, strict: bool = False) -> dict[str, object]:
    """One record of a folder."""
    reader = Reader{n}(folder)
    if strict and name not in reader.names():
        raise KeyError(name)
    text = (folder / name).read_text(encoding="utf-8")
    record = json.loads(text)
    for key in sorted(record):
        print(key, record[key])  # number {n:05}
    return {{**record, "name": name}}


'''


@dataclass
class Size:
    """The hovers in a file of one length, in milliseconds."""

    lines: int
    warm: list[float] = field(default_factory=list)
    edited: list[float] = field(default_factory=list)
    rested: list[float] = field(default_factory=list)
    empty: int = 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.explain.speed", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    sizes = asyncio.run(by_length(parser.parse_args().rounds))
    table = Table(title="Hovers by the length of the file, milliseconds")
    alone = asyncio.run(of_ty_alone(10))
    columns = ("warm, p50", "warm, p95", "right after an edit, p50", "p95", f"{PAUSE:g} s after it, p50", "p95")
    for column in ("lines", *columns, "empty", "ty alone, p50"):
        table.add_column(column, justify="right")
    for one, own in zip(sizes, alone, strict=True):
        figures = [summary(found) for found in (one.warm, one.edited, one.rested) for summary in (median, p95)]
        table.add_row(f"{one.lines:,}", *(f"{figure:.1f}" for figure in figures), str(one.empty), f"{own:.1f}")
    Console().print(table)


async def by_length(rounds: int) -> list[Size]:
    """Warm hovers and first ones after an edit, in files of all lengths."""
    sizes = [Size(lines) for lines in SIZES]
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as name:
        folder = Path(name)
        async with started(folder) as client:
            await client.initialize()
            texts = {one.lines: code(one.lines) for one in sizes}
            for one in sizes:
                client.open(_uri(folder, one.lines), texts[one.lines])
                for place in places(texts[one.lines]):
                    await client.hover(_uri(folder, one.lines), *place)
            with Progress(console=Console(stderr=True)) as progress:
                for number in progress.track(range(rounds), description="hovers by length"):
                    for one in sizes:
                        await _one_round(client, folder, one, texts[one.lines], number)
    return sizes


async def of_ty_alone(rounds: int) -> list[float]:
    """Milliseconds that ty itself takes right after an edit for the three questions a hover asks it, by length."""
    found = []
    for lines in SIZES:
        with tempfile.TemporaryDirectory(prefix="glossator-bench-") as name:
            folder, text = Path(name), code(lines)
            async with Client([str(Path(sys.executable).with_name("ty")), "server"], folder, {}) as client:
                await client.initialize()
                uri, asked = (folder / "script.py").as_uri(), places(text)
                client.open(uri, text)
                for place in asked:
                    await _ask_ty(client, uri, place)
                found.append(median([await _edited(client, uri, text, number) for number in range(rounds)]))
    return found


async def _edited(client: Client, uri: str, text: str, number: int) -> float:
    line, column = edited_place(text)
    asked = places(text)
    client.change(uri, number + 2, line, (column, column + 5), f"{number:05}")
    begin = time.perf_counter()
    await _ask_ty(client, uri, asked[number % len(asked)])
    return (time.perf_counter() - begin) * 1000


async def _ask_ty(client: Client, uri: str, place: tuple[int, int]) -> None:
    where = {"textDocument": {"uri": uri}, "position": {"line": place[0], "character": place[1]}}
    methods = ("definition", "typeDefinition", "hover")
    await asyncio.gather(*(client.request(f"textDocument/{method}", where) for method in methods))


async def cold(rounds: int) -> list[float]:
    """Processor seconds, of the server and its children, from start to the first hover on the example script."""
    text = HERO.read_text("utf-8")
    spent = []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(prefix="glossator-bench-") as name:
            folder = Path(name)
            uri = (folder / "script.py").as_uri()
            async with started(folder) as client:
                await client.initialize()
                client.open(uri, text)
                await client.hover(uri, *positions(text, 1)[0])
                spent.append(client.seconds())
    return spent


async def remembered() -> list[float]:
    """Milliseconds of hovers whose text a model wrote before, at the places of the example script: from snapshot to
    explanation. The model here repeats the documentation's first sentence; the way to its memory is the real one."""
    text, took = HERO.read_text("utf-8"), []
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as name:
        file = Path(name) / "script.py"
        snapshot = Snapshot(file.as_uri(), "python", text)
        parts = assemble(Settings(), Path(sys.prefix))
        memory = Cache(Path(name) / "cache", size_limit=10**8)
        try:
            for place in positions(text, 40):
                position = to_position(snapshot, types.Position(*place), "utf-16")
                told = await parts.explain(snapshot, position, ExplainOptions("none"))
                said = next((one for one in told.synthesis if one.support == "extracted"), None)
                if said is None:
                    continue
                scripted = ScriptedModel([f"{said.text.rstrip('.')} [{said.citations[0]}]."])
                tools = replace(parts.explain_tools, model=CachedModel(scripted, memory, "scripted"))
                await explain(snapshot, position, tools, ExplainOptions("model", priority=Priority.HOVER))
                begin = time.perf_counter()
                again = await explain(snapshot, position, tools, ExplainOptions("cached", priority=Priority.HOVER))
                if again.meta.cached:
                    took.append((time.perf_counter() - begin) * 1000)
        finally:
            await parts.close()
            memory.close()
    return took


def started(folder: Path) -> Client:
    """A server with folders of its own, and the packages of this environment."""
    own = {f"GLOSSATOR_{name}_DIR": str(folder / name.lower()) for name in ("DATA", "CACHE", "CONFIG", "RUNTIME")}
    variables = {**own, "GLOSSATOR_HOVER_SYNTHESIS": "cached", "VIRTUAL_ENV": sys.prefix}
    workspace = folder / "workspace"
    workspace.mkdir(exist_ok=True)
    return Client([sys.executable, "-m", "glossator", "serve"], workspace, variables)


def code(lines: int) -> str:
    """A text of about so many lines."""
    each = PIECE.count("\n")
    return HEAD + "".join(PIECE.format(n=number) for number in range(max(lines // each, 2)))


def places(text: str) -> list[tuple[int, int]]:
    """Places in the last function: a function, a method, a class, a builtin, and the function itself."""
    lines = text.split("\n")
    found = []
    for _, word in PLACES:
        line = max(number for number, written in enumerate(lines) if word in written)
        found.append((line, lines[line].rindex(word) + 1))
    return found


def edited_place(text: str) -> tuple[int, int]:
    """Line and column of the five digits in the middle of the text that are replaced."""
    lines = text.split("\n")
    middle = next(line for line in range(len(lines) // 2, len(lines)) if "# number" in lines[line])
    return middle, lines[middle].index("# number") + len("# number ")


def median(values: list[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def p95(values: list[float]) -> float:
    """The value that 95 of 100 stay below."""
    return sorted(values)[min(len(values) - 1, len(values) * 95 // 100)]


async def _one_round(client: Client, folder: Path, size: Size, text: str, number: int) -> None:
    uri = _uri(folder, size.lines)
    middle, column = edited_place(text)
    asked = places(text)
    for place in asked:
        await client.hover(uri, *place)
    for place in asked:
        size.warm.append(await _timed(client, uri, place, size))
    place = asked[number % len(asked)]
    client.change(uri, number * 2 + 2, middle, (column, column + 5), f"{number:05}")
    size.edited.append(await _timed(client, uri, place, size))
    await asyncio.sleep(PAUSE)  # what it does in the background is not the next one's cost
    client.change(uri, number * 2 + 3, middle, (column, column + 5), f"{number + 50_000:05}")
    await asyncio.sleep(PAUSE)
    size.rested.append(await _timed(client, uri, place, size))


async def _timed(client: Client, uri: str, place: tuple[int, int], size: Size) -> float:
    begin = time.perf_counter()
    answer = await client.hover(uri, *place)
    size.empty += not (answer and answer.get("contents"))
    return (time.perf_counter() - begin) * 1000


def _uri(folder: Path, lines: int) -> str:
    return (folder / "workspace" / f"of_{lines}.py").as_uri()


if __name__ == "__main__":
    main()
