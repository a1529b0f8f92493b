"""Real Neovims, each with the plugin in a folder of its own."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.clients.neovim import install
from tests.clients.neovim.editor import Editor, running

VERSIONS = {"0.11": install.neovim_011, "0.12": install.neovim_012}


@pytest.fixture(scope="session", params=VERSIONS)
def program(request: pytest.FixtureRequest) -> Path:
    """A real Neovim."""
    return VERSIONS[request.param]()


@pytest.fixture
def start(program: Path, tmp_path: Path) -> Iterator[Callable[..., Editor]]:
    """Starts Neovim with a text; all are gone afterwards."""
    with ExitStack() as stack:

        def started(text: str | None = "", name: str = "demo.py", **more: Any) -> Editor:
            if text is not None:
                (tmp_path / name).write_bytes(text.encode())
                more["arguments"] = [*more.get("arguments", ()), str(tmp_path / name)]
            return stack.enter_context(running(program, tmp_path, **more))

        yield started
