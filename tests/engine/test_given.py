"""Texts that are scored, not written: what the model gives a prompt, and what it gives the text that belongs in a hole.

Each runtime, and what is said beside the sums of transformers or of the runtime's own scores.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import numpy
import pytest

from glossator.engine.events import Finished, Text, TokenScore
from glossator.engine.generate import answer
from glossator.engine.given import PREFILL_CHUNK
from glossator.engine.load import LoadedModel, Models
from glossator.engine.question import Question, read_completion
from glossator.engine.state import EngineState
from glossator.errors import WrongUse
from glossator.settings import ModelSettings
from tests.engine.own_engine import own_folders

CODE = "def add(first, second):\n    return first\n"
AFTER = "\n\n\nprint(add(1, 2))\n"


@pytest.fixture(scope="module")
def folders_here() -> Iterator[Path]:
    with own_folders() as root:
        yield root


@pytest.fixture(scope="module", params=["onnx", "torch"])
def llama(request: pytest.FixtureRequest, tiny_model: Path, folders_here: Path) -> LoadedModel:
    """A family without holes, whose prompts are spelled again at their end."""
    choices = ModelSettings(str(tiny_model), runtime=request.param)
    return Models(EngineState(str(tiny_model)), 1, choices).get(str(tiny_model))


@pytest.fixture(scope="module", params=["onnx", "torch"])
def starcoder(request: pytest.FixtureRequest, tiny_starcoder: Path, folders_here: Path) -> LoadedModel:
    """A family with holes."""
    choices = ModelSettings(str(tiny_starcoder), runtime=request.param)
    return Models(EngineState(str(tiny_starcoder)), 1, choices).get(str(tiny_starcoder))


def told(model: LoadedModel, **given: Any) -> tuple[str, list[TokenScore], Finished]:
    """The text, the scores of its tokens, the end."""
    events: list[Text | Finished] = []
    question = Question(model.name, **{"text": CODE, "max_tokens": 0, "logprobs": 0, **given})
    for _ in answer(model, question, EngineState(model.name), time.monotonic(), events.append):
        pass
    texts = [one for one in events if isinstance(one, Text)]
    end = events[-1]
    assert isinstance(end, Finished)
    return "".join(one.text for one in texts), [score for one in texts for score in one.scores], end


def computed(model: LoadedModel, prompt: Sequence[int], given: Sequence[int]) -> list[float]:
    """The logarithms of the probabilities of ``given`` behind ``prompt``, from the runtime's scores."""
    rows = model.runtime.session().score([*prompt, *given]).astype(numpy.float64)
    known = [row - math.log(numpy.exp(row - row.max()).sum()) - row.max() for row in rows]
    return [float(known[len(prompt) - 1 + place][token]) for place, token in enumerate(given)]


def logprobs(scores: Sequence[TokenScore]) -> list[float]:
    return [one.logprob for one in scores if one.logprob is not None]


def test_a_prompt_is_told_with_the_probability_of_each_token_but_the_first(llama: LoadedModel) -> None:
    text, scores, end = told(llama, echo=True)
    tokens = llama.tokenizer.encode(CODE)
    assert text == CODE == "".join(one.text for one in scores)
    assert scores[0].logprob is None
    assert logprobs(scores) == pytest.approx(computed(llama, tokens[:1], tokens[1:]), abs=1e-3)
    assert (end.figures.prompt_tokens, end.figures.completion_tokens) == (len(tokens), 0)


def test_a_long_prompt_is_told_in_parts_and_its_answer_behind_it(llama: LoadedModel) -> None:
    long = CODE * 30
    text, scores, end = told(llama, text=long, echo=True, max_tokens=5)
    written, _, _ = told(llama, text=long, heal=False, max_tokens=5)
    assert len(scores) > 2 * PREFILL_CHUNK
    assert text == long + written and end.figures.completion_tokens == 5
    assert told(llama, text=long, echo=True, max_tokens=5)[0] == text, "whatever is remembered of it"


def test_what_belongs_in_a_hole_is_scored_behind_the_prompt_that_is_asked(starcoder: LoadedModel) -> None:
    middle, number = "    return first + second", starcoder.tokenizer.specials
    text, scores, end = told(starcoder, text=CODE, suffix=AFTER, middle=middle)
    encode = starcoder.tokenizer.encode
    marks = (number[f"<fim_{one}>"] for one in ("prefix", "suffix", "middle"))
    prefix, suffix, last = marks
    prompt = [prefix, *encode(CODE), suffix, *encode(AFTER), last]
    assert text == middle and end.figures.suffix_used
    assert logprobs(scores) == pytest.approx(computed(starcoder, prompt, encode(middle)), abs=1e-3)


def test_where_the_end_of_a_prompt_is_spelled_again_only_what_spells_it_counts(llama: LoadedModel) -> None:
    text, scores, _ = told(llama, text="def add(fir", middle="st, second)")
    assert text == "st, second)"
    assert "".join(one.text for one in scores) == "first, second)"
    tokens = llama.tokenizer.encode("first, second)", continued=True)
    free = computed(llama, llama.tokenizer.encode("def add("), tokens)
    assert logprobs(scores)[0] >= free[0], "no other word could have stood there"
    assert logprobs(scores)[1:] == pytest.approx(free[1:], abs=1e-3)


def test_the_likeliest_text_is_likelier_than_another(llama: LoadedModel) -> None:
    written, _, _ = told(llama, max_tokens=6)
    other = written[:-1] + ("x" if written[-1] != "x" else "y")
    assert sum(logprobs(told(llama, middle=written)[1])) > sum(logprobs(told(llama, middle=other)[1]))


def test_what_is_too_long_is_said(llama: LoadedModel) -> None:
    with pytest.raises(WrongUse, match="and there is room for"):
        told(llama, text=CODE * 2_000, echo=True)


@pytest.mark.parametrize(
    "body", [{"echo": True, "suffix": "x"}, {"echo": True, "n": 2}, {"echo": True, "prompt": ""}, {"echo": "yes"}]
)
def test_an_echo_that_is_not_served_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(WrongUse, match="'echo'"):
        read_completion({"prompt": CODE, **body}, "tiny")


async def test_an_echo_over_http_has_the_form_that_others_read(client: httpx2.AsyncClient) -> None:
    body = {"prompt": CODE, "max_tokens": 0, "echo": True, "logprobs": 1}
    answered = await client.post("/v1/completions", json=body)
    choice = answered.json()["choices"][0]
    assert (choice["text"], choice["finish_reason"]) == (CODE, "length")
    assert choice["logprobs"]["token_logprobs"][0] is None
    assert all(value <= 0 for value in choice["logprobs"]["token_logprobs"][1:])
    assert "".join(choice["logprobs"]["tokens"]) == CODE
    assert len(choice["logprobs"]["text_offset"]) == len(choice["logprobs"]["tokens"])
