"""`python -m tests.bench.memory MODEL`: memory predicted and measured, and speed, of one model in each quantization.

MODEL is a folder, or a shape of `tests.bench.shapes`, which is written, measured with a parallel adapter beside it, and
removed: `starcoderbase-1b` takes some minutes, 6 GB of memory and as much of the disk. Each row has a process of its
own, which loads as the engine does, fills the context, keeps a copy of it as the prefix cache may, and then writes some
tokens. Linux only: memory is read from /proc. While loading, pages of the files are mapped, which the system takes back
when it needs them: "own" is what it could not.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import subprocess
import sys
import threading
import time
from contextlib import nullcontext
from datetime import date
from pathlib import Path
from typing import Any

from tests.bench.shapes import SHAPES, shape_with_adapter

ROOT = Path(__file__).parents[2]
MEGABYTE = 1e6
WRITTEN = 16
CHUNK = 128
GRAPH = "graph"  # int8 once more, by onnxruntime
HEADINGS = (
    *("", "predicted MB", "measured MB", "ratio", "peak own MB", "adapter predicted MB", "adapter measured MB"),
    *("load CPU s", "prompt tokens/s", "tokens/s", "tokens/s with it"),
)


def main(arguments: list[str]) -> int:
    """Measure and print one table, in markdown."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("model", help=f"a folder with a transformers model, or one of {', '.join(SHAPES)}")
    parser.add_argument("--quantizations", default=f"none,int8,nf4,{GRAPH}")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--adapter", default="", help="a registered one, to be loaded beside the model")
    options = parser.parse_args(arguments)
    if options.child:
        print(json.dumps(measure(options)))
        return 0
    shape = options.model if options.model in SHAPES else ""
    with shape_with_adapter(shape, "float32") if shape else nullcontext(Path(options.model)) as folder:
        options.model, options.adapter = str(folder), "parallel" if shape else options.adapter
        print(f"{folder.name} on {date.today()}, {options.context} tokens of context, {options.threads} threads:\n")
        print(f"| {' | '.join(HEADINGS)} |\n| --- |{' ---: |' * (len(HEADINGS) - 1)}")
        for quantization in options.quantizations.split(","):
            print(f"| {' | '.join((quantization, *_cells(_ask(options, quantization))))} |", flush=True)
    return 0


def measure(options: argparse.Namespace) -> dict[str, float]:
    """One row, in this process."""
    from glossator.engine.load import Models
    from glossator.engine.state import EngineState
    from glossator.settings import ModelSettings

    peak = _Peak()
    quantization, runtime_name = ("int8", "onnx") if options.child == GRAPH else (options.child, "torch")
    how: dict[str, Any] = {"quantization": quantization, "runtime": runtime_name, "dtype": options.dtype}
    choices = ModelSettings(options.model, context=options.context, device="cpu", **how)
    state = EngineState(options.model)
    models = Models(state, options.threads, choices)
    before = time.process_time()
    runtime = models.get(options.model).runtime
    loaded = time.process_time() - before
    assert state.plan is not None
    predicted = state.plan.need.total
    session, begin = runtime.session(), time.perf_counter()
    while len(session.tokens) < options.context - WRITTEN:
        session.feed(_some(len(session.tokens), min(CHUNK, options.context - WRITTEN - len(session.tokens))))
    prompt = len(session.tokens) / (time.perf_counter() - begin)
    kept = session.copy(len(session.tokens))
    written = _speed(session)
    own, resident, _ = _read()
    figures = {"predicted": predicted, "measured": resident, "own": max(peak.own, own)}
    assert len(kept.tokens) + WRITTEN == len(session.tokens)
    figures |= {"loaded": loaded, "prompt": prompt, "written": written}
    if not options.adapter or options.child == GRAPH:
        return figures
    before = _settled()
    adapted = models.get(f"{options.model}:{options.adapter}").runtime.session()
    adapted.feed(_some(0, CHUNK))
    speed = _speed(adapted)
    assert state.plan is not None
    return figures | {"adapter": state.plan.need.adapters, "beside": _settled() - before, "adapted": speed}


def _settled() -> float:
    """Bytes of its own without what was freed and not given back, which would hide what is taken next."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return _read()[0]


def _some(begin: int, count: int) -> list[int]:
    return [(7 * begin + one) % 400 for one in range(count)]


def _speed(session: Any) -> float:
    begin = time.perf_counter()
    for token in range(WRITTEN):
        session.feed([token])
    return WRITTEN / (time.perf_counter() - begin)


class _Peak:
    """The most memory of its own that this process had, looked at many times a second."""

    def __init__(self) -> None:
        self.own = 0
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            self.own = max(self.own, _read()[0])
            time.sleep(0.02)


def _read() -> tuple[int, int, int]:
    """Bytes of its own, resident, and resident at most."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
    own, resident, highest = (int(told[name].split()[0]) * 1024 for name in ("RssAnon", "VmRSS", "VmHWM"))
    return own, resident, highest


def _ask(options: argparse.Namespace, quantization: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.bench.memory", options.model, "--child", quantization]
    command += ["--dtype", options.dtype, "--context", str(options.context), "--threads", str(options.threads)]
    command += ["--adapter", options.adapter] if options.adapter else []
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _cells(found: dict[str, float]) -> list[str]:
    def cell(name: str, scale: float = 1.0, digits: int = 0) -> str:
        return f"{found[name] / scale:.{digits}f}" if name in found else ""

    ratio = f"{found['predicted'] / found['measured']:.2f}"
    sizes = [cell(name, MEGABYTE) for name in ("predicted", "measured", "own", "adapter", "beside")]
    speeds = [cell("loaded", digits=1), cell("prompt"), cell("written", digits=1), cell("adapted", digits=1)]
    return [*sizes[:2], ratio, *sizes[2:], *speeds]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
