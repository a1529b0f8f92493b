"""`python -m tests.bench.notices [FOLDER…]`: every notice raised on released packages, and the time it takes.

Without folders: the packages of `PACKAGES`, as installed beside this interpreter. The notices are read by a person;
the verdicts are in `notices_read.md`.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from sysconfig import get_path

from glossator.explain.explanation import Notice
from glossator.explain.notices import find_notices
from glossator.syntax.tree import parse

PACKAGES = """
accelerate anyio attr fsspec httpx huggingface_hub hypothesis jedi jinja2 mpmath mypy networkx numpy openai
peft pip pydantic pygls pygments _pytest requests rich setuptools starlette sympy torch transformers urllib3
"""


@dataclass(frozen=True)
class Reading:
    """What one file gave. ``seconds`` of processor time are for the notices alone, ``parsing`` for the tree."""

    file: Path
    lines: int
    notices: tuple[Notice, ...]
    seconds: float
    parsing: float


def main(arguments: list[str]) -> None:
    """Read all files and print the table."""
    installed = Path(get_path("purelib"))
    folders = [Path(one) for one in arguments] or [
        installed / name for name in PACKAGES.split() if (installed / name).is_dir()
    ]
    totals: list[Reading] = []
    kinds: Counter[str] = Counter()
    print("| package | file:line | kind | message |\n| --- | --- | --- | --- |")
    for folder in folders:
        for reading in read(folder):
            totals.append(reading)
            for notice in reading.notices:
                kinds[notice.kind] += 1
                place = f"{reading.file.relative_to(folder.parent)}:{notice.line}"
                message = notice.message.replace("|", "\\|")
                print(f"| {released(folder.name)} | {place} | {notice.kind} | {message} |")
    print(f"\n{summary(totals, kinds)}")


def read(folder: Path) -> Iterator[Reading]:
    """The Python files of a folder, one after the other."""
    for file in sorted(folder.rglob("*.py")):
        text = file.read_text("utf-8", "replace")
        began = time.process_time()
        tree = parse(text)
        parsed = time.process_time()
        notices = find_notices(tree)
        yield Reading(file, text.count("\n") + 1, notices, time.process_time() - parsed, parsed - began)


def released(module: str) -> str:
    """The distribution that a top-level module belongs to, with its version."""
    names = metadata.packages_distributions().get(module, [])
    return f"{names[0]} {metadata.version(names[0])}" if names else module


def summary(totals: list[Reading], kinds: Counter[str]) -> str:
    """Lines, notices by kind, and time per 1,000 lines: of all, and of the files from 1,000 lines on."""
    lines = sum(one.lines for one in totals)
    seconds, parsing = (sum(getattr(one, name) for one in totals) for name in ("seconds", "parsing"))
    worst = max((one for one in totals if one.lines >= 1000), key=lambda one: one.seconds / one.lines, default=None)
    told = [
        f"{sum(kinds.values())} notices on {lines:,} lines of {len(totals):,} files: {dict(kinds.most_common())}",
        f"{seconds / lines * 1e6:.1f} ms per 1,000 lines, and {parsing / lines * 1e6:.1f} ms to parse them",
    ]
    if worst is not None:
        told.append(
            f"slowest from 1,000 lines on: {worst.file.name}, {worst.seconds / worst.lines * 1e6:.1f} ms per 1,000"
        )
    return "\n".join(told)


if __name__ == "__main__":
    main(sys.argv[1:])
