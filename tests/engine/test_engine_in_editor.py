"""What somebody who types sees of the engine's life: the status item, and no window."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from glossator.models.engine_command import engine_command
from glossator.models.engine_process import AGAIN, STARTING, status
from tests.e2e.wire import PATIENCE, Wire, inline, serving, without_settings
from tests.engine.own_engine import tiny_settings, until
from tests.engine.slow_engine import MESSAGE

CODE = "for number in range(10):\n    print(\n"

pytestmark = pytest.mark.slow


@asynccontextmanager
async def editor_on(model: Path, folders: Path) -> AsyncIterator[Wire]:
    """The server as it is installed, with the tiny model and an editor that has ghost text."""
    own = {name: value for name, value in os.environ.items() if name.startswith(("GLOSSATOR_", "XDG_"))}
    more = {"GLOSSATOR_MODEL_NAME": str(model), "GLOSSATOR_ENGINE_THREADS": "1"}
    async with serving([sys.executable, "-m", "glossator", "serve"], {**without_settings(), **own, **more}) as wire:
        await wire.initialize({"textDocument": {"inlineCompletion": {}}}, rootUri=folders.as_uri())
        wire.open(CODE, (folders / "demo.py").as_uri())
        yield wire


@pytest.fixture
async def editor(tiny_model: Path, folders: Path) -> AsyncIterator[Wire]:
    """One editor."""
    async with editor_on(tiny_model, folders) as wire:
        yield wire


@contextmanager
def slow_engine(model: Path, gates: Path) -> Iterator[None]:
    """An engine that loads as far as the files in a folder let it; it is gone afterwards."""
    command = engine_command(tiny_settings(model))
    own = [sys.executable, "-m", "tests.engine.slow_engine", str(gates), *command[command.index("--model") :]]
    with subprocess.Popen(own, cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL) as process:
        try:
            yield
        finally:
            process.kill()


async def test_every_editor_shows_how_far_the_model_is_loaded(tiny_model: Path, folders: Path) -> None:
    uri, gates = (folders / "demo.py").as_uri(), folders / "gates"
    gates.mkdir()

    def shows(editor: Wire, message: str) -> bool:
        return message in [one["message"] for one in editor.notifications("glossator/status")]

    with slow_engine(tiny_model, gates):
        async with editor_on(tiny_model, folders) as one, editor_on(tiny_model, folders) as other:
            await asyncio.wait_for(until(answers), PATIENCE)
            asked = [editor.ask("textDocument/inlineCompletion", inline(1, 10, uri, kind=1)) for editor in (one, other)]
            for editor in (one, other):
                await editor.until(lambda editor=editor: shows(editor, f"{MESSAGE} (50%)"))  # type: ignore[misc]
            (gates / "half").touch()
            for editor in (one, other):
                await editor.until(lambda editor=editor: shows(editor, f"{MESSAGE} (95%)"))  # type: ignore[misc]
            (gates / "whole").touch()
            for editor, identity in zip((one, other), asked, strict=True):
                assert (await editor.answer(identity))["result"], "a suggestion, once the model is there"
                assert editor.messages() == []
                assert not shows(editor, STARTING)


async def answers() -> bool:
    """Whether an engine does."""
    return await status() is not None


async def test_engine_that_dies_is_one_quiet_line_and_the_next_suggestion_comes(editor: Wire, folders: Path) -> None:
    uri = (folders / "demo.py").as_uri()

    def shown() -> list[str]:
        return [one["message"] for one in editor.notifications("glossator/status")]

    # By hand: while one types, the open files answer as long as there is no model.
    asked = inline(1, 10, uri, kind=1)
    await editor.request("textDocument/inlineCompletion", asked)
    assert any(message.startswith(STARTING) for message in shown())
    for death in (1, 2):
        found = await status()
        assert found is not None
        os.kill(found.pid, signal.SIGKILL)
        editor.edit(death + 1, CODE + "\n" * death, uri=uri)
        await editor.request("textDocument/inlineCompletion", asked)
        assert sum(message == AGAIN for message in shown()) == death, "one line for each death"
        await until(answers)
    assert editor.messages() == []
