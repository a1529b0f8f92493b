"""``glossator doctor``: each part, its version, whether it works, the next step."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

_MARKS = {"ok": "[green]ok[/green]", "missing": "[yellow]missing[/yellow]", "broken": "[red]broken[/red]"}


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("doctor", help="each part: its version, whether it works, the next step")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Examine every part and print what was found; 3 if something is broken."""
    from dataclasses import asdict

    from glossator.cli.session import settings_for
    from glossator.examine import examine

    findings = examine(settings_for(Path.cwd()), Path.cwd())
    if arguments.format == "json":
        print(json.dumps([asdict(one) for one in findings], indent=2))
    else:
        _print_table(findings)
    return 3 if any(one.state == "broken" for one in findings) else 0


def _print_table(findings: Any) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    table = Table("part", "state", "what was found", "next step")
    for one in findings:
        table.add_row(one.part, _MARKS[one.state], escape(one.detail), escape(one.next_step))
    Console().print(table)
