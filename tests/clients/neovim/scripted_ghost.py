"""A language server without a pipeline: it suggests what the test says, when the test says, and tells what it heard.

``scripted/items`` sets the suggestions, ``scripted/hold`` has requests wait until ``scripted/release``. Plain JSON over
stdio and nothing but the standard library: it starts in a fraction of the time that the real one takes.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

CAPABILITIES = {
    "textDocumentSync": 1,
    "inlineCompletionProvider": {},
    "positionEncoding": "utf-16",
    "executeCommandProvider": {"commands": ["scripted.taken"]},
}


class Scripted:
    """The state that the test sets, and what came in."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self.holding = False
        self.held: list[int] = []
        self.heard: list[list[Any]] = []

    def request(self, method: str, params: Any, identity: Any) -> None:
        """Answer at once, or hold."""
        if method == "textDocument/inlineCompletion" and self.holding:
            self.held.append(identity)
            return
        results: dict[str, Any] = {
            "initialize": {"capabilities": CAPABILITIES, "serverInfo": {"name": "scripted", "version": "1"}},
            "textDocument/inlineCompletion": {"items": self.items},
            "scripted/heard": self.heard,
        }
        send({"id": identity, "result": results.get(method)})

    def notification(self, method: str, params: Any) -> None:
        """Do what the test says; answer cancelled requests."""
        if method == "scripted/items":
            self.items = params["items"]
        elif method == "scripted/hold":
            self.holding = True
        elif method == "scripted/release":
            self.holding = False
            for identity in self.held:
                send({"id": identity, "result": {"items": self.items}})
            self.held.clear()
        elif method == "scripted/crash":
            os._exit(3)
        elif method == "exit":
            sys.exit(0)


def send(message: dict[str, Any]) -> None:
    """One message to the editor."""
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    sys.stdout.buffer.flush()


def main() -> None:
    """Serve until the editor is gone."""
    scripted = Scripted()
    while header := sys.stdin.buffer.readline():
        length = int(header.split()[1])
        while sys.stdin.buffer.readline().strip():
            pass
        message = json.loads(sys.stdin.buffer.read(length))
        method, params = message.get("method"), message.get("params")
        if method is None:
            continue
        if not method.startswith("scripted/"):
            scripted.heard.append([method, params])
        if "id" in message:
            scripted.request(method, params, message["id"])
        else:
            scripted.notification(method, params)


if __name__ == "__main__":
    main()
