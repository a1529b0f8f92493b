"""Any place of any installed package's file, whole or cut: an explanation, and never a fault.

    python -m tests.bench.fuzz [MINUTES]

Draws files of the installed packages by a seed, cuts every second one at a random place, and asks about random places
and lines of it. Prints each fault with its place, and how many places had nothing to say.
"""

from __future__ import annotations

import asyncio
import random
import sys
import sysconfig
import time
import traceback
from collections import Counter
from pathlib import Path

from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.research.local import Distributions, LanguageTopics
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from glossator.text import Position, Snapshot, Span

SEED = 7
PLACES_IN_A_FILE = 12
LARGEST = 200_000


def installed_files(packages: Path) -> list[Path]:
    """The Python files of the installed packages that people write by hand."""
    return sorted(path for path in packages.rglob("*.py") if 100 < path.stat().st_size < LARGEST)


async def main(minutes: float) -> int:
    """Ask until the time is over; the answer is the number of faults."""
    packages = Path(sysconfig.get_path("purelib"))
    files = installed_files(packages)
    chance = random.Random(SEED)
    installed = Installed(Path(sys.prefix), packages)
    resolver = TyResolver(packages, Path(sys.prefix))
    tools = ExplainTools(resolver, installed, (LanguageTopics(), Distributions(installed)))
    until = time.monotonic() + minutes * 60
    counts: Counter[str] = Counter()
    while time.monotonic() < until:
        file = chance.choice(files)
        text = await asyncio.to_thread(file.read_text, "utf-8", "replace")
        await _ask_about(file, text, chance, tools, counts)
    await resolver.close()
    print(dict(counts))
    return counts["faults"]


async def _ask_about(file: Path, text: str, chance: random.Random, tools: ExplainTools, counts: Counter[str]) -> None:
    if chance.random() < 0.5:
        text = text[: chance.randrange(len(text)) + 1]
    snapshot = Snapshot(file.as_uri(), "python", text)
    for _ in range(PLACES_IN_A_FILE):
        position = snapshot.position(chance.randrange(len(text) + 1))
        target: Position | Span = position
        if chance.random() < 0.1:
            last = min(position.line + chance.randrange(20), snapshot.line_count - 1)
            target = Span(position, Position(last, len(snapshot.line(last))))
        counts["asked"] += 1
        try:
            answer = await explain(snapshot, target, tools, ExplainOptions("none"))
        except Exception:
            counts["faults"] += 1
            print(f"{file}:{position.line + 1}:{position.column + 1} of {len(text)} characters")
            traceback.print_exc()
            continue
        if any(problem.what.endswith("met a bug.") for problem in answer.problems):
            counts["faults"] += 1
            print(f"{file}:{position.line + 1}:{position.column + 1} {answer.problems}")
        counts["empty"] += not (answer.symbol or answer.summary or answer.constructs)


if __name__ == "__main__":
    sys.exit(min(asyncio.run(main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)), 1))
