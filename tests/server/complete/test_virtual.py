"""The replay on a virtual clock: the machine, who writes, why a key was not known, and what both policies come to."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path

import pytest

from glossator.complete.scripted import run_in_no_time
from glossator.models.base import Priority, Prompt, read
from tests.bench.complete.machine import SPEEDS, Machine, SimulatedModel, SimulatedServer, Speed, alike
from tests.bench.complete.simulated import Heard, OverheardModel, SimulatedDesk
from tests.bench.complete.tables import goals, rightly_empty, why_nothing
from tests.bench.complete.typing import Log, hole_of
from tests.bench.complete.virtual import OTHER, OURS, Outcome, type_all
from tests.bench.complete.writers import ErringWriter, RecordedWriter, Token
from tests.bench.next_line import Place

BEFORE = "import json\n\n\ndef load(path, strict=True):\n    "
LINES = "with open(path, encoding='utf-8') as file:\n        data = json.load(file)\n    if strict and not data:\n"
BEHIND = "        raise ValueError('nothing in ' + str(path))\n    return data\n"
HOLE = hole_of(Place("/a/b.py", 4, BEFORE, LINES.partition("\n")[0], LINES[LINES.index("\n") :] + BEHIND), 60)
EVEN = Speed("even", 0.0, 0.0, 1.0)


class Says:
    """A writer that says one text, whatever it is asked."""

    def __init__(self, *tokens: str) -> None:
        self.tokens = tokens

    def token(self, prompt: str, number: int) -> Token | None:
        """The next one."""
        return Token(self.tokens[number], -0.1) if number < len(self.tokens) else None


def test_one_step_at_a_time_and_the_more_urgent_goes_first() -> None:
    done: list[tuple[str, float]] = []

    async def work() -> None:
        machine = Machine(EVEN)

        async def steps(name: str, priority: Priority) -> None:
            for _ in range(2):
                await machine.write(priority)
                done.append((name, asyncio.get_running_loop().time()))

        late = asyncio.ensure_future(steps("ahead", Priority.WARM_UP))
        await asyncio.sleep(0.5)
        await asyncio.gather(late, steps("typed", Priority.AUTOMATIC_COMPLETION))

    run_in_no_time(work())
    assert done == [("ahead", 1.0), ("typed", 2.0), ("typed", 3.0), ("ahead", 4.0)]


def test_what_was_read_is_not_read_again() -> None:
    async def work() -> list[float]:
        machine, loop, times = Machine(Speed("", 0.0, 1.0, 0.0)), asyncio.get_running_loop(), [0.0]
        for text in ("a" * 320, "a" * 320 + "b" * 32, "c" * 320):
            await machine.read(text, 1)
            times.append(loop.time())
        return [round(later - at) for at, later in itertools.pairwise(times)]

    assert run_in_no_time(work()) == [102, 12, 102]
    assert [alike("abc", "abd"), alike("", "a"), alike("ab", "abc")] == [2, 0, 2]


def test_the_model_ends_where_the_prompt_says_and_the_server_where_llama_s_does() -> None:
    writer = Says("x", " = 1", "\n", "y", " = 2", "\n", "z")

    async def model() -> tuple[str, int]:
        machine = Machine(EVEN)
        text, _ = await read(SimulatedModel(machine, writer), Prompt("", stop=("\n",), deadline=100.0))
        return text, machine.written

    async def server(most_ms: float) -> str:
        said = await SimulatedServer(Machine(EVEN), writer).say("", 128, t_max_predict_ms=most_ms, n_indent=0)
        return said.text

    assert run_in_no_time(model()) == ("x = 1", 3)
    assert run_in_no_time(server(250)) == "x = 1"
    assert run_in_no_time(server(3_500)) == "x = 1\ny = 2"


@pytest.mark.parametrize("seed", range(3))
def test_who_errs_errs_at_the_same_places_whenever_asked(seed: int) -> None:
    text = BEFORE + LINES + BEHIND

    def written(prompt: str, errors: float) -> str:
        writer = ErringWriter(text, errors, seed)
        return "".join(token.text for number in range(99) if (token := writer.token(prompt, number)) is not None)

    assert BEFORE + written(BEFORE, 0.0) == text
    assert written(BEFORE, 1.0) == written(BEFORE, 1.0)
    assert not LINES.startswith(written(BEFORE, 1.0)[:8])
    half = written(BEFORE, 0.3)
    assert written(BEFORE + half[:1], 0.3).startswith(half[1:2]) or not text.startswith(BEFORE + half[:1])


def test_what_a_model_said_is_asked_once_and_kept(tmp_path: Path) -> None:
    asked: list[int] = []

    def ask(prompt: str, count: int) -> list[Token]:
        asked.append(count)
        return [Token("x", -0.5)] * min(count, 20)  # it ends after 20

    for _ in range(2):
        writer = RecordedWriter(tmp_path / "said.json", ask)
        tokens = [writer.token("p", number) for number in (0, 15, 16, 20, 99)]
        assert [one is not None for one in tokens] == [True, True, True, False, False]
        writer.save()
    assert asked == [16, 32], "the second time, the file answers"


def fate(before: str, *heard: Heard) -> str:
    client = SimulatedDesk(Machine(EVEN), SimulatedModel(Machine(EVEN), Says()))
    client.overheard = OverheardModel(client.model, list(heard))
    return client.why_not_known(before)


@pytest.mark.parametrize(
    ("before", "heard", "why"),
    [
        ("x", Heard(Prompt("abc")), "nothing was asked here before"),
        ("x = l", Heard(Prompt("x = "), "foo", True, False), "typed off the answer"),
        ("x = l", Heard(Prompt("x = "), "load", True, False), "the answer fits and was hidden, unseen"),
        ("x = load", Heard(Prompt("x = "), "load", True, False), "the answer is used up"),
        ("x = l", Heard(Prompt("x = "), "", False, True), "an answer that may fit is under way"),
        ("x = l", Heard(Prompt("x = "), "", False, False), "broken off before it came"),
        ("x = load\n", Heard(Prompt("x = "), "load", True, False), "the answer is used up, in a new line"),
    ],
)
def test_why_a_key_was_not_answered_from_memory(before: str, heard: Heard, why: str) -> None:
    assert fate(before, heard) == f"asked: {why}"


def outcome(errors: float, pace: float = 1.0) -> Outcome:
    return type_all([HOLE], SPEEDS[0], lambda hole, seed: ErringWriter(hole.whole, errors, seed), range(2), pace)


@pytest.mark.parametrize(("errors", "pace"), [(0.15, 1.0), (0.4, 1.5), (0.4, 0.6)])
def test_most_keys_are_known_with_fewer_tokens_than_llama_vim_and_nothing_is_stale(errors: float, pace: float) -> None:
    found = outcome(errors, pace)
    own, other = found.logs[OURS], found.logs[OTHER]
    known = own.known_right + rightly_empty(own, [own, other])
    assert known / own.keys >= 0.5, f"{known} of {own.keys}"
    assert len(own.right_ms) >= 0.9 * len(other.right_ms)
    assert own.generated < 0.5 * other.generated
    assert (own.stale, other.stale) == (0, 0)
    assert sum(found.fates.values()) == own.keys


def test_a_silence_is_right_where_nobody_had_the_right_text() -> None:
    own = Log("ours", 4, {(0, 0): 1.0}, known=1, known_right=1, known_empty=[(0, 1), (0, 2)])
    own.reasons.update({"unlikely": 2, "": 1})
    other = Log("other", 4, {(0, 1): 50.0})
    assert (rightly_empty(own, [own, other]), rightly_empty(own, [own])) == (1, 2)
    told = "\n".join(goals([], [own, other]))
    assert "met: answers 75.0% of the keys without the model in under 10 ms (goal 60%), 50.0% rightly" in told
    assert why_nothing(own) == "ours, keys without a text: unlikely 50.0%, nothing 25.0%"
