"""The whole of it, as an editor meets it: the real server, the example script, the real symbol server and model."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from glossator.cli.demo import EXAMPLE, SWAP
from tests.engine.own_engine import own_folders
from tests.engine.test_smollm2 import pulled  # noqa: F401  the fixture that brings the weights, once on this machine

pytestmark = pytest.mark.slow

TEXT = EXAMPLE.read_text("utf-8")
URI = EXAMPLE.as_uri()
DATA = os.environ.get("GLOSSATOR_TEST_DATA_DIR") or str(Path.home() / ".cache" / "glossator-test")
COMMAND = [sys.executable, "-m", "glossator", "serve"]


@pytest.fixture(scope="module")
def settings_of_its_own() -> Iterator[Path]:
    """Folders for everything but the weights; the engine that the server starts is stopped at the end."""
    with own_folders(GLOSSATOR_DATA_DIR=DATA) as root:
        yield root


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND))
async def editor(client: LanguageClient, settings_of_its_own: Path, pulled: Path) -> AsyncIterator[None]:  # noqa: F811
    """An editor with the example script open."""
    client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)
    capabilities = client_capabilities("visual_studio_code")
    assert capabilities.text_document
    capabilities.text_document.inline_completion = types.InlineCompletionClientCapabilities()
    folder = types.WorkspaceFolder(EXAMPLE.parent.as_uri(), "examples")
    await client.initialize_session(types.InitializeParams(capabilities=capabilities, workspace_folders=[folder]))
    item = types.TextDocumentItem(URI, "python", 1, TEXT)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    yield
    await client.shutdown_session()


def at(words: str, offset: int = 0) -> types.Position:
    before = TEXT[: TEXT.index(words) + offset]
    return types.Position(before.count("\n"), len(before.rpartition("\n")[2]))


async def hover(client: LanguageClient, position: types.Position) -> str:
    params = types.HoverParams(types.TextDocumentIdentifier(URI), position)
    answer = await client.text_document_hover_async(params)
    assert answer is not None
    assert isinstance(answer.contents, types.MarkupContent)
    return answer.contents.value


async def test_a_hover_cites_the_installed_documentation_and_warns(editor: LanguageClient) -> None:
    shown = await hover(editor, at("encode("))
    assert "Converts a string to a sequence of ids (integer), using the tokenizer and vocabulary.¹" in shown
    assert '`return_tensors = "pt"`' in shown
    assert "Return PyTorch `torch.Tensor` objects" in shown
    assert "string literal is left open" in shown
    assert "transformers 5" in shown


async def test_ghost_text_comes_from_the_real_model_while_hovers_go_on(editor: LanguageClient) -> None:
    hole = at(SWAP, len(SWAP))
    context = types.InlineCompletionContext(types.InlineCompletionTriggerKind.Invoked)
    params = types.InlineCompletionParams(context, types.TextDocumentIdentifier(URI), hole)
    asked = asyncio.ensure_future(editor.text_document_inline_completion_async(params))
    assert "Instantiate a PEFT model" in await hover(editor, at("PeftModel.from_pretrained", len("PeftModel.")))
    assert not asked.done(), "the hover did not wait for the model to load"
    answer = await asyncio.wait_for(asked, 240)
    assert isinstance(answer, types.InlineCompletionList)
    item = answer.items[0]
    assert item.insert_text == "items[index], items[index + 1] = items[index + 1], items[index]"


async def test_the_explain_command_streams_and_answers(editor: LanguageClient) -> None:
    place = {"line": at("generate(").line, "character": at("generate(").character}
    params = types.ExecuteCommandParams("glossator.explain", [URI, place])
    answer = await asyncio.wait_for(editor.workspace_execute_command_async(params), 240)
    assert "Generates sequences of token ids" in answer["markdown"]
    assert answer["explanation"]["symbol"]["qualified_name"].endswith("GenerationMixin.generate")
    told = [report for reports in editor.progress_reports.values() for report in reports]
    assert told, "progress was streamed"
