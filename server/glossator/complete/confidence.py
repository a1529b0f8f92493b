"""How sure a model was of what it wrote: the probabilities of its tokens, before any temperature."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Confidence:
    """Probabilities from 0 to 1: the geometric ``mean`` of all tokens, that of the ``first``, and the ``least``. All
    are 1 where nobody gave any: a backend that is silent about it is not to be distrusted for that."""

    mean: float = 1.0
    first: float = 1.0
    least: float = 1.0

    @classmethod
    def of(cls, logprobs: Sequence[float]) -> Confidence:
        """From natural logarithms; what is no number (JSON's null, a NaN) is left out."""
        known = [min(one, 0.0) for one in logprobs if isinstance(one, int | float) and not math.isnan(one)]
        if not known:
            return cls()
        return cls(math.exp(sum(known) / len(known)), math.exp(known[0]), math.exp(min(known)))
