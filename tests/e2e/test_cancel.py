"""Cancelling reaches the work, at whatever moment, and every request has its one answer."""

from typing import Any

import pytest

from tests.e2e.wire import FILE, Wire, at, command, inline, place

CANCELLED = -32800

HELD = [
    pytest.param("textDocument/hover", place(0, 2), "explain", id="hover"),
    pytest.param("textDocument/inlineCompletion", inline(0, 4), "complete", id="inline completion"),
    pytest.param(
        "workspace/executeCommand", command("glossator.explain", FILE, at(0, 2)), "explain", id="explain command"
    ),
    pytest.param(
        "workspace/executeCommand",
        command("glossator.explain", FILE, at(0, 2), workDoneToken="t"),
        "explain",
        id="explain command with progress",
    ),
    pytest.param(
        "workspace/executeCommand", command("glossator.regenerate", FILE, at(0, 2)), "explain", id="regenerate command"
    ),
    pytest.param("workspace/executeCommand", command("glossator.article", FILE), "article", id="article command"),
]


@pytest.mark.parametrize(("method", "params", "what"), HELD)
async def test_a_running_request_is_cancelled_down_to_its_work(
    wire: Wire, method: str, params: dict[str, Any], what: str
) -> None:
    wire.open("hold\n")
    asked = wire.ask(method, params)
    await wire.count(f"{what}_held", 1)
    wire.cancel(asked)
    assert (await wire.answer(asked))["error"]["code"] == CANCELLED
    await wire.count(f"{what}_cancelled", 1)


@pytest.mark.parametrize(("method", "params", "what"), HELD)
async def test_a_cancel_on_the_heels_of_its_request_is_answered(
    wire: Wire, method: str, params: dict[str, Any], what: str
) -> None:
    wire.open("hold\n")
    asked = wire.ask(method, params)
    wire.cancel(asked)
    assert (await wire.answer(asked))["error"]["code"] == CANCELLED
    status = await wire.status()
    assert status.get(f"{what}_held") == status.get(f"{what}_cancelled")


@pytest.mark.parametrize(("method", "params", "what"), HELD)
async def test_a_cancel_behind_the_answer_changes_nothing(
    wire: Wire, method: str, params: dict[str, Any], what: str
) -> None:
    wire.open("easy\n")
    asked = wire.ask(method, params)
    assert (await wire.answer(asked))["result"]
    wire.cancel(asked)
    assert await wire.request("textDocument/hover", place(0, 2))


async def test_a_cancelled_completion_list_is_answered(plain: Wire) -> None:
    plain.open("hold\n")
    asked = plain.ask("textDocument/completion", place(0, 4))
    await plain.count("complete_held", 1)
    plain.cancel(asked)
    assert (await plain.answer(asked))["error"]["code"] == CANCELLED
    await plain.count("complete_cancelled", 1)


async def test_a_code_action_is_answered_whether_cancelled_or_not(wire: Wire) -> None:
    wire.open("easy\n")
    params = {"textDocument": {"uri": FILE}, "range": {"start": at(0, 0), "end": at(0, 4)}}
    asked = wire.ask("textDocument/codeAction", {**params, "context": {"diagnostics": []}})
    wire.cancel(asked)
    answer = await wire.answer(asked)
    assert answer.get("result") or answer["error"]["code"] == CANCELLED


async def test_cancelling_the_progress_cancels_the_command(wire: Wire) -> None:
    wire.open("late\n")
    asked = wire.ask("workspace/executeCommand", command("glossator.explain", FILE, at(0, 2), workDoneToken="mine"))
    await wire.count("explain_held", 1)
    wire.notify("window/workDoneProgress/cancel", {"token": "mine"})
    assert (await wire.answer(asked))["error"]["code"] == CANCELLED
    await wire.count("explain_cancelled", 1)
    kinds = [params["value"]["kind"] for params in wire.notifications("$/progress")]
    assert kinds == ["begin", "report", "end"]


async def test_an_explanation_cancelled_amid_its_parts_sends_no_more(wire: Wire) -> None:
    wire.open("late\n")
    wish = command("glossator.explain", FILE, at(0, 2), {"partialResultToken": "parts"})
    asked = wire.ask("workspace/executeCommand", wish)
    await wire.count("explain_held", 1)
    wire.cancel(asked)
    assert (await wire.answer(asked))["error"]["code"] == CANCELLED
    await wire.count("explain_cancelled", 1)
    assert len([one for one in wire.notifications("$/progress") if one["token"] == "parts"]) == 2


async def test_a_follow_up_is_cancelled_down_to_its_work(wire: Wire) -> None:
    asked = wire.ask("workspace/executeCommand", command("glossator.followUp", "hold", "Why?"))
    await wire.count("follow_up_held", 1)
    wire.cancel(asked)
    assert (await wire.answer(asked))["error"]["code"] == CANCELLED
    await wire.count("follow_up_cancelled", 1)


async def test_the_next_request_is_served_after_a_cancel(wire: Wire) -> None:
    wire.open("hold easy\n")
    for _ in range(20):
        asked = wire.ask("textDocument/hover", place(0, 2))
        wire.cancel(asked)
        await wire.answer(asked)
    assert await wire.request("textDocument/hover", place(0, 6))


async def test_cancelling_what_is_unknown_is_harmless(wire: Wire) -> None:
    wire.cancel(4711)
    wire.notify("window/workDoneProgress/cancel", {"token": "nobody's"})
    assert await wire.status()
    assert not wire.messages()
