"""`python -m tests.bench.cache`: how long the cache takes, almost empty and with a hundred thousand entries.

The entries are as long as those of a search. They come by an import, which is measured too: in one transaction, where
as many calls of `put` would be as many transactions.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from glossator_cache import Answer, Bucket, Cache, Memory, Row, digest, export_bucket, import_bucket

GIGABYTE = 10**9
GOAL_MS = 2.0
HIGHEST = {"darwin": 1}.get(sys.platform, 1024)  # the unit of ru_maxrss


def main() -> int:
    """Measure, print one table; 1 where reading misses its goal."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cache", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--entries", type=int, default=100_000)
    parser.add_argument("--length", type=int, default=2_000, help="how many characters a value has")
    parser.add_argument("--rounds", type=int, default=2_000)
    options = parser.parse_args()
    table = Table(title=f"values of {options.length} characters, {options.rounds} rounds, milliseconds")
    for heading in ("", "entries", "median", "p95", "p99", "most"):
        table.add_column(heading, justify="left" if not heading else "right")
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as folder:
        worst = max(measure(Path(folder), entries, options, table) for entries in (100, options.entries))
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * HIGHEST
    table.caption = f"at most {decimal(memory)} resident; the goal for `get` is p95 at most {GOAL_MS:g} ms"
    Console().print(table)
    return 0 if worst <= GOAL_MS else 1


def measure(folder: Path, entries: int, options: argparse.Namespace, table: Table) -> float:
    """One size; the 95th percentile of `get`."""
    drawn = random.Random(0)
    with closing(Cache(folder / str(entries), size_limit=4 * GIGABYTE)) as cache:
        bucket = cache.bucket("searches", 1)
        filled = once(lambda: fill(bucket, entries, "x" * options.length))
        size = decimal(bucket.stats().bytes)
        keys = [["query", drawn.randrange(entries)] for _ in range(options.rounds)]
        read = [once(lambda key=key: bucket.get(key)) for key in keys]
        cold = [once(lambda key=key: reopened(bucket, key)) for key in keys[:100]]
        missed = [once(lambda key=key: bucket.get(key)) for key in range(options.rounds)]
        value = {"value": "x" * options.length, "empty": False}
        written = [once(lambda key=key: bucket.put(key, value)) for key in keys[: options.rounds // 4]]
        remembered = asyncio.run(remember(Memory(bucket), keys))
        counted = [once(bucket.stats) for _ in range(20)]
        moved = travel(bucket, folder / "file", cache)
    for name, found in [
        ("get", read),
        ("close, open, get", cold),
        ("get, nothing there", missed),
        ("put", written),
        ("remember, from memory", remembered),
        ("stats", counted),
    ]:
        add(table, name, entries, found)
    for name, took in (("fill", filled), *moved):
        table.add_row(f"{name} ({size})", str(entries), f"{took:.0f}", "", "", "")
    table.add_section()
    return percentile(read, 95)


def read_among(entries: int, rounds: int, length: int = 2_000) -> float:
    """The 95th percentile of `get` among so many entries, in milliseconds."""
    drawn = random.Random(0)
    with (
        tempfile.TemporaryDirectory(prefix="glossator-bench-") as folder,
        closing(Cache(Path(folder), size_limit=4 * GIGABYTE)) as cache,
    ):
        bucket = cache.bucket("searches", 1)
        fill(bucket, entries, "x" * length)
        keys = [["query", drawn.randrange(entries)] for _ in range(rounds)]
        return percentile([once(lambda key=key: bucket.get(key)) for key in keys], 95)


def fill(bucket: Bucket, entries: int, text: str) -> None:
    """So many values as one import."""
    now = time.time()

    def rows() -> Iterator[Row]:
        for number in range(entries):
            yield Row(digest(["query", number]), now, {"value": text, "empty": False})

    assert bucket.put_rows(rows) == (entries, 0)


def reopened(bucket: Bucket, key: list[object]) -> None:
    """The first question of a process, and its end."""
    bucket.close()
    assert bucket.get(key) is not None


async def remember(memory: Memory, keys: list[list[object]]) -> list[float]:
    """What an event loop waits for, the way to the other thread and back included."""

    async def ask() -> Answer:
        raise AssertionError("this is remembered")

    took = []
    for key in keys:
        begin = time.perf_counter()
        await memory.remember(key, ask)
        took.append((time.perf_counter() - begin) * 1000)
    return took


def travel(bucket: Bucket, file: Path, cache: Cache) -> list[tuple[str, float]]:
    """Out of one bucket into another."""
    other = Cache(cache.directory / "other", size_limit=cache.size_limit)
    with closing(other):
        exported = once(lambda: export_bucket(bucket, file))
        imported = once(lambda: import_bucket(other.bucket("searches", 1), file))
    return [("export", exported), ("import", imported)]


def once(work: Callable[[], object]) -> float:
    """How many milliseconds it takes."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1000


def percentile(found: list[float], share: int) -> float:
    """The value that so many percent stay below."""
    return statistics.quantiles(found, n=100, method="inclusive")[share - 1]


def add(table: Table, name: str, entries: int, found: list[float]) -> None:
    """A row of the table."""
    figures = (statistics.median(found), percentile(found, 95), percentile(found, 99), max(found))
    table.add_row(name, str(entries), *(f"{figure:.2f}" for figure in figures))


if __name__ == "__main__":
    raise SystemExit(main())
