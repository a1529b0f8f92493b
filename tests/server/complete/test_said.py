"""What a model said serves as far as it is typed, whatever of it was shown."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence

import pytest

from glossator.complete.completion import Completion, CompletionMeta, Said
from glossator.complete.confidence import behind, sure_length
from glossator.complete.decide import next_indentation
from glossator.complete.desk import Desk, scene_of
from glossator.complete.pipeline import CompleteOptions, CompleteTools, Task, decided, decided_again
from glossator.complete.reuse import Memory, Scene
from glossator.complete.rhythm import SETTLING
from glossator.complete.scripted import PacedModel, run_in_no_time
from tests.cursor import cursor

SCENE = Scene("u", "", "m", "", "", "")
GATE = CompleteOptions(confidence=0.3)


def said(*tokens: tuple[str, float], ended: bool = True) -> Said:
    """What a model said, token by token, each with its probability."""
    scores, text = [], ""
    for token, probability in tokens:
        scores.append((len(text), math.log(probability)))
        text += token
    return Said(text, tuple(scores), ended)


UNSURE = said(("load", 0.9), ("_rows", 0.1), ("(path)", 0.8))


def shown(source: str, one: Said, options: CompleteOptions = GATE) -> tuple[list[str], str | None]:
    answer = decided(Task.at(*cursor(source), options), one, CompletionMeta())
    return [item.text for item in answer.items], answer.reason


def test_a_suggestion_ends_before_the_first_token_that_is_not_sure() -> None:
    assert shown("x = <CURSOR>", UNSURE) == (["load"], None)
    assert shown("x = <CURSOR>", UNSURE, CompleteOptions(manual=True, confidence=0.3)) == (["load_rows(path)"], None)
    assert shown("x = <CURSOR>", said(("load", 0.1), ("(path)", 0.9))) == ([], "unlikely")
    assert shown("x = <CURSOR>", said(("load", 0.9), ("(path)", math.nan))) == (["load(path)"], None)
    assert shown("x = <CURSOR>", Said("load(path)")) == (["load(path)"], None), "silence is not doubt"


def test_only_the_first_line_has_to_be_sure() -> None:
    one = said(("if path:", 0.9), ("\n        ", 0.1), ("return", 0.1))
    assert sure_length(one, 0.3) == len(one.text)
    assert sure_length(said(("\n", 0.9), ("x", 0.1)), 0.3) == 1


@pytest.mark.parametrize(
    ("typed", "text", "sure"),
    [
        ("", "load_rows(path)", 4),
        ("lo", "ad_rows(path)", 2),
        ("load", "_rows(path)", 0),
        ("load_", "rows(path)", 0),
        ("load_r", "ows(path)", 9),
        ("load_rows(pa", "th)", 3),
        ("load_rows(path)", "", 0),
    ],
)
def test_who_types_two_characters_of_a_token_makes_it_sure(typed: str, text: str, sure: int) -> None:
    rest = behind(UNSURE, typed)
    assert rest is not None
    assert (rest.text, sure_length(rest, 0.3)) == (text, sure)


def test_what_is_typed_otherwise_is_not_behind_it() -> None:
    assert behind(UNSURE, "lx") is None


def test_a_whole_answer_that_was_typed_leaves_nothing_and_that_is_known() -> None:
    memory = Memory()
    memory.put(SCENE, "x = ", Completion((), "unlikely", said=(Said("rows", ended=True), Said("load(", ended=True))))
    end = memory.said_behind(SCENE, "x = rows")
    assert end is not None and [one.text for one in end.rests] == [""]
    assert memory.said_behind(SCENE, "x = load(") is None, "nothing ends with an open bracket"
    memory.put(SCENE, "y = ", Completion((), "unlikely", said=(Said("rows", ended=False),)))
    assert memory.said_behind(SCENE, "y = rows") is None, "it may only have been broken off"


def again(source: str, *rests: Said) -> list[str]:
    return [one.text for one in decided_again(Task.at(*cursor(source), GATE), CompletionMeta(), rests).items]


def test_indentation_that_is_still_missing_belongs_to_the_rest() -> None:
    assert again("def f(a):\n  <CURSOR>", Said("  return a", ended=True)) == ["  return a"]
    assert again("def f(a):\n    <CURSOR>", Said("return a", ended=True)) == ["return a"]


def test_the_filters_hold_for_the_rest_as_for_the_whole() -> None:
    assert again("x = load<CURSOR>", Said("(a)<|endoftext|>", ended=True)) == ["(a)"]
    assert again("x = load<CURSOR>", Said(" ) ) )", ended=True)) == []


def at_desk(known: Sequence[tuple[str, Completion]], asked: str, **options: bool) -> tuple[Completion, int]:
    """The answer to a place where others were answered before, and how often a model was asked for it."""
    model = PacedModel(lambda prefix: "from_the_model()")

    async def work() -> Completion:
        desk, tools = Desk(), CompleteTools(model)
        snapshot, position = cursor(asked)
        chosen = CompleteOptions(confidence=0.3, **options)  # type: ignore[arg-type]
        for source, answer in known:
            before = Task.at(*cursor(source), chosen)
            desk.memory.put(scene_of(before, tools), before.context.before, answer)
        answer = await desk.complete(snapshot, position, tools, chosen)
        await desk.close()
        return answer

    return run_in_no_time(work()), len(model.asked)


def hidden(one: Said) -> Completion:
    return Completion((), "unlikely", CompletionMeta(model="small"), (one,))


def test_what_was_hidden_is_shown_once_typing_bears_it_out_and_nobody_is_asked() -> None:
    before = [("x = <CURSOR>", hidden(said(("load_rows", 0.1), ("(path)", 0.8))))]
    assert at_desk(before, "x = l<CURSOR>")[0].reason == "unlikely", "one character may be chance"
    answer, asked = at_desk(before, "x = lo<CURSOR>")
    assert ([one.text for one in answer.items], answer.meta.cached, asked) == (["ad_rows(path)"], True, 0)


def test_what_is_still_not_sure_is_still_hidden_and_the_reason_is_still_true() -> None:
    answer, asked = at_desk([("x = <CURSOR>", hidden(UNSURE))], "x = load<CURSOR>")
    assert (answer.items, answer.reason, answer.meta.cached, asked) == ((), "unlikely", True, 0)


def test_by_hand_nobody_is_told_from_memory_that_there_is_nothing() -> None:
    ended = [("x = <CURSOR>", hidden(Said("rows", ended=True)))]
    assert at_desk(ended, "x = rows<CURSOR>")[1] == 0
    answer, asked = at_desk(ended, "x = rows<CURSOR>", manual=True)
    assert asked == 1 and answer.items


def test_a_line_that_was_only_begun_is_not_shown_as_if_it_were_whole() -> None:
    begun = [("def f(a):\n    <CURSOR>", hidden(Said("a = 1\n    b = ", ended=True)))]
    answer, asked = at_desk(begun, "def f(a):\n    a = 1\n    <CURSOR>")
    assert ([one.text for one in answer.items], asked) == (["from_the_model()"], 1)


def type_at_desk(deeds: object, model: PacedModel) -> None:
    async def work() -> None:
        desk = Desk()
        await deeds(desk, CompleteTools(model, model))  # type: ignore[operator]
        await desk.close()

    run_in_no_time(work())


async def typed(desk: Desk, tools: CompleteTools, source: str) -> asyncio.Task[Completion]:
    snapshot, position = cursor(source)
    desk.changed(snapshot)
    return asyncio.ensure_future(desk.complete(snapshot, position, tools, CompleteOptions()))


def test_who_types_on_gets_the_words_that_have_come_and_the_answer_goes_on() -> None:
    model = PacedModel(lambda prefix: "load(path, rows)\n"[len(prefix) - 4 :], prefill=0.1, step=0.1, size=3)

    async def deeds(desk: Desk, tools: CompleteTools) -> None:
        first = await typed(desk, tools, "x = <CURSOR>")
        await asyncio.sleep(0.35)  # "load(p" has come
        began = asyncio.get_running_loop().time()
        second = await typed(desk, tools, "x = l<CURSOR>")
        await asyncio.sleep(0)
        first.cancel()
        answer = await second
        assert [one.text for one in answer.items] == ["oad("], "not the word that may go on"
        assert (asyncio.get_running_loop().time(), answer.meta.cached) == (began, True)
        assert answer.meta.model == "paced", "who says it is known"
        await asyncio.sleep(2.0)
        third = await (await typed(desk, tools, "x = lo<CURSOR>"))
        assert [one.text for one in third.items] == ["ad(path, rows)"]
        assert len([prompt for _, prompt in model.asked if prompt.text == "x = "]) == 1

    type_at_desk(deeds, model)


PROGRAM = "def f(a):\n    b = a + 1\n    c = b * 2\n    return c\n"


def test_the_next_line_is_known_when_the_line_above_was_typed_by_hand() -> None:
    model = PacedModel(lambda prefix: PROGRAM[len(prefix) :].partition("\n")[0] if PROGRAM.startswith(prefix) else "")

    async def deeds(desk: Desk, tools: CompleteTools) -> None:
        await (await typed(desk, tools, "def f(a):\n    b = a + 1<CURSOR>"))
        await asyncio.sleep(1.0)
        began = asyncio.get_running_loop().time()
        answer = await (await typed(desk, tools, "def f(a):\n    b = a + 1\n    <CURSOR>"))
        assert [one.text for one in answer.items] == ["c = b * 2"]
        assert asyncio.get_running_loop().time() == began

    type_at_desk(deeds, model)


def test_two_lines_behind_a_suggestion_are_prepared_and_then_it_rests() -> None:
    model = PacedModel(lambda prefix: PROGRAM[len(prefix) :].partition("\n")[0] if PROGRAM.startswith(prefix) else "")

    async def deeds(desk: Desk, tools: CompleteTools) -> None:
        await (await typed(desk, tools, "def f(a):\n    b = <CURSOR>"))
        await asyncio.sleep(3.0)
        for source, expected in (("b = a<CURSOR>", " + 1"), ("b = a + 1\n    <CURSOR>", "c = b * 2")):
            answer = await (await typed(desk, tools, f"def f(a):\n    {source}"))
            assert [one.text for one in answer.items] == [expected]
            assert answer.meta.cached

    type_at_desk(deeds, model)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(a):<CURSOR>", "    "),
        ("    x = 1<CURSOR>", "    "),
        ("    return x<CURSOR>", ""),
        ("\tif x:<CURSOR>", "\t\t"),
        ("\t\tbreak<CURSOR>", "\t"),
        ("x = load(<CURSOR>", "    "),
        ("    returned = 1<CURSOR>", "    "),
    ],
)
def test_the_next_line_is_indented_as_editors_do_it(source: str, expected: str) -> None:
    assert next_indentation(Task.at(*cursor(source), CompleteOptions()).place) == expected


def test_where_nothing_is_under_way_only_keys_that_come_together_are_waited_for() -> None:
    model = PacedModel(lambda prefix: "load(a)")

    async def deeds(desk: Desk, tools: CompleteTools) -> None:
        await (await typed(desk, tools, "x = lo<CURSOR>"))

    type_at_desk(deeds, model)
    assert 0 < model.asked[0][0] <= SETTLING
