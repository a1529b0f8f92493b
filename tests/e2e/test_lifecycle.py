"""How it ends: in order, or without, but always with nothing left behind."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import psutil
import pytest

from glossator.lsp.lifecycle import EDITOR_CHECK_SECONDS
from tests.e2e.wire import PATIENCE, SERVER, Wire, connected, inline, without_settings


async def gone(*processes: psutil.Process) -> None:
    """Wait until the processes have ended. A zombie has: its parent, perhaps the test's container, is only slow."""

    def ended(process: psutil.Process) -> bool:
        try:
            return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    await until(lambda: all(map(ended, processes)))


async def until(holds: Callable[[], object]) -> None:
    """Poll until something holds of the system's processes, which send no events."""

    async def poll() -> None:
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    await asyncio.wait_for(poll(), PATIENCE)


async def family(wire: Wire) -> list[psutil.Process]:
    """The server and the child that its parts started."""
    child = (await wire.status())["child"]
    return [psutil.Process(wire.process.pid), psutil.Process(int(child))]


async def test_shutdown_and_exit_end_with_zero() -> None:
    async with connected(SCRIPTED_CHILD="1") as wire:
        await wire.initialize()
        processes = await family(wire)
        assert await wire.close() == 0
        await gone(*processes)


async def test_the_parts_are_closed_before_shutdown_is_answered() -> None:
    async with connected(SCRIPTED_CHILD="1") as wire:
        await wire.initialize()
        _, child = await family(wire)
        await wire.request("shutdown")
        await gone(child)
        assert wire.process.returncode is None


async def test_exit_right_behind_shutdown_leaves_it_its_answer(wire: Wire) -> None:
    asked = wire.ask("shutdown")
    wire.notify("exit")
    assert (await wire.answer(asked))["result"] is None
    assert await wire.ended() == 0


async def test_exit_without_shutdown_ends_with_one() -> None:
    async with connected(SCRIPTED_CHILD="1") as wire:
        await wire.initialize()
        processes = await family(wire)
        wire.notify("exit")
        assert await wire.ended() == 1
        await gone(*processes)


async def test_exit_before_initialize_ends_with_one(fresh: Wire) -> None:
    fresh.notify("exit")
    assert await fresh.ended() == 1


@pytest.mark.parametrize("greeted", [True, False])
async def test_the_end_of_input_is_the_end(greeted: bool) -> None:
    async with connected(SCRIPTED_CHILD="1") as wire:
        processes = [psutil.Process(wire.process.pid)]
        if greeted:
            await wire.initialize()
            processes = await family(wire)
        assert wire.process.stdin is not None
        wire.process.stdin.close()
        assert await wire.ended() == 1
        await gone(*processes)


async def test_a_message_cut_off_in_the_middle_is_the_end(wire: Wire) -> None:
    assert wire.process.stdin is not None
    wire.process.stdin.write(b'Content-Length: 1000\r\n\r\n{"jsonrpc"')
    wire.process.stdin.close()
    assert await wire.ended() == 1


async def test_requests_under_way_are_answered_at_shutdown(wire: Wire) -> None:
    wire.open("hold\n")
    asked = wire.ask("textDocument/inlineCompletion", inline(0, 4))
    await wire.count("complete_held", 1)
    assert await wire.close() == 0
    answer = await wire.answer(asked)
    assert answer["error"]["code"] == -32800


async def test_parts_that_hang_do_not_keep_the_process() -> None:
    async with connected(SCRIPTED_HANG="1") as wire:
        await wire.initialize()
        assert await wire.status()
        await wire.request("shutdown")
        wire.notify("exit")
        await wire.ended()


async def test_an_editor_outside_of_our_container_is_not_taken_for_dead(fresh: Wire) -> None:
    await fresh.initialize(process=2**30)
    await asyncio.sleep(2 * EDITOR_CHECK_SECONDS)  # nothing is to happen, so there is nothing to poll for
    assert await fresh.status()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
async def test_a_terminated_server_takes_its_children_along() -> None:
    async with connected(SCRIPTED_CHILD="1") as wire:
        await wire.initialize()
        processes = await family(wire)
        wire.process.terminate()
        await gone(*processes)


EDITOR = """
import os, subprocess, sys, time
command, inherited = sys.argv[1:3], int(sys.argv[3])
process = subprocess.Popen(command, stdin=inherited, stdout=subprocess.DEVNULL)
print(process.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def editor() -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """An editor that started a server, and the pipe to the server's input, which outlives the editor."""
    read, write = os.pipe()
    environment = {**without_settings(), "SCRIPTED_CHILD": "1"}
    command = [sys.executable, "-c", EDITOR, sys.executable, str(SERVER), str(read)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, pass_fds=[read], env=environment)
    os.close(read)
    try:
        yield process, write
    finally:
        process.kill()
        process.communicate()
        os.close(write)


@pytest.mark.skipif(sys.platform == "win32", reason="inherited pipes")
async def test_a_killed_editor_leaves_no_process(editor: tuple["subprocess.Popen[bytes]", int]) -> None:
    process, write = editor
    assert process.stdout is not None
    server = psutil.Process(int(process.stdout.readline()))
    initialize = '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":%d,"capabilities":{}}}'
    for body in (initialize % process.pid, '{"jsonrpc":"2.0","method":"initialized","params":{}}'):
        os.write(write, f"Content-Length: {len(body)}\r\n\r\n{body}".encode())

    await until(server.children)
    children = server.children()
    process.kill()
    process.wait()
    await gone(server, *children)


async def test_importing_the_server_stays_light() -> None:
    heavy = "{'torch', 'transformers', 'openai', 'httpx', 'tree_sitter', 'numpy'}"
    code = f"import sys, glossator.lsp.server, glossator.cli.serve; print(*{heavy} & set(sys.modules))"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    assert output.decode().split() == []
