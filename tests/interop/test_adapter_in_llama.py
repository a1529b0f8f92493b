"""An adapter in llama.cpp, as we exported it: on the same weights it says what our engine's adapter says."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from glossator.engine.load import Models
from glossator.engine.state import EngineState
from glossator.models.adapters import add, remove
from glossator.models.conversion import adapter_to_gguf
from glossator.settings import ModelSettings
from tests.engine.own_engine import own_folders
from tests.engine.test_adapter_export import write_llama_lora
from tests.interop.conftest import KEY

pytestmark = pytest.mark.slow

PROMPTS = ("def add(first, second):\n    return", "import os\n\nfor name in os.listdir(", "class Stack:\n    def")
CLOSE = 0.35  # of a logarithm; llama.cpp rounds what it multiplies to 8 bits, and our weights are not rounded again
NAME = "random-for-llama"


@contextmanager
def llama_with(weights: Path, adapter: Path | None) -> Iterator[str]:
    """llama.cpp's server with an adapter or without; its address."""
    command = [sys.executable, "-m", "tests.interop.llama_server", str(weights / "model.gguf"), KEY]
    command += [str(adapter)] if adapter else []
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.kill()


def said_by_llama(address: str, tokens: list[int]) -> dict[int, float]:
    """The likeliest tokens behind others, with the logarithms of their probabilities."""
    body = {"prompt": tokens, "n_predict": 1, "temperature": 0, "n_probs": 10, "cache_prompt": False}
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = httpx2.post(f"{address}/completion", json=body, headers=headers, timeout=300, trust_env=False)
    assert answer.status_code == 200, answer.text
    told = answer.json()["completion_probabilities"][0]["top_logprobs"]
    return {int(one["id"]): float(one["logprob"]) for one in told}


def test_an_exported_adapter_does_in_llama_cpp_what_it_does_here(weights: Path, tmp_path: Path) -> None:
    import numpy

    folder = str(weights / "converted")
    with own_folders(GLOSSATOR_DATA_DIR=str(weights.parents[1])):
        add(write_llama_lora(tmp_path / NAME, weights / "converted", scale=0.05, rank=8), NAME)
        try:
            adapter_to_gguf(NAME, folder, tmp_path / "adapter.gguf")
            models = Models(EngineState(folder), 1, ModelSettings(folder, runtime="torch"))
            ours, base = (models.get(name) for name in (f"{folder}:{NAME}", folder))
            rows = {}
            for text in PROMPTS:
                tokens = ours.tokenizer.encode(text)
                scores = [one.runtime.session().feed(tokens).astype(float) for one in (ours, base)]
                rows[tuple(tokens)] = [one - one.max() - numpy.log(numpy.exp(one - one.max()).sum()) for one in scores]
        finally:
            remove(NAME)
    with llama_with(weights, tmp_path / "adapter.gguf") as address:
        for tokens, (adapted, plain) in rows.items():
            told = said_by_llama(address, list(tokens))
            assert max(told, key=lambda token: told[token]) == adapted.argmax()
            errors = [abs(value - adapted[token]) for token, value in told.items()]
            assert max(errors) < CLOSE
            assert max(abs(value - plain[token]) for token, value in told.items()) > 2 * CLOSE, (
                "the base says otherwise"
            )
