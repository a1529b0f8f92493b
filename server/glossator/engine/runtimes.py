"""The port between decoding and whatever computes the scores, and the runtimes that implement it.

A runtime joins by one more row of ``RUNTIMES``; nothing above this port knows torch or onnxruntime.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy

from glossator.engine.speculate import Price
from glossator.models.plan import Plan
from glossator.models.progress import Report

Scores = numpy.ndarray[Any, numpy.dtype[numpy.float32]]  # shape (vocabulary,)


class Halted(Exception):
    """A step was broken off, because nobody wants its work any more. Its session is as it was before the step."""


class Halt:
    """Says, from any thread, that a step under way need not be finished, to a runtime that can break one off."""

    def __init__(self) -> None:
        self.asked = False
        self._tell: Callable[[], object] = lambda: None

    def ask(self) -> None:
        """Break off, and begin nothing more. Any number of times."""
        self.asked = True
        self._tell()

    def listen(self, tell: Callable[[], object]) -> None:
        """Whom to tell; at once, if it was asked before."""
        self._tell = tell
        if self.asked:
            tell()


class Session(Protocol):
    """One sequence of tokens with its computed keys and values."""

    @property
    def tokens(self) -> Sequence[int]:
        """The tokens so far."""
        ...

    def feed(self, tokens: Sequence[int]) -> Scores:
        """Append at least one token; answers the scores (logits) of what follows the last one."""
        ...

    @property
    def room(self) -> int:
        """For how many tokens it holds memory, at least those that are in it."""
        ...

    def score(self, tokens: Sequence[int]) -> Scores:
        """Append at least one token; answers the scores of what follows each, shape (tokens, vocabulary)."""
        ...

    def heed(self, halt: Halt) -> None:
        """From now on raise ``Halted`` in the middle of a step when that is asked for; not every runtime can."""
        ...

    def keep(self, length: int) -> None:
        """Forget everything behind the first ``length`` tokens."""
        ...

    def copy(self, length: int, halt: Halt | None = None) -> Session:
        """A session of its own that holds the first ``length`` tokens.

        Raises:
            Halted: it was asked for meanwhile, of a runtime that can break off; this session is as it was.
        """
        ...


class Runtime(Protocol):
    """A loaded model. All calls come from one thread."""

    @property
    def context(self) -> int:
        """How many tokens a session can hold."""
        ...

    @property
    def ends(self) -> frozenset[int]:
        """The tokens with which the model ends a text, by its own configuration."""
        ...

    @property
    def price(self) -> Price:
        """What it costs to check guessed tokens along with the next one."""
        ...

    def session(self) -> Session:
        """An empty session."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be loaded, and how: a folder with safetensors or a graph, on a device as torch names it, planned."""

    folder: Path
    threads: int
    device: str
    plan: Plan


class OutOfMemory(Exception):
    """The system or the card had no more to give while a model was loading."""


Loader = Callable[[Order, Report], Runtime]


def load_runtime(name: str, order: Order, report: Report) -> Runtime:
    """Load a model with the runtime of that name; ``report`` hears of the bytes that are loaded."""
    return RUNTIMES[name](order, report)


def _torch(order: Order, report: Report) -> Runtime:
    from glossator.engine.torch_runtime import TorchRuntime

    return TorchRuntime(order, report)


def _onnx(order: Order, report: Report) -> Runtime:
    from glossator.engine.onnx_runtime import OnnxRuntime

    return OnnxRuntime(order, report)


RUNTIMES: dict[str, Loader] = {"torch": _torch, "onnx": _onnx}
