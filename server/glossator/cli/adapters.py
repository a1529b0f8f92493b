"""``glossator adapters``: what is laid on top of the model, for whom it answers, and what it changes."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from glossator.cli import evaluate, share, train, use
from glossator.models.adapters import PROMPT_STYLES, PURPOSES


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``adapters`` and what can be done with them."""
    parser = subparsers.add_parser("adapters", help="list, add, train, judge, use, share and remove adapters")
    actions = parser.add_subparsers(
        dest="action", required=True, metavar="list|add|train|eval|use|export|push|show|remove|merge"
    )
    actions.add_parser("list", help="show the adapters and what they change").set_defaults(run=run_list)
    _register_add(actions)
    train.register(actions)
    evaluate.register(actions)
    use.register(actions)
    share.register(actions)
    shower = actions.add_parser("show", help="show all that is known of one")
    shower.add_argument("name")
    shower.set_defaults(run=run_show)
    remover = actions.add_parser("remove", help="delete one")
    remover.add_argument("name")
    remover.set_defaults(run=run_remove)
    merger = actions.add_parser("merge", help="write the model with an adapter merged into its weights")
    merger.add_argument("name")
    merger.add_argument("--output", required=True, type=Path, metavar="FOLDER", help="a new folder, for model.name")
    merger.set_defaults(run=run_merge)


def run_list(arguments: argparse.Namespace) -> int:
    """A table of the available adapters."""
    from rich.console import Console
    from rich.filesize import decimal
    from rich.table import Table

    from glossator.adapt.report import read
    from glossator.models.adapters import available

    routes = _routes()
    loaded = _loaded()
    table = Table("name", "type", "made for", "size", "answers", "loaded")
    for one in available():
        row = (one.name, one.type, Path(one.base).name or "?", decimal(one.size), routes.get(one.name, ""))
        table.add_row(*row, "yes" if one.name in loaded else "")
    Console().print(table)
    for one in available():
        verdict = read(one.folder).get("verdict", "")
        print(f"{one.name}: {one.effect or 'The engine has not tried it yet.'}{verdict and f' Evaluated: {verdict}'}")
    return 0


def run_add(arguments: argparse.Namespace) -> int:
    """Copy an adapter into the data folder; one of the hub is fetched first, unless its cache has it.

    Raises:
        DownloadFailed: it could not be fetched.
        WrongUse: it is no adapter that can be used, or its name is taken.
    """
    from glossator.models.adapters import add, check_free, hub_adapter, is_here, locate, own_name

    repository = hub_adapter(arguments.source)
    if repository is not None and not is_here(repository):
        check_free(arguments.name or own_name(repository))  # before anything is fetched for nothing
        _fetch(repository.reference)
    told = {name: getattr(arguments, name) for name in ("base", "purpose", "prompt_style")}
    source, name, origin = locate(arguments.source)
    adapter = add(source, arguments.name or name, **{**told, **origin})
    print(f"{adapter.name} is in {adapter.folder} ({adapter.type}, made for {adapter.base or 'an unnamed base'}).")
    if not (adapter.folder / "adapter_model.safetensors").is_file():
        print("Its weights are a pickle; they will be read with weights_only=True, so that no code in it runs.")
    purpose = adapter.purpose or PURPOSES[0]
    print(f'To use it, set adapters.{purpose} = "{adapter.name}".')
    return 0


def _fetch(reference: str) -> None:
    """What only the hub's library knows is asked of a process that may import it."""
    from glossator.cli.progress import ended_by_sigterm, shown_progress
    from glossator.models.conversion import pull_adapter
    from glossator.models.local_extra import require_local_extra

    require_local_extra()
    with ended_by_sigterm(), shown_progress() as report:
        pull_adapter(reference, report)


def run_show(arguments: argparse.Namespace) -> int:
    """All fields of one adapter.

    Raises:
        ModelMissing: there is none of that name.
    """
    from dataclasses import asdict

    from glossator.models.adapters import find

    adapter = find(arguments.name)
    for name, value in {**asdict(adapter), "folder": adapter.folder}.items():
        print(f"{name}: {value}")
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """Delete one adapter.

    Raises:
        ModelMissing: there is none of that name.
    """
    from rich.filesize import decimal

    from glossator.models.adapters import remove

    adapter = remove(arguments.name)
    print(f"Removed {adapter.name}; {decimal(adapter.size)} are free again.")
    return 0


def run_merge(arguments: argparse.Namespace) -> int:
    """Write the settings' model with an adapter merged into it.

    Raises:
        WrongUse: that adapter cannot be merged.
    """
    from glossator.cli.session import settings_for
    from glossator.models.merging import merge

    settings = settings_for(Path.cwd())
    merge(arguments.name, settings.model.reference, arguments.output)
    print(f'{arguments.output} holds the merged model; to use it, set model.name = "{arguments.output.absolute()}".')
    return 0


def _register_add(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    adder = actions.add_parser("add", help="register one from a folder or from the Hugging Face hub")
    sources = (
        "the folder that peft's save_pretrained wrote, a file in it, or the hub's owner/name or owner/name@revision"
    )
    adder.add_argument("source", help=sources)
    adder.add_argument("--name", default="", help="what to call it; else its folder's name")
    adder.add_argument("--base", default="", help="the model that it was made for, if it does not say so itself")
    adder.add_argument("--purpose", default="", choices=PURPOSES, help="what it was made for")
    adder.add_argument("--prompt-style", default="", choices=PROMPT_STYLES, help="how it wants to be asked")
    adder.set_defaults(run=run_add)


def _routes() -> dict[str, str]:
    """For whom each adapter answers here, by its name."""
    from glossator.cli.document import workspace_of
    from glossator.cli.session import settings_for
    from glossator.models.choosing import Choices
    from glossator.models.routing import read_routes

    settings, root = settings_for(Path.cwd()), workspace_of(Path.cwd() / "here")
    routes, _ = read_routes(settings)
    routes.kept = Choices(root, settings)
    pairs = [(routes.adapter(purpose), purpose) for purpose in PURPOSES]
    pairs += [(routes.adapter("complete", language), f"complete {language}") for language in routes.languages]
    return {name: ", ".join(use for one, use in pairs if one == name) for name, _ in pairs if name}


def _loaded() -> set[str]:
    from glossator.models.engine_process import status

    found = asyncio.run(status())
    return {one["name"] for one in found.details.get("adapters", ())} if found else set()
