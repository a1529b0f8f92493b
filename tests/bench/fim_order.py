"""`python -m tests.bench.fim_order`: prefix first (PSM) or suffix first (SPM), in quality and in work, for one model.

Holes are single lines: HumanEval's, with `--infilling`, else lines of the standard library drawn by a seed. For each
order that the model's family was trained with: how surprising the missing line is to the model, how often its greedy
answer begins with that line, and how many tokens have to be computed anew for each character that is typed, which is
why the order matters. A family that knows no holes is asked from left to right, and that is said.
"""

from __future__ import annotations

import argparse
import csv
import heapq
import random
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy

from glossator.engine.load import LoadedModel, Models
from glossator.engine.prepare import prepare
from glossator.engine.question import Question
from glossator.engine.serve import default_threads
from glossator.engine.state import EngineState
from glossator.errors import GlossatorError
from glossator.settings import load
from tests.bench.quality import SEED, TASKS, sample

MODULES = (argparse, csv, heapq, textwrap)
BEFORE, AFTER = 1500, 600  # characters
TYPED = 6  # characters of each line, one after the other


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is missing, without its line end, and what is around it."""

    before: str
    text: str
    after: str


@dataclass
class Score:
    """What one order came to; `computed` counts the tokens for all `keys` that were typed."""

    order: str
    lines: int = 0
    exact: int = 0
    nats: float = 0.0
    characters: int = 0
    keys: int = 0
    prompt_tokens: int = 0
    computed: int = 0
    seconds: float = 0.0


def main(arguments: list[str]) -> int:
    """Measure and print one table, in markdown."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.fim_order", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--model", help="instead of the configured one")
    parser.add_argument("--infilling", type=Path, help=f"the folder with {TASKS}")
    parser.add_argument("--lines", type=int, default=40)
    options = parser.parse_args(arguments)
    settings, _ = load(Path.cwd())
    choices = replace(settings.model, name=options.model) if options.model else settings.model
    name = choices.reference
    try:
        model = Models(EngineState(name), default_threads(), choices).get(name)
    except GlossatorError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    found = list(_humaneval(options.infilling, options.lines) if options.infilling else _library(options.lines))
    print(table(name, model, [measure(model, order, found) for order in orders(model)]))
    return 0


def orders(model: LoadedModel) -> tuple[str, ...]:
    """Those that the family was trained with; one without a name where it knows no holes."""
    infill = model.tokenizer.family.infill
    known = tuple(order for order in ("psm", "spm") if infill is not None and getattr(infill, order))
    return known or ("",)


def measure(model: LoadedModel, order: str, lines: Sequence[Line]) -> Score:
    """One order, on every line."""
    score, tokenizer = Score(order), model.tokenizer
    before = tokenizer.family
    if order and before.infill:
        tokenizer.family = replace(before, infill=replace(before.infill, order=order))  # type: ignore[arg-type]
    try:
        for line in lines:
            _judge(model, line, score)
            _type(model, line, score)
    finally:
        tokenizer.family = before
    return score


def table(name: str, model: LoadedModel, scores: Sequence[Score]) -> str:
    """The scores in markdown."""
    family = model.tokenizer.family
    lines = [f"{name} ({family.name}) on {date.today()}, {scores[0].lines} lines:", ""]
    if model.tokenizer.left_to_right:
        lines += [f"{model.tokenizer.left_to_right} So there is one order, from left to right.", ""]
    lines += ["| order | bits a character | first line exact | computed a key | of tokens | ms a key |"]
    lines += ["| --- | ---: | ---: | ---: | ---: | ---: |"]
    used = family.infill.order if family.infill else ""
    for one in scores:
        label = (one.order.upper() or "left to right") + (" (used)" if one.order and one.order == used else "")
        keys = max(one.keys, 1)
        bits, exact = one.nats / numpy.log(2) / max(one.characters, 1), one.exact / max(one.lines, 1)
        work = f"{one.computed / keys:.1f} | {one.prompt_tokens / keys:.0f} | {one.seconds / keys * 1000:.0f}"
        lines.append(f"| {label} | {bits:.3f} | {exact:.3f} | {work} |")
    return "\n".join(lines)


def _judge(model: LoadedModel, line: Line, score: Score) -> None:
    wanted = model.tokenizer.encode(f"{line.text}\n", continued=True)
    prompt = prepare(_question(model, line, ""), model).tokens
    session = model.runtime.session()
    first: Any = session.feed(prompt)
    rows = numpy.vstack([first, session.score(wanted)[:-1]]).astype(numpy.float64)
    chosen = rows[numpy.arange(len(wanted)), wanted]
    score.nats += float((numpy.logaddexp.reduce(rows, axis=1) - chosen).sum())
    score.characters += len(line.text) + 1
    session.keep(len(prompt))
    scores, written = first, list[int]()
    while len(written) < len(wanted) + 4:
        token = int(numpy.argmax(scores))
        if token in model.ends:
            break
        written.append(token)
        scores = session.feed([token])
    said = b"".join(model.tokenizer.bytes_of.get(token, b"") for token in written).decode("utf-8", "replace")
    score.exact += said.partition("\n")[0].strip() == line.text.strip()
    score.lines += 1


def _type(model: LoadedModel, line: Line, score: Score) -> None:
    """The line's first characters, each followed by a request, as the engine's prefix cache serves them."""
    for length in range(TYPED + 1):
        prompt = prepare(_question(model, line, line.text[:length]), model).tokens
        session, reused = model.prefixes.take(prompt)
        begin = time.process_time()
        session.feed(prompt[reused:])
        took = time.process_time() - begin
        model.prefixes.put(session)
        if length:  # the first is a new text in any order
            score.keys += 1
            score.prompt_tokens += len(prompt)
            score.computed += len(prompt) - reused
            score.seconds += took


def _question(model: LoadedModel, line: Line, typed: str) -> Question:
    return Question(model=model.name, text=line.before + typed, suffix=line.after, max_tokens=64, heal=False)


def _humaneval(folder: Path, count: int) -> Iterator[Line]:
    for task in sample(folder / TASKS, count):
        yield Line(task["prompt"], task["canonical_solution"].rstrip("\n"), "\n" + task["suffix"])


def _library(count: int) -> Iterator[Line]:
    chance = random.Random(SEED)
    for number in range(count):
        text = Path(str(MODULES[number % len(MODULES)].__file__)).read_text("utf-8")
        lines = text.splitlines(keepends=True)
        places = [at for at, one in enumerate(lines) if len(one.strip()) > TYPED and not one.strip().startswith("#")]
        at = chance.choice(places)
        indent = len(lines[at]) - len(lines[at].lstrip())
        before = "".join(lines[:at]) + lines[at][:indent]
        yield Line(before[-BEFORE:], lines[at][indent:].rstrip("\n"), "\n" + "".join(lines[at + 1 :])[:AFTER])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
