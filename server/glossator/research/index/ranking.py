"""Entries that BM25 found, in the order in which a reader would want them.

BM25 knows how rare words are, and not that a reader wants what can be called, and what says something: a name that
holds the words asked for, documented, exported to users. Each of these weighs in; `tests/bench/index.py` measures it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from glossator.research.index.database import Found
from glossator.research.index.words import alike, stems

CANDIDATES = 150
# How much more an entry counts whose name, summary, qualified name hold all the words.
NAME, SUMMARY, PLACE = 2.0, 3.0, 0.25
FAME = 0.5  # and one whose name every file mentions
UNDOCUMENTED, PRIVATE, ASIDE = 0.4, 0.5, 0.6
DEPTH = 0.5  # less for each package further down than the topmost
_ASIDE = {"testing", "_testing", "testing_utils", "examples", "scripts", "benchmark", "cli"}


def ranked(found: Sequence[Found], words: Sequence[str], most: int) -> tuple[Found, ...]:
    """The best of what was found, each of different words: of twenty subclasses with one docstring the first."""
    wanted = [alike(word) for word in words]
    order = sorted(found, key=lambda one: (-_score(one, wanted), len(one.entry.qualified_name)))
    chosen: dict[tuple[str, str], Found] = {}
    for one in order:
        chosen.setdefault((one.entry.name, one.entry.text[:200]), one)
    return tuple(chosen.values())[:most]


def _score(found: Found, wanted: Sequence[frozenset[str]]) -> float:
    entry = found.entry
    name = stems(entry.name)
    # A name that is asked for whole counts more than one that has a word in common among others.
    whole = sum(any(part in words for words in wanted) for part in name) / max(len(name), 1)
    score = -found.rank * (1 + NAME * math.sqrt(_share(wanted, name) * whole))
    score *= 1 + SUMMARY * _share(wanted, stems(entry.text.partition("\n\n")[0]) | name)
    score *= 1 + PLACE * _share(wanted, stems(entry.qualified_name))
    score *= 1 + FAME * found.fame
    score /= 1 + DEPTH * found.depth
    if not entry.text:
        score *= UNDOCUMENTED
    parts = entry.qualified_name.removeprefix(f"{found.module}.").split(".")
    if any(part.startswith("_") and not part.startswith("__") for part in parts):
        score *= PRIVATE
    return score * ASIDE if _ASIDE & {*entry.qualified_name.split(".")} else score


def _share(wanted: Sequence[frozenset[str]], there: frozenset[str]) -> float:
    return sum(bool(words & there) for words in wanted) / len(wanted) if wanted else 0.0
