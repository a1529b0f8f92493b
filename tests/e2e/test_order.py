"""What belongs together in time: a request and its text, the newest completion, a burst of edits."""

from tests.e2e.wire import FILE, Wire, at, command, inline, place


def text_of(hover: dict[str, dict[str, str]]) -> str:
    return hover["contents"]["value"]


async def test_an_edit_right_behind_a_request_does_not_change_its_text(wire: Wire) -> None:
    wire.open("version 1\n")
    asked = []
    for version in range(2, 202):
        asked.append(wire.ask("textDocument/hover", place(0, 2)))
        wire.edit(version, f"version {version}\n")
    seen = [text_of((await wire.answer(one))["result"]) for one in asked]
    assert seen == [f"**version**\n\nversion {number}" for number in range(1, 201)]


async def test_a_held_explanation_answers_for_the_text_it_was_asked_about(wire: Wire) -> None:
    wire.open("hold the old text\n")
    asked = wire.ask("workspace/executeCommand", command("glossator.explain", FILE, at(0, 2)))
    await wire.count("explain_held", 1)
    wire.edit(2, "the new text\n")
    await wire.release()
    assert "the old text" in (await wire.answer(asked))["result"]["markdown"]


async def test_the_newest_completion_wins(wire: Wire) -> None:
    wire.open("hold\neasy\n")
    old = wire.ask("textDocument/inlineCompletion", inline(0, 4))
    await wire.count("complete_held", 1)
    new = wire.ask("textDocument/inlineCompletion", inline(1, 4))
    assert (await wire.answer(old))["result"] is None
    assert (await wire.answer(new))["result"]["items"][0]["insertText"] == "<easy>"
    await wire.count("complete_cancelled", 1)


async def test_completions_of_other_documents_go_on(wire: Wire) -> None:
    wire.open("hold\n")
    wire.open("easy\n", "file:///work/other.py")
    held = wire.ask("textDocument/inlineCompletion", inline(0, 4))
    await wire.count("complete_held", 1)
    assert await wire.request("textDocument/inlineCompletion", inline(0, 4, "file:///work/other.py"))
    await wire.release()
    assert (await wire.answer(held))["result"]["items"]


async def test_a_completion_for_text_that_changed_is_not_shown(wire: Wire) -> None:
    wire.open("hold\n")
    asked = wire.ask("textDocument/inlineCompletion", inline(0, 4))
    await wire.count("complete_held", 1)
    wire.edit(2, "x", (0, 0))
    await wire.release()
    assert (await wire.answer(asked))["result"] is None


async def test_hover_and_completion_do_not_wait_for_each_other(wire: Wire) -> None:
    wire.open("hold\neasy\n")
    hover = wire.ask("textDocument/hover", place(0, 2))
    completion = wire.ask("textDocument/inlineCompletion", inline(0, 4))
    await wire.count("explain_held", 1)
    await wire.count("complete_held", 1)
    assert await wire.request("textDocument/hover", place(1, 2))
    assert hover not in wire.answers and completion not in wire.answers
    await wire.release()
    assert (await wire.answer(hover))["result"] and (await wire.answer(completion))["result"]


async def test_a_burst_of_edits_and_completions_ends_with_the_last_one(wire: Wire) -> None:
    wire.open("")
    asked = []
    for column in range(200):
        wire.edit(column + 2, "x", (0, column))
        asked.append(wire.ask("textDocument/inlineCompletion", inline(0, column + 1)))
    answers = [(await wire.answer(one))["result"] for one in asked]
    assert answers[-1]["items"][0]["insertText"] == f"<{'x' * 200}>"
    assert (await wire.status())["pending"] == "1"


async def test_a_thousand_edits_leave_nothing_behind(wire: Wire) -> None:
    wire.open("")
    for version in range(1000):
        wire.edit(version + 2, "x", (0, 0))
    assert (await wire.status())["pending"] == "1"


async def test_a_document_that_is_not_open_has_null_for_an_answer(wire: Wire) -> None:
    for uri in ("file:///work/unknown.py", "untitled:Untitled-1", "vscode-notebook-cell:/a#b", "", "?"):
        assert await wire.request("textDocument/hover", place(0, 0, uri)) is None
        assert await wire.request("textDocument/inlineCompletion", inline(0, 0, uri)) is None
        assert await wire.request("textDocument/completion", place(0, 0, uri)) is None
        assert await wire.request("workspace/executeCommand", command("glossator.explain", uri, at(0, 0))) is None
        assert await wire.request("workspace/executeCommand", command("glossator.why", uri)) is None


async def test_closing_the_document_ends_its_requests(wire: Wire) -> None:
    wire.open("hold\n")
    completion = wire.ask("textDocument/inlineCompletion", inline(0, 4))
    await wire.count("complete_held", 1)
    wire.notify("textDocument/didClose", {"textDocument": {"uri": FILE}})
    assert (await wire.answer(completion))["result"] is None
    assert await wire.request("textDocument/hover", place(0, 2)) is None
    await wire.count("complete_cancelled", 1)


async def test_edits_of_a_document_that_is_not_open_are_left_out(wire: Wire) -> None:
    wire.edit(2, "x", (0, 0))
    wire.notify("textDocument/didClose", {"textDocument": {"uri": FILE}})
    assert await wire.request("textDocument/hover", place(0, 0)) is None
    assert not wire.messages()
