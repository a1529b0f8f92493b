"""What the user meets of trouble, and how often."""

from tests.e2e.wire import FILE, Wire, at, command, inline, place

BUG = "Glossator met a bug; the log has the details."
ABSENT = "There is no model on this machine. Run `glossator models pull`."


async def test_a_bug_is_one_sentence_without_a_traceback(wire: Wire) -> None:
    wire.open("crash\n")
    error = await wire.refused("workspace/executeCommand", command("glossator.explain", FILE, at(0, 2)))
    assert error == {"code": -32603, "message": BUG}
    assert wire.messages() == [BUG]


async def test_a_bug_behind_a_hover_is_told_once_and_answered_with_null(wire: Wire) -> None:
    wire.open("crash\n")
    for _ in range(3):
        assert await wire.request("textDocument/hover", place(0, 2)) is None
    assert wire.messages() == [BUG]


async def test_nobody_is_disturbed_while_typing(wire: Wire) -> None:
    wire.open("crash\nabsent\nweird\n")
    for line, character in ((0, 5), (1, 6)):
        assert await wire.request("textDocument/inlineCompletion", inline(line, character)) is None
    assert not wire.messages()
    assert wire.notifications("glossator/status")[-1] == {
        "busy": False,
        "kind": "Warning",
        "message": ABSENT,
        "command": "glossator.why",
    }


async def test_the_status_item_recovers(wire: Wire) -> None:
    wire.open("absent\neasy\n")
    await wire.request("textDocument/inlineCompletion", inline(0, 6))
    await wire.request("textDocument/inlineCompletion", inline(1, 4))
    assert wire.notifications("glossator/status")[-1]["kind"] == "Normal"


async def test_a_missing_part_is_a_line_in_the_hover_and_one_message(wire: Wire) -> None:
    wire.open("absent\n")
    for _ in range(3):
        hover = await wire.request("textDocument/hover", place(0, 2))
        assert hover["contents"]["value"] == f"_{ABSENT}_"
    assert wire.messages() == [ABSENT]


async def test_a_missing_part_is_the_error_of_a_command(wire: Wire) -> None:
    wire.open("absent\n")
    error = await wire.refused("workspace/executeCommand", command("glossator.explain", FILE, at(0, 2)))
    assert error == {"code": -32803, "message": ABSENT}


async def test_nothing_to_say_is_null_and_no_message(wire: Wire) -> None:
    wire.open("silent\n")
    assert await wire.request("textDocument/hover", place(0, 2)) is None
    assert not wire.messages()


async def test_why_says_what_kept_a_completion_from_coming(wire: Wire) -> None:
    wire.open("absent\neasy\n\n")
    reasons = []
    for line, character in ((0, 6), (1, 4), (2, 0)):
        await wire.request("textDocument/inlineCompletion", inline(line, character))
        why = await wire.request("workspace/executeCommand", command("glossator.why", FILE))
        reasons.append((why["items"], why["reason"], why["problem"]))
    assert reasons == [(0, "problem", ABSENT), (1, None, None), (0, "nothing-before", None)]


async def test_an_answer_that_cannot_be_written_is_still_an_answer(wire: Wire) -> None:
    wire.open("weird\n")
    assert await wire.request("textDocument/inlineCompletion", inline(0, 5))
    assert await wire.request("workspace/executeCommand", command("glossator.why", FILE))
    assert await wire.status()
