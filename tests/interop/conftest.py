"""Two servers of the OpenAI API by other hands, with the embedded model's own weights: no network, some seconds."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from glossator.models.catalog import SMOLLM2
from glossator.models.conversion import convert
from glossator.models.pull import pull
from glossator.models.store import model_folder
from tests.engine.own_engine import own_folders

KEY = "a-key-for-llama"
PATIENCE = 180.0


@pytest.fixture(scope="session")
def weights() -> Path:
    """The folder of the embedded model, pulled and converted once on this machine."""
    data = os.environ.get("GLOSSATOR_TEST_DATA_DIR") or Path.home() / ".cache" / "glossator-test"
    with own_folders(GLOSSATOR_DATA_DIR=str(data)):
        pull(SMOLLM2.name)
        convert(SMOLLM2.name)
        return model_folder(SMOLLM2.name)


@pytest.fixture(scope="session")
def llama(weights: Path) -> Iterator[str]:
    """llama.cpp's server; its address with /v1."""
    command = [sys.executable, "-m", "tests.interop.llama_server", str(weights / "model.gguf"), KEY]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield f"{process.stdout.readline().strip()}/v1"
        process.kill()


@pytest.fixture(scope="session")
def transformers_serve(weights: Path) -> Iterator[tuple[str, str]]:
    """`transformers serve`; its address with /v1, and the model's name there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = str(weights / "converted")
    program = Path(sys.executable).with_name("transformers")
    command = [str(program), "serve", folder, "--port", str(port), "--device", "cpu"]
    environment = {**os.environ, "HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}
    quiet = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdin=quiet, stdout=quiet, stderr=quiet) as process:
        _await_answer(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}/v1", folder
        process.kill()


def _await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx2.get(url, timeout=5.0, trust_env=False)
            return
        except httpx2.HTTPError:
            time.sleep(0.1)
    raise AssertionError("transformers serve did not come up")
