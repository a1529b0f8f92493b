"""What the model says, cut to what is worth showing."""

from __future__ import annotations

from glossator.complete.context import MOST_CHARACTERS_BEFORE, context_at
from glossator.complete.pipeline import CompleteOptions, CompleteTools, Task, complete
from glossator.complete.render import to_json
from glossator.complete.trim import trim
from glossator.models.base import Priority
from glossator.models.scripted import ScriptedModel
from glossator.text import Position, Snapshot
from tests.cursor import cursor


def test_line_ends_are_the_document_s_own() -> None:
    snapshot, position = cursor("def f(a):\r\n    <CURSOR>\r\n")
    task = Task.at(snapshot, position, CompleteOptions())
    assert trim("if a:\r\n        return 1", task.place, task.wish) == ("if a:\r\n        return 1", None)


def test_indentation_is_the_document_s_own() -> None:
    snapshot, position = cursor("def f(a):\n\tb = 1\n\treturn b\n\ndef g(a):\n\t<CURSOR>")
    task = Task.at(snapshot, position, CompleteOptions())
    assert trim("if a:\n        return 1", task.place, task.wish) == ("if a:\n\t\treturn 1", None)


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
