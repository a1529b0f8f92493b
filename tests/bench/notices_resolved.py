"""`python -m tests.bench.notices_resolved FILES FOLDER…`: the notices that need the installed definition.

Of each folder so many files, evenly spaced; every construct is asked about, as in the explanation of a whole file.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

from glossator.explain.explanation import Notice
from glossator.explain.focus import constructs
from glossator.explain.notices.resolved import resolved_notices
from glossator.resolve.distributions import Installed
from glossator.resolve.documentation import document
from glossator.resolve.symbol import Workspace, find_symbol
from glossator.resolve.ty import TyResolver
from glossator.syntax.tree import parse
from glossator.text import Snapshot


async def main(most: int, folders: list[Path]) -> None:
    """Read the files and print the table."""
    environment = Path(sys.prefix)
    total = asked = 0
    began = time.perf_counter()
    for folder in folders:
        files = sorted(folder.rglob("*.py"))
        resolver = TyResolver(folder.parent, environment)
        for file in files[:: max(len(files) // most, 1)][:most]:
            workspace = opened(file, resolver, Installed(environment, folder.parent))
            total += workspace.snapshot.line_count
            async for found in read(workspace):
                asked += 1
                for notice in found:
                    print(f"| {file.relative_to(folder.parent)}:{notice.line} | {notice.kind} | {notice.message} |")
        await resolver.close()
    print(f"\n{asked:,} constructs of {total:,} lines in {time.perf_counter() - began:.0f} s")


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
    asyncio.run(main(int(sys.argv[1]), [Path(one) for one in sys.argv[2:]]))
