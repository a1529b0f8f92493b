"""``glossator settings``: every option, what it is for, and what holds here."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("settings", help="every option, what it is for, and what holds in this folder")
    parser.add_argument("--format", choices=("table", "markdown", "schema"), default="table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the options as a table, the values that were changed marked."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from glossator.cli.session import settings_for
    from glossator.models.redaction import redact
    from glossator.paths import configuration_file
    from glossator.settings import named_options, options, options_table, schema

    if arguments.format != "table":
        print(options_table() if arguments.format == "markdown" else json.dumps(schema(), indent=2, ensure_ascii=False))
        return 0
    settings = settings_for(Path.cwd())
    table = Table("option", "value", "what it is for", title="Settings in this folder")
    for one in options():
        section, name = one.name.split(".")
        value = getattr(getattr(settings, section), name)
        shown = repr(value) if value == one.default else f"[bold]{value!r}[/bold] (default {one.default!r})"
        table.add_row(one.name, shown, escape(one.sentence))
    for name, backend in settings.backends.named.items():
        for inner in named_options():
            value = getattr(backend, inner.name.split(".")[-1])
            if value != inner.default:
                row = inner.name.replace("NAME", name)
                shown = escape(redact(repr(value)))  # a password in an address is refused, and not shown either
                table.add_row(row, f"[bold]{shown}[/bold] (default {inner.default!r})", escape(inner.sentence))
    Console().print(table)
    print(f"Set them in glossator.toml here, or for all projects in {configuration_file()}.")
    return 0
