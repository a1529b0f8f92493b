"""Code actions, on the bare wire: lsprotocol takes every action that has a command for a ``Command``."""

from typing import Any

from tests.e2e.wire import FILE, Wire, at

ABLE = {"codeActionLiteralSupport": {"codeActionKind": {"valueSet": ["quickfix"]}}}


async def actions(wire: Wire, start: int, end: int, **context: Any) -> Any:
    span = {"start": at(0, start), "end": at(0, end)}
    params = {"textDocument": {"uri": FILE}, "range": span, "context": {"diagnostics": [], **context}}
    return await wire.request("textDocument/codeAction", params)


async def test_code_actions_are_offered_where_they_are_wanted(fresh: Wire) -> None:
    await fresh.initialize({"textDocument": {"codeAction": ABLE}})
    fresh.open("easy going\n")
    (selection,) = await actions(fresh, 0, 4)
    assert (selection["title"], selection["kind"]) == ("Explain selection", "explain")
    (here,) = await actions(fresh, 2, 2)
    assert here["title"] == "Explain this"
    assert await actions(fresh, 2, 2, triggerKind=2) is None
    assert await actions(fresh, 2, 3, triggerKind=2)
    assert await actions(fresh, 0, 4, only=["quickfix"]) is None
    assert await actions(fresh, 2, 2, only=["refactor", "explain"], triggerKind=2)
    assert await actions(fresh, 2, 2, only=[""])


async def test_the_action_s_command_explains(fresh: Wire) -> None:
    await fresh.initialize({"textDocument": {"codeAction": ABLE}})
    fresh.open("easy going\n")
    (action,) = await actions(fresh, 5, 10)
    wish = {name: action["command"][name] for name in ("command", "arguments")}
    answer = await fresh.request("workspace/executeCommand", wish)
    assert answer["markdown"] == "**going**\n\neasy going"
    assert answer["explanation"]["target"] == str({"start": {"line": 0, "column": 5}, "end": {"line": 0, "column": 10}})
