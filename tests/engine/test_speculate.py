"""Guessed tokens change how long an answer takes, and never what it is."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from glossator.engine.events import Finished, Text
from glossator.engine.generate import answer
from glossator.engine.load import LoadedModel, Models
from glossator.engine.question import Question
from glossator.engine.speculate import MOST, Price, Speculation
from glossator.engine.state import EngineState
from glossator.settings import ModelSettings

SEEN = [1, 2, 3, 4, 5, 6, 7]
CHEAP = Price(0.1, 0.01)


@pytest.mark.parametrize(
    ("tokens", "token", "most", "guessed"),
    [
        ([*SEEN, 1, 2], 3, 9, [4, 5, 6, 7]),
        ([*SEEN, 1, 2], 3, 2, [4, 5]),
        ([*SEEN, 1, 2], 3, -1, []),
        ([*SEEN, 1, 2], 9, 9, []),
        ([1, 2, 3, 4, 1, 2, 3, 8, 1, 2], 3, 1, [8]),
        ([1, 2, 3, 4, 9, 2, 3, 8, 1, 2], 3, 1, [4]),
        ([1, 1, 1], 1, 9, [1]),
        ([], 3, 9, []),
        ([1], 2, 9, []),
    ],
    ids=[
        *("seen", "as many as wanted", "none wanted", "not seen", "the latest", "the longest", "itself"),
        *("no prompt", "a short one"),
    ],
)
def test_what_followed_before_is_guessed(tokens: list[int], token: int, most: int, guessed: list[int]) -> None:
    assert Speculation(tokens, CHEAP).guess(token, most)[:4] == guessed


@pytest.mark.parametrize(
    ("price", "likely", "least", "most"),
    [
        (Price(0.3, 0.1), 0.2, 0, 0),
        (Price(0.3, 0.1), 0.55, 1, 4),
        (Price(0.3, 0.1), 0.99, MOST, MOST),
        (Price(0.5, 0.07), 0.55, 1, 5),
        (Price(0.0, 1.0), 0.99, 0, 0),
        (Price(0.0, 0.0), 0.1, MOST, MOST),
    ],
    ids=["unlikely", "even", "certain", "dearer to begin", "no gain in checking", "for nothing"],
)
def test_as_many_are_guessed_as_pay(price: Price, likely: float, least: int, most: int) -> None:
    assert least <= price.worth(likely) <= most


def test_guessing_ends_when_it_does_not_pay() -> None:
    speculation, guesses = Speculation(SEEN * 2, Price(0.3, 0.1)), 0
    for _ in range(100):
        for token in SEEN[:3]:
            guessed = speculation.guess(token, MOST)
            guesses += bool(guessed)
            speculation.learn(guessed, 0)
    assert 0 < guesses < 40


def said(model: LoadedModel, text: str, max_tokens: int = 40) -> tuple[str, Finished]:
    events: list[Text | Finished] = []
    question = Question(model.name, text=text, max_tokens=max_tokens, heal=False)
    for _ in answer(model, question, EngineState(model.name), time.monotonic(), events.append):
        pass
    *pieces, end = events
    assert isinstance(end, Finished)
    return "".join(piece.text for piece in pieces if isinstance(piece, Text)), end


def prompts(count: int) -> Sequence[str]:
    source = Path(__file__).with_name("test_engine_parts.py").read_text("utf-8")
    chance = random.Random(5)
    begins = [chance.randrange(len(source) - 500) for _ in range(count)]
    return [source[begin : begin + chance.randrange(20, 500)] for begin in begins]


@pytest.fixture(scope="session")
def repeating_model(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model without what attention brings in: what it says runs in circles, so that guesses are right."""
    import shutil

    from safetensors.torch import load_file, save_file

    folder = tmp_path_factory.mktemp("repeating") / "tiny"
    shutil.copytree(tiny_model, folder)
    weights = load_file(folder / "model.safetensors")
    blind = {name: 0 * value if "o_proj" in name else value for name, value in weights.items()}
    save_file(blind, folder / "model.safetensors", {"format": "pt"})
    return folder


@pytest.mark.slow
@pytest.mark.parametrize(("which", "least_right"), [("tiny_model", 0), ("repeating_model", 200)])
def test_two_hundred_answers_equal_transformers_generate(
    which: str, least_right: int, request: pytest.FixtureRequest, folders: Path
) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    folder = request.getfixturevalue(which)
    model = Models(EngineState(str(folder)), 1, ModelSettings(runtime="torch")).get(str(folder))
    plain = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    right = 0
    for text in prompts(100):
        found, end = said(model, text)
        ids = torch.tensor([model.tokenizer.encode(text)])
        made = plain.generate(ids, max_new_tokens=40, do_sample=False, pad_token_id=0, eos_token_id=sorted(model.ends))
        spelled = b"".join(model.tokenizer.bytes_of.get(int(one), b"") for one in made[0, ids.shape[1] :])
        assert found.encode() == spelled
        right += end.figures.right_tokens
    assert right >= least_right, "else no guess was put to the test"
