"""Never ask twice, and never answer with what was said about something else."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.complete.completion import Completion, Suggestion
from glossator.complete.confidence import Confidence
from glossator.complete.desk import IDLE, Desk, scene_of
from glossator.complete.pipeline import CompleteOptions, CompleteTools, Task
from glossator.complete.reuse import LASTS, MOST_ENTRIES, Memory, Scene
from glossator.complete.rhythm import FEWEST_IGNORED, LONGEST_DELAY, LONGEST_PAUSE, Rhythm
from glossator.complete.scripted import PacedModel, run_in_no_time
from glossator.models.base import Priority
from glossator.text import Position, Snapshot, Span
from tests.cursor import cursor

HERE = Position(0, 0)
TEXTS = st.text("ab \n", max_size=4)
SCENES = st.builds(Scene, *(TEXTS for _ in fields(Scene)))


def said(text: str) -> Completion:
    return Completion((Suggestion(text, Span(HERE, HERE)),) if text else (), None if text else "empty")


@given(SCENES, SCENES, TEXTS, TEXTS)
def test_no_two_contexts_that_differ_in_any_field_share_an_entry(one: Scene, other: Scene, a: str, b: str) -> None:
    memory = Memory()
    memory.put(one, a, said("load(a)"))
    found = memory.find(other, b, HERE)
    assert (found is not None) == ((one, a) == (other, b) or (one == other and is_typed(a, b)))


def is_typed(prefix: str, longer: str) -> bool:
    rest = longer.removeprefix(prefix)
    return longer.startswith(prefix) and "load(a)".startswith(rest) and rest != "load(a)"


@pytest.mark.parametrize("name", [field.name for field in fields(Scene)])
def test_each_field_of_the_key_counts(name: str) -> None:
    scene, memory = Scene("u", "s", "m", "a", "o", "c"), Memory()
    memory.put(scene, "p", said("x = 1"))
    assert memory.find(scene, "p", HERE) is not None
    assert memory.find(replace(scene, **{name: "other"}), "p", HERE) is None


OPTIONS = [
    CompleteOptions(),
    CompleteOptions(manual=True),
    CompleteOptions(max_tokens=8),
    CompleteOptions(deadline=1.0),
    CompleteOptions(confidence=0.5),
]
PLACES = [("x = <CURSOR>", "python"), ("x = <CURSOR>\n", "python"), ("x = <CURSOR>", "lua")]


def test_whatever_changes_an_answer_is_in_its_key() -> None:
    model = PacedModel(lambda prefix: "1")
    tools = [CompleteTools(model, None, "a"), CompleteTools(model, None, "b"), CompleteTools(model, None, "a", str)]
    tools.append(CompleteTools(model, None, "a", outside=("another document",)))
    tasks = [Task.at(*cursor(source, language=language), options) for source, language in PLACES for options in OPTIONS]
    scenes = [scene_of(task, one) for task in tasks for one in tools]
    assert len(set(scenes)) == len(scenes) == len(PLACES) * len(OPTIONS) * len(tools)


def test_a_suggestion_is_typed_through_and_deleted_back_to() -> None:
    scene, memory = Scene("u", "", "m", "", "", ""), Memory()
    memory.put(scene, "x = ", said("load(a)"))
    for typed in ("", "l", "load", "load(a", "lo", ""):
        found = memory.find(scene, "x = " + typed, HERE)
        assert found is not None
        assert typed + found.items[0].text == "load(a)"
        assert found.meta.cached
    assert memory.find(scene, "x = load(a)", HERE) is None
    assert memory.find(scene, "x = lx", HERE) is None


def test_an_empty_answer_is_remembered_for_its_own_place_and_one_out_of_time_is_not() -> None:
    scene, memory = Scene("u", "", "m", "", "", ""), Memory()
    memory.put(scene, "x", said(""))
    memory.put(scene, "y", Completion((), "deadline"))
    found = memory.find(scene, "x", HERE)
    assert found is not None and found.reason == "empty"
    assert memory.find(scene, "xx", HERE) is None
    assert memory.find(scene, "y", HERE) is None


def test_what_was_of_no_use_for_long_is_asked_for_anew() -> None:
    scene, memory = Scene("u", "", "m", "", "", ""), Memory()
    memory.put(scene, "x", said("load(a)"), 0.0)
    assert memory.find(scene, "x", HERE, LASTS) is not None
    assert memory.find(scene, "xl", HERE, LASTS * 2) is not None
    assert memory.find(scene, "xl", HERE, LASTS * 3 + 1) is None


def test_a_changed_passage_is_seen_and_typing_through_needs_no_model_meanwhile() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        for source, others in (("x = <CURSOR>", 1), ("x = lo<CURSOR>", 1), ("x = loa<CURSOR>", 2)):
            snapshot, position = cursor(source)
            desk.changed(snapshot)
            await desk.complete(snapshot, position, CompleteTools(model, outside=others), CompleteOptions())

    assert [prompt.text for _, prompt in at_desk(deeds).asked] == ["x = ", "x = loa"]


def test_the_oldest_goes_first() -> None:
    memory = Memory()
    for number in range(MOST_ENTRIES + 10):
        memory.put(Scene("u", str(number % 3), "m", "", "", ""), f"{number}:", said("x()"))
    assert len(memory) == MOST_ENTRIES
    assert memory.find(Scene("u", "0", "m", "", "", ""), "0:", HERE) is None
    last = MOST_ENTRIES + 9
    assert memory.find(Scene("u", str(last % 3), "m", "", "", ""), f"{last}:", HERE) is not None


# What a client does with a desk; gives what a test looks at.
Deeds = Callable[[Desk, PacedModel], Awaitable[None]]


def at_desk(deeds: Deeds, answer: str = "load(a)\n", **pace: float) -> PacedModel:
    model = PacedModel(lambda prefix: answer, **pace)  # type: ignore[arg-type]

    async def work() -> None:
        desk = Desk()
        await deeds(desk, model)
        await desk.close()

    run_in_no_time(work())
    assert model.running == 0
    return model


async def ask(desk: Desk, model: PacedModel, source: str, *, manual: bool = False, ahead: bool = False) -> Completion:
    snapshot, position = cursor(source)
    desk.changed(snapshot)
    tools = CompleteTools(model, model if ahead else None)
    return await desk.complete(snapshot, position, tools, CompleteOptions(manual))


def test_an_answer_under_way_that_still_fits_is_not_asked_for_again() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        first = asyncio.ensure_future(ask(desk, model, "x = <CURSOR>"))
        await asyncio.sleep(0.25)
        assert model.running == 1
        second = asyncio.ensure_future(ask(desk, model, "x = l<CURSOR>"))
        await asyncio.sleep(0)
        first.cancel()
        assert [one.text for one in (await second).items] == ["oad(a)"]

    assert len(at_desk(deeds, prefill=0.3).asked) == 1


def test_an_answer_under_way_that_fits_no_longer_is_stopped_at_once() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        first = asyncio.ensure_future(ask(desk, model, "x = <CURSOR>"))
        await asyncio.sleep(0.4)
        desk.changed(Snapshot("untitled:test.py", "python", "x = q"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert (model.running, model.cancelled) == (0, 1)
        assert (await first).items == ()

    at_desk(deeds, prefill=0.1, step=0.2)


def test_cancelling_by_hand_reaches_the_model() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        first = asyncio.ensure_future(ask(desk, model, "x = <CURSOR>"))
        await asyncio.sleep(0.3)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await asyncio.sleep(0)
        assert (model.running, model.cancelled) == (0, 1)

    at_desk(deeds, prefill=1.0)


def test_by_hand_nobody_waits_for_another_key() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        await ask(desk, model, "x = lo<CURSOR>", manual=True)

    async def typing(desk: Desk, model: PacedModel) -> None:
        await ask(desk, model, "x = lo<CURSOR>")

    assert at_desk(deeds).asked[0][0] == 0.0
    assert at_desk(typing).asked[0][0] > 0.0


def test_what_follows_is_ready_when_a_suggestion_is_accepted() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        model.continue_ = lambda prefix: "load(" if prefix.endswith("= ") else "path"
        await ask(desk, model, "x = <CURSOR>", ahead=True)
        await asyncio.sleep(0.9)
        began = asyncio.get_running_loop().time()
        answer = await ask(desk, model, "x = load(<CURSOR>", ahead=True)
        assert [one.text for one in answer.items] == ["path"]
        assert asyncio.get_running_loop().time() == began
        assert model.asked[1][1].priority == Priority.WARM_UP

    at_desk(deeds)


def test_what_follows_is_prepared_once_however_slowly_a_suggestion_is_typed() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        model.continue_ = lambda prefix: "load(" if prefix.endswith("= ") else "path"
        for typed in ("", "l", "lo", "loa", "load"):
            await ask(desk, model, f"x = {typed}<CURSOR>", ahead=True)
            await asyncio.sleep(0.05)

    assert len(at_desk(deeds, prefill=0.6).asked) == 2


def test_in_a_rest_the_model_reads_ahead_and_writes_nothing() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        await ask(desk, model, "x = <CURSOR>", ahead=True)
        desk.changed(cursor("x = q<CURSOR>")[0])
        before = len(model.asked)
        await asyncio.sleep(IDLE + 0.5)
        (prompt,) = [prompt for _, prompt in model.asked[before:]]
        assert (prompt.text, prompt.max_tokens, prompt.priority) == ("x = q", 0, Priority.WARM_UP)

    at_desk(deeds)


def test_a_closer_that_the_editor_inserted_ends_nothing() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        await ask(desk, model, "x = <CURSOR>\n")
        answer = await ask(desk, model, "x = load(<CURSOR>)\n")
        assert [one.text for one in answer.items] == ["a"]

    assert len(at_desk(deeds).asked) == 1


def test_a_request_for_an_old_text_is_answered_empty() -> None:
    async def deeds(desk: Desk, model: PacedModel) -> None:
        snapshot, position = cursor("x = <CURSOR>")
        desk.changed(replace(snapshot, text="x = 1", version=2))
        answer = await desk.complete(snapshot, position, CompleteTools(model), CompleteOptions())
        assert (answer.items, answer.reason) == ((), "old_version")

    assert at_desk(deeds).asked == []


def test_the_wait_is_a_number_before_the_first_answer_and_after_an_odd_one() -> None:
    place = Task.at(*cursor("x = load<CURSOR>"), CompleteOptions()).place
    rhythm = Rhythm()
    assert 0 < rhythm.delay(place) <= LONGEST_DELAY
    rhythm.answered(math.nan)
    rhythm.answered(math.inf)
    assert 0 < rhythm.delay(place) <= LONGEST_DELAY
    rhythm.answered(10.0)
    assert rhythm.delay(place) == 0.0


def test_who_types_fast_waits_less_and_behind_a_mark_less_still() -> None:
    inside, behind = (Task.at(*cursor(one), CompleteOptions()).place for one in ("x = lo<CURSOR>", "x = <CURSOR>"))
    slow, fast = Rhythm(), Rhythm()
    for number in range(30):
        slow.key(number * 0.35)
        fast.key(number * 0.1)
    assert fast.delay(inside) < slow.delay(inside)
    assert slow.delay(behind) < slow.delay(inside)


def test_after_many_that_nobody_took_there_are_fewer_until_one_is_taken() -> None:
    place, rhythm = Task.at(*cursor("x = <CURSOR>"), CompleteOptions()).place, Rhythm()
    usual = rhythm.delay(place)
    for _ in range(FEWEST_IGNORED):
        assert rhythm.told == "ready"
        rhythm.taken(False)
    assert rhythm.delay(place) > usual
    assert "5 suggestions" in rhythm.told
    for _ in range(20):
        rhythm.taken(False)
    assert rhythm.delay(place) <= usual + LONGEST_PAUSE
    rhythm.taken(True)
    assert rhythm.delay(place) == usual


def test_confidence_is_of_numbers_only_and_silence_is_not_doubt() -> None:
    assert Confidence.of([]) == Confidence.of([math.nan]) == Confidence(1.0, 1.0, 1.0)
    sure = Confidence.of([math.log(0.5), math.log(0.125)])
    assert (round(sure.mean, 6), round(sure.first, 6), round(sure.least, 6)) == (0.25, 0.5, 0.125)
