"""What an editor tells of suggestions, and what it is told: accepted, in part, snoozed, counted, why."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.wire import FILE, Wire, command, connected, inline

RUN = "workspace/executeCommand"


@pytest.fixture
async def counting(tmp_path: Path) -> AsyncIterator[Wire]:
    """A server that counts in a file of its own."""
    async with connected(SCRIPTED_JOURNAL=str(tmp_path / "completions.db")) as wire:
        await wire.initialize({"textDocument": {"inlineCompletion": {}}})
        wire.open("easy going\n")
        yield wire


async def shown(wire: Wire, column: int = 10) -> dict[str, Any]:
    (item,) = (await wire.request("textDocument/inlineCompletion", inline(0, column)))["items"]
    return dict(item)


async def stats(wire: Wire) -> dict[str, Any]:
    """As soon as all that was told is written down."""
    while True:
        found = await wire.request(RUN, command("glossator.stats"))
        if found["total"]["shown"]:
            return dict(found["total"])


async def test_an_item_says_how_to_tell_that_it_was_accepted(counting: Wire) -> None:
    item = await shown(counting)
    assert item["command"]["command"] == "glossator.accepted"
    assert await counting.request(RUN, {"command": "glossator.accepted", **item["command"]}) == {"known": True}
    assert await counting.request(RUN, {"command": "glossator.accepted", **item["command"]}) == {"known": False}
    await counting.count("taken", 1)


async def test_an_acceptance_that_nobody_tells_of_is_seen_in_the_text(counting: Wire) -> None:
    item = await shown(counting)
    counting.edit(2, item["insertText"][:6], (0, 10))
    counting.edit(3, item["insertText"][6:], (0, 16))
    await counting.count("taken", 2)
    while (found := await stats(counting))["characters"] < len(item["insertText"]):
        pass
    assert (found["shown"], found["accepted"], found["parts"]) == (1, 1, 1)


async def test_a_word_is_accepted_as_copilot_s_clients_say_it(counting: Wire) -> None:
    item = await shown(counting)
    params = {"item": {"command": item["command"]}, "acceptedLength": 5}
    counting.notify("textDocument/didPartiallyAcceptCompletion", params)
    counting.notify("textDocument/didPartiallyAcceptCompletion", {"item": 7})
    await counting.count("taken", 1)


async def test_snoozed_there_is_nothing_while_typing_but_by_hand(counting: Wire) -> None:
    assert (await counting.request(RUN, command("glossator.snooze", 10)))["until"]
    assert (await counting.request("textDocument/inlineCompletion", inline(0, 10)))["items"] == []
    why = await counting.request(RUN, command("glossator.why", FILE))
    assert (why["reason"], why["counts"]) == ("snoozed", {"snoozed": 1})
    assert "glossator.snooze" in why["sentence"]
    assert (await counting.request("textDocument/inlineCompletion", inline(0, 10, kind=1)))["items"]
    assert "snoozed until" in counting.notifications("glossator/status")[-1]["message"]
    assert await counting.request(RUN, command("glossator.snooze", 0)) == {"until": None}
    assert await shown(counting)


@pytest.mark.parametrize("name", ["glossator.snooze", "glossator.stats", "glossator.accepted"])
@pytest.mark.parametrize("argument", [-1, "soon", True, [], {}])
async def test_wrong_arguments_are_refused(counting: Wire, name: str, argument: Any) -> None:
    if (name, argument) != ("glossator.accepted", "soon"):
        assert name in (await counting.refused(RUN, command(name, argument)))["message"]


async def test_a_language_can_be_off(counting: Wire) -> None:
    counting.notify(
        "workspace/didChangeConfiguration", {"settings": {"glossator": {"completion": {"languagesOff": "python"}}}}
    )
    await counting.count("assembled", 2)
    assert (await counting.request("textDocument/inlineCompletion", inline(0, 10)))["items"] == []
    assert (await counting.request(RUN, command("glossator.why", FILE)))["reason"] == "language_off"
