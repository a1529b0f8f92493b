"""`glossator stats`: what became of suggestions, as a table with a chart, as one HTML page, or as JSON."""

from __future__ import annotations

import argparse
import json
from typing import Any

USUAL_DAYS = 30.0
BAR = 30


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "stats",
        help="how many suggestions were shown, taken and kept",
        description="Counted on this machine, by completion.statistics, and sent nowhere.",
    )
    parser.add_argument("--days", type=float, default=USUAL_DAYS, help="how far back (30)")
    parser.add_argument("--format", choices=("table", "html", "json"), default="table")
    parser.add_argument("--output", metavar="FILE", help="where to write; else standard output")
    parser.add_argument("--clear", action="store_true", help="forget all of it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Count and print."""
    from pathlib import Path

    from glossator.cli.output import write_file, write_stdout
    from glossator.complete.journal import Journal
    from glossator.complete.stats import tally, to_json
    from glossator.complete.stats_html import to_html
    from glossator.errors import NothingToSay

    journal = Journal()
    if arguments.clear:
        print(f"Forgot {journal.clear()} events.")
        return 0
    found = tally(journal.read(arguments.days))
    if not found.total.shown and not found.empty and arguments.format == "table":
        raise NothingToSay("No suggestion was shown yet.", "Type in an editor, then ask again.")
    if arguments.format == "table":
        print_tables(found)
    else:
        text = to_html(found) if arguments.format == "html" else json.dumps(to_json(found), indent=2) + "\n"
        write_file(Path(arguments.output), text) if arguments.output else write_stdout(text)
    return 0


def print_tables(found: Any) -> None:
    """The tables, and a bar for each day: shown, and of these accepted."""
    from rich.console import Console
    from rich.table import Table

    from glossator.complete.reasons import explain_reason

    console = Console()
    table = Table(
        "", "shown", "accepted", "in part", "characters", "without the model", "p50", "p90", title="Suggestions"
    )
    for name, row in (("all", found.total), *found.languages.items(), *found.models.items()):
        share = f"{row.accepted} ({row.share:.0%})"
        times = (f"{row.percentile(0.5):.0f} ms", f"{row.percentile(0.9):.0f} ms")
        counts = (str(row.shown), share, str(row.parts), str(row.characters), str(row.without_model))
        table.add_row(name or "?", *counts, *times)
    console.print(table)
    most = max((row.shown for row in found.days.values()), default=0)
    for day, row in found.days.items():
        taken, rest = (round(BAR * number / max(most, 1)) for number in (row.accepted, row.shown - row.accepted))
        console.print(f"{day} [green]{'█' * taken}[/green][dim]{'░' * rest}[/dim] {row.accepted} of {row.shown}")
    for after, (kept, seen) in found.kept.items():
        console.print(f"Still there after {after:g} s: {kept} of {seen}.")
    for reason, count in found.empty.items():
        console.print(f"{count:6} times none: {explain_reason(reason)}")
