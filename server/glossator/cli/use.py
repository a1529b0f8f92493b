"""``glossator adapters use``: let an adapter answer from now on, here or everywhere, in windows that are open too."""

from __future__ import annotations

import argparse
from pathlib import Path

from glossator.models.adapters import PURPOSES, Adapter

BASE = "base"  # how the command line calls the model itself


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``use`` to ``adapters``."""
    parser = actions.add_parser("use", help="let one answer, in every window, from now on")
    parser.add_argument("name", nargs="?", help="its name; 'base' is the model itself")
    parser.add_argument("--purpose", choices=PURPOSES, help="for what; else what it was made for")
    parser.add_argument("--language", default="", help="only for texts in this language, by the editor's name")
    parser.add_argument("--here", action="store_true", help="only in this workspace")
    parser.add_argument("--forget", action="store_true", help="let the settings decide again")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Keep a choice, which windows hear of by themselves.

    Raises:
        ModelMissing: there is no such adapter.
        WrongUse: none is named, or there is nothing for a language.
    """
    from glossator.cli.document import workspace_of
    from glossator.errors import WrongUse
    from glossator.models.adapters import find
    from glossator.models.choosing import choose

    if (arguments.name is None) != arguments.forget:
        raise WrongUse("An adapter is to be named, or a choice to be forgotten.", "Give a name, 'base', or --forget.")
    adapter = None if arguments.name in (None, BASE) else find(arguments.name)
    purpose = arguments.purpose or (adapter.purpose if adapter else "") or PURPOSES[0]
    if arguments.language and purpose != "complete":
        raise WrongUse("Explanations have one adapter for all languages.", "Leave --language out.")
    folder = workspace_of(Path.cwd() / "here") if arguments.here else None
    choose(folder, purpose, arguments.language, None if arguments.forget else adapter.name if adapter else "")
    what = (
        "the settings decide again"
        if arguments.forget
        else f"{adapter.name if adapter else 'the model itself'} answers"
    )
    whom = f"{purpose} {arguments.language}".strip()
    print(f"From now on {what} ({whom}, {folder or 'everywhere'}), in open windows too.")
    if adapter is not None:
        _warn_of_base(adapter)
    return 0


def _warn_of_base(adapter: Adapter) -> None:
    from glossator.cli.session import settings_for

    model = settings_for(Path.cwd()).model.reference
    if adapter.base and adapter.base != model:
        print(
            f"It was made for {adapter.base}, and the model here is {model}: the engine refuses one that does not fit."
        )
