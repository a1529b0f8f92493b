"""`python -m tests.bench.quality`: how often a completion is right, with and without what Glossator adds.

Two sets. *next line*: whole statements in packages published after 2024 (``next_line``), alone and with what the
sources of context find in the package's other files. *infilling*: HumanEval's single lines, the model's raw text and
what Glossator shows of it; the programs are run in a sandbox (``sandbox``). A first line is exact if it is the
missing one but for white space at its ends. The model is the configured one, or ``--model``.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import math
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from glossator.assemble import Parts, assemble
from glossator.complete.pipeline import CompleteOptions
from glossator.complete.sources.base import Surroundings
from glossator.models.base import Prompt, read
from glossator.settings import Settings, load
from glossator.text import Snapshot
from tests.bench.next_line import SEED, Place, places
from tests.bench.sandbox import passes, walls

PATIENT = CompleteOptions(manual=True, max_tokens=48, deadline=120.0)
TASKS = "HumanEval-SingleLineInfilling.jsonl.gz"


@dataclass
class Score:
    """What one way of asking came to. ``passed`` is None where nothing is run."""

    name: str
    asked: int = 0
    shown: int = 0
    exact: int = 0
    passed: int | None = None
    prompt_tokens: int = 0
    seconds: float = 0.0


def main() -> int:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.quality", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--model", help="instead of the configured one")
    parser.add_argument("--packages", type=Path, help="where the packages' code is kept; they are fetched into it")
    parser.add_argument("--places", type=int, default=60, help="of the next-line set; 0 leaves it out")
    parser.add_argument("--before", type=int, default=2_000, help="most characters before such a place")
    parser.add_argument("--infilling", type=Path, help=f"the folder with {TASKS}")
    parser.add_argument("--tasks", type=int, default=200, help="of the infilling set")
    options = parser.parse_args()
    settings, _ = load(Path.cwd())
    if options.model:
        settings = replace(settings, model=replace(settings.model, name=options.model))
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as folder:
        packages = (options.packages or Path(folder)).absolute()
        scores = asyncio.run(measure(settings, packages, options))
    Console(width=150).print(table(scores, settings))
    return 0


async def measure(settings: Settings, packages: Path, options: argparse.Namespace) -> list[Score]:
    """All that was asked for, one after the other."""
    scores: list[Score] = []
    if options.places:
        found = await asyncio.to_thread(places, packages, options.places, options.before)
        plain = replace(settings, completion=replace(settings.completion, context_tokens=0))
        scores += await next_lines(found, (plain, settings))
    if options.infilling:
        scores += await infilling(sample(options.infilling / TASKS, options.tasks), settings)
    return scores


async def next_lines(found: Sequence[Place], each: Sequence[Settings]) -> list[Score]:
    """Every place under each of the settings, by turns: what else the machine does then troubles both."""
    scores = [Score(f"next line, {one.completion.context_tokens} tokens of context") for one in each]
    parts: dict[tuple[int, str], Parts] = {}
    for place in found:
        root = Path(place.file).relative_to(Path(place.file).anchor)
        package = next(one for one in Path("/", root).parents if "==" in one.name)
        for number, (settings, score) in enumerate(zip(each, scores, strict=True)):
            if (number, str(package)) not in parts:
                parts[number, str(package)] = assemble(settings, package)
            await _next_line(place, parts[number, str(package)], score)
        print(place.file, *(f"{one.exact}/{one.asked}" for one in scores), file=sys.stderr, flush=True)
    for one in parts.values():
        await one.close()
    return scores


async def _next_line(place: Place, parts: Parts, score: Score) -> None:
    snapshot = Snapshot(Path(place.file).as_uri(), "python", place.before + place.after)
    opened = tuple(_opened(Path(one)) for one in place.beside)
    position = snapshot.position(len(place.before))
    around = Surroundings((snapshot, *opened))
    if parts.gathering.tokens:  # as in an editor, where the symbol server has long been asked about these names
        await parts.complete(snapshot, position, replace(PATIENT, max_tokens=1), around)
        await parts.gathering.settled()
    began = time.monotonic()
    completion = await parts.complete(snapshot, position, PATIENT, around)
    text = completion.items[0].text if completion.items else ""
    _count(score, text, place.expected, completion.meta.prompt_tokens, began)


def _opened(file: Path) -> Snapshot:
    return Snapshot(file.as_uri(), "python", file.read_text("utf-8"))


async def infilling(tasks: Sequence[dict[str, Any]], settings: Settings) -> list[Score]:
    """The model's own text, at most as long, and what is shown of it. The cursor stands behind the indentation."""
    alone, ours = Score("infilling, the model's raw text", passed=0), Score("infilling, as shown", passed=0)
    parts = assemble(settings, Path.cwd())
    for task in tasks:
        line = task["canonical_solution"].rstrip("\n")
        expected = line.strip()
        before, after = task["prompt"] + line[: len(line) - len(line.lstrip())], "\n" + task["suffix"]
        began = time.monotonic()
        prompt = Prompt(before, after, max_tokens=PATIENT.max_tokens, deadline=PATIENT.deadline)
        raw, usage = await read(parts.models.completing, prompt)
        _count(alone, raw, expected, usage.prompt_tokens if usage else 0, began)
        began = time.monotonic()
        snapshot = Snapshot("untitled:task.py", "python", before + after)
        completion = await parts.complete(snapshot, snapshot.position(len(before)), PATIENT)
        shown = completion.items[0].text if completion.items else ""
        _count(ours, shown, expected, completion.meta.prompt_tokens, began)
        for score, text in ((alone, raw), (ours, shown)):
            assert score.passed is not None
            end = f"{after}\n{task['test']}\ncheck({task['entry_point']})\n"
            score.passed += bool(text.strip()) and await asyncio.to_thread(passes, before + text + end)
        print(task["task_id"], alone.passed, ours.passed, ours.asked, file=sys.stderr, flush=True)
    await parts.close()
    return [alone, ours]


def sample(file: Path, count: int) -> list[dict[str, Any]]:
    """The same tasks each time."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        tasks = [json.loads(line) for line in lines]
    return random.Random(SEED).sample(tasks, min(count, len(tasks)))


def _count(score: Score, text: str, expected: str, tokens: int, began: float) -> None:
    score.asked += 1
    score.shown += bool(text.strip())
    score.exact += text.strip("\n").partition("\n")[0].strip() == expected
    score.prompt_tokens += tokens
    score.seconds += time.monotonic() - began


def table(scores: Sequence[Score], settings: Settings) -> Table:
    """The shares with their intervals, and what they cost."""
    ran = any(one.passed is not None for one in scores)
    caption = f"programs ran in a sandbox: {walls()}" if ran else None
    found = Table(title=f"{settings.model.name}, seed {SEED}", caption=caption)
    for column in ("", "asked", "shown", "first line exact", "passes", "prompt tokens", "seconds each"):
        found.add_column(column, justify="left" if not column else "right")
    for one in scores:
        passed = "" if one.passed is None else share(one.passed, one.asked)
        cost = (f"{one.prompt_tokens / max(one.asked, 1):.0f}", f"{one.seconds / max(one.asked, 1):.1f}")
        found.add_row(one.name, str(one.asked), str(one.shown), share(one.exact, one.asked), passed, *cost)
    return found


def share(part: int, whole: int) -> str:
    """In percent, with Wilson's interval of 95 %: it holds for few tasks and for shares near none and all, where the
    standard error would say that nothing else is possible."""
    low, high = wilson(part, whole)
    return f"{part / max(whole, 1):.1%} ({low:.1%} to {high:.1%})"


def wilson(part: int, whole: int, z: float = 1.96) -> tuple[float, float]:
    """The interval's ends, from 0 to 1; all of it where nothing was asked."""
    if not whole:
        return 0.0, 1.0
    value, weight = part / whole, z * z / whole
    middle = (value + weight / 2) / (1 + weight)
    half = z / (1 + weight) * math.sqrt(value * (1 - value) / whole + weight / (4 * whole))
    return max(middle - half, 0.0), min(middle + half, 1.0)


if __name__ == "__main__":
    sys.exit(main())
