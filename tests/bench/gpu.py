"""`python -m tests.bench.gpu`: starcoderbase-7b's shape with the parallel adapter on a graphics card, as a table.

Random weights: memory and speed are the real ones', what it says is noise. Each way of holding weights has a process
of its own, which loads as the engine does and answers by the engine's own loop: a prompt that is new, then tokens, with
the base and with the adapter. Beside it transformers' own `generate` on the same weights and prompt. Switching is what
a request costs because the one before it had another adapter. `--device cpu --shape tiny` tries the script without a
card. The 7B shape writes 15 GB to the temporary folder, and removes them.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tests.bench.shapes import CONTEXT, SHAPES, shape_with_adapter

ROOT = Path(__file__).parents[2]
WAYS = ("nf4", "int8", "bf16")
SWITCHES = 20
MEGABYTE = 1e6
ROWS = (
    ("memory predicted, MB", "predicted", 0),
    ("memory measured, MB", "measured", 0),
    ("of it the adapter, MB", "adapter", 0),
    ("loading, s", "load_s", 1),
    ("first token of the base, ms", "first_ms", 0),
    ("tokens/s of the base", "rate", 1),
    ("first token with the adapter, ms", "adapted_first_ms", 0),
    ("tokens/s with the adapter", "adapted_rate", 1),
    ("first token of `generate`, ms", "plain_first_ms", 0),
    ("tokens/s of `generate`", "plain_rate", 1),
    ("tokens/s beside `generate`", "ratio", 2),
    ("switching the adapter, ms", "switch_ms", 3),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one way; memory in bytes, the rest as `ROWS` says."""

    predicted: float
    measured: float
    adapter: float
    load_s: float
    first_ms: float
    rate: float
    adapted_first_ms: float
    adapted_rate: float
    plain_first_ms: float
    plain_rate: float
    switch_ms: float
    where: str

    @property
    def ratio(self) -> float:
        """How fast the engine's loop is beside `generate`."""
        return self.rate / self.plain_rate


def main(arguments: list[str]) -> int:
    """Measure and print one table, in markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.gpu", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--shape", default="starcoderbase-7b", choices=sorted(SHAPES))
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--ways", default=",".join(WAYS), help="of nf4, int8, bf16 and fp32")
    parser.add_argument("--prompt", type=int, default=2048, help="its tokens")
    parser.add_argument("--tokens", type=int, default=128, help="how long each answer is")
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.folder:
        print(json.dumps(asdict(measure(options))))
        return 0
    with shape_with_adapter(options.shape, "float32" if options.shape == "tiny" else "bfloat16") as folder:
        found = {way: _ask(arguments, folder, way) for way in options.ways.split(",")}
    print(table(options, found))
    return 0


def table(options: argparse.Namespace, found: Mapping[str, Figures]) -> str:
    """The figures in markdown: a column for each way, the date and the card above."""
    where = next(iter(found.values())).where
    title = f"{options.shape}'s shape with the parallel adapter, a prompt of {options.prompt} tokens and "
    title += f"{options.tokens} more, on {where}, {date.today()}:"
    lines = [f"|  | {' | '.join(found)} |", f"| --- |{' ---: |' * len(found)}"]
    for label, name, digits in ROWS:
        scale = MEGABYTE if label.endswith("MB") else 1
        cells = (f"{getattr(figures, name) / scale:.{digits}f}" for figures in found.values())
        lines.append(f"| {label} | {' | '.join(cells)} |")
    return "\n".join([title, "", *lines])


def measure(options: argparse.Namespace) -> Figures:
    """One way, in this process."""
    from glossator.engine.load import Models
    from glossator.engine.state import EngineState
    from glossator.settings import ModelSettings

    way, name = options.ways, options.folder
    dtype = "float32" if way == "fp32" or options.device == "cpu" else "bfloat16"
    quantization: Any = way if way in ("nf4", "int8") else "none"
    context = min(CONTEXT, 2 * (options.prompt + options.tokens))
    choices: Any = {"quantization": quantization, "dtype": dtype, "device": options.device, "runtime": "torch"}
    state = EngineState(name)
    models, begin = Models(state, _threads(), ModelSettings(name, context=context, **choices)), time.perf_counter()
    base = models.get(name)
    load_s = time.perf_counter() - begin
    before = _memory(options.device)
    models.get(f"{name}:parallel")
    adapter = _memory(options.device) - before
    _answer(models, state, name, 1, options)  # what happens once only is no one's time
    first_ms, rate = _answer(models, state, name, 2, options)
    adapted_first_ms, adapted_rate = _answer(models, state, f"{name}:parallel", 2, options)
    assert state.plan is not None
    measured = _most_memory(options.device)
    plain_first_ms, plain_rate = _generate(base.runtime, options)
    switch_ms = _switch(models, name)
    figures = (first_ms, rate, adapted_first_ms, adapted_rate, plain_first_ms, plain_rate, switch_ms)
    return Figures(state.plan.need.total, measured, adapter, load_s, *figures, _where(options.device))


def _answer(models: Any, state: Any, name: str, number: int, options: argparse.Namespace) -> tuple[float, float]:
    """Milliseconds to the first token of a new prompt, and tokens a second behind it."""
    from glossator.engine.events import Finished
    from glossator.engine.generate import answer
    from glossator.engine.question import Question

    model, events = models.get(name), []
    # Digits are tokens of their own, so that so many characters are as many tokens.
    text = "".join(str((number * 7 + one * one) % 10) for one in range(options.prompt))
    question = Question(model=name, text=text, max_tokens=options.tokens, heal=False)
    for _ in answer(model, question, state, time.monotonic(), events.append):
        pass
    end = events[-1]
    assert isinstance(end, Finished) and end.figures.prompt_tokens == options.prompt, end
    timings, written = end.figures.timings_ms, end.figures.completion_tokens
    return timings["first_token"], (written - 1) / max(timings["decode"] / 1000, 1e-9)


def _generate(runtime: Any, options: argparse.Namespace) -> tuple[float, float]:
    """The same of transformers' `generate`."""
    import torch

    from tests.bench.plain import Clock

    ids = torch.tensor([[20 + one * one % 10 for one in range(options.prompt)]], device=runtime.device)
    how = {"max_new_tokens": options.tokens, "min_new_tokens": options.tokens, "do_sample": False, "pad_token_id": 0}
    with torch.inference_mode():
        runtime.model.generate(ids[:, :8], attention_mask=torch.ones_like(ids[:, :8]), **how)
        clock, begin = Clock(), time.perf_counter()
        runtime.model.generate(ids, attention_mask=torch.ones_like(ids), streamer=clock, **how)
    first, *_, last = clock.times[1:]
    return (first - begin) * 1000, (len(clock.times) - 2) / (last - first)


def _switch(models: Any, name: str) -> float:
    """By how many milliseconds a step is later because the one before it ran under another adapter."""
    names = (name, f"{name}:parallel")

    def step(one: str) -> float:
        begin = time.perf_counter()
        models.get(one).runtime.session().feed([1])
        return (time.perf_counter() - begin) * 1000

    same = [step(one) for one in names for _ in range(SWITCHES)]
    turns = [step(one) for _ in range(SWITCHES) for one in names]
    return statistics.median(turns) - statistics.median(same)


def _memory(device: str) -> float:
    import torch

    from glossator.engine.state import resident_bytes

    return resident_bytes() if device == "cpu" else torch.cuda.memory_allocated(device)


def _most_memory(device: str) -> float:
    """Of a card what torch took of it at most, its own reserve included."""
    import torch

    return _memory(device) if device == "cpu" else torch.cuda.max_memory_reserved(device)


def _where(device: str) -> str:
    import torch

    return platform.processor() or platform.machine() if device == "cpu" else torch.cuda.get_device_name(device)


def _threads() -> int:
    from glossator.engine.serve import default_threads

    return default_threads()


def _ask(arguments: list[str], folder: Path, way: str) -> Figures:
    command = [sys.executable, "-m", "tests.bench.gpu", *arguments, "--ways", way, "--folder", str(folder)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
