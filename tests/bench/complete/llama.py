"""llama.cpp's server, asked as llama.vim asks it but for the suffix, which these weights cannot read."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).parents[3]
START_SECONDS = 300.0
ANSWER_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its text, how many tokens it has, and tokens per second as the server counts them."""

    text: str
    tokens: int
    prefill_rate: float = 0.0
    decode_rate: float = 0.0


class Llama:
    """The server behind an address. ``generated`` counts the tokens of all answers."""

    def __init__(self, address: str) -> None:
        self.generated = 0
        self._client = httpx2.AsyncClient(base_url=address, timeout=ANSWER_SECONDS, trust_env=False)

    async def say(self, prompt: str | Sequence[int], tokens: int, **options: Any) -> Said:
        """The likeliest continuation: llama.vim draws from the likeliest 40, which no two runs would do alike."""
        body = {
            "prompt": prompt,
            "n_predict": tokens,
            "id_slot": 0,
            "cache_prompt": True,
            "samplers": ["top_k"],
            "top_k": 1,
            **options,
        }
        answer = await self._client.post("/completion", json=body)
        answer.raise_for_status()
        told = answer.json()
        figures = told.get("timings", {})
        count = int(told.get("tokens_predicted", figures.get("predicted_n", 0)))
        self.generated += count
        rates = (float(figures.get(f"{name}_per_second") or 0) for name in ("prompt", "predicted"))
        return Said(told["content"], count, *rates)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


@contextmanager
def llama_server(weights: Path, threads: int) -> Iterator[str]:
    """A server in a process of its own; gives its address. It is killed afterwards, and where it does not start."""
    command = [sys.executable, "-m", "tests.bench.complete.llama_process", str(weights), str(threads)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    impatience = threading.Timer(START_SECONDS, process.kill)
    impatience.start()
    assert process.stdout is not None
    try:
        address = next((line.strip() for line in process.stdout if line.startswith("http")), "")
        impatience.cancel()
        if not address:
            raise SystemExit(f"llama.cpp's server does not start with {weights.name}.")
        yield address
    finally:
        impatience.cancel()
        process.kill()
        process.communicate()
