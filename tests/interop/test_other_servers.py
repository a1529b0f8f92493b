"""Glossator as the client of llama.cpp's server and of `transformers serve`: another hand's idea of the same API."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from glossator.assemble_models import Models, assemble_models
from glossator.errors import GlossatorError
from glossator.models.base import Message, Prompt, read
from glossator.models.ledger import Ledger
from glossator.settings import parse
from tests.interop.conftest import KEY

pytestmark = pytest.mark.slow

HOLE = Prompt(
    text="def add(a, b):\n    return ",
    suffix="\n\n\ndef subtract(a, b):\n    return a - b\n",
    stop=("\n",),
    max_tokens=8,
    deadline=120.0,
)
COUNT = Prompt(text="numbers = [1, 2, 3, 4, 5, 6,", stop=("\n",), max_tokens=8, deadline=120.0)
CHAT = Prompt(messages=(Message("user", "What is the capital of France?"),), max_tokens=12, deadline=120.0)


@pytest.fixture
def key() -> Iterator[None]:
    """The key in the environment."""
    os.environ["LLAMA_KEY"] = KEY
    yield
    os.environ.pop("LLAMA_KEY", None)


@asynccontextmanager
async def backend(root: Path, **options: object) -> AsyncIterator[tuple[Models, Ledger]]:
    """The models with one backend, which is on this machine, in settings as a user writes them."""
    group = {"patience": 120, **options}
    settings, problems = parse({"backends": {"order": "other", "other": group}})
    ledger = Ledger(root / "backends.db")
    models = assemble_models(settings, root, ledger, lambda progress: None)
    assert (problems, models.problems) == ((), ())
    try:
        yield models, ledger
    finally:
        await models.close()


async def test_llama_completes_and_chats(llama: str, key: None, tmp_path: Path) -> None:
    async with backend(tmp_path, url=llama, model="smollm2", keyVariable="LLAMA_KEY") as (models, ledger):
        text, said = await read(models.completing, HOLE)
        assert text.strip() and "\n" not in text and "```" not in text, "so small a model may say anything"
        assert said is not None and said.backend == "other at 127.0.0.1"
        assert ledger.noted(f"{llama} smollm2", "infill") == "chat", "it takes a suffix and does not read it"
        assert models.explaining is not None
        text, said = await read(models.explaining, CHAT)
        assert "Paris" in text
        assert said is not None and said.prompt_tokens > 5 and said.completion_tokens > 1
        assert ledger.used("other").requests == 4, "two of the probe, and ours"


async def test_llama_completes_from_the_left_where_told_so(llama: str, key: None, tmp_path: Path) -> None:
    options = {"url": llama, "model": "smollm2", "keyVariable": "LLAMA_KEY", "infill": "none"}
    async with backend(tmp_path, **options) as (models, _):
        text, said = await read(models.completing, COUNT)
    assert text.strip().startswith("7")
    assert said is not None and said.finish_reason in ("stop", "length")


async def test_llama_refuses_a_wrong_key(llama: str, key: None, tmp_path: Path) -> None:
    os.environ["LLAMA_KEY"] = "wrong"
    async with backend(tmp_path, url=llama, model="smollm2", keyVariable="LLAMA_KEY", infill="none") as (models, _):
        with pytest.raises(GlossatorError) as caught:
            await read(models.completing, HOLE)
    assert str(caught.value) == (
        "other at 127.0.0.1 refuses (401): Invalid API Key. "
        "Check its API key: it comes from the environment variable LLAMA_KEY."
    )


async def test_llama_stops_when_nobody_listens(llama: str, key: None, tmp_path: Path) -> None:
    # A name of the model that no other test has: whose key was refused is left alone for a while.
    async with backend(tmp_path, url=llama, model="smollm2-long", keyVariable="LLAMA_KEY", infill="none") as (
        models,
        _,
    ):
        long = Prompt(text="1 2 3 4 5 6 7", max_tokens=1500, deadline=120.0)
        async with aclosing(models.completing.stream(long)) as pieces:
            await anext(pieces)
        text, _ = await read(models.completing, COUNT)  # its only slot is free again
    assert text.strip().startswith("7")


async def test_transformers_serve_completes_and_chats(transformers_serve: tuple[str, str], tmp_path: Path) -> None:
    url, name = transformers_serve
    async with backend(tmp_path, url=url, model=name) as (models, ledger):
        text, said = await read(models.completing, HOLE)
        assert text.strip() and "\n" not in text and "```" not in text, "so small a model may say anything"
        assert said is not None and said.backend == "other at 127.0.0.1"
        assert ledger.noted(f"{url} {name}", "infill") == "chat"
        assert models.explaining is not None
        text, _ = await read(models.explaining, CHAT)
        assert "Paris" in text


async def test_transformers_serve_does_not_have_another_model(
    transformers_serve: tuple[str, str], tmp_path: Path
) -> None:
    url, _ = transformers_serve
    async with backend(tmp_path, url=url, model="no/such-model", infill="none") as (models, _):
        with pytest.raises(GlossatorError) as caught:
            await read(models.completing, HOLE)
    assert str(caught.value).startswith("other at 127.0.0.1 ")
