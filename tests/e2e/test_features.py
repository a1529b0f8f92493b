"""Every feature as an editor meets it, through pytest-lsp: it checks both sides against the protocol."""

import asyncio
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

from tests.e2e.wire import SERVER, without_settings

URI = "file:///work/demo.py"
TEXT = "easy going\nlate train\n"
CONFIG = ClientServerConfig(server_command=[sys.executable, str(SERVER)], server_env=without_settings())


def document() -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(URI)


def span(line: int, start: int, end: int) -> types.Range:
    return types.Range(types.Position(line, start), types.Position(line, end))


def greet(client: LanguageClient, capabilities: types.ClientCapabilities) -> Any:
    return client.initialize_session(types.InitializeParams(capabilities=capabilities))


async def converse(client: LanguageClient, capabilities: types.ClientCapabilities) -> AsyncIterator[None]:
    """Greet, open the document, let the test run, say goodbye. pytest-lsp's client takes no registrations by itself."""
    client.feature(types.CLIENT_REGISTER_CAPABILITY)(lambda params: None)
    await greet(client, capabilities)
    item = types.TextDocumentItem(URI, "python", 1, TEXT)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    yield
    await client.shutdown_session()


@pytest_lsp.fixture(config=CONFIG)
async def code(client: LanguageClient) -> AsyncIterator[None]:
    """VS Code's capabilities."""
    capabilities = client_capabilities("visual_studio_code")
    assert capabilities.text_document
    capabilities.text_document.inline_completion = types.InlineCompletionClientCapabilities()
    async for _ in converse(client, capabilities):
        yield


@pytest_lsp.fixture(config=CONFIG)
async def simple(client: LanguageClient) -> AsyncIterator[None]:
    """A client without ghost text that shows plain text only."""
    hover = types.HoverClientCapabilities(content_format=[types.MarkupKind.PlainText])
    text = types.TextDocumentClientCapabilities(hover=hover, completion=types.CompletionClientCapabilities())
    async for _ in converse(client, types.ClientCapabilities(text_document=text)):
        yield


async def test_hover(code: LanguageClient) -> None:
    hover = await code.text_document_hover_async(types.HoverParams(document(), types.Position(0, 6)))
    assert hover == types.Hover(
        types.MarkupContent(types.MarkupKind.Markdown, "**going**\n\neasy going"), range=span(0, 5, 10)
    )


async def test_hover_in_plain_text(simple: LanguageClient) -> None:
    hover = await simple.text_document_hover_async(types.HoverParams(document(), types.Position(0, 6)))
    assert hover
    assert hover.contents == types.MarkupContent(types.MarkupKind.PlainText, "going\n\neasy going")


async def ghost(client: LanguageClient, kind: types.InlineCompletionTriggerKind) -> types.InlineCompletionItem:
    context = types.InlineCompletionContext(kind)
    answer = await client.text_document_inline_completion_async(
        types.InlineCompletionParams(context, document(), types.Position(0, 10))
    )
    assert isinstance(answer, types.InlineCompletionList)
    (item,) = answer.items
    return item


async def asked_by_hand(client: LanguageClient) -> bool:
    why = await client.workspace_execute_command_async(types.ExecuteCommandParams("glossator.why", [URI]))
    return list(why["meta"]["context"]) == ["manual"]


async def test_inline_completion(code: LanguageClient) -> None:
    item = await ghost(code, types.InlineCompletionTriggerKind.Automatic)
    assert (item.insert_text, item.range) == ("<easy going>", span(0, 10, 10))
    assert not await asked_by_hand(code)


async def test_inline_completion_on_demand(code: LanguageClient) -> None:
    await ghost(code, types.InlineCompletionTriggerKind.Invoked)
    assert await asked_by_hand(code)


async def test_completion_where_there_is_no_ghost_text(simple: LanguageClient) -> None:
    answer = await simple.text_document_completion_async(types.CompletionParams(document(), types.Position(0, 10)))
    assert isinstance(answer, types.CompletionList)
    assert answer.is_incomplete
    (item,) = answer.items
    assert item.label == item.filter_text == "going<easy going>"
    assert item.text_edit == types.TextEdit(span(0, 5, 10), "going<easy going>")
    assert (item.kind, item.detail) == (types.CompletionItemKind.Text, "Glossator: scripted echo")


async def test_no_completion_where_there_is_ghost_text(code: LanguageClient) -> None:
    params = types.CompletionParams(document(), types.Position(0, 10))
    assert await code.text_document_completion_async(params) is None


async def test_a_client_without_code_action_literals_gets_the_command(simple: LanguageClient) -> None:
    params = types.CodeActionParams(document(), span(0, 0, 4), types.CodeActionContext([]))
    (command,) = await simple.text_document_code_action_async(params) or ()
    assert isinstance(command, types.Command)
    assert command.command == "glossator.explain"


async def test_explain_streams_under_the_client_s_token(code: LanguageClient) -> None:
    code.progress_reports["mine"] = []
    params = types.ExecuteCommandParams(
        "glossator.explain", [URI, types.Position(0, 2), {"question": "Why?"}], work_done_token="mine"
    )
    answer = await code.workspace_execute_command_async(params)
    assert answer["explanation"]["meta"]["options"]["question"] == "Why?"
    begin, one, two, end = code.progress_reports["mine"]
    assert isinstance(begin, types.WorkDoneProgressBegin) and begin.cancellable
    assert isinstance(one, types.WorkDoneProgressReport) and isinstance(two, types.WorkDoneProgressReport)
    assert (one.message, two.message) == ("one ", "two")
    assert isinstance(end, types.WorkDoneProgressEnd)


async def test_explain_streams_under_a_token_of_its_own(code: LanguageClient) -> None:
    params = types.ExecuteCommandParams("glossator.explain", [URI, types.Position(0, 2)])
    await code.workspace_execute_command_async(params)
    ((_, reports),) = code.progress_reports.items()
    assert [report.kind for report in reports] == ["begin", "report", "report", "end"]


@pytest.mark.parametrize("synthesis", ["none", "cached"])
async def test_explain_asks_no_model_if_told_so(simple: LanguageClient, synthesis: str) -> None:
    arguments = [URI, None, {"synthesis": synthesis}]
    params = types.ExecuteCommandParams("glossator.explain", arguments, work_done_token="mine")
    simple.progress_reports["mine"] = []
    answer = await simple.workspace_execute_command_async(params)
    assert (answer["explanation"]["target"], answer["explanation"]["meta"]["backend"]) == ("None", "extractive")
    assert [report.kind for report in simple.progress_reports["mine"]] == ["begin", "end"]


async def test_the_model_s_hover_text_is_announced(code: LanguageClient) -> None:
    ready = asyncio.ensure_future(code.wait_for_notification("glossator/explanationReady"))
    await asyncio.sleep(0)  # it waits only once it runs: what comes before that is not seen
    await code.text_document_hover_async(types.HoverParams(document(), types.Position(0, 6)))
    assert await asyncio.wait_for(ready, 60)
