"""The symbol server: ``ty`` as a child process, started on first need, stopped when idle.

Chosen by measurement over jedi (135 s of CPU on one transformers import, and it crashes), pyrefly and basedpyright
(both run the workspace's interpreter). ty is given the path of an environment and never runs anything in it.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sysconfig
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse
from urllib.request import url2pathname

from glossator.errors import PartMissing
from glossator.resolve.base import Location, Resolution
from glossator.resolve.rpc import Child
from glossator.text import HALF, Position, Snapshot, difference

OPEN_DOCUMENTS = 16
KEPT_VARIABLES = ("HOME", "USERPROFILE", "PATH", "SYSTEMROOT", "TMPDIR", "TEMP", "TMP", "XDG_CACHE_HOME", "APPDATA")


class TyResolver:
    """Resolves names in Python files. ``idle_stop`` and ``timeout`` are in seconds."""

    def __init__(self, root: Path, environment: Path | None, idle_stop: float = 600.0, timeout: float = 20.0) -> None:
        self.root = root
        self.environment = environment
        self.idle_stop = idle_stop
        self.timeout = timeout
        self._child: Child | None = None
        self._documents: dict[str, tuple[int, str]] = {}
        self._lock = asyncio.Lock()
        self._asked_at = 0.0
        self._idle: asyncio.Task[None] | None = None

    async def resolve(self, snapshot: Snapshot, position: Position) -> Resolution:
        """Definition, type and display text of the name at a position."""
        async with self._lock:
            self._asked_at = time.monotonic()
            child = await self._running()
            where = await self._place(child, snapshot, position)
            definitions, types, hover = await asyncio.gather(
                child.request("textDocument/definition", where, self.timeout),
                child.request("textDocument/typeDefinition", where, self.timeout),
                child.request("textDocument/hover", where, self.timeout),
            )
            if not definitions and hover:
                # Two of the three questions may unpack the same stub of the standard library at once, and then the
                # first one a machine ever asks gets no place.
                definitions = await child.request("textDocument/definition", where, self.timeout)
            return Resolution(_locations(definitions), _locations(types), _display(hover))

    async def close(self) -> None:
        """Stop the child."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        await self._stop_child()

    async def _stop_child(self) -> None:
        child, self._child = self._child, None
        self._documents.clear()
        if child is not None:
            await child.stop()

    async def _running(self) -> Child:
        if self._child is None or not self._child.alive:
            await self._stop_child()
            variables = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
            self._child = await Child.start([ty_program(), "server"], variables)
            await self._child.request("initialize", self._introduction(), self.timeout)
            await self._child.notify("initialized", {})
            self._idle = asyncio.create_task(self._stop_when_idle())
        return self._child

    def _introduction(self) -> dict[str, Any]:
        root = self.root.resolve().as_uri()
        configuration = {"environment": {"python": str(self.environment)}} if self.environment else {}
        return {
            "processId": os.getpid(),
            "rootUri": root,
            "workspaceFolders": [{"uri": root, "name": self.root.name}],
            "capabilities": {
                "general": {"positionEncodings": ["utf-8"]},
                "textDocument": {"hover": {"contentFormat": ["plaintext"]}},
            },
            "initializationOptions": {"configuration": configuration, "diagnosticMode": "off", "logLevel": "error"},
        }

    async def _place(self, child: Child, snapshot: Snapshot, position: Position) -> dict[str, Any]:
        """The document at the snapshot's text, and the position in it as ty counts: in UTF-8 bytes."""
        # ty ends at a name whose bytes are no text, which unquoting marks so, and at half a character.
        named = snapshot.path and "\ufffd" not in str(snapshot.path)
        uri = snapshot.uri if named else (self.root / ".glossator-unsaved.py").resolve().as_uri()
        wanted = _without_halves(snapshot.text)
        version, text = self._documents.pop(uri, (0, None))
        if text is None:
            document = {"uri": uri, "languageId": "python", "version": 1, "text": wanted}
            await child.notify("textDocument/didOpen", {"textDocument": document})
        elif text != wanted:
            document = {"uri": uri, "version": version + 1}
            change = {"textDocument": document, "contentChanges": [_change(text, wanted)]}
            await child.notify("textDocument/didChange", change)
        self._documents[uri] = (version + 1, wanted)
        if len(self._documents) > OPEN_DOCUMENTS:
            oldest = next(iter(self._documents))
            del self._documents[oldest]
            await child.notify("textDocument/didClose", {"textDocument": {"uri": oldest}})
        column = len(snapshot.line(position.line)[: position.column].encode("utf-8", "replace"))
        return {"textDocument": {"uri": uri}, "position": {"line": position.line, "character": column}}

    async def _stop_when_idle(self) -> None:
        left = self.idle_stop
        while left > 0:
            await asyncio.sleep(left)
            left = self._asked_at + self.idle_stop - time.monotonic()
        async with self._lock:
            self._idle = None
            await self._stop_child()


def ty_program() -> str:
    """The path of the ``ty`` that was installed with us; never one that a workspace put on the path.

    Raises:
        PartMissing: it is not installed.
    """
    scripts = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
    found = shutil.which("ty", path=os.pathsep.join(scripts))
    if found is None:
        raise PartMissing("The symbol server ty is not installed.", "Run: pip install --force-reinstall glossator")
    return found


def _without_halves(text: str) -> str:
    try:  # a tenth of the time that a search takes
        text.encode()
    except UnicodeEncodeError:
        return HALF.sub("?", text)
    return text


def _change(old: str, new: str) -> dict[str, Any]:
    """What became of a text, as the one stretch that differs; all of it where a stretch might begin or end within a
    line end of two characters."""
    if "\r" in old or "\r" in new:
        return {"text": new}
    edit = difference(old, new)
    area = {"start": _in_bytes(old, edit.begin), "end": _in_bytes(old, edit.old_end)}
    return {"range": area, "text": new[edit.begin : edit.new_end]}


def _in_bytes(text: str, offset: int) -> dict[str, int]:
    begin = text.rfind("\n", 0, offset) + 1
    return {"line": text.count("\n", 0, begin), "character": len(text[begin:offset].encode())}


def _locations(answer: Any) -> tuple[Location, ...]:
    """ty answers with nothing, one place, a list of places or a list of links."""
    places = answer if isinstance(answer, list) else [answer] if isinstance(answer, dict) else []
    found = []
    for place in places:
        uri = urlparse(place.get("targetUri") or place.get("uri") or "")
        area = place.get("targetSelectionRange") or place.get("range") or {}
        if uri.scheme == "file" and area:
            found.append(Location(Path(url2pathname(unquote(uri.path))), area["start"]["line"]))
    return tuple(dict.fromkeys(found))


def _display(hover: Any) -> str:
    """The type, without the documentation that follows it after a rule."""
    contents = hover.get("contents") if isinstance(hover, dict) else None
    value = contents.get("value", "") if isinstance(contents, dict) else ""
    return str(value).split("\n---", 1)[0].strip("-\n ")
