"""The bench of completions with the real engine and llama.cpp's real server, a few keys and tokens of it."""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator.models import engine_process
from glossator.settings import EngineSettings, Settings
from tests.bench.complete.__main__ import OURS, arguments, plain, speeds, type_all
from tests.bench.complete.llama import Llama, llama_server
from tests.bench.complete.llama_vim import LlamaVim
from tests.bench.complete.ours import Ours
from tests.bench.complete.speed import Rates
from tests.bench.complete.typing import Hole
from tests.engine.own_engine import own_folders

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def address(weights: Path) -> Iterator[str]:
    """llama.cpp's server, and folders of our own for the engine, which ends with them."""
    with own_folders(GLOSSATOR_DATA_DIR=str(weights.parents[1])), llama_server(weights / "model.gguf", 1) as found:
        yield found


async def test_both_read_write_and_type(address: str, tmp_path: Path) -> None:
    file = tmp_path / "demo==1" / "demo.py"
    file.parent.mkdir()
    shutil.copy(argparse.__file__, file)
    text = "import os\n\n\ndef size_of(path):\n    "
    hole = Hole(str(file), text, ("r", "e", "t", "u", "r", "n"), "\n")
    options = arguments().parse_args(["--rounds", "1", "--prompt", "32", "--written", "4", "--threads", "1"])
    settings = Settings(engine=EngineSettings(threads=1))
    server, ours, rates = Llama(address), Ours(settings), [Rates("llama.cpp", 1)]
    try:
        await engine_process.ensure_running(settings)
        rates.insert(0, await speeds(settings, options, {"Q4_1": server}, rates))
        logs = await type_all([hole], {OURS: ours, "llama.vim": LlamaVim(server)})
    finally:
        await ours.close()
        await server.close()
    assert all(min(one.read + one.written + one.edited) > 0 for one in rates)
    assert rates[0].weight_bytes > 100e6
    assert [(log.keys, log.stale) for log in logs] == [(6, 0), (6, 0)]
    assert all(log.generated > 0 for log in logs)
    assert [json.loads(json.dumps(plain(log)))["keys"] for log in logs] == [6, 6]
