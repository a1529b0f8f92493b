"""``glossator consent``: what you allowed to be sent elsewhere, for which folders; to see, to give, to take back."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

SUBJECTS = ("models", "search")


def register(subparsers: Any) -> None:
    """Add ``consent`` and what can be done with it."""
    parser = subparsers.add_parser("consent", help="what may be sent elsewhere: list, allow, deny, revoke")
    actions = parser.add_subparsers(dest="action", required=True, metavar="list|allow|deny|revoke")
    actions.add_parser("list", help="every decision").set_defaults(run=run_list)
    for name, sentence in (
        ("allow", "code of a folder may go to backends elsewhere, where the setting is 'ask'"),
        ("deny", "it may not, and you are not asked again"),
        ("revoke", "forget the decision; with --all, every one"),
    ):
        action = actions.add_parser(name, help=sentence)
        action.add_argument("folder", nargs="?", default="", metavar="FOLDER", help="this one, if left out")
        action.add_argument("--for", dest="subject", choices=SUBJECTS, default=None, help="models, if left out")
        if name == "revoke":
            action.add_argument("--all", action="store_true", help="of every folder")
        action.set_defaults(run=run_revoke if name == "revoke" else run_decide)


def run_list(arguments: argparse.Namespace) -> int:
    """A table of the decisions.

    Raises:
        NothingToSay: there is none.
    """
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from glossator.errors import NothingToSay
    from glossator.models.ledger import Ledger

    decisions = Ledger().decisions()
    if not decisions:
        raise NothingToSay("Nothing was decided yet.", "See backends.consent and search.consent in your settings.")
    table = Table("folder", "what", "decision", "since")
    for one in decisions:
        table.add_row(escape(one.workspace), one.subject, one.answer, one.at)
    Console().print(table)
    return 0


def run_decide(arguments: argparse.Namespace) -> int:
    """Remember a decision, and say what it means with the settings as they are."""
    from glossator.cli.session import settings_for
    from glossator.models.consent import ALLOWED, DENIED
    from glossator.models.ledger import Ledger

    folder = _folder(arguments.folder)
    subject = arguments.subject or "models"
    answer = ALLOWED if arguments.action == "allow" else DENIED
    Ledger().decide(str(folder), subject, answer)
    print(f"{answer.capitalize()}: {subject}, for {folder}.")
    settings = settings_for(folder)
    setting = settings.backends.consent if subject == "models" else settings.search.consent
    if setting != "ask":
        group = "backends" if subject == "models" else "search"
        print(f'It counts where {group}.consent is "ask"; here it is "{setting}".')
    return 0


def run_revoke(arguments: argparse.Namespace) -> int:
    """Forget; it holds at once, in windows that are open too."""
    from glossator.models.ledger import Ledger

    folder = None if arguments.all else str(_folder(arguments.folder))
    gone = Ledger().revoke(folder, arguments.subject)
    print(f"Forgot {gone} decision{'' if gone == 1 else 's'}.")
    return 0


def _folder(name: str) -> Path:
    from glossator.errors import WrongUse

    folder = Path(name).expanduser() if name else Path.cwd()
    if not folder.is_dir():
        raise WrongUse(f"There is no folder {folder}.", "Name the folder that your editor opens.")
    return folder.resolve()
