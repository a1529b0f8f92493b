"""`python -m tests.bench.fill_in_the_middle FOLDER`: what the shipped adapter does for the embedded model.

Four ways of asking, each task by turns: the model from left to right; the model asked in the adapter's format, which it
was never taught (an adapter whose numbers are all zero); the adapter; the adapter from left to right, without what
follows the cursor. Two sets: HumanEval's single lines (FOLDER holds them), and lines of packages published after 2024
(``next_line``). A first line is exact if it is the missing one but for white space at its ends; what is compared is
what Glossator shows, and before it what the model wrote. The recipe's packages are in neither set.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy
from rich.console import Console
from rich.table import Table
from safetensors.numpy import load_file, save_file

from glossator.assemble import Parts, assemble
from glossator.models.adapters import WEIGHTS, add, find, is_shipped
from glossator.models.base import Prompt, read
from glossator.paths import data_directory
from glossator.settings import AdapterSettings, Settings
from glossator.text import Snapshot
from tests.bench.next_line import places
from tests.bench.quality import PATIENT, TASKS, sample, share

UNTAUGHT = "untaught"


@dataclass(frozen=True, slots=True)
class Task:
    """A hole of one line."""

    name: str
    before: str
    expected: str
    after: str


@dataclass(frozen=True, slots=True)
class Arm:
    """A way of asking: with an adapter or none, with what follows or without."""

    name: str
    adapter: str
    sees_after: bool = True


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.fill_in_the_middle")
    parser.add_argument("infilling", type=Path, help=f"the folder with {TASKS}")
    parser.add_argument("--tasks", type=int, default=200, help="of HumanEval's lines")
    parser.add_argument("--places", type=int, default=60, help="of the next-line set")
    parser.add_argument("--packages", type=Path, help="where the packages' code is kept; they are fetched into it")
    parser.add_argument("--adapter", default="fill-in-the-middle", help="instead of the shipped one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as folder:
        packages = (options.packages or Path(folder) / "packages").absolute()
        sets = {
            "HumanEval, single lines": tuple(map(_of_human_eval, sample(options.infilling / TASKS, options.tasks))),
            "lines published after 2024": tuple(
                Task(one.file, one.before, one.expected, one.after) for one in places(packages, options.places, 2_000)
            ),
        }
        with untaught(options.adapter, Path(folder)):
            for name, tasks in sets.items():
                found = asyncio.run(measure(arms(options.adapter), tasks))
                Console(width=130).print(table(name, found))
    return 0


def arms(adapter: str) -> tuple[Arm, ...]:
    """The four."""
    return (
        Arm("the model, left to right", "", sees_after=False),
        Arm("the model, asked in the adapter's format", UNTAUGHT),
        Arm("the adapter", adapter),
        Arm("the adapter, left to right", adapter, sees_after=False),
    )


@contextmanager
def untaught(adapter: str, folder: Path) -> Iterator[None]:
    """A data folder and an engine of our own, where an adapter with the same format and no effect is registered."""
    source, models, is_ours = find(adapter).folder, data_directory() / "models", is_shipped(adapter)
    copied = folder / UNTAUGHT
    shutil.copytree(source, copied)
    save_file(
        {name: numpy.zeros_like(one) for name, one in load_file(copied / WEIGHTS[0]).items()}, copied / WEIGHTS[0]
    )
    for name in ("data", "run"):
        (folder / name).mkdir(mode=0o700)
    (folder / "data" / "models").symlink_to(models)
    os.environ["GLOSSATOR_DATA_DIR"], os.environ["GLOSSATOR_RUNTIME_DIR"] = str(folder / "data"), str(folder / "run")
    add(copied, UNTAUGHT)
    if not is_ours:
        add(source, adapter)
    yield


async def measure(ways: Sequence[Arm], tasks: Sequence[Task]) -> Mapping[Arm, list[tuple[bool, bool, float]]]:
    """For each way and task: whether the model's line is exact, whether what is shown is, and the seconds."""
    parts = {arm: assemble(Settings(adapters=AdapterSettings(complete=arm.adapter)), Path.cwd()) for arm in ways}
    found: dict[Arm, list[tuple[bool, bool, float]]] = {arm: [] for arm in ways}
    for number, task in enumerate(tasks):
        for arm in ways:
            found[arm].append(await _ask(parts[arm], task if arm.sees_after else replace(task, after="")))
        told = "  ".join(f"{sum(one[1] for one in rows)}" for rows in found.values())
        print(f"{number + 1}/{len(tasks)}: {told}", file=sys.stderr, flush=True)
    for one in parts.values():
        await one.close()
    return found


async def _ask(parts: Parts, task: Task) -> tuple[bool, bool, float]:
    began = time.monotonic()
    adapter = parts.routes.adapter("complete")
    asked = Prompt(task.before, task.after, max_tokens=PATIENT.max_tokens, deadline=PATIENT.deadline, adapter=adapter)
    if not task.before.endswith("\n"):
        asked = replace(asked, stop=("\n",))
    raw, _ = await read(parts.models.completing, asked)
    snapshot = Snapshot("untitled:task.py", "python", task.before + task.after)
    completion = await parts.complete(snapshot, snapshot.position(len(task.before)), PATIENT)
    shown = completion.items[0].text if completion.items else ""
    return _is_exact(raw, task), _is_exact(shown, task), time.monotonic() - began


def _is_exact(text: str, task: Task) -> bool:
    return text.strip("\n").partition("\n")[0].strip() == task.expected


def _of_human_eval(task: Mapping[str, str]) -> Task:
    """The cursor stands behind the indentation."""
    line = task["canonical_solution"].rstrip("\n")
    indentation = line[: len(line) - len(line.lstrip())]
    return Task(task["task_id"], task["prompt"] + indentation, line.strip(), "\n" + task["suffix"])


def table(name: str, found: Mapping[Arm, list[tuple[bool, bool, float]]]) -> Table:
    """Shares with Wilson's intervals of 95 %."""
    shown = Table(title=f"{name}: first line exact")
    for column in ("", "tasks", "the model's text", "as shown", "seconds each"):
        shown.add_column(column, justify="left" if not column else "right")
    for arm, rows in found.items():
        raw, seen = (share(sum(row[which] for row in rows), len(rows)) for which in (0, 1))
        mean = sum(row[2] for row in rows) / max(len(rows), 1)
        shown.add_row(arm.name, str(len(rows)), raw, seen, f"{mean:.1f}")
    return shown


if __name__ == "__main__":
    sys.exit(main())
