"""The engine's process: started once, replaced when it dies, gone when nobody needs it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from asyncio.subprocess import PIPE, create_subprocess_exec
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.child import environment
from glossator.errors import ModelMissing, ModelUnavailable, PartMissing
from glossator.models.base import Message, Priority, Prompt, read
from glossator.models.engine_address import address_file, log_file, read_address, socket_file
from glossator.models.engine_command import engine_command
from glossator.models.engine_process import (
    EngineModel,
    ensure_running,
    http_client,
    is_alive,
    status,
    stop,
)
from glossator.models.progress import Progress
from glossator.settings import ModelSettings, Settings
from tests.engine.own_engine import tiny_settings, until

LONG = Prompt(text="def add(first, second):\n    return", max_tokens=3000, deadline=600)
SHORT = replace(LONG, max_tokens=5)

pytestmark = pytest.mark.slow


async def test_engine_starts_on_first_need_tells_how_it_goes_and_stops(settings: Settings) -> None:
    told: list[Progress] = []
    model = EngineModel(settings, told.append)
    text, usage = await read(model, SHORT)
    assert text
    assert usage is not None
    assert (usage.completion_tokens, usage.finish_reason, usage.backend) == (5, "length", "The engine")
    assert set(usage.timings_ms) == {"queue", "prefill", "first_token", "decode"}
    assert told[0].message == "Starting the engine"
    assert told[-1].fraction == 1
    spoken, _ = await read(model, Prompt(messages=(Message("user", "add"),), max_tokens=3))
    assert spoken
    await _closing_the_stream_stops_generation(model)
    _, usage = await read(model, replace(LONG, deadline=0.2))
    assert usage is not None
    assert usage.finish_reason == "deadline"
    assert await stop()
    assert not is_alive()
    assert not socket_file().exists()
    assert not address_file().exists()
    assert not await stop(), "there is none any more"
    await model.close()


async def _closing_the_stream_stops_generation(model: EngineModel) -> None:
    async with aclosing(model.stream(replace(LONG, priority=Priority.HOVER))) as pieces:
        await anext(pieces)

    async def stopped() -> bool:
        found = await status()
        return found is not None and found.details["active_jobs"] == 0

    await until(stopped)
    found = await status()
    assert found is not None
    assert found.details["cancelled_jobs"] == 1
    assert found.details["generated_tokens"] < LONG.max_tokens


async def test_two_processes_starting_at_once_share_one_engine(settings: Settings) -> None:
    code = (
        "import asyncio, sys\n"
        "from glossator.models.engine_process import ensure_running\n"
        "from glossator.settings import parse\n"
        "settings, _ = parse({'model': {'name': sys.argv[1]}})\n"
        "print(asyncio.run(ensure_running(settings)).pid)\n"
    )
    command = [sys.executable, "-c", code, settings.model.name]
    both = [await create_subprocess_exec(*command, stdout=PIPE, env=environment()) for _ in range(2)]
    pids = {(await process.communicate())[0] for process in both}
    assert len(pids) == 1
    found = await status()
    assert found is not None
    assert pids == {b"%d\n" % found.pid}


async def test_killed_engine_is_one_clear_error_and_the_next_question_starts_another(settings: Settings) -> None:
    model = EngineModel(settings)
    pieces = model.stream(LONG)
    await anext(pieces)
    found = await status()
    assert found is not None
    os.kill(found.pid, signal.SIGKILL)
    with pytest.raises(ModelUnavailable, match="broke off"):
        async for _ in pieces:
            pass
    assert socket_file().exists(), "a dead engine leaves its socket behind"
    text, _ = await read(model, SHORT)
    assert text
    other = await status()
    assert other is not None
    assert other.pid != found.pid
    await model.close()


async def test_engine_unloads_then_exits_when_idle(tiny_model: Path, folders: Path) -> None:
    await ensure_running(tiny_settings(tiny_model, idle_unload=0.01, idle_exit=0.05))
    states = set()

    async def ended() -> bool:
        found = await status()
        states.add(found.state if found else "gone")
        return not is_alive()

    await until(ended)
    assert "unloaded" in states
    assert not socket_file().exists()


async def test_sigterm_ends_it_cleanly_and_loopback_wants_the_token(settings: Settings) -> None:
    with log_file().open("wb") as log:
        command = [*engine_command(settings), "--tcp"]
        process = await create_subprocess_exec(*command, stdout=log, stderr=log, env=environment())
    await until(answers)
    found = await ensure_running(settings)
    assert found.pid == process.pid, "the one on loopback was found, no other started"
    address = read_address()
    assert address is not None
    assert address_file().stat().st_mode & 0o777 == 0o600
    async with http_client(replace(address, token=""), 60) as client:
        assert (await client.get("/health")).status_code == 401
    model = EngineModel(settings)
    assert (await read(model, SHORT))[0]
    await model.close()
    process.send_signal(signal.SIGTERM)
    assert await process.wait() == 0
    assert not address_file().exists()
    assert "Traceback" not in log_file().read_text("utf-8")


async def test_model_that_cannot_be_loaded_is_said_and_tried_again(tmp_path: Path, settings: Settings) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "llama"}')
    (tmp_path / "tokenizer.json").write_text((Path(settings.model.name) / "tokenizer.json").read_text("utf-8"))
    broken = replace(settings, model=ModelSettings(str(tmp_path)))
    with pytest.raises(ModelMissing, match="has no weights"):
        await ensure_running(broken)
    found = await status()
    assert found is not None
    assert found.state == "failed"
    assert (await ensure_running(settings)).pid != found.pid, "a failed engine is replaced"


async def test_missing_model_needs_no_engine_to_be_said(folders: Path) -> None:
    with pytest.raises(ModelMissing, match="glossator models pull"):
        await read(EngineModel(Settings()), SHORT)
    with pytest.raises(ModelMissing, match="neither in the catalog nor a folder"):
        await read(EngineModel(Settings(model=ModelSettings("/nowhere"))), SHORT)
    assert not is_alive()


async def answers() -> bool:
    return await status() is not None


def test_missing_packages_are_said_in_one_line_with_status_3(folders: Path) -> None:
    """Without site packages (``-S``): an installation that has Glossator and nothing else."""
    code = "import runpy; runpy.run_module('glossator.engine', run_name='__main__')"
    bare = [sys.executable, "-S", "-c", f"import sys; sys.path[:0] = {_own_folders_only()!r}; {code}"]
    process = subprocess.run(bare, capture_output=True, text=True, env=environment(), check=False)
    assert process.returncode == PartMissing.exit_code
    assert "pip install 'glossator[local]'" in process.stderr
    assert process.stderr.count("\n") == 1


def _own_folders_only() -> list[str]:
    import glossator

    return [str(Path(glossator.__file__).parents[1])]
