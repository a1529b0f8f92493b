"""A language client over stdio, as small as a measurement needs: no framework between the clock and the server."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True)
class Memory:
    """Resident MiB of the process itself and of it with its children."""

    own: float
    with_children: float


class ServerGone(Exception):
    """The server ended while an answer was awaited."""


class Client:
    """One server's process. Use it as an asynchronous context manager: it leaves no process behind."""

    def __init__(self, command: Sequence[str], folder: Path, variables: Mapping[str, str]) -> None:
        self._command = command
        self._folder = folder
        self._variables = variables
        self._asked = 0
        self._answers: dict[int, asyncio.Future[Any]] = {}

    async def __aenter__(self) -> Client:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            cwd=self._folder,
            env={**os.environ, **self._variables},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *_: object) -> None:
        family = self._family()
        with suppress(Exception):
            await asyncio.wait_for(self.request("shutdown"), 5)
            self.notify("exit")
            await asyncio.wait_for(self._process.wait(), 5)
        for process in family:  # whoever is still there: a server that hangs, or its orphans
            with suppress(psutil.Error):
                process.kill()
        await self._process.wait()
        await self._reading

    async def initialize(self) -> None:
        """Introduce a client that renders markdown and counts columns as UTF-16 does."""
        uri = self._folder.as_uri()
        await self.request(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": uri,
                "workspaceFolders": [{"uri": uri, "name": self._folder.name}],
                "capabilities": {"textDocument": {"hover": {"contentFormat": ["markdown", "plaintext"]}}},
            },
        )
        self.notify("initialized", {})

    def open(self, uri: str, text: str) -> None:
        """Open a Python file."""
        self.notify(
            "textDocument/didOpen", {"textDocument": {"uri": uri, "languageId": "python", "version": 1, "text": text}}
        )

    def change(self, uri: str, version: int, line: int, characters: tuple[int, int], text: str) -> None:
        """Replace a part of a line, as an editor does that sends edits and not whole texts."""
        first, last = ({"line": line, "character": character} for character in characters)
        edit = {"range": {"start": first, "end": last}, "text": text}
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [edit]})

    async def hover(self, uri: str, line: int, character: int) -> Any:
        """What the server says of a place."""
        place = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        return await self.request("textDocument/hover", place)

    async def request(self, method: str, params: Any = None) -> Any:
        """The result; an error counts as no result.

        Raises:
            ServerGone: there will be none.
        """
        return await self.begin(method, params)[1]

    def begin(self, method: str, params: Any = None) -> tuple[int, asyncio.Future[Any]]:
        """Ask without waiting: the request's number, by which it can be cancelled, and what will be its result."""
        self._asked += 1
        answer = self._answers[self._asked] = asyncio.get_running_loop().create_future()
        self._send({"id": self._asked, "method": method, "params": params})
        return self._asked, answer

    def notify(self, method: str, params: Any = None) -> None:
        """Tell the server something."""
        self._send({"method": method, "params": params})

    def memory(self) -> Memory:
        """Resident memory at this moment."""
        sizes = []
        for process in self._family():
            with suppress(psutil.Error):
                sizes.append(process.memory_info().rss / MEBIBYTE)
        return Memory(sizes[0], sum(sizes)) if sizes else Memory(0, 0)

    def seconds(self) -> float:
        """Processor time of the process and its children, so far."""
        spent = 0.0
        for process in self._family():
            with suppress(psutil.Error):
                times = process.cpu_times()
                spent += times.user + times.system
        return spent

    def _family(self) -> list[psutil.Process]:
        try:
            own = psutil.Process(self._process.pid)
            return [own, *own.children(recursive=True)]
        except psutil.Error:
            return []

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    async def _read(self) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                self._take(await self._message())
        for answer in self._answers.values():
            if not answer.done():
                answer.set_exception(ServerGone(self._command[0]))

    async def _message(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        header = await self._process.stdout.readuntil(b"\r\n\r\n")
        fields = dict(line.split(b":", 1) for line in header.strip().lower().split(b"\r\n"))
        message: dict[str, Any] = json.loads(await self._process.stdout.readexactly(int(fields[b"content-length"])))
        return message

    def _take(self, message: dict[str, Any]) -> None:
        if "method" not in message:
            answer = self._answers.pop(message["id"])
            if not answer.done():
                answer.set_result(message.get("result"))
        elif "id" in message:  # the server asks: for its configuration, for a registration, for a progress bar
            items = (
                (message.get("params") or {}).get("items") if message["method"] == "workspace/configuration" else None
            )
            self._send({"id": message["id"], "result": None if items is None else [None for _ in items]})
