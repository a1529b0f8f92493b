"""``glossator adapters eval``: whether an adapter helps, on code that it never saw, and against what."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from glossator.adapt.evaluate import Examination, Result
    from glossator.adapt.unseen import Unseen
    from glossator.models.adapters import Adapter
    from glossator.settings import Settings

EXAMPLES, SEED = 100, 7
RECIPE = "fill-in-the-middle"


def register(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add ``eval`` to ``adapters``."""
    parser = actions.add_parser("eval", help="measure whether one helps, on files that its training did not see")
    parser.add_argument("name", help="the adapter")
    parser.add_argument("--path", type=Path, help="the repository; else the one that it was trained on")
    parser.add_argument("--examples", type=int, default=EXAMPLES, metavar="N", help=f"places to complete ({EXAMPLES})")
    parser.add_argument("--seed", type=int, default=SEED, help=f"decides which places ({SEED})")
    parser.add_argument("--exclude", default="", help="files to leave out, as gitignore patterns with commas")
    parser.add_argument("--control", default="", metavar="ADAPTER", help="one trained as long on other code")
    parser.add_argument(
        "--train-control",
        nargs="?",
        const=RECIPE,
        default="",
        metavar="RECIPE",
        help=f"train the control first, on what a recipe lists ({RECIPE})",
    )
    parser.add_argument("--restart", action="store_true", help="forget the answers of an unfinished evaluation")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write a page (.html) or a chart (.svg) as well")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Choose files and places, ask, judge, keep, print.

    Raises:
        GlossatorError: it cannot be done; says what to do.
    """
    from glossator.adapt.evaluate import forget
    from glossator.adapt.report import About, keep, to_html, to_json, to_svg
    from glossator.adapt.train import read_record
    from glossator.adapt.unseen import unseen_files
    from glossator.adapt.verdict import remarks
    from glossator.cli.output import write_file
    from glossator.models.adapters import find
    from glossator.models.exclusions import patterns_of

    _check(arguments)
    adapter = find(arguments.name)
    record = read_record(adapter.folder)
    unseen = unseen_files(adapter.name, record, arguments.path, patterns_of(arguments.exclude))
    settings = _settings(adapter, unseen.root)
    control = _control(arguments, record, settings)
    if arguments.restart:
        forget(adapter.name)
    examination = _examination(arguments, adapter, control, unseen, settings)
    result = _examined(examination, unseen, settings)
    steps = {"adapter": _steps(record), "control": _steps(read_record(control.folder)) if control else 0}
    notes = (*remarks(result.found, steps), *unseen.notes)
    told = to_json(examination, result, About(arguments.seed, unseen.commit, notes))
    keep(adapter.folder, told, result.found)
    forget(adapter.name)
    if arguments.output is not None:
        page = arguments.output.suffix == ".html"
        write_file(arguments.output, to_html(told, result.found) if page else to_svg(result.found))
    print(json.dumps(told, indent=2)) if arguments.format == "json" else _show(told, result)
    return 0


def _check(arguments: argparse.Namespace) -> None:
    from glossator.cli.output import check_output
    from glossator.errors import WrongUse

    if arguments.examples < 1:
        raise WrongUse(f"{arguments.examples} places are none.", "Ask for some with --examples.")
    if arguments.control and arguments.train_control:
        raise WrongUse("A control is named, and another is to be trained.", "Give one of the two.")
    if arguments.output is not None:
        if arguments.output.suffix not in (".html", ".svg"):
            raise WrongUse(f"{arguments.output} is neither a page nor a chart.", "Name a file .html or .svg.")
        check_output(arguments.output)


def _settings(adapter: Adapter, root: Path) -> Settings:
    """What holds there, with the base that the adapter was made for."""
    from glossator.cli.session import settings_for

    settings = settings_for(root)
    if not adapter.base or adapter.base == settings.model.reference:
        return settings
    return replace(settings, model=replace(settings.model, name=adapter.base, revision=""))


def _control(arguments: argparse.Namespace, record: Any, settings: Settings) -> Adapter | None:
    from glossator.adapt.control import control_order, prepare_control
    from glossator.adapt.train import finish
    from glossator.cli.progress import shown_progress
    from glossator.cli.train import shown
    from glossator.models.adapters import find

    if not arguments.train_control:
        return find(arguments.control) if arguments.control else None
    order = control_order(arguments.name, record)
    with shown_progress() as fetched:
        known = prepare_control(order, arguments.train_control, settings, fetched)
    if known is not None:
        return known
    with shown() as report:
        return finish(order.name, report)


def _examination(
    arguments: argparse.Namespace, adapter: Adapter, control: Adapter | None, unseen: Unseen, settings: Settings
) -> Examination:
    from glossator.adapt.evaluate import Arm, Examination
    from glossator.adapt.gaps import make_gaps
    from glossator.errors import WrongUse
    from glossator.models.store import revision

    arms = [Arm("base"), Arm("context", context=True)]
    arms += [Arm("control", control.name, state=control.sha256)] if control else []
    arms.append(Arm("adapter", adapter.name, state=adapter.sha256))
    gaps = make_gaps(unseen.files, arguments.examples, arguments.seed)
    if not gaps:
        what = f"In {len(unseen.files)} files there is no place at which completion would be asked."
        raise WrongUse(what, "Name a repository with more code with --path.")
    chosen = settings.model
    base = f"{revision(chosen.reference)} {chosen.quantization} {chosen.dtype} {chosen.runtime}"
    tokens = settings.completion.max_tokens
    return Examination(adapter.name, unseen.root, gaps, tuple(arms), base, tokens)


def _examined(examination: Examination, unseen: Unseen, settings: Settings) -> Result:
    from glossator.cli.progress import ended_by_sigterm, shown_progress
    from glossator.cli.session import ensure_weights
    from glossator.errors import ModelMissing
    from glossator.models.progress import Progress

    problem = ensure_weights(settings)
    if problem is not None:
        raise ModelMissing(problem.what, problem.next_step)
    with ended_by_sigterm(), shown_progress() as report:

        def done(asked: int, total: int) -> None:
            report(Progress(f"Asking {len(examination.arms)} ways to complete", asked / total, 1.0))

        try:
            return asyncio.run(_ask(examination, unseen, settings, report, done))
        except KeyboardInterrupt:
            print("glossator: The answers so far are kept; the same command goes on.", file=sys.stderr)
            raise


async def _ask(examination: Examination, unseen: Unseen, settings: Settings, report: Any, done: Any) -> Result:
    from glossator.adapt.evaluate import Examiners, examine
    from glossator.adapt.unseen import Neighbours
    from glossator.cli.session import parts_for

    async with parts_for(settings, unseen.root, report) as parts:
        gathering = replace(parts.gathering, seconds=60.0)  # nobody waits: what is found must not hang on the load
        examiners = Examiners(parts.models.engine, gathering, Neighbours(unseen).around)
        return await examine(examination, examiners, done)


def _steps(record: Any) -> int:
    return max((step for step, _ in record.get("losses", ())), default=0)


def _show(told: Any, result: Result) -> None:
    from rich.console import Console
    from rich.table import Table

    from glossator.adapt.report import in_blocks, method
    from glossator.adapt.verdict import table

    heads, rows = table(result.found)
    shown = Table(*heads)
    for number, row in enumerate(rows):
        shown.add_row(*row, end_section=number == len(result.found.arms) - 1)
    console = Console(highlight=False)
    console.print(shown)
    for line in in_blocks(result.found):
        console.print(line, markup=False)
    print(method(told))
    for note in told["notes"]:
        print(note)
    print(f"{told['adapter']} {told['verdict']}")
