"""How fast each reads and writes: tokens per second, and how near to what the memory allows.

Ours is measured at the runtime's port, as llama.cpp measures itself: tokens in, scores out, without HTTP. What n-gram
speculation brings is measured through the engine, on a text that is being edited: a function stands there again under
another name.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy

from glossator.engine.graph.kept import graph_folder
from glossator.engine.load import Models
from glossator.engine.runtimes import Runtime
from glossator.engine.state import EngineState
from glossator.models.base import Model, Prompt, read
from glossator.settings import ModelSettings
from tests.bench.complete.llama import Llama

CHUNK = 128
EDITED = '''
def read_settings(path, strict=True):
    """Read the settings of one folder, with the defaults where nothing is said."""
    with open(path / "settings.toml", encoding="utf-8") as file:
        told = parse(file.read())
    settings = {name: told.get(name, default) for name, default in DEFAULTS.items()}
    if strict and (unknown := set(told) - set(DEFAULTS)):
        raise ValueError(f"{path} has unknown settings: {', '.join(sorted(unknown))}")
    return Settings(**settings)
'''


@dataclass
class Rates:
    """Tokens per second of one of them, each round's; ``weight_bytes`` are read for each token."""

    name: str
    weight_bytes: int
    read: list[float] = field(default_factory=list)
    written: list[float] = field(default_factory=list)
    edited: list[float] = field(default_factory=list)


def own_runtime(model: str, threads: int) -> tuple[Runtime, int]:
    """The engine's runtime in this process, and the bytes of weights that a token reads, 0 where that is not known."""
    choices = ModelSettings(model, device="cpu")
    state = EngineState(model, choices=choices)
    runtime = Models(state, threads, choices).get(model).runtime
    folder = graph_folder(model, None)
    weights = [one for one in folder.iterdir() if one.suffix != ".npy"] if state.runtime == "onnx" else []
    return runtime, sum(one.stat().st_size for one in weights)


def measure_own(runtime: Runtime, tokens: Sequence[int], written: int, rates: Rates) -> None:
    """One round: read all, then write."""
    session, begin = runtime.session(), time.perf_counter()
    for start in range(0, len(tokens), CHUNK):
        scores = session.feed(tokens[start : start + CHUNK])
    rates.read.append(len(tokens) / (time.perf_counter() - begin))
    begin = time.perf_counter()
    for _ in range(written):
        scores = session.feed([int(scores.argmax())])
    rates.written.append(written / (time.perf_counter() - begin))


async def measure_llama(server: Llama, tokens: Sequence[int], written: int, rates: Rates) -> None:
    """The same, by the server's own watch."""
    said = await server.say(list(tokens), written, cache_prompt=False, ignore_eos=True)
    rates.read.append(said.prefill_rate)
    rates.written.append(said.decode_rate)


def editing(number: int) -> str:
    """A text in which a function comes again under another name, up to its second line."""
    head, _, _ = EDITED.replace("settings", f"options_{number}").partition("\n    with")
    return f"# Round {number}\n{EDITED}\n{head}\n"


async def edit_own(model: Model, number: int, written: int, rates: Rates) -> None:
    """Write on an edited text through the engine, which guesses."""
    _, usage = await read(model, Prompt(editing(number), max_tokens=written, deadline=120.0))
    assert usage is not None
    rates.edited.append(usage.completion_tokens / max(usage.timings_ms["decode"] / 1000, 1e-9))


async def edit_llama(server: Llama, number: int, written: int, rates: Rates) -> None:
    """The same at llama.cpp, which does not guess by llama.vim's settings."""
    said = await server.say(editing(number), written, cache_prompt=False)
    rates.edited.append(said.decode_rate)


def bandwidth(threads: int, megabytes: int = 256) -> float:
    """Bytes per second that so many threads read from memory: sums over numbers too many for any cache."""
    blocks = [numpy.ones(megabytes * 1_000_000 // 8 // threads) for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            list(pool.map(numpy.sum, blocks))
            times.append(time.perf_counter() - begin)
    return megabytes * 1_000_000 / min(times)


def median(found: Sequence[float]) -> float:
    """The middle one, or 0 of none."""
    return statistics.median(found) if found else 0.0


def weights_of(folder: Path, kind: str) -> Path:
    """Where the exported file of a quantization lies."""
    return folder / f"{kind}.gguf"
