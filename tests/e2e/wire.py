"""A client that speaks plain JSON over stdio: it sends what no library would, and sees every answer."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

SERVER = Path(__file__).with_name("scripted_server.py")
FILE = "file:///work/demo.py"
PATIENCE = 60.0


class Wire:
    """One server process. ``answers`` and ``received`` keep everything it said."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.answers: dict[Any, dict[str, Any]] = {}
        self.answer_counts: Counter[Any] = Counter()
        self.received: list[dict[str, Any]] = []
        self.configuration: Any = None
        self.choice: Any = None
        self._asked = 0
        self._news = asyncio.Condition()
        self._reader = asyncio.ensure_future(self._read())

    def send_raw(self, body: bytes) -> None:
        """One message, whatever it holds."""
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def send(self, message: Any) -> None:
        self.send_raw(json.dumps(message).encode())

    def notify(self, method: str, params: Any = None) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: Any = None) -> int:
        """Send a request; gives its id."""
        self._asked += 1
        self.send({"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params})
        return self._asked

    def cancel(self, identity: int) -> None:
        self.notify("$/cancelRequest", {"id": identity})

    async def answer(self, identity: Any) -> dict[str, Any]:
        """The answer to a request: has ``result`` or ``error``."""
        await self.until(lambda: identity in self.answers)
        return self.answers[identity]

    async def request(self, method: str, params: Any = None) -> Any:
        """Ask and get the result, which must be one."""
        answer = await self.answer(self.ask(method, params))
        assert "error" not in answer, answer
        return answer["result"]

    async def refused(self, method: str, params: Any = None) -> dict[str, Any]:
        """Ask and get the error, which must be one."""
        answer = await self.answer(self.ask(method, params))
        assert "error" in answer, answer
        return answer["error"]

    async def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds of what was received."""
        async with self._news:
            await asyncio.wait_for(self._news.wait_for(lambda: holds() or self._reader.done()), PATIENCE)
        assert holds(), "the server ended before"

    def notifications(self, method: str) -> list[Any]:
        return [message.get("params") for message in self.received if message.get("method") == method]

    def messages(self) -> list[str]:
        """What the user was told."""
        return [params["message"] for params in self.notifications("window/showMessage")]

    async def initialize(
        self, capabilities: Mapping[str, Any] | None = None, *, process: int | None = None, **more: Any
    ) -> dict[str, Any]:
        """Greet; gives what the server can."""
        params = {"processId": process, "rootUri": None, "capabilities": capabilities or {}, **more}
        result = await self.request("initialize", params)
        self.notify("initialized", {})
        return result["capabilities"]

    def open(self, text: str, uri: str = FILE, language: str = "python") -> None:
        item = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def edit(self, version: int, text: str, place: tuple[int, int] | None = None, uri: str = FILE) -> None:
        """Insert at a place, or replace the whole text."""
        change: dict[str, Any] = {"text": text}
        if place is not None:
            change["range"] = {"start": at(*place), "end": at(*place)}
        params = {"textDocument": {"uri": uri, "version": version}, "contentChanges": [change]}
        self.notify("textDocument/didChange", params)

    async def status(self) -> dict[str, str]:
        return await self.request("workspace/executeCommand", {"command": "glossator.status"})

    async def count(self, name: str, expected: int) -> None:
        """Wait until a counter of the script has a value."""

        async def poll() -> None:
            while True:
                answer = await self.answer(self.ask("workspace/executeCommand", command("glossator.status")))
                if int(answer.get("result", {}).get(name, 0)) == expected:
                    return
                await asyncio.sleep(0.002)

        await asyncio.wait_for(poll(), PATIENCE)

    async def release(self) -> None:
        await self.request("workspace/executeCommand", {"command": "scripted.release"})

    async def close(self) -> int:
        """Say goodbye; gives the exit code."""
        await self.request("shutdown")
        self.notify("exit")
        return await self.ended()

    async def ended(self) -> int:
        """The exit code, when it comes."""
        return await asyncio.wait_for(self.process.wait(), PATIENCE)

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while header := await self.process.stdout.readline():
            assert header.startswith(b"Content-Length: "), f"not the protocol: {header!r}"
            await self.process.stdout.readline()
            await self._take(json.loads(await self.process.stdout.readexactly(int(header.split()[1]))))
        async with self._news:
            self._news.notify_all()

    async def _take(self, message: dict[str, Any]) -> None:
        async with self._news:
            if "method" in message:
                self.received.append(message)
                if message["method"] == "workspace/configuration":
                    self.send({"jsonrpc": "2.0", "id": message["id"], "result": [self.configuration]})
                elif message["method"] == "window/showMessageRequest":
                    self.send({"jsonrpc": "2.0", "id": message["id"], "result": self.choice})
                elif "id" in message:
                    self.send({"jsonrpc": "2.0", "id": message["id"], "result": None})
            else:
                self.answers[message.get("id")] = message
                self.answer_counts[message.get("id")] += 1
            self._news.notify_all()


def connected(**variables: str) -> AbstractAsyncContextManager[Wire]:
    """The scripted server."""
    return serving([sys.executable, str(SERVER)], {**without_settings(), **variables})


@asynccontextmanager
async def serving(command: Sequence[str], environment: Mapping[str, str]) -> AsyncIterator[Wire]:
    """A server process that is gone afterwards, and answered nothing twice."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=environment, limit=2**24)
    wire = Wire(process)
    try:
        yield wire
    finally:
        if process.returncode is None:
            assert process.stdin is not None
            process.stdin.close()
            await wire.ended()
        await wire._reader
    assert not [identity for identity, count in wire.answer_counts.items() if count > 1 and identity is not None]


def without_settings() -> dict[str, str]:
    """The environment without the settings of whoever runs the tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GLOSSATOR_")}
    return {**environment, "GLOSSATOR_CONFIG_DIR": str(SERVER.with_name("no-configuration-here"))}


def at(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


def place(line: int, character: int, uri: str = FILE) -> dict[str, Any]:
    """The parameters that most requests have."""
    return {"textDocument": {"uri": uri}, "position": at(line, character)}


def inline(line: int, character: int, uri: str = FILE, *, kind: int = 2) -> dict[str, Any]:
    """The parameters of an inline completion; kind 1 is a user's wish."""
    return {**place(line, character, uri), "context": {"triggerKind": kind}}


def command(name: str, *arguments: Any, **more: Any) -> dict[str, Any]:
    return {"command": name, "arguments": list(arguments), **more}
