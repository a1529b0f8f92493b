"""What happens to an engine in the wild, each fault injected: what the user then gets, in words."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process, create_subprocess_exec
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from glossator.child import environment
from glossator.engine.serve import JUMP_SECONDS, Idleness
from glossator.errors import ModelUnavailable
from glossator.models.base import Priority, Prompt, read
from glossator.models.engine_address import (
    EngineAddress,
    address_file,
    life_lock_file,
    log_file,
    open_log,
    read_address,
    socket_file,
    start_lock_file,
    trim_log,
    write_address,
)
from glossator.models.engine_command import engine_command
from glossator.models.engine_process import (
    AGAIN,
    STARTING,
    EngineModel,
    ensure_running,
    http_client,
    is_alive,
    is_older,
    status,
    stop,
)
from glossator.models.progress import Progress
from glossator.settings import EngineSettings, Settings
from tests.engine.own_engine import own_folders, tiny_settings, until

LONG = Prompt(text="def add(first, second):\n    return", max_tokens=3000, deadline=600)
SHORT = replace(LONG, max_tokens=5)

pytestmark = pytest.mark.slow

ASK = """
import asyncio, sys
from glossator.models.base import Prompt, read
from glossator.models.engine_process import EngineModel, status
from glossator.settings import parse
settings, _ = parse({"model": {"name": sys.argv[1]}, "engine": {"threads": 1}})
async def main():
    text, usage = await read(EngineModel(settings), Prompt(text="def add(first", max_tokens=4, deadline=600))
    print(bool(text), (await status()).pid)
asyncio.run(main())
"""


async def answers() -> bool:
    return await status() is not None


async def test_eight_processes_at_once_share_one_engine_and_all_get_answers(settings: Settings) -> None:
    command = [sys.executable, "-c", ASK, settings.model.name]
    asking = [await create_subprocess_exec(*command, stdout=PIPE, env=environment()) for _ in range(8)]
    said = {(await process.communicate())[0] for process in asking}
    found = await status()
    assert found is not None
    assert said == {b"True %d\n" % found.pid}
    assert not (log_file().with_suffix(".log.old")).exists(), "no second one was even tried"


async def test_killed_while_it_answers_nothing_comes_twice_and_one_line_says_so(settings: Settings) -> None:
    told: list[Progress] = []
    model = EngineModel(settings, told.append)
    pieces = model.stream(LONG)
    first = await anext(pieces)
    found = await status()
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)
    rest = []
    with pytest.raises(ModelUnavailable, match=r"broke off its answer\. Ask again"):
        async for piece in pieces:
            rest.append(piece.text)
    whole, _ = await read(model, LONG)
    assert whole.startswith(first.text + "".join(rest)), "what came was the beginning, once"
    assert [progress.message for progress in told].count(AGAIN) == 1
    assert [progress.message for progress in told].count(STARTING) == 1
    other = await status()
    assert other is not None and other.pid != found.pid
    assert not [child for child in psutil.Process().children() if child.status() == psutil.STATUS_ZOMBIE]
    await model.close()


async def test_killed_before_it_begins_to_answer_another_one_answers(settings: Settings) -> None:
    model = EngineModel(settings)
    await read(model, SHORT)
    found = await status()
    assert found is not None
    async with aclosing(model.stream(LONG)) as blocking:
        await anext(blocking)
        waiting = asyncio.create_task(read(EngineModel(settings), replace(SHORT, priority=Priority.WARM_UP)))

        async def queued() -> bool:
            now = await status()
            return now is not None and now.details["active_jobs"] == 2

        await until(queued)
        os.kill(found.pid, signal.SIGKILL)
    text, _ = await waiting
    assert text
    await model.close()


def leave_stale(kind: str) -> None:
    """What a dead engine may leave behind, and what nobody's engine ever wrote."""
    if kind == "socket":
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(socket_file()))
        listener.close()
        write_address(EngineAddress(os.getpid(), "0"))
    elif kind == "file in the socket's place":
        socket_file().write_bytes(b"not a socket")
    elif kind == "locks":
        for lock in (start_lock_file(), life_lock_file()):
            lock.write_text("1")
    elif kind == "address that cannot be read":
        address_file().write_bytes(b'{"pid": ')
    elif kind == "address of a port where nobody is":
        write_address(EngineAddress(os.getpid(), "0", 9, "token"))


@pytest.mark.parametrize(
    "kind",
    [
        "socket",
        "file in the socket's place",
        "locks",
        "address that cannot be read",
        "address of a port where nobody is",
    ],
)
async def test_what_a_dead_engine_left_is_in_nobodys_way(settings: Settings, kind: str) -> None:
    leave_stale(kind)
    assert not is_alive()
    assert (await ensure_running(settings)).state == "ready"


async def test_another_process_on_our_socket_is_not_listened_to(settings: Settings) -> None:
    """It accepts and says nothing, or nonsense; it holds no lock, so it is no engine."""
    said = []

    async def squat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said.append(await reader.read(100))
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
        await writer.drain()

    write_address(EngineAddress(os.getpid(), "0"))
    async with await asyncio.start_unix_server(squat, socket_file()):
        found = await ensure_running(settings)
        assert found.pid != os.getpid()
        assert said == []


async def test_folder_in_the_sockets_place_is_said(settings: Settings) -> None:
    socket_file().mkdir()
    with pytest.raises(ModelUnavailable, match=r"engine\.sock: remove it"):
        await ensure_running(settings)
    socket_file().rmdir()
    assert await ensure_running(settings)


FULL = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"


async def said_by(code: str, settings: Settings, **variables: str) -> str:
    """What a process that asks a model tells its user in the end."""
    command = [sys.executable, "-c", code, settings.model.name]
    process = await create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, env=environment() | variables)
    out, errors = await process.communicate()
    return (out + errors).decode().strip().splitlines()[-1]


async def test_full_disk_is_one_clear_sentence(settings: Settings) -> None:
    said = await said_by(FULL + ASK, settings)
    assert "The engine cannot use its folder" in said
    assert "Make room on that disk" in said
    assert not is_alive()


async def test_disk_that_becomes_full_does_not_end_the_engine(settings: Settings) -> None:
    await ensure_running(settings)
    found = await status()
    assert found is not None
    psutil.Process(found.pid).rlimit(psutil.RLIMIT_FSIZE, (0, 0))  # type: ignore[attr-defined]
    address = read_address()
    assert address is not None
    async with http_client(address, 60) as client:
        answer = await client.post("/v1/completions", json={"prompt": "a", "model": "unheard-of"})
        assert answer.status_code == 404, "its traceback cannot be written, and it goes on"
        assert (await client.post("/v1/completions", json={"prompt": "a", "max_tokens": 1})).status_code == 200


@pytest.mark.parametrize("place", ["a file", "a place of the system's"])
async def test_folder_that_cannot_be_used_is_one_clear_sentence(settings: Settings, folders: Path, place: str) -> None:
    file = folders / "file"
    file.write_text("")
    folder = file / "run" if place == "a file" else Path("/proc/glossator")
    said = await said_by(ASK, settings, GLOSSATOR_RUNTIME_DIR=str(folder))
    assert f"The folder {folder} cannot be made" in said
    assert "Set GLOSSATOR_RUNTIME_DIR to a folder that you may write to." in said


async def test_systems_own_folder_that_cannot_be_used_has_a_stand_in(settings: Settings, folders: Path) -> None:
    (folders / "glossator").write_text("")
    code = ASK + "from glossator.models.engine_process import stop\nprint(asyncio.run(stop()))\n"
    variables = {"GLOSSATOR_RUNTIME_DIR": "", "XDG_RUNTIME_DIR": str(folders), "TMPDIR": str(folders)}
    command = [sys.executable, "-c", code, settings.model.name]
    process = await create_subprocess_exec(*command, stdout=PIPE, env=environment() | variables)
    said, _ = await process.communicate()
    assert said.startswith(b"True ") and said.endswith(b"True\n")
    assert any(name.startswith("glossator-") for _, names, _ in os.walk(folders) for name in names)


def test_socket_paths_too_long_for_the_system_work(tiny_model: Path) -> None:
    with own_folders() as root:
        os.environ["GLOSSATOR_RUNTIME_DIR"] = str(root / ("deep" * 20) / ("deeper" * 10))
        assert len(os.environ["GLOSSATOR_RUNTIME_DIR"]) > 108
        assert asyncio.run(ensure_running(tiny_settings(tiny_model))).state == "ready"
        assert socket_file().exists()


@pytest.mark.parametrize(
    ("one", "other", "older"),
    [("0.9.0", "0.10.0", True), ("0.10.0", "0.9.0", False), ("1.0", "1.0", False)],
)
def test_versions_are_compared_by_their_numbers(one: str, other: str, older: bool) -> None:
    assert is_older(one, other) is older


async def started_as(version: str, settings: Settings) -> Process:
    """An engine that says it is of another version."""
    name = [*engine_command(settings)[1:]]
    code = f"import sys, glossator; glossator.__version__ = {version!r}; sys.argv = sys.argv[1:]; "
    code += "import runpy; runpy.run_module('glossator.engine', run_name='__main__', alter_sys=True)"
    with log_file().open("wb") as log:
        command = [sys.executable, "-c", code, *name[1:]]
        process = await create_subprocess_exec(*command, stdout=log, stderr=log, env=environment())
    await until(answers)
    return process


async def test_older_engine_is_replaced_when_it_is_idle_and_not_before(settings: Settings) -> None:
    process = await started_as("0.0.0", settings)
    model = EngineModel(settings)
    old = await status()
    assert old is not None and old.version == "0.0.0"
    address = read_address()
    assert address is not None
    told: list[Progress] = []
    async with http_client(address, None) as client:
        body = {"prompt": "def", "max_tokens": 2000, "stream": True}
        async with client.stream("POST", "/v1/completions", json=body) as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            replacing = asyncio.create_task(ensure_running(settings, told.append))

            async def waits() -> bool:
                return any("Waiting until the engine of version 0.0.0 is done" in one.message for one in told)

            await until(waits)
            assert [line async for line in lines][-2] == "data: [DONE]", "the other window's answer is whole"
    new = await replacing
    assert new.pid != old.pid and new.version != "0.0.0"
    assert await process.wait() == 0
    await model.close()


async def test_older_engine_that_stays_busy_is_said(settings: Settings) -> None:
    process = await started_as("0.0.0", settings)
    await ensure_ready()
    address = read_address()
    assert address is not None
    async with http_client(address, None) as client:
        body = {"prompt": "def", "max_tokens": 3000, "stream": True}
        async with client.stream("POST", "/v1/completions", json=body) as answer:
            lines = answer.aiter_lines()
            await anext(lines)
            hasty = replace(settings, engine=replace(settings.engine, load_timeout=0.1))
            with pytest.raises(ModelUnavailable, match=r"engine of version 0\.0\.0 is busy with another window"):
                await ensure_running(hasty)
    await stop()
    await process.wait()


async def ensure_ready() -> None:
    async def ready() -> bool:
        found = await status()
        return found is not None and found.state == "ready"

    await until(ready)


async def test_newer_engine_is_used_as_it_is(settings: Settings) -> None:
    process = await started_as("999.0.0", settings)
    found = await ensure_running(settings)
    assert found.version == "999.0.0"
    assert (await read(EngineModel(settings), SHORT))[0]
    await stop()
    await process.wait()


async def test_engine_that_slept_answers_when_it_wakes(settings: Settings) -> None:
    await ensure_running(settings)
    found = await status()
    assert found is not None
    os.kill(found.pid, signal.SIGSTOP)
    asking = asyncio.create_task(read(EngineModel(settings), SHORT))
    await asyncio.sleep(2)
    os.kill(found.pid, signal.SIGCONT)
    assert (await asking)[0]
    again = await status()
    assert again is not None and again.pid == found.pid, "it was not given up"


def test_time_that_the_machine_slept_is_not_idle_time() -> None:
    idle = Idleness(now=0)
    assert idle.seconds(1, last_used=0, busy=False) == 1
    assert idle.seconds(2, last_used=0, busy=True) == 0
    assert idle.seconds(3, last_used=0, busy=False) == 1
    assert idle.seconds(3 + JUMP_SECONDS + 1, last_used=0, busy=False) == 0, "it slept"
    assert idle.seconds(7, last_used=6.5, busy=False) == 0.5


async def test_log_is_bounded_and_the_one_before_is_kept(settings: Settings) -> None:
    log_file().write_text("of the engine before\n")
    descriptor = open_log()
    with os.fdopen(descriptor, "w") as stream:
        for number in range(1000):
            stream.write(f"line {number}\n")
        stream.flush()
        trim_log(stream, most=1000)
        kept = log_file().read_text("utf-8")
        assert len(kept) <= 500 and kept.startswith("line ") and kept.endswith("line 999\n")
        stream.write("and goes on\n")
    assert log_file().read_text("utf-8") == kept + "and goes on\n"
    assert log_file().with_suffix(".log.old").read_text("utf-8") == "of the engine before\n"
    with (log_file().parent / "other").open("w") as other:
        trim_log(other, most=1)
    assert log_file().read_text("utf-8") == kept + "and goes on\n", "only its own log"


async def test_loopback_with_a_token_serves_like_a_socket(settings: Settings) -> None:
    """What happens on Windows, here by a setting."""
    loopback = replace(settings, engine=EngineSettings(threads=1, loopback=True))
    assert (await ensure_running(loopback)).state == "ready"
    address = read_address()
    assert address is not None and address.port and address.token
    assert not socket_file().exists()
    assert address_file().stat().st_mode & 0o777 == 0o600
    assert (await read(EngineModel(loopback), SHORT))[0]
    wrong = ("x" * len(address.token), address.token + "x", "naïve")
    for token in wrong:
        async with http_client(replace(address, token=""), 60) as client:
            headers = {"Authorization": f"Bearer {token}".encode()}
            for method, path in (("GET", "/health"), ("POST", "/stop"), ("GET", "/v1/models")):
                assert (await client.request(method, path, headers=headers)).status_code == 401
    assert await stop()


async def test_idle_engine_forgets_the_model_and_every_window_gets_it_back(tiny_model: Path, folders: Path) -> None:
    settings = tiny_settings(tiny_model, idle_unload=0.01, idle_exit=0)
    windows = [EngineModel(settings) for _ in range(3)]
    before = [(await read(window, SHORT))[0] for window in windows]
    found = await status()
    assert found is not None

    async def unloaded() -> bool:
        now = await status()
        return now is not None and now.state == "unloaded"

    await until(unloaded)
    after = await asyncio.gather(*(read(window, SHORT) for window in windows))
    assert [text for text, _ in after] == before
    again = await status()
    assert again is not None and again.pid == found.pid
    for window in windows:
        await window.close()
