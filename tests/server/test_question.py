"""A question is answered by the sentences of the documentation that speak of it, or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.models.cached import CachedModel
from glossator.models.scripted import ScriptedModel
from glossator_cache import Cache
from tests.cursor import cursor
from tests.server.test_explain import tools  # noqa: F401  the fixture

SOURCE = "from toys import Toy\nToy<CURSOR>('red')\n"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many wheels does it have?", "How many wheels it has."),
        ("What does blue mean?", "`'blue'`: Like the sky."),
        ("Does it roll?", "A toy that rolls."),
    ],
)
async def test_the_sentences_that_speak_of_it_answer(
    question: str,
    expected: str,
    tools: ExplainTools,  # noqa: F811
    tmp_path: Path,
) -> None:
    snapshot, position = cursor(SOURCE, path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, ExplainOptions("none", question=question))
    assert answer.synthesis[0].text == expected
    assert answer.synthesis[0].citations


async def test_what_nothing_speaks_of_is_said(tools: ExplainTools, tmp_path: Path) -> None:  # noqa: F811
    snapshot, position = cursor(SOURCE, path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, ExplainOptions("none", question="Which license applies?"))
    assert "Nothing that `Toy` says of itself speaks of that." in [problem.what for problem in answer.problems]


async def test_a_model_gets_the_question_and_these_sentences_first(tools: ExplainTools, tmp_path: Path) -> None:  # noqa: F811
    scripted = ScriptedModel(("A toy has as many wheels as `wheels` says [1].",))
    model = CachedModel(scripted, Cache(tmp_path / "cache"), "scripted")
    asking = ExplainTools(tools.resolver, tools.installed, tools.sources, model)
    snapshot, position = cursor(SOURCE, path=tmp_path / "place.py")
    await explain(snapshot, position, asking, ExplainOptions(question="How many wheels?"))
    content = scripted.asked[0].messages[-1].content
    assert content.startswith("Facts:\n[1] How many wheels it has.")
    assert content.endswith("Question: How many wheels?")
