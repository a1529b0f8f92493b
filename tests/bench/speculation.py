"""`python -m tests.bench.speculation`: what guessing tokens brings, with and without, on the same prompts in one run.

Two kinds of places in the code of installed packages: "editing", where a function is written again below itself with a
parameter renamed, and "writing", the middle of a function. Rates are tokens by CPU time of the decoding alone; the wall
clock's ratio stands beside. `--costs` prints first what a step for several tokens costs here.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import random
import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from glossator.engine.events import Finished, Text
from glossator.engine.generate import answer
from glossator.engine.load import LoadedModel, Models
from glossator.engine.prefix_cache import PrefixCache
from glossator.engine.question import Question
from glossator.engine.runtimes import Runtime, Session
from glossator.engine.speculate import Price
from glossator.engine.state import EngineState
from glossator.errors import GlossatorError
from glossator.settings import ModelSettings

PACKAGES = ("starlette", "uvicorn", "rich")
NEVER = Price(0.0, 1.0)  # a guess costs what it saves
MOST_CHARACTERS = 2_400
STEPS = (1, 2, 4, 8, 16)
REPEATS = 5


@dataclass(frozen=True, slots=True)
class Priced:
    """The port ``Runtime`` over another, at another price of guesses."""

    runtime: Runtime
    price: Price

    @property
    def context(self) -> int:
        """The other's."""
        return self.runtime.context

    @property
    def ends(self) -> frozenset[int]:
        """The other's."""
        return self.runtime.ends

    def session(self) -> Session:
        """The other's."""
        return self.runtime.session()


@dataclass(frozen=True, slots=True)
class Decoded:
    """One answer: seconds of CPU and of the clock behind its first token, its text and its counts."""

    cpu: float
    wall: float
    text: str
    tokens: int
    guessed: int
    right: int


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.speculation", description=(__doc__ or "").split(":")[1]
    )
    parser.add_argument("--model", default=ModelSettings().name)
    parser.add_argument("--runtimes", default="onnx,torch")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--places", type=int, default=12, help="of each kind")
    parser.add_argument("--tokens", type=int, default=48)
    parser.add_argument("--costs", action="store_true")
    options = parser.parse_args()
    table = Table(title=f"{options.model}, {options.threads} threads, {options.places} places, medians of ratios")
    for heading in ("runtime", "text", "guessed", "right", "tokens/s without", "with", "CPU ratio", "clock ratio"):
        table.add_column(heading, justify="right")
    table.add_column("worst", justify="right")
    table.add_column("same text", justify="right")
    try:
        for name in options.runtimes.split(","):
            choices = ModelSettings(options.model, runtime=name)
            model = Models(EngineState(options.model), options.threads, choices).get(options.model)
            if options.costs:
                print(name, costs(model))
            for kind in ("editing", "writing"):
                table.add_row(name, kind, *cells(compare(model, places(kind, options.places), options.tokens)))
    except GlossatorError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    Console(width=140).print(table)
    return 0


def compare(model: LoadedModel, texts: Sequence[str], tokens: int) -> list[tuple[Decoded, Decoded]]:
    """Each text answered without guesses and with them, in alternating order."""
    without = replace(model, runtime=Priced(model.runtime, NEVER))
    found = []
    for number, text in enumerate(texts):
        pair = [decode(one, text, tokens) for one in ((without, model) if number % 2 else (model, without))]
        plain, guessing = pair if number % 2 else pair[::-1]
        found.append((plain, guessing))
    return found


def decode(model: LoadedModel, text: str, tokens: int) -> Decoded:
    """One answer from a cold start; only what comes behind its first piece is timed."""
    fresh = replace(model, prefixes=PrefixCache(model.runtime))
    events: list[Text | Finished] = []
    cpu = wall = 0.0
    question = Question(model.name, text=text, max_tokens=tokens, heal=False)
    for _ in answer(fresh, question, EngineState(model.name), time.monotonic(), events.append):
        if events and not cpu:
            cpu, wall = time.process_time(), time.perf_counter()
    end = events[-1]
    assert isinstance(end, Finished)
    said = "".join(one.text for one in events if isinstance(one, Text))
    figures = end.figures
    took = (time.process_time() - cpu, time.perf_counter() - wall) if cpu else (0.0, 0.0)
    return Decoded(*took, said, figures.completion_tokens, figures.guessed_tokens, figures.right_tokens)


def cells(pairs: Sequence[tuple[Decoded, Decoded]]) -> list[str]:
    """One row of the table. Answers of different length are compared by their rates."""
    long = [(plain, guessing) for plain, guessing in pairs if min(plain.tokens, guessing.tokens) > 8]
    if not long:
        return ["no answer is long enough"]
    ratios = sorted(rate(guessing, guessing.cpu) / rate(plain, plain.cpu) for plain, guessing in long)
    clock = [rate(guessing, guessing.wall) / rate(plain, plain.wall) for plain, guessing in long]
    guessed, right = (sum(getattr(one, name) for _, one in long) for name in ("guessed", "right"))
    return [
        str(guessed),
        f"{right / max(guessed, 1):.0%}",
        f"{statistics.median(rate(one, one.cpu) for one, _ in long):.1f}",
        f"{statistics.median(rate(one, one.cpu) for _, one in long):.1f}",
        f"{statistics.median(ratios):.2f}",
        f"{statistics.median(clock):.2f}",
        f"{ratios[0]:.2f}",
        f"{sum(plain.text == guessing.text for plain, guessing in pairs)} of {len(pairs)}",
    ]


def rate(decoded: Decoded, seconds: float) -> float:
    """Tokens a second."""
    return (decoded.tokens - 1) / max(seconds, 1e-6)


def costs(model: LoadedModel) -> dict[int, float]:
    """What a step for so many tokens costs behind 300, in steps for one; CPU time, medians."""
    tokens = model.tokenizer.encode(next(iter(places("writing", 1))))
    tokens = (tokens * (400 // len(tokens) + 1))[:320]
    session = model.runtime.session()
    for begin in range(0, 300, 100):
        session.feed(tokens[begin : begin + 100])
    taken: dict[int, list[float]] = {count: [] for count in STEPS}
    for _ in range(REPEATS):
        for count in STEPS:
            begun = time.process_time()
            session.score(tokens[300 : 300 + count])
            taken[count].append(time.process_time() - begun)
            session.keep(300)
    one = statistics.median(taken[1])
    return {count: round(statistics.median(values) / one, 2) for count, values in taken.items()}


def places(kind: str, count: int) -> list[str]:
    """Texts to go on with; the same in every run with the same packages."""
    chance = random.Random(3)
    files = [file for name in PACKAGES for file in sorted(_folder(name).rglob("*.py"))]
    chance.shuffle(files)
    found: list[str] = []
    for file in files:
        text = file.read_text("utf-8")
        functions = list(_functions(text))
        if functions and len(found) < count:
            function = chance.choice(functions)
            made = _rewritten(text, function) if kind == "editing" else _begun(text, function, chance)
            found.append(made[-MOST_CHARACTERS:])
    return found


def _folder(package: str) -> Path:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent


def _functions(text: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(text)):
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and 10 <= (node.end_lineno or 0) - node.lineno <= 25
        ):
            yield node


def _rewritten(text: str, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The text up to the function's end, and its first lines once more with its longest parameter renamed."""
    lines = text.split("\n")
    name = max((one.arg for one in function.args.args), key=len, default=function.name)
    again = "\n".join(lines[function.lineno - 1 : function.lineno + 2]).replace(name, f"new_{name}")
    return "\n".join(lines[: function.end_lineno]) + f"\n\n{again}\n"


def _begun(text: str, function: ast.FunctionDef | ast.AsyncFunctionDef, chance: random.Random) -> str:
    return "\n".join(text.split("\n")[: chance.randrange(function.lineno + 2, function.end_lineno or 0)]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
