"""``glossator adapters train``: an adapter for a repository of one's own, trained on this machine."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glossator.models.training import declared, settable

if TYPE_CHECKING:
    from glossator.adapt.collect import Collection

SHOWN_STEPS = 20  # lines in a log where there is no terminal


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``train`` to ``adapters``."""
    parser = actions.add_parser("train", help="train one on a folder's code, on this machine")
    parser.add_argument("path", nargs="?", type=Path, default=Path(), help="the repository (here)")
    parser.add_argument("--name", default="", help="what the adapter is called; else the folder's name")
    parser.add_argument("--base", default="", help="the model to train for; else the one in the settings")
    parser.add_argument("--exclude", default="", help="files to leave out, as gitignore patterns with commas")
    parser.add_argument("--recipe", default="", help="train what a recipe says: a file, or the name of one of ours")
    parser.add_argument("--restart", action="store_true", help="forget an unfinished training of that name")
    parser.add_argument("--dry-run", action="store_true", help="show what would be learnt from, and train nothing")
    parser.add_argument("--list-files", action="store_true", help="name every file that was left out, with its reason")
    learning = parser.add_argument_group("how to learn (0, or nothing, is chosen by the model's size)")
    for name, kind, default, sentence in declared():
        usual = f" ({default})" if default else ""
        learning.add_argument(
            f"--{name.replace('_', '-')}", dest=name, type=kind, metavar=kind.__name__, help=f"{sentence}{usual}"
        )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Collect, show, train, register.

    Raises:
        GlossatorError: it cannot be done; says what to do.
    """
    from glossator.adapt.collect import collect
    from glossator.adapt.train import Order, begin, check_same, finish, give_up, is_begun, require_free
    from glossator.cli.session import settings_for
    from glossator.models.exclusions import patterns_of

    if arguments.recipe:
        _apply_recipe(arguments)
    name = arguments.name or arguments.path.resolve().name.lower()
    require_free(name)
    settings = settings_for(Path.cwd())
    order = Order(name, arguments.base or settings.model.reference, settable(vars(arguments)))
    if arguments.restart:
        give_up(name)
    if is_begun(name) and not arguments.dry_run:
        check_same(order)
        print(f"Going on with {name}, with the files as they were collected when it began.")
    else:
        found = collect(arguments.path, patterns_of(arguments.exclude))
        show_collection(found, arguments.list_files)
        if arguments.dry_run:
            _show_plan(order, found, settings)
            return 0
        begin(order, found, settings)
    with shown() as report:
        adapter = finish(name, report)
    _show_result(adapter)
    return 0


def show_collection(found: Collection, every: bool = False) -> None:
    """A table of what was taken and left out, and why; with ``every``, a line for each file that was left out."""
    from rich.console import Console
    from rich.table import Table

    console = Console()
    table = Table("files", "what became of them")
    table.add_row(f"{len(found.taken):,}", f"taken ({sum(len(one.text) for one in found.taken):,} characters)")
    for reason, count in found.reasons.items():
        table.add_row(f"{count:,}", f"left out: {reason}")
    console.print(table)
    licenses = ", ".join(f"{name} {count:,}" for name, count in found.licenses.items())
    print(f"Licenses of the files that were taken: {licenses or 'none'}.")
    for note in found.notes:
        print(note)
    if every:
        for one in sorted(found.left_out, key=lambda one: (one.reason, one.path)):
            print(f"{one.reason}: {one.path}")


@contextmanager
def shown() -> Iterator[Any]:
    """Takes the trainer's events, and shows a bar with losses and their curve, or lines where there is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True, highlight=False)
    if not console.is_terminal:
        yield _Lines()
        return
    columns = (TextColumn("{task.description}", markup=False), BarColumn(20), TimeRemainingColumn())
    with Progress(*columns, console=console) as bar:
        yield _Bar(bar)


class _Bar:
    """A bar, and behind it the curve of the losses so far."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar
        self._task = bar.add_task("Starting", total=None)
        self._losses: list[float] = []
        self._held_out = ""

    def __call__(self, event: Mapping[str, Any]) -> None:
        from glossator.adapt.curve import in_blocks

        if event["event"] == "start":
            self._bar.update(self._task, total=event["steps"], completed=event["done"])
        elif event["event"] == "held_out":
            self._held_out = f", held out {event['loss']:.3f}"
        elif event["event"] == "step":
            self._losses.append(event["loss"])
            curve = in_blocks(self._losses, 24)
            said = f"loss {event['loss']:.3f}{self._held_out} {curve}"
            self._bar.update(self._task, description=said, completed=event["step"])
        elif event["event"] == "stage":
            self._bar.update(self._task, description=event["message"])


class _Lines:
    """A line for some of the steps and for every held-out loss: for logs and pipes."""

    def __init__(self) -> None:
        self._every = 1

    def __call__(self, event: Mapping[str, Any]) -> None:
        said = ""
        match event["event"]:
            case "stage":
                said = event["message"]
            case "start":
                self._every = max(event["steps"] // SHOWN_STEPS, 1)
                said = f"{event['steps']} steps, from step {event['done']}; {event['trainable']:,} numbers are learnt"
            case "step" if event["step"] % self._every == 0:
                said = f"step {event['step']}: loss {event['loss']:.4f}"
            case "held_out":
                said = f"step {event['step']}: held-out loss {event['loss']:.4f}"
            case "end":
                said = f"ended at step {event['step']}; best held-out loss {event['best']:.4f}"
        if said:
            print(said, file=sys.stderr, flush=True)


def _show_plan(order: Any, found: Any, settings: Any) -> None:
    from glossator.adapt.split import split
    from glossator.adapt.train import plan_task
    from glossator.models.plan import known_model
    from glossator.models.training import training_bytes

    parts = split(found.taken, order.parameters.held_out, order.parameters.seed)
    task = plan_task(order, sum(len(one.text) for one in parts.training), settings)
    told = task.parameters
    print(f"{len(parts.training):,} files would be learnt from, {len(parts.held_out):,} are held out.")
    print(f"{task.total_steps:,} steps of {told.batch * told.accumulate} examples of up to {told.length} tokens.")
    size = training_bytes(known_model(order.base), told, task.device)  # type: ignore[arg-type]
    print(f"It would take about {size / 1e9:.1f} GB of memory on {task.device}.")


def _show_result(adapter: Any) -> None:
    from glossator.adapt.curve import in_blocks
    from glossator.adapt.train import read_record

    print(f"{adapter.name} is in {adapter.folder} ({adapter.size / 1e6:.1f} MB); its card is README.md there.")
    record = read_record(adapter.folder)
    if curve := in_blocks([loss for _, loss in record.get("held_out_losses", ())]):
        first, last = record["held_out_losses"][0][1], min(loss for _, loss in record["held_out_losses"])
        print(f"Held-out loss {first:.4f} {curve} {last:.4f}")
    print(f"To use it: glossator adapters use {adapter.name}; whether it helps: glossator adapters eval {adapter.name}")


def _apply_recipe(arguments: argparse.Namespace) -> None:
    """Let a recipe say what the command line leaves open."""
    from glossator.adapt.recipe import fetch, read_recipe
    from glossator.cli.progress import shown_progress

    recipe = read_recipe(arguments.recipe)
    with shown_progress() as report:
        arguments.path = fetch(recipe, report)
    arguments.name = arguments.name or recipe.name
    arguments.base = arguments.base or recipe.base
    merged = replace(settable(recipe.parameters), **_given(arguments))
    for name, *_ in declared():
        setattr(arguments, name, getattr(merged, name))


def _given(arguments: argparse.Namespace) -> dict[str, Any]:
    return {name: value for name, *_ in declared() if (value := getattr(arguments, name)) is not None}
