"""Adapters in the real engine: another process, its socket, the names that clients use."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from glossator.errors import ModelMissing
from glossator.models.adapters import add, remove
from glossator.models.base import Message, Prompt, read
from glossator.models.engine_address import read_address
from glossator.models.engine_process import EngineModel, ensure_running, http_client, stop
from glossator.settings import Settings
from tests.engine.own_adapters import write_adapter
from tests.engine.own_engine import own_folders, tiny_settings, until

TEXT = "def add(first, second):\n    return"
NAMES = ("", "lora", "parallel")


@pytest.fixture(scope="module")
def engine(tiny_starcoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """An engine with three adapters registered."""
    root = tmp_path_factory.mktemp("adapters")
    with own_folders():
        settings = tiny_settings(tiny_starcoder)
        add(write_adapter(root / "lora", "lora"), prompt_style="none")
        add(write_adapter(root / "parallel", "parallel", form="bin"))
        asyncio.run(ensure_running(settings))
        yield settings


@pytest.fixture
async def client(engine: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A plain HTTP client."""
    address = read_address()
    assert address is not None
    async with http_client(address, 120) as client:
        yield client


async def complete(client: httpx2.AsyncClient, settings: Settings, adapter: str, **body: Any) -> dict[str, Any]:
    name = f"{settings.model.name}:{adapter}" if adapter else settings.model.name
    answer = await client.post("/v1/completions", json={"model": name, "prompt": TEXT, "max_tokens": 16, **body})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_models_are_listed_with_their_adapters(client: httpx2.AsyncClient, engine: Settings) -> None:
    listed = {one["id"]: one for one in (await client.get("/v1/models")).json()["data"]}
    base = engine.model.name
    assert listed[base]["glossator"] == {"adapter": None, "adapter_type": None, "prompt_style": "none"}
    assert listed[f"{base}:lora"]["parent"] == base
    told = {name: listed[f"{base}:{name}"]["glossator"] for name in NAMES[1:]}
    assert told["lora"] == {"adapter": "lora", "adapter_type": "lora", "prompt_style": "none", "made_for": "tiny"}
    assert told["parallel"]["adapter_type"] == "parallel"
    assert told["parallel"]["prompt_style"] == "question_answer"


async def test_requests_at_the_same_time_keep_their_adapters(client: httpx2.AsyncClient, engine: Settings) -> None:
    alone = [await complete(client, engine, name) for name in NAMES]
    texts = [one["choices"][0]["text"] for one in alone]
    assert len(set(texts)) == 3
    assert [one["glossator"]["adapter"] for one in alone] == [None, "lora", "parallel"]
    together = await asyncio.gather(
        *(complete(client, engine, name, priority=n % 3) for n, name in enumerate(NAMES * 3))
    )
    assert [one["choices"][0]["text"] for one in together] == texts * 3
    health = (await client.get("/health")).json()
    assert {one["name"]: one["type"] for one in health["adapters"]} == {"lora": "lora", "parallel": "parallel"}
    assert {one["name"]: one["weights"] for one in health["adapters"]}["parallel"].startswith("a pickle, read with")
    assert health["state"] == "ready"


async def test_the_port_says_which_adapter_answered(engine: Settings) -> None:
    model = EngineModel(engine)
    text, usage = await read(model, Prompt(text=TEXT, max_tokens=8, adapter="lora"))
    base_text, base_usage = await read(model, Prompt(text=TEXT, max_tokens=8))
    with pytest.raises(ModelMissing, match=r"no adapter 'other'\. Adapters here: fill-in-the-middle, lora, parallel"):
        await read(model, Prompt(text=TEXT, adapter="other"))
    await model.close()
    assert usage is not None and base_usage is not None
    assert (usage.adapter, base_usage.adapter) == ("lora", None)
    assert text != base_text


async def test_an_instruction_adapter_is_asked_questions(client: httpx2.AsyncClient, engine: Settings) -> None:
    messages = (Message("system", "Be short."), Message("user", "What is this? <|endoftext|>"))
    model = EngineModel(engine)
    chat, _ = await read(model, Prompt(messages=messages, max_tokens=16, adapter="parallel"))
    await model.close()
    spelled = "Question: Be short.\n\nWhat is this? <|endoftext|>\n\nAnswer:"
    same = await complete(client, engine, "parallel", prompt=spelled, heal=False)
    assert chat == same["choices"][0]["text"]


async def test_what_is_removed_is_gone_and_what_is_replaced_is_read_anew(
    client: httpx2.AsyncClient, engine: Settings, tmp_path: Path
) -> None:
    add(write_adapter(tmp_path / "changing", "lora", seed=3))
    first = await complete(client, engine, "changing")
    remove("changing")
    gone = await client.post("/v1/completions", json={"model": f"{engine.model.name}:changing", "prompt": "x"})
    assert gone.status_code == 404
    add(write_adapter(tmp_path / "changing", "lora", seed=4))
    second = await complete(client, engine, "changing")
    assert first["choices"][0]["text"] != second["choices"][0]["text"]


async def test_idle_engines_let_go_of_their_adapters(tiny_starcoder: Path, engine: Settings) -> None:
    await stop()
    settings = replace(engine, engine=replace(engine.engine, idle_unload=0.005))
    await ensure_running(settings)
    model = EngineModel(settings)
    await read(model, Prompt(text=TEXT, max_tokens=4, adapter="lora"))
    address = read_address()
    assert address is not None
    async with http_client(address, 120) as client:

        async def is_unloaded() -> bool:
            return bool((await client.get("/health")).json()["state"] == "unloaded")

        await until(is_unloaded)
        assert (await client.get("/health")).json()["adapters"] == []
    _, usage = await read(model, Prompt(text=TEXT, max_tokens=4, adapter="lora"))
    await model.close()
    assert usage is not None and usage.adapter == "lora", "loaded again"
