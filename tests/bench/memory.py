"""`python -m tests.bench.memory FOLDER`: memory predicted and measured, and speed, of one model in each quantization.

Each quantization has a process of its own, which loads as the engine does, fills the context, keeps a copy of it as
the prefix cache may, and then writes some tokens. Linux only: memory is read from /proc. While loading, pages of the
files are mapped, which the system takes back when it needs them: "own" is what it could not.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[2]
MEGABYTE = 1e6
WRITTEN = 16
CHUNK = 128


def main() -> int:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.memory", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("folder", help="a transformers model; tests.bench.shapes writes StarCoderBase's")
    parser.add_argument("--quantizations", default="none,int8,nf4")
    parser.add_argument("--dtype", default="auto")
    parser.add_argument("--context", type=int, default=1024)
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    parser.add_argument("--child", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options)))
        return 0
    table = Table(title=f"{Path(options.folder).name}, {options.context} tokens of context, {options.threads} threads")
    for heading in ("", "predicted MB", "measured MB", "ratio", "peak own MB", "peak with files MB", "load CPU s"):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_column("prompt tokens/s", justify="right")
    table.add_column("tokens/s", justify="right")
    for quantization in options.quantizations.split(","):
        table.add_row(quantization, *_cells(_ask(options, quantization)))
    Console(width=140).print(table)
    return 0


def measure(options: argparse.Namespace) -> dict[str, float]:
    """One quantization, in this process."""
    from glossator.engine.load import Models
    from glossator.engine.state import EngineState
    from glossator.settings import ModelSettings

    peak = _Peak()
    choices = ModelSettings(
        options.folder, quantization=options.child, dtype=options.dtype, context=options.context, device="cpu"
    )
    state = EngineState(options.folder)
    before = time.process_time()
    runtime = Models(state, options.threads, choices).get(options.folder).runtime
    loaded = time.process_time() - before
    assert state.plan is not None
    session, begin = runtime.session(), time.perf_counter()
    while len(session.tokens) < options.context - WRITTEN:
        session.feed([(7 * len(session.tokens) + one) % 400 for one in range(CHUNK)][: options.context - WRITTEN])
    prompt = len(session.tokens) / (time.perf_counter() - begin)
    kept, begin = session.copy(len(session.tokens)), time.perf_counter()
    for token in range(WRITTEN):
        session.feed([token])
    written = WRITTEN / (time.perf_counter() - begin)
    assert len(kept.tokens) + WRITTEN == len(session.tokens)
    own, resident, highest = _read()
    return {
        "predicted": state.plan.need.total,
        "measured": resident,
        "own": max(peak.own, own),
        "peak": highest,
        "loaded": loaded,
        "prompt": prompt,
        "written": written,
    }


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
    command = [sys.executable, "-m", "tests.bench.memory", options.folder, "--child", quantization]
    command += ["--dtype", options.dtype, "--context", str(options.context), "--threads", str(options.threads)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _cells(found: dict[str, float]) -> list[str]:
    sizes = [f"{found[name] / MEGABYTE:.0f}" for name in ("predicted", "measured", "own", "peak")]
    sizes.insert(2, f"{found['predicted'] / found['measured']:.2f}")
    return [*sizes, f"{found['loaded']:.1f}", f"{found['prompt']:.0f}", f"{found['written']:.1f}"]


if __name__ == "__main__":
    sys.exit(main())
