"""`python -m tests.bench.loss`: what the graph of 8 bits loses on code, beside transformers in fp32.

The code is the standard library's, by the tokens of several modules one after the other. A pass is refused, with
status 1, where the loss is more than 1 % worse than that of fp32. Times are not taken.
"""

from __future__ import annotations

import argparse
import csv
import heapq
import sys
import textwrap
from pathlib import Path

import numpy

from glossator.engine.convert import converted
from glossator.engine.load import Models
from glossator.engine.runtimes import Runtime
from glossator.engine.state import EngineState
from glossator.engine.tokenizer import Tokenizer
from glossator.models.progress import silent
from glossator.settings import ModelSettings

MODULES = (argparse, csv, heapq, textwrap)
CHUNK, MOST_WORSE = 64, 0.01


def main() -> int:
    """Print both losses; answers the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.loss", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--model", default=ModelSettings().name)
    parser.add_argument("--tokens", type=int, default=400, help="of each of some modules")
    options = parser.parse_args()
    model = options.model
    tokenizer = Tokenizer(converted(model, silent))
    texts = [tokenizer.encode(Path(str(module.__file__)).read_text("utf-8"))[: options.tokens] for module in MODULES]
    losses, likeliest = {}, {}
    for runtime in ("torch", "onnx"):
        choices = ModelSettings(model, runtime=runtime, quantization="auto", device="cpu")
        scores = [_scores(Models(EngineState(model), 1, choices).get(model).runtime, text) for text in texts]
        losses[runtime] = sum(map(_loss, scores, texts)) / len(texts)
        likeliest[runtime] = numpy.concatenate([rows.argmax(axis=1) for rows in scores])
    worse = losses["onnx"] / losses["torch"] - 1
    agree = float((likeliest["onnx"] == likeliest["torch"]).mean())
    print(f"{model}, {sum(map(len, texts))} tokens: fp32 {losses['torch']:.4f}, 8 bits {losses['onnx']:.4f}")
    print(f"{worse:+.2%}; the likeliest token is the same in {agree:.1%}")
    return int(worse > MOST_WORSE)


def _scores(runtime: Runtime, text: list[int]) -> numpy.ndarray:
    session = runtime.session()
    return numpy.concatenate([session.score(text[at : at + CHUNK]) for at in range(0, len(text), CHUNK)])


def _loss(scores: numpy.ndarray, text: list[int]) -> float:
    rows = scores[:-1].astype(numpy.float64)
    wanted = rows[numpy.arange(len(rows)), text[1:]]
    return float((numpy.logaddexp.reduce(rows, axis=1) - wanted).mean())


if __name__ == "__main__":
    sys.exit(main())
