"""A web service of a few lines, on this machine: it replies what it is told, misbehaves as told, and remembers."""

from __future__ import annotations

import json
import socket
import struct
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Reply:
    """What to answer. ``hold`` never does, ``drip`` sends a blank now and then, ``reset`` breaks the connection."""

    content: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = "application/json; charset=utf-8"
    hold: bool = False
    drip: bool = False
    reset: bool = False

    @property
    def body(self) -> bytes:
        """The content as it is sent: bytes as they are, anything else as JSON."""
        return self.content if isinstance(self.content, bytes) else json.dumps(self.content).encode()


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: Any
    target: str


class WebServer(ThreadingHTTPServer):
    """Answers each request with the next of its replies, and further ones with the last."""

    daemon_threads = True

    def __init__(self, *replies: Reply) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.replies = list(replies)
        self.seen: list[Seen] = []
        self.closing = threading.Event()
        # A path of its own: pauses are remembered by address, and the system may give a port twice.
        self.prefix = f"/{uuid.uuid4().hex}"

    @property
    def base_url(self) -> str:
        """The address that a source is given."""
        return f"http://127.0.0.1:{self.server_port}{self.prefix}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what some tests are about."""


@contextmanager
def serving(*replies: Reply) -> Iterator[WebServer]:
    """A server that replies so, until the block ends."""
    server = WebServer(*replies)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.closing.set()
        server.shutdown()
        thread.join()
        server.server_close()


class _Answering(BaseHTTPRequestHandler):
    server: WebServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        length = int(self.headers.get("content-length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        path = parts.path.removeprefix(self.server.prefix)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.seen.append(Seen(self.command, path, dict(parse_qsl(parts.query)), headers, body, self.path))
        replies = self.server.replies
        self._answer(replies.pop(0) if len(replies) > 1 else replies[0])

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def _answer(self, reply: Reply) -> None:
        if reply.hold:
            self.server.closing.wait()
            return
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self.send_response(reply.status)
        for name, value in {"content-type": reply.kind, **reply.headers}.items():
            self.send_header(name, value)
        if not reply.drip:
            self.send_header("content-length", str(len(reply.body)))
        self.end_headers()
        while reply.drip and not self.server.closing.wait(0.05):
            self.wfile.write(b" ")
            self.wfile.flush()
        self.wfile.write(reply.body)
