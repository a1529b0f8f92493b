"""``glossator backends``: who is asked for a model's text, in what order, at what cost, and whether it works."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("backends", help="who is asked for a model's text: order, consent, use, faults")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--check", action="store_true", help="ask each that is allowed for one token")
    parser.set_defaults(run=run)
    actions = parser.add_subparsers(dest="action", metavar="key")
    key = actions.add_parser("key", help="put a backend's key into the system's keyring")
    key.add_argument("name", metavar="NAME")
    key.add_argument("--remove", action="store_true", help="take it out again")
    key.set_defaults(run=run_key)


def run(arguments: argparse.Namespace) -> int:
    """A table, a row for each backend in order; 3 if a check failed."""
    from dataclasses import asdict

    from glossator.cli.session import settings_for
    from glossator.examine_backends import check, describe

    root = Path.cwd().resolve()
    settings = settings_for(root)
    rows = asyncio.run(check(settings, root) if arguments.check else describe(settings, root))
    if arguments.format == "json":
        print(json.dumps([asdict(row) for row in rows], indent=2))
    else:
        _print_table(rows, arguments.check)
    return 3 if any(row.checked == "failed" for row in rows) else 0


def run_key(arguments: argparse.Namespace) -> int:
    """Read a key without showing it, and store it."""
    import getpass

    from glossator.cli.session import settings_for
    from glossator.errors import WrongUse
    from glossator.models.credentials import store_in_keyring

    known = settings_for(Path.cwd()).backends.named
    if arguments.name not in known:
        there = ", ".join(known) or "none"
        raise WrongUse(f"There is no backend named {arguments.name!r}.", f"There are: {there}.")
    if arguments.remove:
        store_in_keyring(arguments.name, "")
        print(f"The key of {arguments.name} is out of the keyring.")
        return 0
    key = getpass.getpass(f"Key of {arguments.name}: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not key.strip():
        raise WrongUse("No key was given.", "Nothing was stored.")
    store_in_keyring(arguments.name, key.strip())
    print(f"Stored. Set backends.{arguments.name}.keyring to true to use it.")
    return 0


def _print_table(rows: Any, checked: bool) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    headings = [
        "",
        "backend",
        "host",
        "model",
        "for",
        "consent",
        "state",
        "this month",
        *(["check"] if checked else []),
    ]
    table = Table(*headings)
    for number, row in enumerate(rows, 1):
        told = (row.name, row.host, row.model, ", ".join(row.purposes), row.consent, row.state, row.used)
        table.add_row(str(number), *map(escape, told), *([row.checked] if checked else []))
    Console().print(table)
    for row in rows:
        if row.told:
            print(f"{row.name}: {row.told}")
