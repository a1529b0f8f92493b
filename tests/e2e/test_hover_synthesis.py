"""A hover's second phase: the model's text, written behind the answer."""

from typing import Any

from tests.e2e.wire import FILE, Wire, at, command, connected, place

READY = "glossator/explanationReady"
PENDING = "glossator/explanationPending"


async def hovered(wire: Wire, line: int, character: int = 2) -> Any:
    return await wire.request("textDocument/hover", place(line, character))


async def test_the_editor_is_told_when_the_model_has_written(wire: Wire) -> None:
    wire.open("easy\n")
    assert await hovered(wire, 0)
    await wire.until(lambda: bool(wire.notifications(READY)))
    assert wire.notifications(READY) == [{"uri": FILE, "position": at(0, 2)}]


async def test_what_the_tooltip_says_already_is_no_message_and_what_it_does_not_is_one(wire: Wire) -> None:
    wire.open("odd\n")
    assert "The place is odd." in (await hovered(wire, 0))["contents"]["value"]
    await wire.until(lambda: bool(wire.notifications(READY)))
    assert wire.messages() == ["The model is gone. Pull it."]


async def test_hovering_again_does_not_ask_the_model_again(wire: Wire) -> None:
    wire.open("easy\n")
    for _ in range(3):
        await hovered(wire, 0)
        await wire.count("explained_model", 1)
    assert len(wire.notifications(READY)) == 1


async def test_an_edit_allows_the_model_another_try(wire: Wire) -> None:
    wire.open("easy\n")
    await hovered(wire, 0)
    await wire.count("explained_model", 1)
    wire.edit(2, "more", (0, 4))
    await hovered(wire, 0)
    await wire.count("explained_model", 2)


async def test_the_answer_does_not_wait_for_the_model(wire: Wire) -> None:
    wire.open("late\n")
    assert await hovered(wire, 0)
    await wire.count("explain_held", 1)
    assert not wire.notifications(READY)
    await wire.release()
    await wire.until(lambda: bool(wire.notifications(READY)))


async def test_hovering_over_the_same_place_lets_the_model_go_on(wire: Wire) -> None:
    wire.open("late\n")
    await hovered(wire, 0)
    await wire.count("explain_held", 1)
    await hovered(wire, 0)
    assert "explain_cancelled" not in await wire.status()


async def test_the_newest_hover_has_the_model(wire: Wire) -> None:
    wire.open("late\neasy\n")
    await hovered(wire, 0)
    await wire.count("explain_held", 1)
    await hovered(wire, 1)
    await wire.count("explain_cancelled", 1)
    await wire.until(lambda: bool(wire.notifications(READY)))
    assert wire.notifications(READY)[0]["position"] == at(1, 2)


async def test_an_edit_stops_the_writing(wire: Wire) -> None:
    wire.open("late\n")
    await hovered(wire, 0)
    await wire.count("explain_held", 1)
    wire.edit(2, "x", (0, 4))
    await wire.count("explain_cancelled", 1)


async def test_closing_the_document_stops_the_writing(wire: Wire) -> None:
    wire.open("late\n")
    await hovered(wire, 0)
    await wire.count("explain_held", 1)
    wire.notify("textDocument/didClose", {"textDocument": {"uri": FILE}})
    await wire.count("explain_cancelled", 1)


async def test_the_status_item_is_busy_while_the_model_writes(wire: Wire) -> None:
    wire.open("late\n")
    await hovered(wire, 0)
    await wire.count("explain_held", 1)
    await wire.release()
    await wire.until(lambda: bool(wire.notifications(READY)))
    await wire.status()
    assert [state["busy"] for state in wire.notifications("glossator/status")] == [True, False]


async def test_the_status_item_says_that_a_model_loads(wire: Wire) -> None:
    wire.open("loads\n")
    await wire.request("workspace/executeCommand", command("glossator.explain", FILE, at(0, 2)))
    messages = [state["message"] for state in wire.notifications("glossator/status")]
    assert messages == ["Explaining", "Loading the model (25%)", "Explaining", ""], "and not that it is ready"


async def test_without_a_wish_for_it_no_model_is_asked() -> None:
    for synthesis in ("off", "cached"):
        async with connected() as wire:
            await wire.initialize(initializationOptions={"hover": {"synthesis": synthesis}})
            wire.open("easy\n")
            assert await hovered(wire, 0)
            await wire.request("workspace/executeCommand", command("glossator.why", FILE))
            status = await wire.status()
            assert "explained_model" not in status
            assert status[f"explained_{'none' if synthesis == 'off' else 'cached'}"] == "1"


async def test_the_editor_knows_whether_to_wait(wire: Wire) -> None:
    wire.open("late\n")
    await hovered(wire, 0)
    assert [told["pending"] for told in wire.notifications(PENDING)] == [True]
    await wire.release()
    await wire.until(lambda: len(wire.notifications(PENDING)) == 2)
    assert wire.notifications(PENDING)[1] == {"uri": FILE, "position": at(0, 2), "pending": False}
    assert wire.notifications(READY)


async def test_a_tooltip_that_was_overtaken_is_not_waited_for(wire: Wire) -> None:
    wire.open("late\neasy\n")
    await hovered(wire, 0)
    await hovered(wire, 1)
    await wire.until(lambda: len(wire.notifications(PENDING)) == 4)
    ended = [told["position"]["line"] for told in wire.notifications(PENDING) if not told["pending"]]
    assert sorted(ended) == [0, 1]
