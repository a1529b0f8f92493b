"""One question in the spelling that an endpoint takes: tools and a schema are tried, and not again where refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from glossator.errors import WrongUse
from glossator.explain.prompt import SCHEMA
from glossator.explain.search_tool import SEARCH
from glossator.models.base import Message, Piece, Prompt, Structured, ToolCall, read
from glossator.models.cached import CachedModel
from glossator.models.openai import OpenAIModel
from glossator.models.scripted import ScriptedModel
from glossator.models.spelling import Spelling, prompt_style
from glossator_cache import Cache
from tests.models.test_openai_model import STREAM, answer

CALLED = ToolCall("call-7", "search", '{"query": "padding"}')
BEFORE = (Message("system", "Answer in JSON."),)
AFTER = (Message("assistant", "", (CALLED,)), Message("tool", "[2] So.", tool_call_id="call-7"))
STRUCTURED = Structured(BEFORE, SCHEMA, 99, (SEARCH,), AFTER)
PLAIN = Prompt(messages=(Message("user", "Why?"),), structured=STRUCTURED, completing=33)


def line(delta: dict[str, Any], reason: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    body = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


FINE = (STREAM, line({"content": "Fine."}), line({}, "stop"), b"data: [DONE]\n\n")
TEXT = {"index": 0, "text": " Because.", "finish_reason": "stop", "logprobs": None}
COMPLETED = {"id": "1", "object": "text_completion", "created": 1, "model": "m", "choices": [TEXT]}


@asynccontextmanager
async def endpoint(*replies: Sequence[bytes], **options: Any) -> AsyncIterator[tuple[OpenAIModel, list[Any]]]:
    """A model behind a server that gives each request the next reply, the last one again and again."""
    asked: list[Any] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [int(one[16:]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length: ")]
        body = await reader.readexactly(lengths[0]) if lengths else b"null"
        asked.append((head.split()[1].decode(), json.loads(body)))
        for part in replies[min(len(asked), len(replies)) - 1]:
            writer.write(part)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    model = OpenAIModel(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", "m", "The test", **options)
    try:
        yield model, asked
    finally:
        await model.close()
        server.close()
        await server.wait_closed()


def refusing(message: str) -> tuple[bytes]:
    return (answer(400, json.dumps({"error": {"message": message}})).replace(b"\r\n", b"\r\nConnection: close\r\n", 1),)


async def test_tools_schema_and_turns_have_the_shape_of_the_api() -> None:
    async with endpoint(FINE) as (model, asked):
        assert (await read(model, PLAIN))[0] == "Fine."
    ((path, sent),) = asked
    assert path == "/v1/chat/completions"
    assert sent["tools"][0]["function"]["parameters"]["required"] == ["query"]
    assert sent["response_format"]["json_schema"]["schema"] == json.loads(SCHEMA)
    called = {"id": "call-7", "type": "function", "function": {"name": "search", "arguments": CALLED.arguments}}
    assert sent["messages"] == [
        {"role": "system", "content": "Answer in JSON."},
        {"role": "user", "content": "Why?"},
        {"role": "assistant", "content": "", "tool_calls": [called]},
        {"role": "tool", "content": "[2] So.", "tool_call_id": "call-7"},
    ]


@pytest.mark.parametrize(
    ("message", "then"),
    [
        ("response_format is not supported", {"tools"}),
        ("This model does not support tools", {"response_format"}),
        ("Extra inputs are not permitted", set()),
    ],
)
async def test_what_is_refused_is_left_out_once_and_for_all(message: str, then: set[str]) -> None:
    async with endpoint(refusing(message), FINE) as (model, asked):
        assert (await read(model, PLAIN))[0] == "Fine."
        assert (await read(model, PLAIN))[0] == "Fine."
    first, second, third = [{"tools", "response_format"} & set(sent) for _, sent in asked]
    assert (first, second, third) == ({"tools", "response_format"}, then, then)
    structured = "response_format" in then
    assert asked[1][1]["max_tokens"] == (STRUCTURED if structured else PLAIN).max_tokens


async def test_one_after_the_other_may_be_refused() -> None:
    replies = (refusing("no response_format here"), refusing("no tools either"), FINE)
    async with endpoint(*replies) as (model, asked):
        assert (await read(model, PLAIN))[0] == "Fine."
    assert len(asked) == 3


async def test_what_is_wrong_with_the_question_itself_is_said() -> None:
    async with endpoint(refusing("too long")) as (model, asked):
        with pytest.raises(WrongUse, match="too long"):
            await read(model, PLAIN)
    assert len(asked) == 2, "with tools and schema, and without"


async def test_a_model_declared_to_have_neither_is_sent_neither() -> None:
    async with endpoint(FINE, abilities=frozenset()) as (model, asked):
        await read(model, PLAIN)
    assert not {"tools", "response_format"} & set(asked[0][1])


def piece(index: int | None, arguments: str, **more: Any) -> bytes:
    function = {"arguments": arguments, **({"name": more.pop("name")} if "name" in more else {})}
    return line({"tool_calls": [{"index": index, "function": function, **more}]})


STREAMS = {
    "in pieces": (
        (piece(0, "", id="a", name="search"), piece(0, '{"que'), piece(0, 'ry": "x"}')),
        [("a", "search", '{"query": "x"}')],
    ),
    "two at once": (
        (piece(0, "{}", id="a", name="f"), piece(1, "{", id="b", name="g"), piece(1, "}")),
        [("a", "f", "{}"), ("b", "g", "{}")],
    ),
    "without id": ((piece(0, "{}", name="f"),), [("call-1", "f", "{}")]),
    "endless": ((piece(0, "x" * 9000, id="a", name="f"), piece(0, "x" * 9000)), [("a", "f", "x" * 10_000)]),
}


@pytest.mark.parametrize(("parts", "calls"), STREAMS.values(), ids=STREAMS.keys())
async def test_calls_are_put_together(parts: Sequence[bytes], calls: list[tuple[str, str, str]]) -> None:
    async with endpoint((STREAM, *parts, line({}, "tool_calls"), b"data: [DONE]\n\n")) as (model, _):
        pieces: list[Piece] = [one async for one in model.stream(PLAIN)]
    assert [(one.id, one.name, one.arguments) for one in pieces[-1].tool_calls] == calls
    assert pieces[-1].usage is not None and pieces[-1].usage.finish_reason == "tool_calls"


def listing(said: object) -> tuple[bytes]:
    row = {"id": "m", "object": "model", **({} if said is None else {"glossator": said})}
    text = json.dumps({"object": "list", "data": [{"id": "other"}, row]})
    return (answer(200, text).replace(b"\r\n", b"\r\nConnection: close\r\n", 1),)


DONE = (STREAM, f"data: {json.dumps(COMPLETED)}\n\n".encode(), b"data: [DONE]\n\n")


async def test_an_instruction_model_without_template_is_asked_as_it_was_trained() -> None:
    async with endpoint(listing({"prompt_style": "question_answer"}), DONE, extensions=True) as (model, asked):
        assert (await read(model, PLAIN))[0] == " Because."
        assert (await read(model, PLAIN))[0] == " Because."
    assert [path for path, _ in asked] == ["/v1/models", "/v1/completions", "/v1/completions"]
    assert (asked[1][1]["prompt"], asked[1][1]["stop"]) == ("Question: Why?\n\nAnswer:", ["\n\nQuestion:"])


@pytest.mark.parametrize("said", [None, {}, {"prompt_style": "chat"}, {"prompt_style": 3}, "odd"])
async def test_who_says_nothing_is_asked_in_a_chat(said: object) -> None:
    async with endpoint(listing(said), FINE, extensions=True) as (model, asked):
        await read(model, PLAIN)
    assert asked[1][0] == "/v1/chat/completions"
    assert not {"tools", "response_format"} & set(asked[1][1])


async def test_who_says_nothing_and_has_no_template_is_found_out() -> None:
    refusal = refusing("The model in /x has no chat template.")
    async with endpoint((answer(404, "{}"),), refusal, DONE, extensions=True) as (model, asked):
        assert (await read(model, PLAIN))[0] == " Because."
    assert [path for path, _ in asked] == ["/v1/models", "/v1/chat/completions", "/v1/completions"]


async def test_a_completion_asks_for_no_style() -> None:
    async with endpoint(DONE, extensions=True) as (model, asked):
        await read(model, Prompt(text="def f"))
    assert [path for path, _ in asked] == ["/v1/completions"]


@pytest.mark.parametrize("listed", [None, [], {}, {"data": 3}, {"data": [3, {"id": "m", "glossator": 3}]}])
def test_lists_of_another_make_say_nothing(listed: object) -> None:
    assert prompt_style(listed, "m") == "chat"


@pytest.mark.parametrize("style", ["chat", "question_answer"])
@pytest.mark.parametrize("abilities", [frozenset(), {"tools"}, {"schemas"}, {"tools", "schemas"}])
def test_who_changes_the_messages_changes_all_spellings(style: str, abilities: set[str]) -> None:
    """So what is redacted of one is redacted of all."""
    redacted = replace(PLAIN, messages=(Message("user", "<secret>"),))
    spelled = Spelling(frozenset(abilities), style).choose(redacted).prompt
    assert "<secret>" in repr(spelled.messages) + spelled.text
    assert "Why?" not in repr(spelled.messages) + spelled.text


async def test_an_answer_is_remembered_whatever_the_spelling_and_a_call_never(tmp_path: Path) -> None:
    scripted = ScriptedModel((CALLED, "Fine."))
    model = CachedModel(scripted, Cache(tmp_path), "scripted")
    await read(model, PLAIN)
    assert await model.recall(PLAIN) is None
    await read(model, PLAIN)
    remembered = await model.recall(replace(PLAIN, structured=None, completing=0))
    assert remembered is not None and remembered[0] == "Fine."
    assert await model.forget(PLAIN)
    assert await model.recall(PLAIN) is None
