"""A real HTTP server that answers like the OpenAI API, or misbehaves as told; and a proxy and certificates for it."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"
HANG, RESET = "hang", "reset"
Act = bytes | float | str


@dataclass
class Request:
    """What arrived: its first line, its headers in lower case, its JSON."""

    line: str
    headers: dict[str, str]
    body: dict[str, Any]


@dataclass
class Server:
    """``acts`` of each request in turn, the last again and again: bytes to send, seconds to wait, or what to do."""

    acts: Sequence[Sequence[Act]]
    port: int = 0
    tls: bool = False
    requests: list[Request] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address for a backend."""
        return f"{'https' if self.tls else 'http'}://localhost:{self.port}/v1"


def chunk(text: str, reason: str | None = None, *, chat: bool = False) -> bytes:
    """One event of a stream."""
    choice: dict[str, Any] = {"index": 0, "finish_reason": reason}
    choice |= {"delta": {"content": text}} if chat else {"text": text, "logprobs": None}
    kind = "chat.completion.chunk" if chat else "text_completion"
    return event({"id": "1", "object": kind, "created": 1, "model": "m", "choices": [choice]})


def usage(prompt: int, completion: int) -> bytes:
    """The last event, with the figures."""
    told = {"prompt_tokens": prompt, "completion_tokens": completion, "total_tokens": prompt + completion}
    return event({"id": "1", "object": "text_completion", "created": 1, "model": "m", "choices": [], "usage": told})


def event(body: Any) -> bytes:
    """An event with some JSON."""
    return f"data: {json.dumps(body)}\n\n".encode()


def stream(text: str, *, chat: bool = False, prompt: int = 5) -> list[Act]:
    """A whole good answer."""
    return [HEAD, chunk(text, chat=chat), chunk("", "stop", chat=chat), usage(prompt, 2), DONE]


def refusal(status: int, message: str, **headers: str) -> list[Act]:
    """An answer with an error."""
    body = json.dumps({"error": {"message": message}}).encode()
    told = {"Content-Type": "application/json", "Content-Length": str(len(body)), "Connection": "close", **headers}
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in told.items())
    return [f"HTTP/1.1 {status} Status\r\n{lines}\r\n".encode() + body]


@asynccontextmanager
async def serving(*acts: Sequence[Act], tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """A server that does so, until the block ends."""
    told = Server(acts, tls=tls is not None)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await _answer(told, reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    told.port = server.sockets[0].getsockname()[1]
    try:
        yield told
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def proxying(to: Server) -> AsyncIterator[tuple[str, list[str]]]:
    """A proxy that leads every CONNECT to one server; its address, and whom it was asked for."""
    asked: list[str] = []
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = await reader.readuntil(b"\r\n\r\n")
            asked.append(head.split(b"\r\n")[0].decode())
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", to.port)
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
            await asyncio.gather(_pump(reader, inner_writer), _pump(inner_reader, writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        server.close()
        await server.wait_closed()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _answer(server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    acts = server.acts[min(len(server.requests), len(server.acts) - 1)]
    server.requests.append(Request(head[0], headers, json.loads(body) if body else {}))
    for act in acts:
        if isinstance(act, bytes):
            writer.write(act)
            await writer.drain()
        elif act == HANG:
            await asyncio.Event().wait()
        elif act == RESET:
            writer.transport.abort()
        else:
            await asyncio.sleep(float(act))
