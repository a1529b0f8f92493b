"""A runtime without a model, for what only counts tokens."""

from __future__ import annotations

from collections.abc import Sequence

import numpy

from glossator.engine.runtimes import Halt, Scores
from glossator.engine.speculate import Price
from tests.engine.own_engine import CONTEXT


class CountingSession:
    """A session without a model."""

    def __init__(self, tokens: Sequence[int] = ()) -> None:
        self.tokens = list(tokens)

    @property
    def room(self) -> int:
        return len(self.tokens)

    def score(self, tokens: Sequence[int]) -> Scores:
        self.tokens.extend(tokens)
        return numpy.zeros((len(tokens), 1), numpy.float32)

    def feed(self, tokens: Sequence[int]) -> Scores:
        self.tokens.extend(tokens)
        return numpy.zeros(1, numpy.float32)

    def heed(self, halt: Halt) -> None:
        """Its steps take no time."""

    def keep(self, length: int) -> None:
        del self.tokens[length:]

    def copy(self, length: int, halt: Halt | None = None) -> CountingSession:
        return CountingSession(self.tokens[:length])


class CountingRuntime:
    """A runtime without a model."""

    def __init__(self, context: int = CONTEXT) -> None:
        self.context = context
        self.ends: frozenset[int] = frozenset()
        self.price = Price(0.5, 0.1)

    def session(self) -> CountingSession:
        return CountingSession()
