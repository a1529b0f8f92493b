"""``glossator search "words"``: the documentation of what is installed, whoever's it is."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

MOST = 10
LONGEST_SNIPPET = 200


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "search",
        help="search the documentation of what is installed",
        description="Searches what the project imports, the standard library included; --in names one distribution.",
    )
    parser.add_argument("words", metavar="WORDS", nargs="+", help="a question, or some words")
    parser.add_argument("--in", dest="distributions", metavar="DIST", action="append", help="where; can be repeated")
    parser.add_argument("--most", metavar="N", type=int, default=MOST, help=f"how many results at most ({MOST})")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Search, print what was found.

    Raises:
        NothingToSay: nothing was.
        WrongUse: there is no such distribution.
    """
    from glossator.errors import NothingToSay

    words = " ".join(arguments.words)
    found, names, problems = asyncio.run(_search(words, arguments.distributions or [], Path.cwd(), arguments.most))
    for problem in problems:
        print(f"glossator: {problem}", file=sys.stderr)
    if arguments.format == "json":
        rows = [{"title": one.title, "snippet": _snippet(one.text), "url": one.url, "kind": one.kind} for one in found]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
    elif found:
        _print_table(found, words)
    else:
        told = f"Nothing in {', '.join(names) or 'this environment'} speaks of that."
        raise NothingToSay(told, "Use other words, or name a distribution: --in DIST.")
    return 0 if found else 1


async def _search(words: str, wanted: list[str], folder: Path, most: int) -> Any:
    from glossator.assemble import open_index
    from glossator.cli.progress import shown_progress
    from glossator.cli.session import settings_for
    from glossator.research.evidence import Query
    from glossator.resolve.distributions import Installed
    from glossator.resolve.environment import find_environment

    environment, problems = find_environment(settings_for(folder).python.environment, folder)
    installed = Installed(environment, folder)
    names = [_known(name, installed) for name in wanted] or await asyncio.to_thread(_imported, installed, folder)
    with shown_progress() as report:
        index = open_index(installed, report)
        try:
            unfinished = await index.prepare(names, None)
            results = [await index.search(Query((), distribution=name, question=words)) for name in names]
        finally:
            await index.close()
    # One of each in turn: what BM25 says of one distribution cannot be compared with what it says of another.
    turns = [one[place] for place in range(max(map(len, results), default=0)) for one in results if place < len(one)]
    return turns[: max(most, 1)], names, (*problems, *unfinished)


def _known(name: str, installed: Any) -> str:
    """The distribution of that name, or that installs a package of that name."""
    from glossator.errors import WrongUse

    if name.lower() == "python":
        return "python"
    information = installed.information(name)
    found = installed.distribution_in(information) if information else installed.distribution(name)
    if found is None:
        raise WrongUse(
            f"{name!r} is not installed in {installed.environment}.", "Install it, or set python.environment."
        )
    return str(found.name)


def _imported(installed: Any, folder: Path) -> list[str]:
    """What the Python files of a folder import, the standard library last."""
    from glossator.explain.wider import imported_distributions
    from glossator.research.project import project_files, read_file

    text = "\n".join(read_file(file) for file in project_files(folder))
    return [*(name for name in imported_distributions(text, installed) if name != "python"), "python"]


def _snippet(text: str) -> str:
    from glossator.research.docstring import read_docstring

    told = " ".join(read_docstring(text).summary[:2]) or " ".join(text.split())
    return told if len(told) <= LONGEST_SNIPPET else f"{told[: LONGEST_SNIPPET - 1]}…"


def _print_table(found: Any, words: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(f"What is installed says of “{words}”"), show_lines=True)
    for heading in ("what", "it says", "where"):
        table.add_column(heading, overflow="fold")
    for one in found:
        label, _, name = one.title.partition(": ")
        table.add_row(Text(f"{name}\n{label}"), Text(_snippet(one.text)), Text(_place(one.url)))
    Console().print(table)


def _place(url: str) -> str:
    """A file as one types it, FILE:LINE; a page as its address."""
    from urllib.parse import unquote, urlsplit

    address = urlsplit(url)
    line = address.fragment.removeprefix("L")
    return f"{unquote(address.path)}:{line}" if address.scheme == "file" else url
