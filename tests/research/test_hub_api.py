"""The hub's API: asked only with consent and about ids that look public, and what it says, as evidence."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.assemble_sources import web_sources
from glossator.errors import SourceUnavailable
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.models.base import Priority
from glossator.research.evidence import Query
from glossator.research.hub_api import HuggingFace, looks_public
from glossator.research.local import LanguageTopics
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from glossator.settings import SearchSettings
from tests.cursor import cursor
from tests.research.services import install_requests
from tests.research.web_server import Reply, serving
from tests.server.toy import install_toys

MODEL = {
    "id": "some/model",
    "private": False,
    "gated": "auto",
    "pipeline_tag": "text-generation",
    "library_name": "transformers",
    "downloads": 1234,
    "lastModified": "2026-01-02T03:04:05.000Z",
    "cardData": {"license": "apache-2.0", "base_model": ["some/base"], "language": ["en", "de"]},
    "config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama"},
    "safetensors": {"total": 7000000},
}
TEXT = (
    "some/model is a model on the Hugging Face hub. Task: text-generation. Library: transformers. "
    "License: apache-2.0. Base model: some/base. Language: en, de. Architecture: LlamaForCausalLM. Model type: llama. "
    "Parameters: 7,000,000. Downloads last month: 1,234. Last changed: 2026-01-02. "
    "Access: needs its conditions to be accepted."
)
MISSING = Reply({"error": "Repository not found"}, 401)


async def test_a_model_is_described_by_its_card_and_configuration() -> None:
    with serving(Reply(MODEL)) as server:
        (found,) = await HuggingFace(server.base_url, 5.0).search(Query(("some/model",)))
    assert (found.text, found.url, found.kind) == (TEXT, "https://huggingface.co/some/model", "web")
    assert [one.path for one in server.seen] == ["/api/models/some/model"]
    assert "authorization" not in {name.lower() for name in server.seen[0].headers}


async def test_what_is_no_model_may_be_a_data_set() -> None:
    with serving(MISSING, Reply({"id": "some/data"})) as server:
        (found,) = await HuggingFace(server.base_url, 5.0).search(Query(("some/data",)))
    assert found.text == "some/data is a data set on the Hugging Face hub."
    assert found.url == "https://huggingface.co/datasets/some/data"


@pytest.mark.parametrize("reply", [MISSING, Reply({"id": "other/model"}), Reply({**MODEL, "private": True}), Reply({})])
async def test_what_is_not_there_or_private_says_nothing(reply: Reply) -> None:
    with serving(reply) as server:
        assert await HuggingFace(server.base_url, 5.0).search(Query(("some/model",))) == []


async def test_a_fault_of_the_hub_is_said() -> None:
    with serving(Reply({}, 500)) as server, pytest.raises(SourceUnavailable):
        await HuggingFace(server.base_url, 5.0).search(Query(("some/model",)))


@pytest.mark.parametrize(
    ("text", "public"),
    [
        ("bigcode/starcoderbase-7b", True),
        ("data/train.csv", False),
        ("src/model", False),
        ("application/json", False),
        ("a/b/c", False),
        ("../x", False),
        ("model.safetensors", False),
        ("some/weights.bin", False),
        ("", False),
    ],
)
def test_only_what_looks_like_an_id_is_one(text: str, public: bool) -> None:
    assert looks_public(text) is public


def test_it_takes_consent_and_being_named(tmp_path: Path) -> None:
    installed = install_requests(tmp_path)
    assert web_sources(SearchSettings(consent="on"), installed)[0] and not any(
        isinstance(one, HuggingFace) for one in web_sources(SearchSettings(consent="on"), installed)[0]
    )
    assert web_sources(SearchSettings(sources="huggingface"), installed)[0] == ()
    assert web_sources(SearchSettings(consent="on", sources="huggingface"), installed) == ((HuggingFace(),), ())


@pytest.fixture
async def tools(tmp_path: Path) -> AsyncIterator[ExplainTools]:
    environment = install_toys(tmp_path)
    resolver = TyResolver(tmp_path, environment)
    yield ExplainTools(resolver, Installed(environment, tmp_path), (LanguageTopics(),))
    await resolver.close()


ASKED = ExplainOptions()
HUB = "import transformers\nname = 'some/<CURSOR>model'\n"


@pytest.mark.parametrize(
    ("source", "options", "asked"),
    [
        (HUB, ASKED, ["/api/models/some/model"]),
        (HUB.replace("import transformers", "import os"), ASKED, []),
        (HUB, ExplainOptions("cached", priority=Priority.HOVER), []),
        (HUB, ExplainOptions(offline=True), []),
        ("import transformers\nname = 'our/<CURSOR>file.csv'\n", ASKED, []),
    ],
    ids=["asked", "no hub in the file", "hover", "offline", "path"],
)
async def test_a_string_is_asked_about_only_where_the_file_uses_the_hub(
    source: str, options: ExplainOptions, asked: list[str], tools: ExplainTools, tmp_path: Path
) -> None:
    snapshot, position = cursor(source, path=tmp_path / "place.py")
    with serving(Reply(MODEL)) as server:
        answer = await explain(snapshot, position, replace(tools, web=(HuggingFace(server.base_url, 5.0),)), options)
    assert [one.path for one in server.seen] == asked
    told = " ".join(one.text for one in answer.synthesis)
    assert ("Parameters: 7,000,000." in told) is bool(asked)
    if asked:
        assert answer.meta.options["searched"] == [{"source": "Hugging Face", "words": "some/model"}]
