"""Prefix first or suffix first: that the measurement tells them apart, on a model whose answers are noise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator.engine.load import LoadedModel, Models
from glossator.engine.state import EngineState
from glossator.settings import ModelSettings
from tests.bench.fim_order import Line, main, measure, orders, table
from tests.engine.own_engine import own_folders

LINES = [
    Line("def add(first, second):\n    ", "return first + second", "\n\n\nclass Stack:\n    pass\n" * 4),
    Line("for number in range(10):\n    ", "print(number)", "\n\nQuestion: What does this function do?\n" * 4),
]


@pytest.fixture(autouse=True)
def folders() -> Iterator[Path]:
    """Folders of their own."""
    with own_folders() as root:
        yield root


def loaded(folder: Path) -> LoadedModel:
    return Models(EngineState("x"), 1, ModelSettings(runtime="torch")).get(str(folder))


def test_suffix_first_computes_only_what_was_typed(tiny_starcoder: Path) -> None:
    model = loaded(tiny_starcoder)
    assert orders(model) == ("psm", "spm")
    family = model.tokenizer.family
    psm, spm = (measure(model, order, LINES) for order in orders(model))
    assert model.tokenizer.family is family
    assert psm.prompt_tokens == spm.prompt_tokens
    assert spm.computed <= 2 * spm.keys, "a character, and the token that it joins"
    assert psm.computed > 5 * spm.computed, "the suffix again at every key"
    assert psm.nats != spm.nats
    rows = table("tiny", model, [psm, spm]).splitlines()[-2:]
    assert [re.sub(r"[\d.]+", "0", row) for row in rows] == [
        "| PSM (used) | 0 | 0 | 0 | 0 | 0 |",
        "| SPM | 0 | 0 | 0 | 0 | 0 |",
    ]


def test_a_model_that_knows_no_holes_is_asked_from_left_to_right_and_that_is_said(
    tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--model", str(tiny_model), "--lines", "2"]) == 0
    told = capsys.readouterr().out
    assert "knows no holes" in told and "So there is one order, from left to right." in told
    assert "| left to right | " in told
    assert main(["--model", "nobody/nothing"]) == 3
    assert "glossator models pull nobody/nothing" in capsys.readouterr().err
