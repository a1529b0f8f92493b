"""Holes through the whole engine: a tiny StarCoder answers as transformers does, asked with the row as it is spelt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from glossator.complete.pipeline import CompleteOptions, CompleteTools, complete
from glossator.models.engine_address import read_address
from glossator.models.engine_process import EngineModel, ensure_running, http_client
from glossator.settings import Settings
from glossator.text import Position, Snapshot
from tests.engine.own_engine import own_folders, tiny_settings
from tests.engine.tiny_starcoder import write_tiny_starcoder

pytestmark = pytest.mark.slow

BEFORE, AFTER = "def add(first, second):\n    return ", "\n\n\nprint(add(1, 2))\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_starcoder(tmp_path_factory.mktemp("starcoder"))


@pytest.fixture(scope="module")
def starcoder(folder: Path) -> Iterator[Settings]:
    with own_folders():
        settings = tiny_settings(folder)
        asyncio.run(ensure_running(settings))
        yield settings


async def ask(path: str, **body: Any) -> dict[str, Any]:
    address = read_address()
    assert address is not None
    async with http_client(address, 120) as client:
        answer: httpx2.Response = await client.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def reference(folder: Path, spelled: str) -> str:
    """What transformers says after a text in which special tokens are spelled out."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    ids = tokenizer(spelled, return_tensors="pt").input_ids
    answer = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False)
    return str(tokenizer.decode(answer[0, ids.shape[1] :]))


@pytest.mark.parametrize(
    ("place", "header"),
    [
        ({}, ""),
        ({"path": "a.py"}, "<filename>a.py\n"),
        ({"path": "a.py", "repository": "tool"}, "<reponame>tool<filename>a.py\n"),
        ({"passages": [{"path": "b.py", "text": "x = 1"}]}, "# b.py\n# x = 1\n"),
    ],
)
async def test_hole_is_answered_as_the_row_spells_it(
    starcoder: Settings, folder: Path, place: dict[str, Any], header: str
) -> None:
    answer = await ask("/v1/completions", prompt=BEFORE, suffix=AFTER, max_tokens=12, glossator=place)
    spelled = f"<fim_prefix>{header}{BEFORE}<fim_suffix>{AFTER}<fim_middle>"
    assert answer["choices"][0]["text"] == reference(folder, spelled)
    assert answer["glossator"]["suffix_used"] is True
    assert answer["glossator"]["note"] == ""


async def test_question_is_asked_as_the_adapters_were_taught(starcoder: Settings, folder: Path) -> None:
    turns = [{"role": "user", "content": "What is add?"}]
    answer = await ask("/v1/chat/completions", messages=turns, max_tokens=12)
    assert answer["choices"][0]["message"]["content"] == reference(folder, "Question: What is add?\n\nAnswer:")


async def test_completion_tells_the_engine_the_files_name(starcoder: Settings, folder: Path) -> None:
    model = EngineModel(starcoder)
    text = BEFORE + AFTER
    snapshot = Snapshot("file:///secret/a.py", "python", text)
    answer = await complete(snapshot, Position(1, 11), CompleteTools(model), CompleteOptions(deadline=120))
    spelled = f"<fim_prefix><filename>a.py\n{BEFORE}<fim_suffix>{AFTER}<fim_middle>"
    from transformers import AutoTokenizer

    counted = len(AutoTokenizer.from_pretrained(folder)(spelled).input_ids)
    assert answer.meta.prompt_tokens == counted, "the name, and nothing of the folder that it is in"
    await model.close()


@pytest.mark.parametrize("group", ["prompt", "passages", "path"])
async def test_what_glossator_says_beside_the_prompt_is_checked(starcoder: Settings, group: str) -> None:
    address = read_address()
    assert address is not None
    wrong: dict[str, Any] = {"prompt": 7, "passages": [7], "path": 7}
    async with http_client(address, 60) as client:
        body = {"prompt": "a", "glossator": {group: wrong[group]}} if group != "prompt" else {"prompt": 7}
        answer = await client.post("/v1/completions", json=body)
        assert answer.status_code == 400
        assert group in answer.json()["error"]["message"]
