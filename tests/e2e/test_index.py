"""A question in the editor, and the index that it needs: shown while it is built, stopped when the user stops it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from glossator.research.index.contents import edition
from glossator.resolve.distributions import Installed
from tests.e2e.test_lifecycle import gone
from tests.e2e.wire import Wire, at, command, place, serving, without_settings
from tests.server.toy import install_toys

CODE = "from toys import Toy\nToy('red').describe()\n"
WISH = {"synthesis": "none", "question": "carry it to another room"}


@pytest.fixture
async def wire(tmp_path: Path) -> AsyncIterator[Wire]:
    """A server whose workspace has the toys in its environment."""
    install_toys(tmp_path).rename(tmp_path / ".venv")
    folders = {f"GLOSSATOR_{name}_DIR": str(tmp_path / name.lower()) for name in ("DATA", "CACHE", "CONFIG", "RUNTIME")}
    environment = {**without_settings(), **folders, "GLOSSATOR_HOVER_SYNTHESIS": "cached"}
    async with serving([sys.executable, "-m", "glossator", "serve"], environment) as one:
        await one.initialize(rootUri=tmp_path.as_uri())
        yield one


@pytest.fixture
def lock(tmp_path: Path) -> FileLock:
    """What whoever builds the toys' index holds."""
    one = edition(Installed(tmp_path / ".venv", tmp_path), "toys")
    assert one is not None
    (tmp_path / "cache" / "index").mkdir(parents=True)
    return FileLock(tmp_path / "cache" / "index" / f"{one.file_name}.lock")


def progress(wire: Wire, token: str) -> list[str]:
    told = [one["value"] for one in wire.notifications("$/progress") if one["token"] == token]
    return [one["message"] for one in told if one["kind"] == "report"]


async def test_a_question_is_answered_from_an_index_that_is_built_for_it(wire: Wire, tmp_path: Path) -> None:
    uri = (tmp_path / "demo.py").as_uri()
    wire.open(CODE, uri)
    wish = command("glossator.explain", uri, at(1, 13), WISH, workDoneToken="t")
    answer = await wire.request("workspace/executeCommand", wish)
    assert "`Base.to`: Carry the toy to another room." in str(answer["explanation"]["synthesis"])
    assert any(one.startswith("Indexing toys 1.2.3") for one in progress(wire, "t"))
    assert answer["explanation"]["problems"] == []


async def test_the_wait_for_an_index_can_be_stopped_and_hovers_do_not_wait(
    wire: Wire, lock: FileLock, tmp_path: Path
) -> None:
    uri = (tmp_path / "demo.py").as_uri()
    wire.open(CODE, uri)
    with lock:  # as if another window were building it
        asked = wire.ask(
            "workspace/executeCommand", command("glossator.explain", uri, at(1, 13), WISH, workDoneToken="t")
        )
        await wire.until(lambda: any(one.startswith("Indexing toys") for one in progress(wire, "t")))
        hover = await wire.request("textDocument/hover", place(1, 13, uri))
        assert "Describe the toy in words." in hover["contents"]["value"]
        wire.notify("window/workDoneProgress/cancel", {"token": "t"})
        answer = await wire.answer(asked)
        assert "error" in answer
        late = command("glossator.explain", uri, at(1, 13), WISH)
        explanation = (await wire.request("workspace/executeCommand", late))["explanation"]
        assert "still being built" in explanation["problems"][0]["what"]
        server = psutil.Process(wire.process.pid)
        children = server.children(recursive=True)
        assert len(children) >= 2  # the symbol server, and who waits for the lock
        assert await wire.close() == 0
        await gone(server, *children)
