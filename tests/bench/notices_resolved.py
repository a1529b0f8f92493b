"""`python -m tests.bench.notices_resolved PACKAGE…`: the notices that need the installed definition.

Of each package files drawn by a fixed seed, as many as hold its share of ``--lines``; every construct of them is asked
about, as in the explanation of a whole file. ``--environment`` is the folder of a virtual environment with the packages
in it; without it, they are those beside this interpreter. The verdicts of a reader are in `notices_read.md`.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from glossator.errors import PartMissing
from glossator.explain.explanation import Notice
from glossator.explain.focus import constructs
from glossator.explain.notices.resolved import resolved_notices
from glossator.resolve.distributions import Installed
from glossator.resolve.documentation import document
from glossator.resolve.symbol import Workspace, find_symbol
from glossator.resolve.ty import TyResolver
from glossator.syntax.tree import parse
from glossator.text import Snapshot

SEED = 20261122
LINES = 200_000
LONGEST_FILE = 10_000  # lines; longer ones are generated


def main() -> None:
    """Read the files and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.notices_resolved", description=__doc__)
    parser.add_argument("packages", nargs="+", help="names of importable packages")
    parser.add_argument("--environment", type=Path, default=Path(sys.prefix))
    parser.add_argument("--lines", type=int, default=LINES)
    options = parser.parse_args()
    environment = options.environment.resolve()
    installed = next(environment.glob("[Ll]ib*/**/site-packages"))
    share = options.lines // len(options.packages)
    files = [file for name in options.packages for file in drawn(installed / name, share)]
    asyncio.run(read_all(environment, installed, files))


async def read_all(environment: Path, packages_folder: Path, files: list[Path]) -> None:
    """Ask about the constructs of some files, and print what is told as it comes."""
    asked = total = told = 0
    began = time.perf_counter()
    resolver = TyResolver(packages_folder, environment)
    installed = Installed(environment, packages_folder / ".nowhere")
    with Progress(console=Console(stderr=True)) as progress:
        for file in progress.track(files, description="reading"):
            workspace = opened(file, resolver, installed)
            total += workspace.snapshot.line_count
            place = file.relative_to(packages_folder).as_posix()
            try:
                async for found in read(workspace):
                    asked += 1
                    told += len(found)
                    for notice in found:
                        print(f"| {place}:{notice.line} | {notice.kind} | {notice.message} |", flush=True)
            except PartMissing as error:  # on a busy machine, of a file with everything in it
                print(f"the rest of {place} was left out: {error}", flush=True)
    await resolver.close()
    spent = time.perf_counter() - began
    print(f"\n{told} notices on {asked:,} constructs of {total:,} lines, {len(files):,} files, in {spent:.0f} s")


def drawn(package: Path, lines: int) -> Iterator[Path]:
    """Files of a package, the same ones each time, until they hold so many lines."""
    files = sorted(package.rglob("*.py"))
    for file in random.Random(SEED).sample(files, len(files)):
        count = file.read_bytes().count(b"\n")
        if count <= LONGEST_FILE:
            yield file
            lines -= count
        if lines <= 0:
            return


def opened(file: Path, resolver: TyResolver, installed: Installed) -> Workspace:
    """A file as an editor would have it open."""
    text = file.read_text("utf-8", "replace")
    return Workspace(Snapshot(file.as_uri(), "python", text), parse(text), resolver, installed)


async def read(workspace: Workspace) -> AsyncIterator[tuple[Notice, ...]]:
    """What is told of each construct that is found."""
    for focus in constructs(workspace.tree, 0, workspace.snapshot.line_count):
        symbol = await find_symbol(focus.node, workspace)
        if symbol is not None:
            yield await resolved_notices(await document(symbol, workspace), focus, workspace)


if __name__ == "__main__":
    main()
