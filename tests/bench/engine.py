"""`python -m tests.bench.engine`: the engine beside plain transformers, on the same weights and threads, in one run.

Each round asks both for a continuation of a text that neither has seen, then of the same text with a line more: there
the engine reuses what it computed, which is what happens while someone types. Times are those that a client sees.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import os
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rich.console import Console
from rich.table import Table

from glossator.errors import GlossatorError
from glossator.models import engine_process
from glossator.models.base import Prompt
from glossator.models.conversion import convert
from glossator.models.engine_process import EngineModel
from glossator.models.store import require
from glossator.settings import EngineSettings, ModelSettings, Settings
from tests.bench.client import MEBIBYTE

ROOT = Path(__file__).parents[2]
# Long enough to need some work, of a kind that the model has seen: the standard library's own code.
CODE = inspect.getsource(textwrap.TextWrapper)[:3000]
ONE_LINE_MORE = "\n    # And then"


@dataclass
class Figures:
    """What was measured of one of the two."""

    start_s: float = 0.0
    new_ms: list[float] = field(default_factory=list)
    more_ms: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    reused: list[int] = field(default_factory=list)
    mib: float = 0.0


def main() -> int:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.engine", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--model", default=ModelSettings().name, help="the embedded model's name, or a folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=48, help="how long each answer is")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    options = parser.parse_args()
    try:
        convert(options.model)
        folder = require(options.model)
    except GlossatorError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    converted = folder / "converted"
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as runtime:
        os.environ["GLOSSATOR_RUNTIME_DIR"] = runtime  # an engine of our own: the user's goes on undisturbed
        figures = asyncio.run(measure(options, converted if converted.exists() else folder))
    Console().print(table(*figures, options))
    return 0


async def measure(options: argparse.Namespace, folder: Path) -> tuple[Figures, Figures]:
    """Both, in alternating rounds; the engine and the other process are gone afterwards."""
    settings = Settings(model=ModelSettings(options.model), engine=EngineSettings(threads=options.threads))
    ours, theirs = Figures(), Figures()
    try:
        begin = time.perf_counter()
        status = await engine_process.ensure_running(settings)
        ours.start_s = time.perf_counter() - begin
        begin = time.perf_counter()
        with plain(folder, options.threads) as ask:
            theirs.start_s = time.perf_counter() - begin
            for number in range(options.rounds):
                print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
                new = f"# Round {number}: a text that nobody has seen.\n{CODE}"
                await _ask_engine(settings, new, options.tokens, ours.new_ms, ours)
                await _ask_engine(settings, new + ONE_LINE_MORE, options.tokens, ours.more_ms, ours)
                _note(ask(new, options.tokens), theirs.new_ms, theirs)
                _note(ask(new + ONE_LINE_MORE, options.tokens), theirs.more_ms, theirs)
        ours.mib = psutil.Process(status.pid).memory_info().rss / MEBIBYTE
    finally:
        await engine_process.stop()
    return ours, theirs


def table(ours: Figures, theirs: Figures, options: argparse.Namespace) -> Table:
    """The two as columns."""
    result = Table(title=f"{options.model}, {options.threads} threads, {options.rounds} rounds, medians")
    for heading in ("", "glossator.engine", "transformers generate"):
        result.add_column(heading, justify="left" if not heading else "right")
    both = (ours, theirs)
    result.add_row("start until ready, s", *(f"{one.start_s:.1f}" for one in both))
    result.add_row("first token, a new text, ms", *(f"{statistics.median(one.new_ms):.0f}" for one in both))
    result.add_row("first token, a line more, ms", *(f"{statistics.median(one.more_ms):.0f}" for one in both))
    result.add_row("tokens per second after it", *(f"{statistics.median(one.rates):.1f}" for one in both))
    result.add_row("tokens reused, a line more", str(int(statistics.median(ours.reused[1::2]))), "0")
    result.add_row("resident MiB", *(f"{one.mib:.0f}" for one in both))
    return result


@contextmanager
def plain(folder: Path, threads: int) -> Iterator[Any]:
    """A process with transformers alone, which answers one question at a time."""
    command = [sys.executable, "-m", "tests.bench.plain", str(folder), str(threads)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin is not None
    assert process.stdout is not None
    questions, answers = process.stdin, process.stdout

    def ask(text: str, max_tokens: int) -> dict[str, float]:
        questions.write(json.dumps({"text": text, "max_tokens": max_tokens}) + "\n")
        questions.flush()
        answer: dict[str, float] = json.loads(answers.readline())
        return answer

    try:
        answers.readline()
        yield ask
    finally:
        process.kill()
        process.communicate()


async def _ask_engine(settings: Settings, text: str, tokens: int, first_ms: list[float], figures: Figures) -> None:
    """A connection of its own each time, as an editor's request has."""
    model = EngineModel(settings)
    begin, first, usage = time.perf_counter(), 0.0, None
    async with aclosing(model.stream(Prompt(text=text, max_tokens=tokens, deadline=120))) as pieces:
        async for piece in pieces:
            first = first or time.perf_counter()
            usage = piece.usage or usage
    last = time.perf_counter()
    await model.close()
    assert usage is not None
    first_ms.append((first - begin) * 1000)
    figures.rates.append((usage.completion_tokens - 1) / (last - first))
    figures.reused.append(usage.reused_tokens)


def _note(answer: dict[str, float], first_ms: list[float], figures: Figures) -> None:
    first_ms.append(answer["first_ms"])
    figures.rates.append(answer["rate"])
    figures.mib = max(figures.mib, answer["mib"])


if __name__ == "__main__":
    sys.exit(main())
