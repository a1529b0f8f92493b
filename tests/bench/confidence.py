"""`python -m tests.bench.confidence FOLDER`: how sure the model must be before its line is worth showing.

FOLDER holds HumanEval-SingleLineInfilling.jsonl.gz (openai/human-eval-infilling, MIT). For a seeded sample of places
with a line taken out, the engine's model writes that line; right is what equals it but for white space. The table has,
for each threshold, how many lines would still be shown and how many of these are right; `completion.confidence` was
chosen by it. A second table sends the *true* lines through the filters: whatever they do not keep whole is their fault.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import random
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from glossator.complete.confidence import Confidence
from glossator.complete.context import context_at
from glossator.complete.decide import reason_not_to_ask, wish_for
from glossator.complete.place import place_of
from glossator.complete.trim import trim
from glossator.models.base import Prompt
from glossator.models.engine_process import EngineModel
from glossator.settings import Settings
from glossator.text import Snapshot

SEED = 20_261_122
THRESHOLDS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


@dataclass(frozen=True, slots=True)
class Hole:
    """A text with a line taken out; ``before`` ends with that line's indentation, where an editor puts the cursor."""

    before: str
    after: str
    line: str


@dataclass(frozen=True, slots=True)
class Guess:
    """What the model wrote, how sure it was, and whether it is the line."""

    confidence: Confidence
    right: bool


def main() -> None:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--places", type=int, default=120)
    arguments = parser.parse_args()
    holes = read_holes(arguments.folder / "HumanEval-SingleLineInfilling.jsonl.gz")
    console = Console()
    console.print(filter_table(holes))
    if arguments.places:
        sample = random.Random(SEED).sample(holes, arguments.places)
        guesses = asyncio.run(guess_all(sample))
        for name in ("mean", "first", "least"):
            console.print(threshold_table(guesses, name))


def read_holes(path: Path) -> list[Hole]:
    """All places of the data set."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [_hole(json.loads(line)) for line in lines]


async def guess_all(holes: Sequence[Hole]) -> list[Guess]:
    """The model's line for each place, one after the other."""
    model = EngineModel(Settings())
    try:
        return [await _guess(model, hole) for hole in holes]
    finally:
        await model.close()


def threshold_table(guesses: Sequence[Guess], name: str) -> Table:
    """For each threshold: what is shown, how much of it is right, and how many right ones are lost."""
    right = sum(one.right for one in guesses)
    table = Table("at least", "shown", "of these right", "right ones lost", title=f"{name} probability")
    for threshold in THRESHOLDS:
        shown = [one for one in guesses if getattr(one.confidence, name) >= threshold]
        good = sum(one.right for one in shown)
        share = f"{good / len(shown):.0%}" if shown else "-"
        lost = f"{(right - good) / right:.0%}" if right else "-"
        table.add_row(f"{threshold:.1f}", f"{len(shown)} of {len(guesses)}", share, lost)
    return table


def filter_table(holes: Sequence[Hole]) -> Table:
    """What becomes of the true lines."""
    fates = Counter(fate(hole) for hole in holes)
    table = Table("the true line is", "places", title=f"{len(holes)} true lines through the filters")
    for name, count in fates.most_common():
        table.add_row(name, str(count))
    return table


def fate(hole: Hole) -> str:
    """Kept, cut, or the code of the reason why it is dropped or not asked for."""
    snapshot = Snapshot("untitled:hole.py", "python", hole.before + hole.after)
    context = context_at(snapshot, snapshot.position(len(hole.before)))
    place = place_of(context, "python")
    refused = reason_not_to_ask(place, manual=False)
    if refused is not None:
        return f"not asked: {refused}"
    kept, reason = trim(hole.line, place, wish_for(place, most_tokens=64))
    return reason or ("kept" if kept == hole.line.rstrip() else "cut")


async def _guess(model: EngineModel, hole: Hole) -> Guess:
    prompt = Prompt(hole.before, hole.after, stop=("\n",), max_tokens=32, scores=True)
    text, scores = "", list[float]()
    async with aclosing(model.stream(prompt)) as pieces:
        async for piece in pieces:
            text += piece.text
            scores += piece.logprobs
    return Guess(Confidence.of(scores), text.strip() == hole.line.strip())


def _hole(task: dict[str, Any]) -> Hole:
    line: str = task["canonical_solution"].rstrip("\n")
    text = line.lstrip()
    indentation = line[: len(line) - len(text)]
    after: str = task["suffix"]
    return Hole(task["prompt"] + indentation, after if after.startswith("\n") else "\n" + after, text)


if __name__ == "__main__":
    main()
