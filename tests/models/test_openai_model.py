"""The client against a server of a few lines that answers what it is told: every foreign error becomes one of ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace

import pytest

from glossator.errors import GlossatorError, ModelMissing, WrongUse
from glossator.models.base import Prompt, read
from glossator.models.faults import ModelFault
from glossator.models.openai import NotListening, OpenAIModel
from tests.engine.own_engine import until

STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
ASKED = Prompt(text="def f", suffix="\nend", stop=("\n\n",), max_tokens=7)


def answer(status: int, body: str) -> bytes:
    content = body.encode()
    head = f"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


def chunk(text: str, reason: str | None = None) -> bytes:
    choice = {"index": 0, "text": text, "finish_reason": reason, "logprobs": None}
    body = {"id": "1", "object": "text_completion", "created": 1, "model": "m", "choices": [choice]}
    return f"data: {json.dumps(body)}\n\n".encode()


@asynccontextmanager
async def serving(*parts: bytes, hold: bool = False) -> AsyncIterator[tuple[OpenAIModel, list[bytes]]]:
    """A model behind a server that sends these bytes to whoever asks; ``hold`` keeps the connection open after them."""
    requests: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(int(line[16:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length: "))
        requests.append(head + await reader.readexactly(length))
        for part in parts:
            writer.write(part)
            await writer.drain()
        if hold:
            assert await reader.read() == b""
            requests.append(b"closed by the client")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    model = OpenAIModel(f"http://127.0.0.1:{port}/v1", "m", "The test", api_key="secret")
    try:
        yield model, requests
    finally:
        await model.close()
        server.close()
        await server.wait_closed()


async def test_request_and_answer_have_the_shape_of_the_api() -> None:
    usage = (
        b'data: {"id":"1","object":"text_completion","created":1,"model":"m","choices":[],"usage":{"prompt_tokens":3'
    )
    usage += b',"completion_tokens":2,"total_tokens":5,"prompt_tokens_details":{"cached_tokens":1}}}\n\n'
    async with serving(STREAM, chunk("a"), chunk("b"), chunk("", "stop"), usage, b"data: [DONE]\n\n") as (model, asked):
        text, said = await read(model, ASKED)
    assert text == "ab"
    assert said is not None
    assert (said.backend, said.model, said.finish_reason) == ("The test", "m", "stop")
    assert (said.prompt_tokens, said.completion_tokens, said.reused_tokens) == (3, 2, 1)
    head, _, body = asked[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /v1/completions ")
    assert b"Bearer secret" in head
    sent = json.loads(body)
    assert (sent["prompt"], sent["suffix"], sent["stop"], sent["max_tokens"]) == ("def f", "\nend", ["\n\n"], 7)
    assert sent["temperature"] == 0
    assert "priority" not in sent, "other servers may refuse what they do not know"


async def test_answer_without_usage_is_counted() -> None:
    async with serving(STREAM, chunk("a"), chunk("b"), b"data: [DONE]\n\n") as (model, _):
        _, said = await read(model, ASKED)
    assert said is not None
    assert (said.completion_tokens, said.finish_reason) == (2, "cut_off"), "nobody said that this was its end"


@pytest.mark.parametrize(
    ("parts", "kind", "says"),
    [
        ([answer(400, '{"error": {"message": "bad prompt"}}')], WrongUse, "bad prompt"),
        ([answer(401, '{"error": {"message": "no key"}}')], ModelFault, "API key"),
        ([answer(404, '{"error": {"message": "no such model"}}')], ModelMissing, "no such model"),
        ([answer(429, "{}")], ModelFault, "Wait"),
        ([answer(500, "oops")], ModelFault, "500"),
        ([answer(503, '{"error": {"glossator": {"kind": "ModelMissing", "what": "W.", "next_step": "N."}}}')],
         ModelMissing, "W. N."),
        ([b"not HTTP at all\r\n\r\n"], NotListening, "does not answer"),
        ([b""], NotListening, "does not answer"),
        ([STREAM, chunk("a"), b"data: {nonsense\n\n"], ModelFault, "cannot be read"),
        ([STREAM, chunk("a"), b'data: {"error": {"message": "went wrong"}}\n\n'], ModelFault, "went wrong"),
        ([STREAM.replace(b"Connection: close", b"Content-Length: 9999"), chunk("a")], ModelFault, "broke off"),
    ],
)  # fmt: skip
async def test_foreign_errors_become_ours(parts: list[bytes], kind: type[GlossatorError], says: str) -> None:
    async with serving(*parts) as (model, _):
        with pytest.raises(GlossatorError) as caught:
            await read(model, ASKED)
    assert type(caught.value) is kind
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


async def test_nobody_there_is_told_apart() -> None:
    async with serving() as (model, _):
        pass
    with pytest.raises(NotListening, match="The test does not answer"):
        await read(model, ASKED)


async def test_closing_the_stream_closes_the_connection() -> None:
    async with serving(STREAM, chunk("a"), hold=True) as (model, requests):

        async def closed() -> bool:
            return requests[1:] == [b"closed by the client"]

        async with aclosing(model.stream(ASKED)) as pieces:
            assert (await anext(pieces)).text == "a"
        await until(closed)


async def test_deadline_ends_the_answer_with_what_is_there() -> None:
    async with serving(STREAM, chunk("a"), hold=True) as (model, _):
        text, said = await read(model, replace(ASKED, deadline=0.5))
    assert said is not None
    assert text in ("", "a"), "importing the client may have taken all of the time"
    assert said.finish_reason == "deadline"
