"""How much two pieces of code have in common, by their words."""

from __future__ import annotations

import re
from collections.abc import Set

WORD = re.compile(r"[^\W\d]\w+")


def words(text: str) -> frozenset[str]:
    """The words of a text of two characters and more; numbers and signs say little."""
    return frozenset(WORD.findall(text))


def jaccard(one: Set[str], other: Set[str]) -> float:
    """The share of common words among all, from 0 to 1."""
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0


def dice(one: Set[str], other: Set[str]) -> float:
    """Twice the common words by the words of both, from 0 to 1: milder than ``jaccard`` to what one has more."""
    return 2 * len(one & other) / (len(one) + len(other)) if one or other else 0.0
