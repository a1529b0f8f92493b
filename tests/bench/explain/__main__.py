"""`python -m tests.bench.explain [--quick]`: everything that explanations promise, beside what is measured of it.

Resolution and citations on code that nobody chose, the citation check on sentences made wrong on purpose, notices by
their cases and by what a reader found, and time. Ends with 1 where a goal is missed. `--quick` asks a tenth; its
figures are for seeing that all runs. The pieces, which say more, are commands of their own, listed below the table.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.bench import cache, citations, resolution
from tests.bench.explain import reading, sample, shares, speed, support, written

ENTRIES = 100_000
# What takes longer, or wants something beside: who else answers, a model, code that the rules have not seen.
BESIDE = """
The same places asked of jedi-language-server and ty: python -m tests.bench.resolution --peers
What is shown where the embedded model may write:     python -m tests.bench.explain.written --into FILE
Every notice on packages of yours:                    python -m tests.bench.notices FOLDER…
Those that need the installed definition:             python -m tests.bench.notices_resolved PACKAGE…
"""


@dataclass(frozen=True, slots=True)
class Promise:
    """A goal, if it is one, and what was measured, if anything was. ``most``: the figure must not be above the goal,
    else not below; ``unit`` is how it is written."""

    what: str
    goal: float | None
    measured: float | None
    unit: str = ".3f"
    most: bool = False

    @property
    def met(self) -> bool:
        """Whether the goal is reached."""
        if self.measured is None or self.goal is None:
            return self.goal is None
        return self.measured <= self.goal if self.most else self.measured >= self.goal


def main() -> int:
    """Measure everything and print one table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.explain", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    quick = parser.parse_args().quick
    parts: tuple[tuple[str, Callable[[bool], Iterable[Promise]]], ...] = (
        ("places of real code", of_resolution),
        ("the citation check", of_citations),
        ("notices", of_notices),
        ("speed", of_speed),
    )
    table = Table(title="What explanations promise" + (", a tenth of it" if quick else ""))
    for column in ("", "goal", "measured", "met"):
        table.add_column(column, justify="right" if column in {"goal", "measured"} else "left")
    missed = 0
    for _, measure in track(parts, "measuring", console=Console(stderr=True), transient=True):
        for one in measure(quick):
            missed += not one.met
            table.add_row(one.what, *_spelled(one))
        table.add_section()
    Console().print(table)
    Console().print(BESIDE, highlight=False)
    return 1 if missed else 0


def of_resolution(quick: bool) -> Iterable[Promise]:
    """The right thing found, something said, and each sentence cited, at places drawn by a seed."""
    answers = asyncio.run(resolution.ask(resolution.draw(30 if quick else 300)))
    count = len(answers)
    yield Promise(f"{count} places: the right thing is found", 0.95, sum(one.right for one in answers) / count)
    yield Promise(f"{count} places: something is said", 0.97, sum(one.filled for one in answers) / count)
    cited = support.of([one.explanation for one in answers])
    yield Promise(f"{cited.sentences} sentences: citations that exist", 1.0, cited.validity)
    yield Promise(f"{cited.sentences} sentences: supported by a citation", 0.95, cited.recall)
    yield Promise(f"{cited.citations} citations: the source says so", 0.95, cited.precision)


def of_citations(_quick: bool) -> Iterable[Promise]:
    """The check on sentences true and made wrong, and what a reader says of a hundred sentences."""
    for one in citations.shares():
        verb = "accepted" if one.accepted else "rejected"
        yield Promise(f"{one.count} sentences {one.kind}: {verb}", one.goal, one.right)
    for what, file, goal in (("sentences", sample.FILE, 0.95), ("sentences of the model", written.FILE, 0.90)):
        verdicts = sample.verdicts(sample.read(file.read_text("utf-8")))
        right = sum(verdicts) / len(verdicts) if verdicts else None
        yield Promise(f"{len(verdicts)} {what} read: right", goal, right)


def of_notices(_quick: bool) -> Iterable[Promise]:
    """The cases of each kind, and what a reader says of the notices on released packages."""
    for kind, (warned, silent) in reading.cases().items():
        yield Promise(f"{kind}: {warned} cases warned of, {silent} left alone", 20, min(warned, silent), ".0f")
    for title, verdicts in reading.verdicts().items():
        goal = 0.95 if reading.NOW in title else None  # the others are of rules that were mended since
        yield Promise(f"{title}: {len(verdicts)} read, right", goal, sum(verdicts) / len(verdicts))


def of_speed(quick: bool) -> Iterable[Promise]:
    """Hovers by length of file, remembered ones, the first, and the cache."""
    sizes = asyncio.run(speed.by_length(3 if quick else speed.ROUNDS))
    yield Promise(
        "hover, warm, p95 of all lengths, ms", 150, speed.p95([x for one in sizes for x in one.warm]), ".1f", True
    )
    for title, pick in (("warm", "warm"), ("right after an edit", "edited"), ("a moment after an edit", "rested")):
        least, *more = (speed.median(getattr(one, pick)) for one in sizes)
        for one, figure in zip(sizes[1:], more, strict=True):
            what = f"hover, {title}, {one.lines:,} lines: times the {least:.0f} ms of {sizes[0].lines}"
            yield Promise(what, 2, figure / least, ".1f", True)
    yield from _of_shares(5 if quick else speed.ROUNDS)
    least, *more = asyncio.run(speed.of_ty_alone(3 if quick else speed.ROUNDS))
    for one, figure in zip(sizes[1:], more, strict=True):
        yield Promise(
            f"of it ty alone, {one.lines:,} lines: milliseconds more than for 100", None, figure - least, ".1f"
        )
    yield Promise("hover with remembered text, p95, ms", 20, speed.p95(asyncio.run(speed.remembered())), ".1f", True)
    yield Promise("first hover, processor seconds", 4, max(asyncio.run(speed.cold(1 if quick else 3))), ".2f", True)
    entries = ENTRIES // 10 if quick else ENTRIES
    yield Promise(f"cache, get among {entries:,}, p95, ms", 2, cache.read_among(entries, 2_000), ".2f", True)


def _of_shares(rounds: int) -> Iterable[Promise]:
    """Whose the time after an edit is: ours has a goal, ty's is said."""
    least, *more = asyncio.run(shares.by_length(rounds))
    for one in more:
        what = f"of it our processor time, {one.lines:,} lines: times the {least.ours:.1f} ms of {least.lines}"
        yield Promise(what, 2, one.ours / least.ours, ".1f", True)
    for one in (least, *more):
        yield Promise(f"of it waiting for ty, {one.lines:,} lines, ms", None, one.waiting / one.rounds * 1000, ".1f")


def _spelled(one: Promise) -> tuple[str, str, str]:
    if one.goal is None:
        return "", format(one.measured, one.unit), ""
    sign = "≤" if one.most else "≥"
    measured = "–" if one.measured is None else format(one.measured, one.unit)
    return f"{sign} {one.goal:g}", measured, "yes" if one.met else "[bold]no[/bold]"


if __name__ == "__main__":
    sys.exit(main())
