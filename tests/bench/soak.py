"""`python -m tests.bench.soak`: the memory of server side and engine over many completions in documents that change.

Random edits in a few documents, each followed by a completion through the desk that editors are answered by, from the
real engine: some asked by hand with alternatives, some cancelled, documents closed and opened anew. Resident memory is
printed as a curve. `--model` may be a folder, such as that of the tests' tiny model, which `--tiny` makes.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import inspect
import os
import random
import sys
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil

from glossator.complete.desk import Desk
from glossator.complete.pipeline import CompleteOptions, CompleteTools
from glossator.models import engine_process
from glossator.models.engine_process import EngineModel
from glossator.settings import EngineSettings, ModelSettings, Settings
from glossator.text import Position, Snapshot
from tests.bench.client import MEBIBYTE

DOCUMENTS, LINES = 6, 60  # of code each, at most twice as many
BY_HAND, CANCELLED, CLOSED = 0.1, 0.2, 0.02  # of all requests
LONGEST = 60.0  # seconds for one request, cancelled then
TYPED = ("x", "\n    ", "return ", "self.", " = ", "(", "value", "\n")
WIDTH = 50


def main() -> int:
    """Ask, and print the curve."""
    told = (__doc__ or "").split(":")[1].split("\n\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tests.bench.soak", description=told)
    parser.add_argument("--model", default=ModelSettings().name)
    parser.add_argument("--tiny", action="store_true", help="a model of two layers with random weights")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--tokens", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as folder:
        os.environ["GLOSSATOR_RUNTIME_DIR"] = folder  # an engine of our own: the user's goes on undisturbed
        if options.tiny:
            from tests.engine.conftest import write_tiny_model

            options.model = str(write_tiny_model(Path(folder) / "tiny"))
        curve = asyncio.run(measure(options))
    highest = max(engine for _, _, engine in curve)
    for asked, own, engine in curve:
        bar = "█" * round(WIDTH * engine / highest)
        print(f"{asked:>6} requests  server side {own:6.1f} MiB  engine {engine:7.1f} MiB  {bar}")
    half = curve[len(curve) // 2 :]
    print(f"second half: server side {half[-1][1] - half[0][1]:+.1f} MiB, engine {half[-1][2] - half[0][2]:+.1f} MiB")
    return 0


async def measure(options: argparse.Namespace) -> list[tuple[int, float, float]]:
    """After how many requests, the MiB of this process and of the engine."""
    settings = Settings(model=ModelSettings(options.model), engine=EngineSettings(threads=1))
    curve: list[tuple[int, float, float]] = []
    every = max(options.requests // 20, 1)
    model = EngineModel(settings)
    try:
        status = await engine_process.ensure_running(settings)
        engine = psutil.Process(status.pid)

        def note(asked: int) -> None:
            if asked % every == 0:
                gc.collect()
                sizes = [one.memory_info().rss / MEBIBYTE for one in (psutil.Process(), engine)]
                curve.append((asked, sizes[0], sizes[1]))
                print(f"{asked} of {options.requests}", file=sys.stderr)

        await soak(CompleteTools(model, model), options.requests, options.tokens, options.seed, note)
    finally:
        await model.close()
        await engine_process.stop()
    return curve


async def soak(
    tools: CompleteTools, requests: int, tokens: int, seed: int, note: Callable[[int], None], lines: int = LINES
) -> None:
    """Ask so often, about documents of so many lines; ``note`` hears how often it was."""
    chance = random.Random(seed)
    desk = Desk()
    try:
        for asked, (snapshot, position) in enumerate(edits(chance, requests, lines), 1):
            if chance.random() < CLOSED:
                desk.closed(snapshot.uri)
            desk.changed(snapshot)
            by_hand = chance.random() < BY_HAND
            wanted = CompleteOptions(manual=True, max_tokens=tokens, alternatives=3 if by_hand else 1)
            patience = chance.uniform(0, 0.05) if chance.random() < CANCELLED else LONGEST
            with suppress(asyncio.TimeoutError, TimeoutError):
                await asyncio.wait_for(desk.complete(snapshot, position, tools, wanted), patience)
            note(asked)
    finally:
        await desk.close()


def edits(chance: random.Random, count: int, lines: int) -> Iterator[tuple[Snapshot, Position]]:
    """Documents after an edit, with the cursor behind it. They keep about their length."""
    source = inspect.getsource(textwrap).split("\n")
    texts = {f"file:///{number}.py": "\n".join(source[number * 20 :][:lines]) for number in range(DOCUMENTS)}
    for version in range(count):
        uri = chance.choice(sorted(texts))
        text = texts[uri]
        offset = chance.randrange(len(text) // 2, len(text)) if chance.random() < 0.3 else len(text) * 2 // 3
        typed = chance.choice(TYPED)
        cut = len(typed) if chance.random() < 0.5 else 0
        texts[uri] = text[:offset] + typed + text[offset + cut :]
        if len(texts[uri].split("\n")) > 2 * lines:
            texts[uri] = "\n".join(source[chance.randrange(200) :][:lines])
            offset, typed = len(texts[uri]), ""
        snapshot = Snapshot(uri, "python", texts[uri], version)
        yield snapshot, snapshot.position(min(offset + len(typed), len(texts[uri])))


if __name__ == "__main__":
    sys.exit(main())
