"""The leaks and traps of pygls that are known, each shown not to reach whoever uses Glossator's server."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import psutil
import pytest

from tests.e2e.wire import FILE, Wire, at, command, connected, inline, place, serving, without_settings
from tests.house.tree import ROOT

EDITS = 10_000
ROUNDS = 4
READING = [sys.executable, str(ROOT / "tests/clients/reading_server.py")]


@pytest.mark.slow
async def test_memory_is_flat_over_thousands_of_edits(tmp_path: Path) -> None:
    """pygls keeps a future for each `didChange`: 10,000 of them here. One round warms up what there is."""
    folders = {f"GLOSSATOR_{kind}_DIR": str(tmp_path / kind) for kind in ("DATA", "CACHE", "RUNTIME", "CONFIG")}
    async with serving(READING, {**without_settings(), **folders}) as wire:
        await wire.initialize()
        wire.open("x = 1\n" * 50)
        process, used = psutil.Process(wire.process.pid), list[int]()
        for turn in range(1 + ROUNDS):
            for edit in range(EDITS // ROUNDS):
                wire.edit(2 + turn * EDITS + edit, str(edit % 10), (edit % 50, 4) if edit % 50 else None)
            state = await wire.request("workspace/executeCommand", command("tests.text", FILE))
            assert state["pending"] == 1  # this very command
            used.append(process.memory_info().rss)
        assert used[-1] - used[0] < 8 * 2**20, used


async def test_a_command_is_cancelled_down_to_its_work(wire: Wire) -> None:
    """pygls answers that it was cancelled, and lets the command run on."""
    wire.open("hold\n")
    asked = wire.ask("workspace/executeCommand", command("glossator.explain", FILE, at(0, 2)))
    await wire.count("explain_held", 1)
    wire.cancel(asked)
    assert (await wire.answer(asked))["error"]["code"] == -32800
    await wire.count("explain_cancelled", 1)
    assert (await wire.status())["pending"] == "1"


async def test_no_trace_and_no_path_of_the_server_reaches_the_client(wire: Wire) -> None:
    """pygls sends the traceback of whatever a handler raised."""
    wire.open("crash\n")
    await asyncio.gather(
        *(
            wire.answer(wire.ask(method, params))
            for method, params in (
                ("textDocument/hover", place(0, 2)),
                ("textDocument/completion", place(0, 5)),
                ("textDocument/inlineCompletion", inline(0, 5)),
                ("textDocument/hover", {"textDocument": 7}),
                ("workspace/executeCommand", command("glossator.explain", FILE, at(0, 2))),
                ("workspace/executeCommand", command("glossator.article", FILE)),
                ("workspace/executeCommand", {"command": 7}),
                ("initialize", {}),
            )
        )
    )
    wire.notify("textDocument/didChange", {"textDocument": 7})
    wire.notify("workspace/didChangeWorkspaceFolders", {"event": 7})
    wire.send_raw(b"{")
    await wire.status()
    said = json.dumps([wire.received, wire.answers])
    assert [word for word in ("Traceback", ".py", sys.prefix, "lsprotocol", "cattrs", "pygls") if word in said] == []


async def test_an_answer_to_nobody_has_the_id_null(wire: Wire) -> None:
    """pygls leaves the member out, and such a message is none."""
    wire.send_raw(b"{")
    await wire.until(lambda: None in wire.answers)
    assert wire.answers[None] == {
        "jsonrpc": "2.0",
        "id": None,
        "error": {"code": -32700, "message": "This is not JSON."},
    }


@pytest.mark.parametrize(
    "capabilities",
    [
        {"textDocument": {"publishDiagnostics": {"tagSupport": {"valueSet": [1, 2, 3]}}}},
        {"textDocument": {"completion": {"completionItemKind": {"valueSet": [1, 99]}}}},
        {"workspace": {"symbol": {"symbolKind": {"valueSet": [1, 99]}, "tagSupport": {"valueSet": [7]}}}},
        {"workspace": {"workspaceEdit": {"resourceOperations": ["create", "copy"], "failureHandling": "hope"}}},
    ],
)
async def test_an_editor_newer_than_the_protocol_s_lists_is_greeted(capabilities: dict[str, object]) -> None:
    """pygls refuses the whole `initialize` for one value that it does not know."""
    async with connected() as fresh:
        assert (await fresh.initialize(capabilities, trace="loud"))["hoverProvider"]


async def test_a_message_behind_an_unreadable_header_is_served(wire: Wire) -> None:
    """pygls takes the message for more header, and loses the next one with it."""
    assert wire.process.stdin is not None
    wire.open("easy\n")
    wire.process.stdin.write(b'Content-Length: many\r\n\r\n{"jsonrpc": "2.0"}')
    assert await wire.request("textDocument/hover", place(0, 2))
