"""`python -m tests.bench.plain FOLDER THREADS`: transformers' own `generate`, one JSON line a question.

In: `{"text": …, "max_tokens": …}`. Out: first `{"ready": true}`, then `{"first_ms", "rate", "tokens", "mib"}` each.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import psutil
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.generation.streamers import BaseStreamer
from transformers.utils import logging

from tests.bench.client import MEBIBYTE


class Clock(BaseStreamer):  # type: ignore[misc]
    """Notes when each token comes; the first thing that `generate` shows a streamer is the question."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def put(self, value: object) -> None:
        """A token, or the question."""
        self.times.append(time.perf_counter())

    def end(self) -> None:
        """Nothing is left to note."""


def main(folder: str, threads: str) -> None:
    """Load, say so, and answer until the end of the input."""
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(int(threads))
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, local_files_only=True).eval()
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(tokenizer, model, **json.loads(line))), flush=True)


def answer(tokenizer: Any, model: Any, text: str, max_tokens: int) -> dict[str, float]:
    """The figures of one greedy answer."""
    clock, begin = Clock(), time.perf_counter()
    question = tokenizer(text, return_tensors="pt")
    model.generate(**question, max_new_tokens=max_tokens, do_sample=False, streamer=clock, pad_token_id=0)
    first, *_, last = clock.times[1:]
    tokens = len(clock.times) - 1
    return {
        "first_ms": (first - begin) * 1000,
        "rate": (tokens - 1) / (last - first),
        "tokens": tokens,
        "mib": psutil.Process().memory_info().rss / MEBIBYTE,
    }


if __name__ == "__main__":
    main(*sys.argv[1:])
