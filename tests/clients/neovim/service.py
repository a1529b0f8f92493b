"""A model's service of a few lines, for the real server: it says what the test says, and waits as long as it says."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.models.misbehaving import DONE, chunk

LONGEST_HOLD = 60.0  # seconds


class Service(ThreadingHTTPServer):
    """The part of the OpenAI API that streams text. ``held`` and ``broken`` count answers that wait, and connections
    that the other side closed meanwhile."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.completions: dict[str, str] = {}
        self.answers: list[str] = []
        self.prompts: list[str] = []
        self.go_on = threading.Event()
        self.go_on.set()
        self.held = 0
        self.broken = 0

    @property
    def url(self) -> str:
        """The address for a backend."""
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def pieces(self, body: dict[str, Any]) -> list[str]:
        """The answer to a chat, sentence by sentence; of a text, what the test said of its last line."""
        if "messages" in body:
            return list(self.answers)
        self.prompts.append(body["prompt"])
        last = body["prompt"].rpartition("\n")[2]
        return [next((text for end, text in self.completions.items() if last.endswith(end)), "")]


class _Answering(BaseHTTPRequestHandler):
    server: Service

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        chat = "messages" in body
        try:
            for text in self.server.pieces(body):
                self._wait()
                self.wfile.write(chunk(text, chat=chat))
            self.wfile.write(chunk("", "stop", chat=chat) + DONE)
        except OSError:
            self.server.broken += 1

    def _wait(self) -> None:
        """Hold the answer; a comment now and then notices that nobody waits for it any more."""
        if not self.server.go_on.is_set():
            self.server.held += 1
        for _ in range(int(LONGEST_HOLD / 0.05)):
            if self.server.go_on.wait(0.05):
                return
            self.wfile.write(b": still there\n\n")

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on the terminal of the tests."""


@contextmanager
def serving() -> Iterator[Service]:
    """The service, until the block ends."""
    service = Service()
    thread = threading.Thread(target=service.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.go_on.set()
        service.shutdown()
        service.server_close()
        thread.join(5)
