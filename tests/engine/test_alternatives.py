"""Several answers to one question, answers that end by a deadline or where the code does, and steps broken off."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from glossator.engine.events import Finished, Text
from glossator.engine.generate import answer
from glossator.engine.load import LoadedModel, Models
from glossator.engine.question import Question, read_completion
from glossator.engine.runtimes import Halt
from glossator.engine.state import EngineState
from glossator.errors import WrongUse
from glossator.models.ending import Ending
from glossator.settings import ModelSettings
from tests.engine.own_engine import own_folders

CODE = "def add(first, second):\n    return first"


@pytest.fixture(scope="module")
def folders_here() -> Iterator[Path]:
    with own_folders() as root:
        yield root


@pytest.fixture(scope="module", params=["onnx", "torch"])
def model(request: pytest.FixtureRequest, tiny_model: Path, folders_here: Path) -> LoadedModel:
    choices = ModelSettings(str(tiny_model), runtime=request.param)
    return Models(EngineState(str(tiny_model)), 1, choices).get(str(tiny_model))


def asked(model: LoadedModel, halt: Halt | None = None, **given: Any) -> tuple[dict[int, str], Finished, EngineState]:
    """The texts by their number, the end, and what it took."""
    state = EngineState(model.name)
    events: list[Text | Finished] = []
    question = Question(model.name, **{"text": CODE, "max_tokens": 12, **given})
    for _ in answer(model, question, state, time.monotonic(), events.append, halt):
        pass
    texts: dict[int, str] = {}
    for event in events:
        if isinstance(event, Text):
            texts[event.choice] = texts.get(event.choice, "") + event.text
    end = events[-1]
    assert isinstance(end, Finished)
    return texts, end, state


def test_alternatives_differ_and_the_first_is_the_only_one_otherwise(model: LoadedModel) -> None:
    alone, _, _ = asked(model)
    texts, end, _ = asked(model, n=4)
    assert texts[0] == alone[0]
    assert sorted(texts) == list(range(len(end.reasons)))
    assert len({text.strip() for text in texts.values()}) == len(texts) > 1
    assert asked(model, n=4)[0] == texts, "the same question has the same answers"


def test_alternatives_share_one_prefill(model: LoadedModel) -> None:
    text = f"# {time.monotonic()}\n{CODE}"  # seen by nobody
    _, end, state = asked(model, n=4, text=text)
    assert len(end.reasons) > 1
    assert state.prefilled_tokens == end.figures.prompt_tokens


def test_a_deadline_ends_an_answer_with_what_is_there(model: LoadedModel) -> None:
    texts, end, _ = asked(model, max_tokens=3_000, deadline=0.3)
    assert end.reason == "deadline"
    assert end.figures.completion_tokens < 3_000
    assert len(texts.get(0, "")) > 0 or end.figures.completion_tokens == 0


def test_a_deadline_that_is_over_gives_nothing(model: LoadedModel) -> None:
    texts, end, _ = asked(model, deadline=1e-9)
    assert (texts, end.reason, end.figures.completion_tokens) == ({}, "deadline", 0)


def test_the_engine_writes_nothing_behind_the_end(model: LoadedModel) -> None:
    whole, _, _ = asked(model, max_tokens=60)
    if "\n" not in whole[0]:
        pytest.fail("the model says one line only, so that nothing is tested")
    texts, end, _ = asked(model, max_tokens=60, ending=Ending("line", CODE.split("\n")[-1]))
    assert end.reason == "stop"
    assert whole[0].startswith(texts[0])
    assert texts[0].split("\n")[0] == whole[0].split("\n")[0]
    assert len(texts[0]) < len(whole[0])


def test_what_is_halted_says_nothing_and_leaves_the_session_whole(model: LoadedModel) -> None:
    before, _, _ = asked(model)
    halt = Halt()
    events: list[Text | Finished] = []
    halt.ask()
    question = Question(model.name, text=CODE + " +", max_tokens=5)
    steps = answer(model, question, EngineState(model.name), time.monotonic(), events.append, halt)
    next(steps, None)
    steps.close()  # type: ignore[attr-defined]
    assert len(events) <= 1, "torch ends its step"
    assert asked(model)[0] == before


@pytest.mark.parametrize(
    ("text", "ending", "decided"),
    [
        ("a = 1", Ending("statement"), False),
        ("a = 1\n", Ending("statement"), False),
        ("a = 1\nb", Ending("statement"), True),
        ("if a:\n    b\nel", Ending("statement"), False),
        ("if a:\n    b\nelse", Ending("statement"), False),
        ("if a:\n    b\nelsewhere", Ending("statement"), True),
        ("a\n", Ending("line"), False),
        ("a\nb", Ending("line"), True),
        ("x\n    y\n", Ending("block", "    "), False),
        ("x\n    y\nz", Ending("block", "    "), True),
        ("x\nreturn y\n", Ending("block", "", "return y"), True),
        ("x\nreturn y", Ending("block", "", "return y"), False),
        ("turn y\n", Ending("block", "re", "return y"), True),
        ("x\n}\n", Ending("block", "", "}"), False),
    ],
    ids=[
        *("one line", "a line's end", "the next statement", "half of else", "else", "a name like else", "a line"),
        *("two lines", "a block", "less deep", "the next line", "half of it", "from the cursor on", "too short to say"),
    ],
)
def test_an_answer_is_decided_as_soon_as_it_can_be(text: str, ending: Ending, decided: bool) -> None:
    assert ending.decided(text) is decided


@pytest.mark.parametrize(
    "wrong",
    [{"n": 9}, {"n": -1}, {"n": "2"}, {"glossator": {"ending": {"extent": "page"}}}, {"glossator": {"deadline": -1}}],
    ids=["too many", "negative", "no number", "no such extent", "in the past"],
)
def test_wrong_wishes_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(WrongUse):
        read_completion({"prompt": "x", **wrong}, "tiny")


async def test_alternatives_come_over_http_whole_and_streamed(client: httpx2.AsyncClient) -> None:
    body = {"prompt": CODE, "max_tokens": 8, "n": 3, "logprobs": 0}
    told = (await client.post("/v1/completions", json=body)).json()
    assert [choice["index"] for choice in told["choices"]] == list(range(len(told["choices"])))
    texts = [choice["text"] for choice in told["choices"]]
    assert len(set(texts)) == len(texts) > 1
    assert all("".join(choice["logprobs"]["tokens"]) for choice in told["choices"])
    streamed = (await client.post("/v1/completions", json={**body, "stream": True})).text
    assert all(f'"index": {number}' in streamed for number in range(len(texts)))
