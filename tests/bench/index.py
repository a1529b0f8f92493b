"""`python -m tests.bench.index`: what the index of installed documentation costs, and whether it finds what answers.

It indexes packages of the environment that it runs in, the standard library too, into a folder of its own. CPU seconds
are those of the building process; a query is the search and the ranking, as a question to the index has them.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from glossator.child import environment
from glossator.research.index import database
from glossator.research.index.contents import Edition, edition
from glossator.research.index.ranking import CANDIDATES, ranked
from glossator.research.index.words import expression, terms
from glossator.resolve.distributions import Installed
from tests.bench.index_questions import QUESTIONS, TUNING, Question

NAMES = tuple(dict.fromkeys(question.distribution for question in (*TUNING, *QUESTIONS)))
ROUNDS = 10


def main() -> int:
    """Build, ask, print two tables; 1 where a package is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.index", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--missed", action="store_true", help="list the questions whose answer is not first")
    options = parser.parse_args()
    installed = Installed(Path(sys.prefix), Path.cwd())
    editions = {name: edition(installed, name) for name in NAMES}
    if missing := [name for name, one in editions.items() if one is None]:
        print(f"Not installed here: {', '.join(missing)}.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as folder:
        paths = {name: Path(folder) / one.file_name for name, one in editions.items() if one}
        built = costs([one for one in editions.values() if one], Path(folder))
        Console().print(built)
        Console().print(recall(paths, options.missed))
    return 0


def costs(editions: Sequence[Edition], folder: Path) -> Table:
    """What it takes to build each index, and to ask it."""
    table = Table(title="the index of each distribution")
    for heading in ("", "files", "unread", "entries", "CPU s", "size", "query p50 ms", "p95 ms"):
        table.add_column(heading, justify="left" if not heading else "right")
    sums = [0.0] * 5
    for one in editions:
        seconds = build(one, folder)
        path = folder / one.file_name
        held = database.size(path)
        took = [taken(question, path) for question in (*TUNING, *QUESTIONS) for _ in range(ROUNDS)]
        figures = (held.done, held.faults, held.entries, seconds, path.stat().st_size)
        sums = [total + figure for total, figure in zip(sums, figures, strict=True)]
        table.add_row(one.label, *spelled(figures), *(f"{percentile(took, share):.1f}" for share in (50, 95)))
    table.add_section()
    table.add_row("all", *spelled(sums), "", "")
    return table


def spelled(figures: Sequence[float]) -> tuple[str, ...]:
    """Files, faults, entries, seconds and bytes as the table has them."""
    *counts, seconds, size = figures
    return (*(f"{count:,.0f}" for count in counts), f"{seconds:.1f}", decimal(int(size)))


def build(one: Edition, folder: Path) -> float:
    """Build in a process of its own, as the server does; its CPU seconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "glossator.research.index.build", str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()) as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write(f"{one.to_json()}\n".encode())
        child.stdin.flush()
        child.stdout.read()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ask(question: Question, path: Path) -> list[str]:
    """The names that the index answers with, best first."""
    words = terms(question.text)
    return [one.entry.qualified_name for one in ranked(database.search(path, expression(words), CANDIDATES), words, 5)]


def taken(question: Question, path: Path) -> float:
    """Milliseconds for one question."""
    begin = time.perf_counter()
    ask(question, path)
    return (time.perf_counter() - begin) * 1000


def recall(paths: dict[str, Path], missed: bool) -> Table:
    """How many questions have an answer first, and among the first five."""
    table = Table(title="questions answered by the first, by one of the first five")
    for heading in ("", "questions", "recall@1", "recall@5"):
        table.add_column(heading, justify="left" if not heading else "right")
    for label, questions in (("looked at while tuning", TUNING), ("not looked at", QUESTIONS)):
        answers = {question: ask(question, paths[question.distribution]) for question in questions}
        first = sum(bool({*found[:1]} & {*question.answers}) for question, found in answers.items())
        five = sum(bool({*found} & {*question.answers}) for question, found in answers.items())
        shares = (f"{count / len(questions):.2f}" for count in (first, five))
        table.add_row(label, str(len(questions)), *shares)
        for question, found in answers.items():
            if missed and not {*found[:1]} & {*question.answers}:
                print(f"{question.distribution}: {question.text}\n    {', '.join(found)}")
    return table


def percentile(found: list[float], share: int) -> float:
    """The value that so many percent stay below."""
    return statistics.quantiles(found, n=100, method="inclusive")[share - 1]


if __name__ == "__main__":
    raise SystemExit(main())
