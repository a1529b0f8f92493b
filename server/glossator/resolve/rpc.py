"""JSON-RPC with a child process over its pipes, as language servers speak it: framing, answers, end of life.

Our own 100 lines instead of pygls's client: that one imports the whole protocol (0.4 s of CPU, 20 MB), keeps a future
for every notification, and belongs to ``glossator.lsp``.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from glossator.errors import PartMissing


class Child:
    """One child process that answers requests. Dies with us: its end of the pipe closes when we do."""

    def __init__(self, process: asyncio.subprocess.Process, name: str) -> None:
        self.process = process
        self.name = name
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, command: Sequence[str], environment: dict[str, str]) -> Child:
        """Start the process.

        Raises:
            PartMissing: it cannot be started.
        """
        hidden: dict[str, Any] = {}
        if sys.platform == "win32":
            hidden["creationflags"] = subprocess.CREATE_NO_WINDOW
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=environment,
                limit=1 << 26,
                **hidden,
            )
        except OSError as error:
            name = Path(command[0]).name
            raise PartMissing(f"{name} cannot be started: {error}.", "Reinstall glossator.") from error
        return cls(process, Path(command[0]).name)

    @property
    def alive(self) -> bool:
        """Whether the process runs and is being listened to."""
        return self.process.returncode is None and not self._reader.done()

    async def request(self, method: str, params: Any, timeout: float) -> Any:
        """The result of one request.

        Raises:
            PartMissing: the process ended, or did not answer within ``timeout`` seconds.
        """
        number = next(self._numbers)
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            await self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
            # Not ``wait_for``: before Python 3.12 it swallows a cancellation that comes together with the answer.
            done, _ = await asyncio.wait({future}, timeout=timeout)
        except OSError as error:
            raise PartMissing(f"{self.name} cannot be reached: {error}.", "Ask again.") from error
        finally:
            self._waiting.pop(number, None)
        if not done:
            raise PartMissing(f"{self.name} did not answer in {timeout:g} seconds.", "Ask again.")
        return future.result()

    async def notify(self, method: str, params: Any) -> None:
        """Tell something that has no answer."""
        await self._send({"jsonrpc": "2.0", "method": method, "params": params})

    async def stop(self) -> None:
        """End the process, kindly first."""
        with contextlib.suppress(PartMissing, OSError):
            await self.request("shutdown", None, 1.0)
            await self.notify("exit", None)
        with contextlib.suppress(ProcessLookupError):
            try:
                await asyncio.wait_for(self.process.wait(), 1.0)
            except asyncio.TimeoutError:
                self.process.kill()
                await self.process.wait()
        self._reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._reader

    async def _send(self, message: dict[str, Any]) -> None:
        if not self.alive or self.process.stdin is None:
            raise PartMissing(f"{self.name} has ended.", "Ask again; it is started anew.")
        body = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        with contextlib.suppress(ConnectionError):
            await self.process.stdin.drain()

    async def _read(self) -> None:
        output = self.process.stdout
        assert output is not None
        try:
            while True:
                header = await output.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1]) for line in header.splitlines() if line.lower().startswith(b"content-l")
                )
                await self._take(json.loads(await output.readexactly(length)))
        except (asyncio.IncompleteReadError, ConnectionError, ValueError):
            pass
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(PartMissing(f"{self.name} has ended.", "Ask again; it is started anew."))

    async def _take(self, message: dict[str, Any]) -> None:
        if "method" in message:
            if "id" in message:  # It asks us something: for its configuration, or to register a capability.
                items = (message.get("params") or {}).get("items", [])
                result = [None] * len(items) if message["method"] == "workspace/configuration" else None
                await self._send({"jsonrpc": "2.0", "id": message["id"], "result": result})
            return
        future = self._waiting.get(message.get("id", -1))
        if future is not None and not future.done():
            future.set_result(message.get("result"))
