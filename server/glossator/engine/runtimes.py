"""The port between decoding and whatever computes the scores, and the runtimes that implement it.

A runtime for onnxruntime joins by one more row of ``RUNTIMES``; nothing above this port knows torch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy

Scores = numpy.ndarray[Any, numpy.dtype[numpy.float32]]  # shape (vocabulary,)


class Session(Protocol):
    """One sequence of tokens with its computed keys and values."""

    @property
    def tokens(self) -> Sequence[int]:
        """The tokens so far."""
        ...

    def feed(self, tokens: Sequence[int]) -> Scores:
        """Append at least one token; answers the scores (logits) of what follows the last one."""
        ...

    def keep(self, length: int) -> None:
        """Forget everything behind the first ``length`` tokens."""
        ...

    def copy(self, length: int) -> Session:
        """A session of its own that holds the first ``length`` tokens."""
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

    def session(self) -> Session:
        """An empty session."""
        ...


Loader = Callable[[Path, int], Runtime]


def load_runtime(name: str, folder: Path, threads: int) -> Runtime:
    """Load a model folder with the runtime of that name, using so many threads."""
    return RUNTIMES[name](folder, threads)


def _torch(folder: Path, threads: int) -> Runtime:
    from glossator.engine.torch_runtime import TorchRuntime

    return TorchRuntime(folder, threads)


RUNTIMES: dict[str, Loader] = {"torch": _torch}
