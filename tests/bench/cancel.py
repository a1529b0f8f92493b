"""`python -m tests.bench.cancel`: from `$/cancelRequest` until the engine rests, beside one step of decoding.

The server and the engine as an editor runs them. A completion is asked for by hand at another place each time and
cancelled at a random moment, every second time after its first token; then the engine is asked over a connection of
its own, as fast as it answers, whether its thread still has work. So a figure is too long by up to one such question,
whose own time is printed.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx2
from rich.console import Console
from rich.table import Table

from glossator.models.engine_address import read_address
from glossator.models.engine_process import http_client, stop
from glossator.settings import ModelSettings
from tests.bench.client import Client

INVOKED = 1
LONGEST_WAIT = 30.0


def main() -> int:
    """Measure and print one table."""
    told = (__doc__ or "").split(":")[1].split("\n\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tests.bench.cancel", description=told)
    parser.add_argument("--model", default=ModelSettings().name)
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as folder:
        os.environ["GLOSSATOR_RUNTIME_DIR"] = folder  # an engine of our own: the user's goes on undisturbed
        Console().print(asyncio.run(measure(options.model, options.rounds, Path(folder))))
    return 0


async def measure(model: str, rounds: int, folder: Path) -> Table:
    """The table, of cancellations that met the engine reading a prompt, and writing."""
    # What is prepared behind an answer is another question, which nobody cancels.
    variables = {"GLOSSATOR_MODEL_NAME": model, "GLOSSATOR_RUNTIME_DIR": str(folder)}
    variables["GLOSSATOR_COMPLETION_AHEAD"] = "false"
    chance = random.Random(1)
    found: dict[str, list[float]] = {"reading": [], "writing": []}
    questions: list[float] = []
    try:
        async with Client([sys.executable, "-m", "glossator", "serve"], folder, variables) as client:
            await client.initialize()
            lines = (inspect.getsource(argparse) + inspect.getsource(inspect)).split("\n")
            uri = (folder / "opened.py").as_uri()
            client.open(uri, "\n".join(lines))
            await client.request("textDocument/inlineCompletion", _place(uri, lines, 200))
            address = read_address()
            assert address is not None, "the first completion starts the engine"
            async with http_client(address, LONGEST_WAIT) as engine:
                step = await _step(engine, "\n".join(lines[:60]), questions)
                for number in range(rounds):
                    place = _place(uri, lines, chance.randrange(100, len(lines) - 100))
                    wait = chance.uniform(0.02, 0.6) if number % 2 else chance.uniform(0.0, 0.1)
                    kind, taken = await _cancelled(client, engine, place, wait, first_written=number % 2 == 0)
                    if kind:
                        found[kind].append(taken)
    finally:
        await stop()
    return _table(found, step, questions, model)


async def _cancelled(
    client: Client, engine: httpx2.AsyncClient, place: dict[str, Any], wait: float, *, first_written: bool
) -> tuple[str, float]:
    """What the engine was doing, empty if nothing, and the seconds until it rests. It is cancelled some seconds after
    it was asked, or after the first token."""
    before = await _health(engine)
    number, answer = client.begin("textDocument/inlineCompletion", place)
    while first_written and not answer.done():
        if (await _health(engine))["generated_tokens"] > before["generated_tokens"]:
            break
    await asyncio.sleep(wait)
    at_work = await _health(engine)
    begun = time.perf_counter()
    client.notify("$/cancelRequest", {"id": number})
    while (await _health(engine))["working"]:
        pass
    taken = time.perf_counter() - begun
    after = await _health(engine)
    await answer
    if not at_work["working"] or after["cancelled_jobs"] == before["cancelled_jobs"]:
        return "", 0.0  # it had ended by itself
    return ("writing" if at_work["generated_tokens"] > before["generated_tokens"] else "reading"), taken


async def _step(engine: httpx2.AsyncClient, text: str, questions: list[float]) -> float:
    """Seconds for one token of this model here, the median of some answers; and how long a question takes."""
    steps = []
    for number in range(5):
        body = {"prompt": f"# {number}\n{text}", "max_tokens": 24}
        told = (await engine.post("/v1/completions", json=body)).json()
        figures = told["glossator"]
        own_steps = figures["completion_tokens"] - figures["right_tokens"]
        steps.append(figures["timings_ms"]["decode"] / max(own_steps, 1) / 1000)
        begun = time.perf_counter()
        await _health(engine)
        questions.append(time.perf_counter() - begun)
    return statistics.median(steps)


async def _health(engine: httpx2.AsyncClient) -> dict[str, Any]:
    told: dict[str, Any] = (await engine.get("/health")).json()
    return told


def _place(uri: str, lines: Sequence[str], line: int) -> dict[str, Any]:
    position = {"line": line, "character": len(lines[line])}
    return {"textDocument": {"uri": uri}, "position": position, "context": {"triggerKind": INVOKED}}


def _table(found: dict[str, list[float]], step: float, questions: Sequence[float], model: str) -> Table:
    title = (
        f"{model}: one step {step * 1000:.0f} ms, a question to the engine {statistics.median(questions) * 1000:.0f} ms"
    )
    table = Table(title=title)
    for heading in ("cancelled while", "times", "p50 ms", "p99 ms", "p99 less one step, ms"):
        table.add_column(heading, justify="right")
    for kind, taken in found.items():
        ordered = sorted(taken)
        if ordered:
            high = ordered[min(int(len(ordered) * 0.99), len(ordered) - 1)]
            middle = statistics.median(ordered)
            figures = (f"{middle * 1000:.0f}", f"{high * 1000:.0f}", f"{(high - step) * 1000:.0f}")
            table.add_row(kind, str(len(ordered)), *figures)
    return table


if __name__ == "__main__":
    sys.exit(main())
