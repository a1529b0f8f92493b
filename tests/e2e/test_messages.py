"""Nonsense on the wire: each request has an answer, and the server lives."""

from tests.e2e.wire import FILE, Wire, at, command, inline, place

PARSE_ERROR, INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS = -32700, -32600, -32601, -32602
NOT_INITIALIZED = -32002


async def test_requests_before_initialize_are_refused(fresh: Wire) -> None:
    assert (await fresh.refused("textDocument/hover", place(0, 0)))["code"] == NOT_INITIALIZED
    assert (await fresh.refused("shutdown"))["code"] == NOT_INITIALIZED
    fresh.open("easy\n")
    await fresh.initialize()
    assert await fresh.request("textDocument/hover", place(0, 0)) is None  # what was opened before is not


async def test_initialize_comes_once(wire: Wire) -> None:
    error = await wire.refused("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    assert error["code"] == INVALID_REQUEST
    assert await wire.status()


async def test_requests_work_without_the_initialized_notification(fresh: Wire) -> None:
    await fresh.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
    fresh.open("easy\n")
    assert await fresh.request("textDocument/hover", place(0, 2))


async def test_requests_after_shutdown_are_refused(wire: Wire) -> None:
    await wire.request("shutdown")
    assert (await wire.refused("textDocument/hover", place(0, 0)))["code"] == INVALID_REQUEST
    wire.notify("exit")
    assert await wire.ended() == 0


async def test_unknown_methods_are_refused(wire: Wire) -> None:
    for method in ("textDocument/definition", "glossator/nothing", "$/nothing", ""):
        assert (await wire.refused(method, {"a": {"type_name": "trap", "def": 1}}))["code"] == METHOD_NOT_FOUND


async def test_parameters_that_do_not_fit_are_refused(wire: Wire) -> None:
    document = {"uri": FILE}
    for params in (None, {}, [], 7, {"textDocument": FILE}, {"textDocument": document, "position": {"line": -1}}):
        assert (await wire.refused("textDocument/hover", params))["code"] == INVALID_PARAMS, params
    assert await wire.status()


async def test_wrong_arguments_of_commands_are_refused(wire: Wire) -> None:
    wire.open("easy\n")
    for wish in (
        command("glossator.explain"),
        command("glossator.explain", 7),
        command("glossator.explain", FILE, "there"),
        command("glossator.explain", FILE, {"line": "one"}),
        command("glossator.explain", FILE, at(0, 0), {"synthesis": "always"}),
        command("glossator.explain", FILE, at(0, 0), {"question": 7}),
        command("glossator.explain", FILE, at(0, 0), {}, "more"),
        command("glossator.why"),
        command("glossator.unknown"),
    ):
        error = await wire.refused("workspace/executeCommand", wish)
        assert error["code"] == INVALID_PARAMS, wish
        assert "glossator" in error["message"]


async def answers_without_id(wire: Wire, count: int) -> int:
    """The code of the last answer to nobody, when there are so many."""
    await wire.until(lambda: wire.answer_counts[None] == count)
    return int(wire.answers[None]["error"]["code"])


async def test_what_is_not_json_is_answered(wire: Wire) -> None:
    for count, body in enumerate((b"{", b"nonsense", b"\xff\xfe", b"[" * 100_000, b" "), start=1):
        wire.send_raw(body)
        assert await answers_without_id(wire, count) == PARSE_ERROR
        assert await wire.status()


async def test_json_that_is_no_message_is_answered(wire: Wire) -> None:
    for count, value in enumerate(([], 7, None, "text", {}, {"id": {}}, {"jsonrpc": "2.0"}), start=1):
        wire.send(value)
        assert await answers_without_id(wire, count) == INVALID_REQUEST
    wire.send({"jsonrpc": "1.0", "id": "old", "method": "shutdown"})
    assert (await wire.answer("old"))["error"]["code"] == INVALID_REQUEST
    assert await wire.status()


async def test_a_request_with_an_unusable_id_is_answered(wire: Wire) -> None:
    for count, identity in enumerate((None, {}, [1], 1.5), start=1):
        wire.send({"jsonrpc": "2.0", "id": identity, "method": "textDocument/hover", "params": place(0, 0)})
        assert await answers_without_id(wire, count) == INVALID_REQUEST


async def test_ids_may_be_text(wire: Wire) -> None:
    wire.open("easy\n")
    wire.send({"jsonrpc": "2.0", "id": "one", "method": "textDocument/hover", "params": place(0, 2)})
    assert (await wire.answer("one"))["result"]


async def test_broken_notifications_and_stray_answers_are_left_out(wire: Wire) -> None:
    wire.open("easy\n")
    wire.notify("textDocument/didChange", {"contentChanges": "?"})
    wire.notify("textDocument/didOpen")
    wire.notify("$/cancelRequest", {"id": {}})
    wire.notify("window/workDoneProgress/cancel", {"token": {}})
    wire.notify("$/setTrace", {"value": "loud"})
    wire.notify("workspace/didChangeConfiguration", {"settings": 7})
    wire.notify("nobody/knows", {"this": 1})
    wire.send({"jsonrpc": "2.0", "id": 99, "result": None})
    wire.send({"jsonrpc": "2.0", "id": "x", "error": {"code": 1}})
    assert await wire.request("textDocument/hover", place(0, 2))
    assert not wire.messages()


async def test_parameters_may_look_like_messages(wire: Wire) -> None:
    wire.open("easy\n")
    wish = command("glossator.explain", FILE, at(0, 2), {"jsonrpc": "2.0", "id": 5, "method": "shutdown"})
    assert await wire.request("workspace/executeCommand", wish)


async def test_what_a_library_prints_does_not_disturb_the_protocol(wire: Wire) -> None:
    wire.open("noisy\n")
    assert await wire.request("textDocument/hover", place(0, 2))
    assert await wire.request("textDocument/inlineCompletion", inline(0, 5))
