"""What somebody who types sees of the engine's life: the status item, and no window."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from glossator.models.engine_process import AGAIN, STARTING, status
from tests.e2e.wire import Wire, inline, serving, without_settings
from tests.engine.own_engine import until

CODE = "for number in range(10):\n    print(\n"

pytestmark = pytest.mark.slow


@pytest.fixture
async def editor(tiny_model: Path, folders: Path) -> AsyncIterator[Wire]:
    """The server as it is installed, with the tiny model and an editor that has ghost text."""
    own = {name: value for name, value in os.environ.items() if name.startswith(("GLOSSATOR_", "XDG_"))}
    more = {"GLOSSATOR_MODEL_NAME": str(tiny_model), "GLOSSATOR_ENGINE_THREADS": "1"}
    async with serving([sys.executable, "-m", "glossator", "serve"], {**without_settings(), **own, **more}) as wire:
        await wire.initialize({"textDocument": {"inlineCompletion": {}}}, rootUri=folders.as_uri())
        wire.open(CODE, (folders / "demo.py").as_uri())
        yield wire


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

        async def lives() -> bool:
            return await status() is not None

        await until(lives)
    assert editor.messages() == []
