"""A model's text while it comes: only sentences that passed the check are shown, and what was refused never is."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.explain.cached import ExplanationShelf
from glossator.explain.cite import Verdict
from glossator.explain.explanation import Explanation, Sentence
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.explain.reading import cited_sentences, complete_sentences
from glossator.explain.synthesis import survivors
from glossator.models.cached import CachedModel
from glossator.models.scripted import ScriptedModel
from glossator_cache import Cache
from tests.cursor import cursor
from tests.server.test_explain import tools  # noqa: F401  the fixture

SOURCE = "from toys import Toy\nToy.<CURSOR>load('x')\n"
TRUE = "`Toy.load` loads a toy from a file [1]."
ALSO_TRUE = "The toy in the file is loaded [1]."
FALSE = "The network is asked for 300 toys [1]."
AS_JSON = (
    '{"sentences": [{"text": "`Toy.load` loads a toy from a file.", "citations": [1]},\n '
    '{"text": "The network is asked for 300 toys.", "citations": [1]},\n '
    '{"text": "The toy in the file is loaded.", "citations": [1]}]}'
)


def writing(tools: ExplainTools, tmp_path: Path, text: str) -> tuple[ExplainTools, ScriptedModel]:  # noqa: F811
    scripted = ScriptedModel((text,), words=True)
    return replace(tools, model=CachedModel(scripted, Cache(tmp_path / "cache"), "scripted")), scripted


async def shown(tools: ExplainTools, tmp_path: Path) -> tuple[list[list[str]], Explanation]:  # noqa: F811
    """The sentences of the model each time something was shown, and the answer."""
    states: list[Explanation] = []
    snapshot, position = cursor(SOURCE, path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, show=states.append)
    assert [state.meta.model for state in states[:1]] == [None], "first what is known without a model"
    return [[one.text for one in state.synthesis] for state in states[1:]], answer


@pytest.mark.parametrize("text", [f"{TRUE} {FALSE} {ALSO_TRUE}", AS_JSON], ids=["text", "json"])
async def test_sentences_are_shown_as_they_are_complete_and_a_refused_one_never(
    text: str,
    tools: ExplainTools,  # noqa: F811
    tmp_path: Path,
) -> None:
    tools, _ = writing(tools, tmp_path, text)
    states, answer = await shown(tools, tmp_path)
    final = [one.text for one in answer.synthesis]
    assert final == ["`Toy.load` loads a toy from a file.", "The toy in the file is loaded."]
    assert states in ([final[:1]], [final[:1], final])
    assert all(one.citations == ("1",) and one.support == "supported" for one in answer.synthesis)
    (refused,) = answer.meta.options["refused"]
    assert (refused["text"], refused["why"].split()[0]) == ("The network is asked for 300 toys.", "says")


async def test_where_most_falls_the_extracts_stand(tools: ExplainTools, tmp_path: Path) -> None:  # noqa: F811
    tools, _ = writing(tools, tmp_path, f"{TRUE} {FALSE} {FALSE}")
    _, answer = await shown(tools, tmp_path)
    assert answer.meta.model is None
    assert len(answer.meta.options["refused"]) == 2
    assert {one.support for one in answer.synthesis} == {"extracted"}


async def test_a_small_model_may_only_say_the_extracts_again_and_nothing_is_shown_before(
    tools: ExplainTools,  # noqa: F811
    tmp_path: Path,
) -> None:
    tools, _ = writing(replace(tools, small=frozenset({"scripted"})), tmp_path, f"{TRUE} {FALSE} {ALSO_TRUE}")
    states, answer = await shown(tools, tmp_path)
    assert (states, answer.meta.model) == ([], "scripted")
    first, *others = answer.synthesis
    assert (first.text, first.support) == ("`Toy.load` loads a toy from a file.", "supported")
    assert "The toy in the file is loaded." not in [one.text for one in others]


async def test_where_a_small_model_says_no_extract_again_they_stand_alone(
    tools: ExplainTools,  # noqa: F811
    tmp_path: Path,
) -> None:
    tools, _ = writing(replace(tools, small=frozenset({"scripted"})), tmp_path, f"{ALSO_TRUE}")
    _, answer = await shown(tools, tmp_path)
    assert answer.meta.model is None
    assert {one.support for one in answer.synthesis} == {"extracted"}
    assert "says nothing of the extracts" in answer.meta.options["model_text_refused"]


def told(*sentences: tuple[str, str]) -> list[Verdict]:
    return [Verdict(Sentence(text, ("1",), "supported"), fault) for text, fault in sentences]


@pytest.mark.parametrize(
    ("sentences", "kept"),
    [
        ([("A.", ""), ("B.", "")], ["A.", "B."]),
        ([("A.", "wrong"), ("B.", "")], ["B."]),
        ([("A.", "wrong"), ("It also does B.", ""), ("This is C.", ""), ("D.", "")], ["D."]),
        ([("It does A.", ""), ("It does B.", "")], ["It does A.", "It does B."]),
        ([("A.", "wrong"), ("Items are B.", "")], ["Items are B."]),
        ([("A.", ""), ("A.", ""), ("B.", "")], ["A.", "B."]),
    ],
)
def test_what_leans_on_a_refused_sentence_falls_with_it_and_so_does_what_is_said_twice(
    sentences: Sequence[tuple[str, str]], kept: Sequence[str]
) -> None:
    standing, refused = survivors(told(*sentences))
    assert [one.text for one in standing] == kept
    assert len(standing) + len(refused) == len(sentences)


WRITTEN = st.lists(
    st.sampled_from(
        [
            TRUE,
            FALSE,
            "See e.g. `a. B` [2][3]",
            "It ends. [1] Then",
            "One\nTwo [1, 2].",
            "v1.5 is",
            "Hm?",
            "**So. It** is",
            "a `b. C` d",
        ]
    )
).map(" ".join)


@given(WRITTEN, st.integers(0, 400))
def test_what_was_complete_stays_as_it_was(text: str, length: int) -> None:
    """Or else something would be shown that the whole text does not say."""
    early, whole = complete_sentences(text[:length]), cited_sentences(text)
    assert early == whole[: len(early)]


@given(st.integers(0, len(AS_JSON)))
def test_json_that_is_cut_off_anywhere_gives_its_whole_sentences(length: int) -> None:
    assert complete_sentences(AS_JSON[:length]) == cited_sentences(AS_JSON)[: len(complete_sentences(AS_JSON[:length]))]


@pytest.mark.parametrize(
    "text",
    [
        "{",
        '{"sentences": 3}',
        '{"sentences": [1, null, {"text": 2}, {"text": "Hm.", "citations": "1"}]}',
        '{"sentences": [' + "[" * 5000,
    ],
)
def test_json_of_another_make_is_no_trouble(text: str) -> None:
    assert [ids for _, ids in cited_sentences(text)] in ([], [()])


async def test_stopping_in_the_middle_leaves_nothing_behind(tools: ExplainTools, tmp_path: Path) -> None:  # noqa: F811
    tools, scripted = writing(tools, tmp_path, f"{TRUE} {ALSO_TRUE} {TRUE} and so on")
    shelf = ExplanationShelf.in_memory()
    tools = replace(tools, shelf=shelf)
    snapshot, position = cursor(SOURCE, path=tmp_path / "place.py")
    growing = asyncio.Event()

    def show(explanation: Explanation) -> None:
        if explanation.meta.model is not None:
            growing.set()
            scripted.delay = 3600.0

    asking = asyncio.ensure_future(explain(snapshot, position, tools, show=show))
    await asyncio.wait_for(growing.wait(), 30)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert scripted.cancelled == 1
    assert await shelf.get("last") is None
    remembered = await explain(snapshot, position, tools, ExplainOptions("cached"))
    assert remembered.meta.model is None
