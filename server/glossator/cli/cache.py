"""``glossator cache``: what is remembered, to look at, forget, give away and take over."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any


def register(subparsers: Any) -> None:
    """Add ``cache`` and what can be done with it."""
    parser = subparsers.add_parser("cache", help="what is remembered: show, clear, export, import")
    actions = parser.add_subparsers(dest="action", required=True, metavar="stats|clear|export|import")
    stats = actions.add_parser("stats", help="how much is remembered, how old it is, how often it was of use")
    stats.add_argument("--format", choices=("table", "json"), default="table")
    stats.set_defaults(run=run_stats)
    clear = actions.add_parser("clear", help="forget one bucket, or all")
    clear.add_argument("bucket", nargs="?", default="", metavar="BUCKET", help="a name from 'cache stats'")
    clear.set_defaults(run=run_clear)
    export = actions.add_parser("export", help="write a bucket to a file, to share it")
    export.add_argument("bucket", metavar="BUCKET", help="answers (of models) or searches")
    export.add_argument("file", metavar="FILE", type=Path)
    export.set_defaults(run=run_export)
    importer = actions.add_parser("import", help="take over a file that was exported; of two entries the newer stays")
    importer.add_argument("file", metavar="FILE", type=Path)
    importer.set_defaults(run=run_import)


def run_stats(arguments: argparse.Namespace) -> int:
    """A table of the buckets, or the same as JSON."""
    from contextlib import closing
    from dataclasses import asdict

    from glossator.assemble import index_folder, open_cache
    from glossator.research.index.shelf import shelved

    with closing(open_cache()) as cache:
        found = cache.stats()
    indexes = shelved(index_folder())
    if arguments.format == "json":
        listed = {"index": {"indexes": [asdict(one) for one in indexes]}} if indexes else {}
        print(json.dumps({**{name: asdict(stats) for name, stats in found.items()}, **listed}, indent=2))
    elif found or indexes:
        _print_table(found, indexes, cache.directory)
    else:
        print("Nothing is remembered yet.")
    return 0


def run_clear(arguments: argparse.Namespace) -> int:
    """Forget, and say how much.

    Raises:
        WrongUse: there is no such bucket.
    """
    from contextlib import closing

    from glossator.assemble import index_folder, open_cache
    from glossator.errors import WrongUse
    from glossator.research.index import shelf

    with closing(open_cache()) as cache:
        there = {bucket.name: bucket for bucket in cache.buckets()}
        chosen = [one for name, one in there.items() if arguments.bucket in ("", name, name.rpartition("-v")[0])]
        if arguments.bucket not in ("", shelf.FOLDER) and not chosen:
            names = [*there, *([shelf.FOLDER] if shelf.shelved(index_folder()) else [])]
            advice = f"There are: {', '.join(names)}." if names else "Nothing is remembered yet."
            raise WrongUse(f"There is no bucket {arguments.bucket!r}.", advice)
        gone = sum(bucket.clear() for bucket in chosen)
    if arguments.bucket in ("", shelf.FOLDER):
        gone += shelf.clear(index_folder())
    print(f"Forgot {_entries(gone)}.")
    return 0


def run_export(arguments: argparse.Namespace) -> int:
    """Write the file.

    Raises:
        WrongUse: there is no such bucket, or the file is there already or cannot be written.
    """
    from glossator.assemble import export_cache

    count = export_cache(arguments.bucket, arguments.file)
    print(f"Wrote {_entries(count)} to {arguments.file}.")
    if count and arguments.bucket == "answers":
        print("It holds what a model said about your code: look at it before you give it away.")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Take over the file.

    Raises:
        WrongUse: it is none that this Glossator wrote and can use, whole and unchanged.
    """
    from glossator.assemble import import_cache

    name, done = import_cache(arguments.file)
    left = f"; {_entries(done.left)} stayed out, being older than what is here, or expired" if done.left else ""
    print(f"Took over {_entries(done.added)} into {name}{left}.")
    return 0


def _print_table(found: Any, indexes: Any, directory: Path) -> None:
    from rich.console import Console
    from rich.filesize import decimal
    from rich.table import Table

    table = Table("bucket", title="Remembered", caption="Counts are of all windows since the bucket was cleared.")
    for heading in ("entries", "size", "oldest", "hits", "stale hits", "misses"):
        table.add_column(heading, justify="right")
    for name, one in found.items():
        counts = (str(count) for count in (one.hits, one.stale, one.misses))
        table.add_row(name, str(one.entries), decimal(one.bytes), _age(one.oldest), *counts)
    if indexes:
        entries, size = sum(one.entries for one in indexes), sum(one.bytes for one in indexes)
        table.add_row("index", str(entries), decimal(size), _age(max(one.age for one in indexes)), "", "", "")
    Console().print(table)
    if indexes:
        print(f"The index is of the documentation of {', '.join(one.name for one in indexes)}.")
    print(f"In {directory}")


def _age(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for length, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * length or length == 60 <= seconds:
            return f"{seconds / length:.0f} {unit}{'' if seconds < 1.5 * length else 's'}"
    return "just now"


def _entries(count: int) -> str:
    return "1 entry" if count == 1 else f"{count} entries"
