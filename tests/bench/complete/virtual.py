"""`python -m tests.bench.complete.virtual`: both policies on a virtual clock, on the same machine and the same model.

No model is needed: one is played that errs as often as it is told, at several speeds and with several typists. With
`--recorded FILE` the real model is asked, each question once, and its answers are kept in the file. So what is compared
is the policy alone, and a second run says the same. Places are those of `next_line`.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console

from glossator.complete.scripted import run_in_no_time
from glossator.engine.events import Finished, Text
from glossator.engine.generate import answer
from glossator.engine.load import Models
from glossator.engine.question import Question
from glossator.engine.state import EngineState
from glossator.settings import ModelSettings
from tests.bench.complete.llama_vim import LlamaVim
from tests.bench.complete.machine import SPEEDS, Machine, SimulatedModel, SimulatedServer, Speed
from tests.bench.complete.simulated import SimulatedDesk
from tests.bench.complete.tables import replay_table, share
from tests.bench.complete.typing import Hole, Log, hole_of, replay
from tests.bench.complete.writers import ErringWriter, RecordedWriter, Token, Writer
from tests.bench.next_line import places

OURS, OTHER = "Glossator", "llama.vim"
ERRORS = (0.15, 0.3, 0.5)
TYPISTS = {"slow": 1.5, "usual": 1.0, "fast": 0.6}
MOST_FATES = 20
Writers = Callable[[Hole, int], Writer]


@dataclass
class Outcome:
    """What both did."""

    logs: dict[str, Log] = field(default_factory=lambda: {OURS: Log(OURS), OTHER: Log(OTHER)})
    fates: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)


def main() -> int:
    """Replay and print; the status is 0 whatever the figures are."""
    options = arguments().parse_args()
    holes = [hole_of(one, options.keys) for one in places(options.packages, options.places, options.before)]
    console, seeds = Console(width=120), range(options.seeds)
    if options.recorded is not None:
        recorded = RecordedWriter(options.recorded, in_process())
        try:
            for typist, pace in TYPISTS.items():
                outcome = type_all(holes, SPEEDS[0], lambda hole, seed: recorded, seeds, pace)
                show(console, f"{SPEEDS[0].name}, its answers recorded, a {typist} typist", outcome)
        finally:
            recorded.save()
        return 0
    settings = [(speed, errors, "usual") for speed in SPEEDS for errors in ERRORS]
    settings += [(SPEEDS[0], ERRORS[1], typist) for typist in TYPISTS if typist != "usual"]
    for speed, errors, typist in settings:

        def writer(hole: Hole, seed: int, errors: float = errors) -> Writer:
            return ErringWriter(hole.whole, errors, seed)

        outcome = type_all(holes, speed, writer, seeds, TYPISTS[typist])
        show(console, f"{speed.name}, {errors:.0%} of the tokens wrong, a {typist} typist", outcome)
    return 0


def arguments() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.complete.virtual", description=(__doc__ or "").split("\n\n")[0]
    )
    parser.add_argument("--packages", type=Path, required=True, help="where the packages' code is, or is fetched to")
    parser.add_argument("--places", type=int, default=40, help="to type at")
    parser.add_argument("--keys", type=int, default=16, help="pressed at each place")
    parser.add_argument("--before", type=int, default=2_000, help="most characters before a place")
    parser.add_argument("--seeds", type=int, default=2, help="how often each place is typed, each time otherwise")
    parser.add_argument("--recorded", type=Path, help="ask the embedded model, and keep its answers in this file")
    return parser


def type_all(holes: Sequence[Hole], speed: Speed, writers: Writers, seeds: Sequence[int], pace: float = 1.0) -> Outcome:
    """Every place, typed for both, once for each seed."""
    outcome = Outcome()
    for seed in seeds:
        for number, hole in enumerate(holes):
            writer = writers(hole, seed)
            for name in outcome.logs:
                machine = Machine(speed)
                ours = SimulatedDesk(machine, SimulatedModel(machine, writer), outcome.fates)
                client = ours if name == OURS else LlamaVim(SimulatedServer(machine, writer), ours.tokens)
                run_in_no_time(replay(number + seed * 1_000, hole, client, outcome.logs[name], pace))
                outcome.requests[name] += machine.requests
    return outcome


def show(console: Console, title: str, outcome: Outcome) -> None:
    """The tables of one setting."""
    logs = list(outcome.logs.values())
    console.print(replay_table(logs, title))
    requests = ", ".join(f"{name} {count}" for name, count in outcome.requests.items())
    console.print(f"requests: {requests}", highlight=False)
    for fate, count in outcome.fates.most_common(MOST_FATES):
        console.print(f"{share(count, logs[0].keys):>7}  {fate}", highlight=False)


def in_process() -> Callable[[str, int], list[Token]]:
    """The embedded model in this process, which answers while the clock stands still."""
    name = ModelSettings().name
    choices = ModelSettings(name, device="cpu")
    state = EngineState(name, choices=choices)
    model = Models(state, 1, choices).get(name)

    def ask(prompt: str, count: int) -> list[Token]:
        found: list[Token] = []

        def emit(event: Text | Finished) -> None:
            if isinstance(event, Text) and event.text:
                found.append(Token(event.text, sum(one.logprob for one in event.scores)))

        question = Question(name, text=prompt, max_tokens=count, logprobs=0)
        for _ in answer(model, question, state, time.monotonic(), emit):
            pass
        return found

    return ask


if __name__ == "__main__":
    sys.exit(main())
