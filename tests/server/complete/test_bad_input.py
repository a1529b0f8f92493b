"""What no careful user would do, and every editor does."""

from __future__ import annotations

import asyncio
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from glossator.complete.completion import Completion
from glossator.complete.desk import Desk
from glossator.complete.journal import Event, Journal, kept_share
from glossator.complete.pipeline import CompleteOptions, CompleteTools, complete
from glossator.complete.scripted import PacedModel, run_in_no_time
from glossator.complete.stats import tally, to_json
from glossator.complete.stats_html import to_html
from glossator.errors import PartMissing
from glossator.models.scripted import ScriptedModel
from glossator.text import Position, Snapshot
from tests.cursor import cursor


async def answer_to(source: str, *answers: str, manual: bool = True) -> Completion:
    return await complete(*cursor(source), CompleteTools(ScriptedModel(answers)), CompleteOptions(manual))


PLACES = [
    "x = '<CURSOR>",
    '"""<CURSOR>',
    "# <CURSOR>",
    "import os\n<CURSOR>",
    "s = '🙂é𝔘'; x = <CURSOR>",
    "if a:\n\t<CURSOR>",
    "if a:\r\n    <CURSOR>\r\n",
    "x = [[[[(((({{{{<CURSOR>",
    "def f(\r\r\n<CURSOR>",
    "\ufeffx = <CURSOR>",
    "x\x00 = <CURSOR>",
]
ANSWERS = ["1\n", "", "\n\n\n", "a " * 4_000, "<|endoftext|>" * 50, "\ufffd", "\x00", "))))"]
ANSWERS += ["\r\n\r", "🙂" * 3, "\t" * 99]


@pytest.mark.parametrize("source", PLACES)
@pytest.mark.parametrize("raw", ANSWERS)
async def test_whatever_the_model_says_wherever_there_is_an_answer_or_a_reason(source: str, raw: str) -> None:
    answer = await answer_to(source, raw)
    assert bool(answer.items) != bool(answer.reason)
    for one in answer.items:
        assert one.text.strip()
        assert not set(one.text) & {"\ufffd", "\x00"}
        assert "<|" not in one.text


async def test_endless_repetition_is_stopped_and_not_shown() -> None:
    model = ScriptedModel(("x = x\n" * 10_000,))
    answer = await complete(*cursor("def f(x):\n    <CURSOR>"), CompleteTools(model), CompleteOptions(True))
    assert answer.items == () or answer.items[0].text.count("\n") < 4
    assert model.cancelled == 1


async def test_twenty_thousand_lines_show_the_model_no_more_than_a_window() -> None:
    text = "".join(f"value_{number} = {number}\n" for number in range(20_000))
    model = ScriptedModel(("1\n",))
    for line in (0, 10_000, 20_000):
        snapshot = Snapshot("untitled:long.py", "python", text + "x = ")
        await complete(snapshot, Position(line, 0 if line < 20_000 else 4), CompleteTools(model), CompleteOptions(True))
    assert len(model.asked) == 2  # at the start there is nothing to go on from
    assert max(len(prompt.text) + len(prompt.suffix) for prompt in model.asked) < 30_000


def test_a_hundred_edits_in_a_second_ask_once() -> None:
    model = PacedModel(lambda prefix: "load(a)\n")

    async def work() -> Completion:
        desk, text, requests = Desk(), "", []
        for number in range(100):
            text += "xyz_ = "[number % 7]
            snapshot = Snapshot("untitled:fast.py", "python", text, number)
            desk.changed(snapshot)
            place = snapshot.position(len(text))
            requests.append(asyncio.ensure_future(desk.complete(snapshot, place, CompleteTools(model), OPTIONS)))
            await asyncio.sleep(0.01)
        answers = await asyncio.gather(*requests)
        await desk.close()
        assert {one.reason for one in answers[:-1]} <= {"old_version", "overtaken"}
        return answers[-1]

    run_in_no_time(work())
    assert len(model.asked) <= 100 // 7
    assert model.most_running == 1


OPTIONS = CompleteOptions()


def test_two_windows_write_to_one_journal_and_lose_nothing(tmp_path: Path) -> None:
    windows = [Journal(tmp_path / "completions.db") for _ in range(2)]
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda number: windows[number % 2].write([event()]), range(60)))
    assert len(windows[0].read(1)) == 60
    assert windows[1].clear() == 60
    assert windows[0].read(1) == []


def event(kind: str = "shown", **more: object) -> Event:
    return Event(time.time(), kind, "python", "small", **more)  # type: ignore[arg-type]


def test_a_file_that_is_no_journal_is_named(tmp_path: Path) -> None:
    file = tmp_path / "completions.db"
    file.write_text("not a database, but long enough to be taken for one " * 40)
    with pytest.raises(PartMissing, match=r"completions\.db"):
        Journal(file).read(1)


def test_numbers_add_up_and_the_page_needs_nothing_else() -> None:
    events = [
        event(characters=10, milliseconds=100.0),
        event(characters=10, milliseconds=300.0),
        event(characters=5, cached=True),
        event("accepted", characters=10),
        event("part", characters=3),
        event("kept", share=0.9, after=30.0),
        event("kept", share=0.1, after=30.0),
        event("empty", reason="unlikely"),
        event("empty", reason="<script>"),
    ]
    found = tally(events)
    total = to_json(found)["total"]
    assert (total["shown"], total["accepted"], total["parts"], total["characters"]) == (3, 1, 1, 13)
    assert (total["without_model"], total["p50_ms"], total["share"]) == (1, 200.0, 0.333)
    assert found.kept == {30.0: (1, 2)}
    assert found.empty == {"unlikely": 1, "<script>": 1}
    page = to_html(found)
    assert "<script" not in page and "http://" not in page and "https://" not in page
    assert "1 of 3 accepted" in page and "after 30 s: 1 of 2" in page
    assert not re.search(r"style=|<[a-z]+ on|url\(", page), "a policy by the style's hash would keep it out"
    assert to_html(tally([]))


@pytest.mark.parametrize(
    ("document", "least", "most"),
    [
        ("x = 1\nreturn load(path)\n", 1.0, 1.0),
        ("x = 1\nreturn loaded(data)\n", 0.5, 0.95),
        ("x = 1\n", 0.0, 0.2),
        ("x = 1\r\nreturn load(path)\r\n", 1.0, 1.0),
    ],
)
def test_what_is_kept_of_a_suggestion(document: str, least: float, most: float) -> None:
    assert least <= kept_share("return load(path)", 6, document) <= most
