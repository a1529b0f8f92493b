"""Further questions about an explanation: answered from the sources it has, whose numbers stay."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.errors import WrongUse
from glossator.explain.cached import MOST, ExplanationShelf
from glossator.explain.conversation import Kept, from_plain, to_plain
from glossator.explain.explanation import Explanation
from glossator.explain.follow_up import follow_up
from glossator.explain.options import ExplainOptions, FollowUp
from glossator.explain.pipeline import ExplainTools, explain, forget
from glossator.models.base import Priority
from glossator.models.cached import CachedModel
from glossator.models.scripted import ScriptedModel
from glossator.research.cached import CachedSource
from glossator.research.evidence import Evidence
from glossator.research.scripted import ScriptedSource
from glossator.text import Position, Snapshot
from glossator_cache import Cache, SessionBucket
from tests.cursor import cursor
from tests.server.test_explain import tools  # noqa: F401  the fixture

EXTRACTS = ExplainOptions("none")
SOURCE = "from toys import Toy\nour_secret = Toy(<CURSOR>'red')\n"
WEB = Evidence("", "Rolling toys", "Toys with more wheels roll faster.", "web", "https://toys.example/rolling")


@pytest.fixture
def keeping(tools: ExplainTools) -> ExplainTools:  # noqa: F811
    return replace(tools, shelf=ExplanationShelf.in_memory())


async def explained(tools: ExplainTools, source: str = SOURCE) -> Explanation:  # noqa: F811
    snapshot, position = cursor(source, path=tools.installed.root / "place.py")
    return await explain(snapshot, Position(position.line, 14), tools, EXTRACTS)


def words(answer: Explanation) -> list[str]:
    return [one.text for one in answer.synthesis]


def numbered(answer: Explanation) -> list[tuple[str, str]]:
    return [(one.id, one.title) for one in answer.sources]


async def test_a_question_is_answered_from_the_kept_sources(keeping: ExplainTools) -> None:
    first = await explained(keeping)
    assert "How many wheels it has." not in words(first), "the call passes no wheels"
    answer = await follow_up(FollowUp(first.id, "How many wheels?"), keeping, EXTRACTS)
    assert words(answer)[0] == "How many wheels it has."
    assert numbered(answer)[: len(first.sources)] == numbered(first), "the numbers stay"
    assert [title for _, title in numbered(answer)[len(first.sources) :]] == ["toys 1.2.3: toys.Toy.__init__"]
    cited = {one.id: one for one in answer.sources}[answer.synthesis[0].citations[0]]
    assert "How many wheels it has." in cited.snippet
    assert answer.target == first.target
    assert answer.meta.options["follow_up"] == first.id


async def test_more_tells_what_was_not_said_until_all_is(keeping: ExplainTools) -> None:
    answer = await explained(keeping)
    told = {one.text for one in (*answer.summary, *answer.synthesis)}
    for _ in range(20):
        answer = await follow_up(FollowUp(answer.id, "Tell me more, please."), keeping, EXTRACTS)
        assert not told & set(words(answer))
        told |= set(words(answer))
        if not answer.synthesis:
            break
    assert {"How many wheels it has.", "It has wheels."} <= told
    assert [one.what for one in answer.problems] == ["These sources do not say."]


async def test_more_about_something_tells_what_is_new_about_it(keeping: ExplainTools) -> None:
    first = await explained(keeping)
    answer = await follow_up(FollowUp(first.id, "more detail about the color"), keeping, EXTRACTS)
    assert words(answer), "the other colors were not told"
    assert not set(words(answer)) & {one.text for argument in first.arguments for one in argument.sentences}


async def test_words_that_only_sound_like_more_are_answered_again(keeping: ExplainTools) -> None:
    first = await explained(keeping)
    again = await follow_up(FollowUp(first.id, "Please show me what it says about red"), keeping, EXTRACTS)
    assert "`'red'`: Like a fire engine." in words(again)


async def test_what_the_sources_do_not_say_is_said_honestly(keeping: ExplainTools) -> None:
    first = await explained(keeping)
    answer = await follow_up(FollowUp(first.id, "Which license applies?"), keeping, EXTRACTS)
    assert words(answer) == []
    assert answer.problems[-1].what == "These sources do not say."
    assert numbered(answer) == numbered(first)


@pytest.mark.parametrize("question", ["What does paint_all return?", "Is it a WheelMaker?"])
async def test_nothing_is_said_of_what_the_sources_do_not_name(question: str, keeping: ExplainTools) -> None:
    first = await explained(keeping)
    answer = await follow_up(FollowUp(first.id, question), keeping, EXTRACTS)
    assert (words(answer), answer.problems[-1].what) == ([], "These sources do not say.")


@pytest.mark.parametrize("question", ["What does it return?", "What does lend_toy return?"])
async def test_a_question_about_the_result_is_answered_from_what_is_said_of_it(
    question: str, keeping: ExplainTools
) -> None:
    source = "from toys import Toy\nToy('red').lend_toy(<CURSOR>'noon')\n"
    snapshot, position = cursor(source, path=keeping.installed.root / "place.py")
    first = await explain(snapshot, Position(position.line, 12), keeping, EXTRACTS)
    answer = await follow_up(FollowUp(first.id, question), keeping, EXTRACTS)
    assert words(answer) == ["`int`: How many toys are left."]


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("from toys import Toy\nToy('red').mirrored(<CURSOR>True)\n", ["Builds a toy that rolls backwards."]),
        ("from toys import Toy\nToy('red').describe(<CURSOR>4)\n", []),
    ],
)
async def test_a_result_without_a_section_is_what_the_summary_says_is_made(
    source: str, told: list[str], keeping: ExplainTools
) -> None:
    snapshot, position = cursor(source, path=keeping.installed.root / "place.py")
    first = await explain(snapshot, Position(position.line, 12), keeping, EXTRACTS)
    answer = await follow_up(FollowUp(first.id, "What does it return?"), keeping, EXTRACTS)
    assert words(answer) == told


@pytest.mark.parametrize(
    ("wish", "says"),
    [
        (FollowUp("0123abcd", "Why?"), "no explanation '0123abcd'"),
        (FollowUp("last", "Why?"), "no explanation yet"),
        (FollowUp("last", "  "), "no question"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_the_next_step(
    wish: FollowUp, says: str, keeping: ExplainTools
) -> None:
    with pytest.raises(WrongUse) as caught:
        await follow_up(wish, keeping, EXTRACTS)
    assert says in caught.value.what
    assert caught.value.next_step


@pytest.mark.parametrize(
    ("text", "by_model"),
    [
        ("It has many wheels [3].", True),
        ("Wheels are delivered by truck within 14 days [3].", False),
        ("It has many wheels [9].", False),
        ("It has as many wheels as `wheels` says [1].", False),
    ],
)
async def test_each_sentence_of_a_model_is_checked_against_the_kept_sources(
    text: str, by_model: bool, keeping: ExplainTools, tmp_path: Path
) -> None:
    first = await explained(keeping)
    scripted = ScriptedModel((text,))
    asking = replace(keeping, model=CachedModel(scripted, Cache(tmp_path / "cache"), "scripted"))
    answer = await follow_up(FollowUp(first.id, "How many wheels?"), asking)
    assert (answer.meta.model == "scripted") is by_model
    assert by_model or words(answer)[0] == "How many wheels it has."
    assert scripted.asked[0].structured is not None and scripted.asked[0].structured.tools == ()
    content = scripted.asked[0].messages[-1].content
    assert "How many wheels it has." in content and content.endswith("Question: How many wheels?")


async def test_a_model_is_told_what_was_asked_before(keeping: ExplainTools, tmp_path: Path) -> None:
    scripted = ScriptedModel(("",))
    asking = replace(keeping, model=CachedModel(scripted, Cache(tmp_path / "cache"), "scripted"))
    first = await explained(keeping)
    second = await follow_up(FollowUp(first.id, "How many wheels?"), asking)
    await follow_up(FollowUp(second.id, "And the color?"), asking)
    assert "Asked before: How many wheels?\nAnswered: How many wheels it has." in scripted.asked[1].messages[-1].content


async def test_only_a_wish_for_more_sources_searches_and_only_with_public_names(keeping: ExplainTools) -> None:
    web = ScriptedSource((WEB,))
    asking = replace(keeping, web=(web,))
    first = await explained(asking)
    await follow_up(FollowUp(first.id, "Do more wheels help our_secret?"), asking, EXTRACTS)
    assert web.asked == []
    answer = await follow_up(FollowUp(first.id, "Do wheels make our_secret roll faster?", True), asking, EXTRACTS)
    (query,) = web.asked
    assert (query.terms, query.qualified_name, query.question) == (("wheels",), "toys.Toy", "")
    assert numbered(answer)[: len(first.sources)] == numbered(first)
    assert numbered(answer)[len(first.sources)] == (str(len(first.sources) + 1), "Rolling toys")
    assert WEB.text in words(answer)


async def test_hovers_are_not_kept_and_a_place_is_forgotten_on_demand(keeping: ExplainTools) -> None:
    snapshot, position = cursor(SOURCE, path=keeping.installed.root / "place.py")
    hover = await explain(snapshot, position, keeping, replace(EXTRACTS, priority=Priority.HOVER))
    assert hover.id == ""
    first = await explained(keeping)
    assert await forget(Snapshot("file:///elsewhere.py", "python", "x\n"), None, keeping) == 0
    assert await forget(snapshot, Position(0, 0), keeping) == 0
    assert await forget(snapshot, Position(1, 2), keeping) == 1
    with pytest.raises(WrongUse):
        await follow_up(FollowUp(first.id, "Why?"), keeping, EXTRACTS)


async def test_what_a_model_wrote_of_a_place_is_forgotten_too(keeping: ExplainTools, tmp_path: Path) -> None:
    scripted, cache = ScriptedModel(("It is a toy that rolls [1].",)), Cache(tmp_path / "cache")
    web = CachedSource(ScriptedSource((WEB,)), cache, "readthedocs")
    asking = replace(keeping, model=CachedModel(scripted, cache, "scripted"), web=(web,))
    snapshot, position = cursor(SOURCE, path=keeping.installed.root / "place.py")
    hover = ExplainOptions(priority=Priority.HOVER)
    for _ in range(2):
        for options in (ExplainOptions(), hover):  # with what the web said, and without
            await explain(snapshot, position, asking, options)
    assert len(scripted.asked) == 2
    assert await forget(snapshot, position, asking) >= 2
    for options in (ExplainOptions(), hover):
        await explain(snapshot, position, asking, options)
    assert len(scripted.asked) == 4
    await web.close()


def kept(identity: str, uri: str = "file:///a.py") -> Kept:
    evidence = (Evidence("1", "t", "Some text.", "docstring"),)
    return Kept(identity, uri, "a.py:1:1", "x", None, evidence, {"1": ("Some text.",)}, ())


async def test_the_newest_are_kept_also_for_the_next_process(tmp_path: Path) -> None:
    shelf = ExplanationShelf.on_disk(Cache(tmp_path / "cache"))
    for number in range(MOST + 3):
        await shelf.put(kept(f"{number:08x}"))
    again = ExplanationShelf.on_disk(Cache(tmp_path / "cache"))
    assert await again.get("last") == kept(f"{MOST + 2:08x}")
    assert await again.get("00000003") is not None
    assert await again.get("00000002") is None
    assert await again.forget("file:///a.py", "a.py:1:") == MOST
    assert await again.get("last") is None


async def test_rows_of_another_make_are_as_if_they_were_not_there() -> None:
    rows = SessionBucket()
    shelf = ExplanationShelf(rows)
    await shelf.put(kept("abcd0123"))
    for broken in (
        None,
        [],
        {"id": 1},
        {**to_plain(kept("x")), "evidence": [{"id": 1}]},
        {**to_plain(kept("x")), "turns": 3},
    ):
        rows.put({"id": "abcd0123"}, broken)
        assert await shelf.get("abcd0123") is None
    rows.put("ids", {"no": "list"})
    assert await shelf.get("last") is None


async def test_what_is_kept_survives_json(keeping: ExplainTools) -> None:
    first = await explained(keeping)
    assert keeping.shelf is not None
    found = await keeping.shelf.get(first.id)
    assert found is not None and found.material and found.symbol is not None
    assert from_plain(json.loads(json.dumps(to_plain(found)))) == found
