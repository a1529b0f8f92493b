"""What the model says, cut to what is worth showing."""

from __future__ import annotations

import pytest

from glossator.complete.context import MOST_CHARACTERS_BEFORE, context_at
from glossator.complete.pipeline import CompleteOptions, CompleteTools, complete
from glossator.complete.render import to_json
from glossator.complete.trim import trim
from glossator.models.base import Priority
from glossator.models.scripted import ScriptedModel
from glossator.text import Position, Snapshot
from tests.cursor import cursor

CASES = [
    ("x = <CURSOR>", "load(a)\ny = 2\n", "load(a)"),
    ("x = load(<CURSOR>)", "a, b)", "a, b"),
    ("x = load(<CURSOR>)", "a)", "a"),
    ("x = [<CURSOR>]", "1, 2]\nprint(x)", "1, 2"),
    ("x = <CURSOR>  # why", "1\ny = 2", "1"),
    ("def f(a):\n    <CURSOR>\n", "return a\n\ndef g():\n    pass", "return a"),
    (
        "def f(a):\n    <CURSOR>\n",
        "if a:\n        return 1\n    return 2\nx = 1",
        "if a:\n        return 1\n    return 2",
    ),
    ("def f(a):<CURSOR>\n", "\n    return a\nx = 1", "\n    return a"),
    ("x = load(<CURSOR>\n", "\n    a,\n    b,\n)\ny = 1", "\n    a,\n    b,\n)"),
    ("if a:\n    <CURSOR>\n    done()\n", "work()\n    done()\n", "work()"),
    ("def f(a):\r\n    <CURSOR>\r\n", "if a:\n        return 1", "if a:\r\n        return 1"),
    ("s = '🙂é'; x = <CURSOR>", "1\n", "1"),
]
EMPTY = [
    ("x = <CURSOR>", "", "empty"),
    ("x = <CURSOR>", "   \n", "empty"),
    ("x = f(<CURSOR>)", ")", "repeats_following"),
    ("a = 1\n<CURSOR>\nb = 2\n", "b = 2\n", "repeats_following"),
]


@pytest.mark.parametrize(("source", "raw", "expected"), CASES)
def test_a_suggestion_ends_where_its_block_does(source: str, raw: str, expected: str) -> None:
    assert trim(raw, context_at(*cursor(source))) == (expected, None)


@pytest.mark.parametrize(("source", "raw", "reason"), EMPTY)
def test_an_empty_suggestion_has_a_reason(source: str, raw: str, reason: str) -> None:
    assert trim(raw, context_at(*cursor(source))) == ("", reason)


def test_a_line_that_comes_again_and_again_is_cut() -> None:
    snapshot, position = cursor("def f():\n    <CURSOR>")
    assert trim("a()\n" + "    b()\n" * 9, context_at(snapshot, position))[0] == "a()\n    b()\n    b()"


async def test_the_model_sees_both_sides_and_stops_when_the_block_is_decided() -> None:
    model = ScriptedModel(("return a\n", "\n", "x = 1\n" * 50))
    model.answers = ("return a\n\nx = 1\n" * 50,)
    snapshot, position = cursor("def f(a):\n    <CURSOR>\n\nf(1)\n")
    answer = await complete(snapshot, position, CompleteTools(model), CompleteOptions(manual=True))
    assert [one.text for one in answer.items] == ["return a"]
    assert model.cancelled == 1
    (prompt,) = model.asked
    assert (prompt.text, prompt.suffix) == ("def f(a):\n    ", "\n\nf(1)\n")
    assert prompt.priority == Priority.MANUAL_COMPLETION


async def test_an_empty_file_asks_no_model() -> None:
    model = ScriptedModel(("x",))
    answer = await complete(*cursor("<CURSOR>\n"), CompleteTools(model), CompleteOptions())
    assert (answer.items, answer.reason, model.asked) == ((), "nothing_before", [])


def test_a_long_file_is_cut_at_a_line_that_stays_while_typing() -> None:
    text = "".join(f"line_{number} = {number}\n" for number in range(2000))
    starts = set()
    for typed in ("", "v", "va", "val", "valu", "value"):
        snapshot = Snapshot("untitled:a.py", "python", text + typed)
        context = context_at(snapshot, Position(2000, len(typed)))
        assert context.before.endswith(typed)
        assert len(context.before) <= 2 * MOST_CHARACTERS_BEFORE
        starts.add(context.before[:20])
    assert len(starts) == 1


async def test_json_counts_from_one() -> None:
    answer = await complete(*cursor("x = <CURSOR>"), CompleteTools(ScriptedModel(("1\n",))), CompleteOptions())
    fields = to_json(answer)
    assert fields["items"][0]["range"] == {"start": {"line": 1, "column": 5}, "end": {"line": 1, "column": 5}}
    assert fields["reason"] is None
    assert set(fields["meta"]) == {
        "backend", "model", "adapter", "cached", "reused_tokens", "prompt_tokens", "completion_tokens", "timings_ms",
        "context", "saw",
    }  # fmt: skip
