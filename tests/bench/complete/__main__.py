"""`python -m tests.bench.complete`: Glossator beside llama.cpp's server under llama.vim's policy.

Both have the same weights (llama.cpp's in 8 and in 4 bits, quantised anew from the embedded file) and the same number
of threads; each does a round by turns, so that whatever else the machine does troubles all. First how fast they read
and write, then typed lines of packages that no model here has read (``next_line``). `--quick` takes a few of each.
"""

from __future__ import annotations

import argparse
import asyncio
import inspect
import json
import os
import random
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from glossator.engine.convert import converted
from glossator.engine.tokenizer import Tokenizer
from glossator.models import engine_process
from glossator.models.engine_process import EngineModel
from glossator.models.progress import silent
from glossator.models.store import require
from glossator.settings import EngineSettings, ModelSettings, Settings
from tests.bench.complete import speed
from tests.bench.complete.llama import Llama, llama_server
from tests.bench.complete.llama_vim import LlamaVim
from tests.bench.complete.ours import Ours
from tests.bench.complete.speed import Rates
from tests.bench.complete.tables import goals, replay_table, speed_table, why_nothing
from tests.bench.complete.typing import Client, Hole, Log, hole_of, replay
from tests.bench.complete.weights import export
from tests.bench.next_line import SEED, places

KINDS = ("Q8_0", "Q4_0")
OURS = "Glossator"


def arguments() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.complete", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--model", default=ModelSettings().name, help="a model whose GGUF file is on this machine")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5, help="of reading and writing")
    parser.add_argument("--prompt", type=int, default=768, help="tokens to read in each round")
    parser.add_argument("--written", type=int, default=64, help="tokens to write in each round")
    parser.add_argument("--places", type=int, default=40, help="to type at; 0 leaves that out")
    parser.add_argument("--keys", type=int, default=16, help="pressed at each place")
    parser.add_argument("--before", type=int, default=2_000, help="most characters before a place")
    parser.add_argument("--beside", type=int, default=0, help="other files that are open")
    parser.add_argument("--packages", type=Path, help="where the packages' code is kept; they are fetched into it")
    parser.add_argument("--weights", type=Path, help="where the exported weights are kept")
    parser.add_argument("--json", type=Path, help="write all figures into this file too")
    parser.add_argument("--quick", action="store_true", help="2 rounds and 6 places against Q8_0 alone")
    return parser


def main() -> int:
    """Measure and print; the status is 0 whatever the figures are."""
    options = arguments().parse_args()
    kinds = KINDS
    if options.quick:
        options.rounds, options.places, kinds = min(options.rounds, 2), min(options.places, 6), KINDS[:1]
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as folder:
        os.environ["GLOSSATOR_RUNTIME_DIR"] = folder  # an engine of our own: the user's goes on undisturbed
        options.packages = (options.packages or Path(folder) / "packages").absolute()
        options.weights = options.weights or Path(folder) / "weights"
        rates, logs = asyncio.run(measure(options, kinds))
    console = Console(width=120)
    if rates:
        console.print(speed_table(rates, speed.bandwidth(options.threads), options))
    if logs:
        console.print(replay_table(logs, f"{options.places} places, {options.keys} keys each"))
        for log in logs:
            console.print(why_nothing(log))
    for line in goals(rates, logs):
        console.print(line)
    if options.json:
        told = {"rates": [asdict(one) for one in rates], "logs": [plain(one) for one in logs]}
        options.json.write_text(json.dumps(told), "utf-8")
    return 0


async def measure(options: argparse.Namespace, kinds: tuple[str, ...]) -> tuple[list[Rates], list[Log]]:
    """All of it; engine and servers are gone afterwards."""
    source = require(options.model) / "model.gguf"
    settings = Settings(model=ModelSettings(options.model), engine=EngineSettings(threads=options.threads))
    rates, logs = list[Rates](), list[Log]()
    with ExitStack() as stack:
        servers = {}
        for kind in kinds:
            file = speed.weights_of(options.weights, kind)
            size = await asyncio.to_thread(export, source, file, kind)
            rates.append(Rates(f"llama.cpp {kind}", size))
            servers[kind] = Llama(stack.enter_context(llama_server(file, options.threads)))
        try:
            await engine_process.ensure_running(settings)
            if options.rounds:
                rates.insert(0, await speeds(settings, options, servers, rates))
            if options.places:
                logs = await replays(settings, options, servers)
        finally:
            await engine_process.stop()
            for server in servers.values():
                await server.close()
    return rates if options.rounds else [], logs


async def speeds(
    settings: Settings, options: argparse.Namespace, servers: dict[str, Llama], rates: list[Rates]
) -> Rates:
    """Reading and writing, by turns; the servers' go into ``rates``, ours is the answer."""
    runtime, size = await asyncio.to_thread(speed.own_runtime, options.model, options.threads)
    own, engine = Rates(OURS, size), EngineModel(settings)
    chance = random.Random(SEED)
    tokenizer = Tokenizer(converted(options.model, silent))
    code = tokenizer.encode(inspect.getsource(argparse))
    for number in range(options.rounds):
        begin = chance.randrange(max(len(code) - options.prompt, 1))
        tokens = code[begin : begin + options.prompt]
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr, flush=True)
        speed.measure_own(runtime, tokens, options.written, own)
        await speed.edit_own(engine, number, options.written, own)
        for one, server in zip(rates, servers.values(), strict=True):
            await speed.measure_llama(server, tokens, options.written, one)
            await speed.edit_llama(server, number, options.written, one)
    await engine.close()
    return own


async def replays(settings: Settings, options: argparse.Namespace, servers: dict[str, Llama]) -> list[Log]:
    """Every place, typed for each client by turns."""
    found = await asyncio.to_thread(places, options.packages, options.places, options.before)
    holes = [hole_of(one, options.keys) for one in sorted(found, key=lambda one: one.file)]
    tokenizer = Tokenizer(converted(options.model, silent))

    def count(text: str) -> int:
        return len(tokenizer.encode(text))

    ours = Ours(settings, count, options.beside)
    clients: dict[str, Client] = {OURS: ours}
    clients |= {f"llama.vim, {kind}": LlamaVim(server, count) for kind, server in servers.items()}
    try:
        return await type_all(holes, clients)
    finally:
        await ours.close()


async def type_all(holes: list[Hole], clients: dict[str, Client]) -> list[Log]:
    """Each place with each client; who is first changes from place to place."""
    logs = {name: Log(name) for name in clients}
    names = list(clients)
    for number, hole in enumerate(holes):
        first = number % len(names)
        for name in (*names[first:], *names[:first]):
            await replay(number, hole, clients[name], logs[name])
        told = ", ".join(f"{log.name} {len(log.right_ms)}/{log.keys}" for log in logs.values())
        print(f"place {number + 1} of {len(holes)}: right in time {told}", file=sys.stderr, flush=True)
    return list(logs.values())


def plain(log: Log) -> dict[str, object]:
    """A log as JSON holds it: places and keys as ``place.key``."""
    right = {f"{place}.{key}": ms for (place, key), ms in log.right_ms.items()}
    return {**vars(log), "right_ms": right, "known_empty": [f"{place}.{key}" for place, key in log.known_empty]}


if __name__ == "__main__":
    sys.exit(main())
