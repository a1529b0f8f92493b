"""`python -m tests.bench.retyping`: one character is typed; how long until the first token and until the answer.

Our engine, as it runs for a user, beside transformers' `generate` in fp32 in a process of its own, which reads the
whole prompt each time. Both are asked the same texts in alternating order in one run, with the same number of threads
and for as many tokens.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import os
import statistics
import sys
import tempfile
import textwrap
import time
from contextlib import aclosing
from pathlib import Path

from rich.console import Console
from rich.table import Table

from glossator.errors import GlossatorError
from glossator.models import engine_process
from glossator.models.base import Prompt
from glossator.models.conversion import convert
from glossator.models.engine_process import EngineModel
from glossator.models.store import require
from glossator.settings import EngineSettings, ModelSettings, Settings
from tests.bench.engine import plain

TYPED = "self.width = "
CHARACTERS_A_TOKEN = 4


def main() -> int:
    """Measure and print one table."""
    told = (__doc__ or "").split(":")[1].split("\n\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tests.bench.retyping", description=told)
    parser.add_argument("--model", default=ModelSettings().name, help="the embedded model's name, or a folder")
    parser.add_argument("--sizes", default="256,1024,4096", help="prompts, in tokens")
    parser.add_argument("--keys", type=int, default=5, help="how many characters are typed, each asked about")
    parser.add_argument("--tokens", type=int, default=12, help="how long each answer is")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    options = parser.parse_args()
    try:
        convert(options.model)
        folder = require(options.model)
        with tempfile.TemporaryDirectory(prefix="glossator-bench-") as runtime:
            os.environ["GLOSSATOR_RUNTIME_DIR"] = runtime  # an engine of our own: the user's goes on undisturbed
            converted = folder / "converted"
            table = asyncio.run(measure(options, converted if converted.exists() else folder))
    except GlossatorError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    Console(width=130).print(table)
    return 0


async def measure(options: argparse.Namespace, folder: Path) -> Table:
    """One row for each size, medians over the keys."""
    settings = Settings(model=ModelSettings(options.model), engine=EngineSettings(threads=options.threads))
    title = f"{options.model}, {options.threads} threads, {options.keys} keys, answers of {options.tokens} tokens, ms"
    table = Table(title=title)
    for heading in ("prompt tokens", "reused", "ours: first", "whole", "generate: first", "whole", "first", "whole"):
        table.add_column(heading, justify="right")
    model = EngineModel(settings)
    try:
        await engine_process.ensure_running(settings)
        with plain(folder, options.threads) as generate:
            for size in map(int, options.sizes.split(",")):
                rows = []
                text = _text(size)
                await _ours(model, text, options.tokens)  # it was open before the key
                for key in TYPED[: options.keys]:
                    text += key
                    ours = await _ours(model, text, options.tokens)
                    theirs = generate(text, options.tokens)
                    whole = theirs["first_ms"] + 1000 * (theirs["tokens"] - 1) / theirs["rate"]
                    rows.append((*ours, theirs["first_ms"], whole))
                table.add_row(*_cells(rows))
    finally:
        await model.close()
        await engine_process.stop()
    return table


async def _ours(model: EngineModel, text: str, tokens: int) -> tuple[int, int, float, float]:
    """The prompt's tokens, how many of them were known, milliseconds until the first piece and until the end."""
    begun, first, usage = time.perf_counter(), 0.0, None
    async with aclosing(model.stream(Prompt(text=text, max_tokens=tokens, deadline=120))) as pieces:
        async for piece in pieces:
            first = first or time.perf_counter() - begun
            usage = piece.usage or usage
    assert usage is not None
    return usage.prompt_tokens, usage.reused_tokens, first * 1000, (time.perf_counter() - begun) * 1000


def _cells(rows: list[tuple[int, int, float, float, float, float]]) -> list[str]:
    size, reused, first, whole, plain_first, plain_whole = map(statistics.median, zip(*rows, strict=True))
    figures = [f"{one:.0f}" for one in (size, reused, first, whole, plain_first, plain_whole)]
    return [*figures, f"{plain_first / first:.1f}x", f"{plain_whole / whole:.1f}x"]


def _text(size: int) -> str:
    """Code of about so many tokens, which ends at the beginning of a line."""
    source = inspect.getsource(textwrap) + inspect.getsource(argparse)
    cut = source[: size * CHARACTERS_A_TOKEN]
    return cut[: cut.rfind("\n") + 1] + "        "


if __name__ == "__main__":
    sys.exit(main())
