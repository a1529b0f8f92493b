"""`python -m tests.bench.lsp [FILE]`: start and hovers of Glossator beside jedi-language-server and ty.

All servers are asked the same in one run, in alternating rounds, so that what the machine does meanwhile is shared out.
Hovers are timed from the request to its answer. The model is left out: Glossator's settings here are those of a hover
that is answered from what is known (`hover.synthesis = "cached"`), which is also what comes first with a model.
"""

from __future__ import annotations

import argparse
import asyncio
import keyword
import re
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.bench.client import Client, Memory, ServerGone

HERO = Path(__file__).parents[2] / "server/glossator/examples/hero.py"
NAME = re.compile(r"[A-Za-z_]\w*")
CALLED = re.compile(r"(\w+)\(")


@dataclass
class Server:
    """How a server is started, and what was measured of it, in milliseconds."""

    name: str
    command: list[str]
    start: list[float] = field(default_factory=list)
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    answered: int = 0
    asked: int = 0
    memory: list[Memory] = field(default_factory=list)
    trouble: str = ""


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.lsp", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("file", nargs="?", type=Path, default=HERO, help="the Python file to hover in")
    parser.add_argument("--rounds", type=int, default=3, help="how often each server is started")
    parser.add_argument("--positions", type=int, default=40, help="how many places to hover at")
    parser.add_argument("--timeout", type=float, default=60, help="seconds after which a hover is given up")
    options = parser.parse_args()
    text = options.file.read_text("utf-8")
    chosen = servers()
    asyncio.run(measure(chosen, text, options.rounds, positions(text, options.positions), options.timeout))
    Console().print(table(chosen, f"{options.file.name}, {options.rounds} rounds", options.timeout))


def servers() -> list[Server]:
    """Glossator and what it is compared with, each as its package installs it."""
    beside = Path(sys.executable).parent
    return [
        Server("glossator", [sys.executable, "-m", "glossator", "serve"]),
        Server("jedi-language-server", [str(beside / "jedi-language-server")]),
        Server("ty", [str(beside / "ty"), "server"]),
    ]


def positions(text: str, count: int) -> list[tuple[int, int]]:
    """The last called name, whose type takes most to find out, then names evenly spread over the code."""
    found: list[tuple[int, int]] = []
    called: list[tuple[int, int]] = []
    for number, line in enumerate(text.splitlines()):
        code = line.split("#")[0]
        places = [one for one in NAME.finditer(code) if not keyword.iskeyword(one.group())]
        found += [(number, _utf16(code, place.start() + 1)) for place in places]
        called += [(number, _utf16(code, place.start() + 1)) for place in CALLED.finditer(code)]
    step = max(1.0, len(found) / max(1, count - 1))
    return [*called[-1:], *(found[int(index * step)] for index in range(min(count - 1, len(found))))]


async def measure(chosen: list[Server], text: str, rounds: int, places: list[tuple[int, int]], timeout: float) -> None:
    """Start each server in every round; whose hover was given up once, or who ended, is not asked again."""
    for number in range(rounds):
        for server in chosen:
            print(f"round {number + 1} of {rounds}: {server.name}", file=sys.stderr)
            with tempfile.TemporaryDirectory(prefix="glossator-bench-") as folder:
                try:
                    await _one_round(server, Path(folder), text, places, timeout)
                except ServerGone:
                    server.trouble = "ended"
                except asyncio.TimeoutError:
                    server.trouble = "timeout"


def table(chosen: list[Server], title: str, timeout: float) -> Table:
    """Servers as columns, figures as rows."""
    result = Table(title=f"Language servers on {title}, milliseconds")
    result.add_column("")
    for server in chosen:
        result.add_column(server.name, justify="right")
    result.add_row("start to initialize, median", *(_figure(statistics.median, one.start, one) for one in chosen))
    result.add_row("first hover, cold, median", *(_figure(statistics.median, one.cold, one) for one in chosen))
    result.add_row("hover, warm, p50", *(_figure(statistics.median, one.warm, one) for one in chosen))
    result.add_row("hover, warm, p95", *(_figure(_p95, one.warm, one) for one in chosen))
    result.add_row("hovers with content", *(f"{one.answered} of {one.asked}" for one in chosen))
    for title, pick in (("MiB of the process", "own"), ("MiB with its children", "with_children")):
        sizes = [[getattr(memory, pick) for memory in one.memory] for one in chosen]
        result.add_row(title, *(f"{max(size):.0f}" if size else "–" for size in sizes))
    result.caption = (
        f"timeout: a hover took longer than {timeout:.0f} s. Resident memory after the last hover, largest."
    )
    return result


async def _one_round(server: Server, folder: Path, text: str, places: list[tuple[int, int]], timeout: float) -> None:
    workspace = folder / "workspace"
    workspace.mkdir()
    file = workspace / "script.py"
    file.write_text(text, "utf-8")
    begin = time.perf_counter()
    async with Client(server.command, workspace, _variables(folder)) as client:
        await asyncio.wait_for(client.initialize(), timeout)
        server.start.append(_since(begin))
        client.open(file.as_uri(), text)
        if not server.trouble:
            await _hovers(server, client, file.as_uri(), places, timeout)
        server.memory.append(client.memory())


async def _hovers(server: Server, client: Client, uri: str, places: list[tuple[int, int]], timeout: float) -> None:
    """The first one is cold; after one pass over all places, the second pass is warm."""
    try:
        for index, place in enumerate(places):
            begin = time.perf_counter()
            await asyncio.wait_for(client.hover(uri, *place), timeout)
            if index == 0:
                server.cold.append(_since(begin))
        for place in places:
            begin = time.perf_counter()
            answer = await asyncio.wait_for(client.hover(uri, *place), timeout)
            server.warm.append(_since(begin))
            server.answered += bool(answer and answer.get("contents"))
            server.asked += 1
    except asyncio.TimeoutError:
        server.trouble = "timeout"


def _variables(folder: Path) -> dict[str, str]:
    """Glossator's folders apart from the user's; the packages of this environment for everyone."""
    own = {f"GLOSSATOR_{name}_DIR": str(folder / name.lower()) for name in ("DATA", "CACHE", "CONFIG", "RUNTIME")}
    return {**own, "GLOSSATOR_HOVER_SYNTHESIS": "cached", "VIRTUAL_ENV": sys.prefix}


def _figure(summary: object, values: list[float], server: Server) -> str:
    assert callable(summary)
    return f"{summary(values):.1f}" if values else server.trouble or "–"


def _p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, len(values) * 95 // 100)]


def _since(begin: float) -> float:
    return (time.perf_counter() - begin) * 1000


def _utf16(line: str, column: int) -> int:
    return len(line[:column].encode("utf-16-le")) // 2


if __name__ == "__main__":
    main()
