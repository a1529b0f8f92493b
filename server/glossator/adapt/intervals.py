"""Means over gaps, and how sure they are: a bootstrap over the files, since gaps of one file resemble each other.

The same files are drawn for all arms, so that a difference between two arms is one on the same gaps.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from glossator.adapt.scores import Marks

DRAWS, SEED = 2_000, 7
LOWER, UPPER = 0.025, 0.975
FEWEST_FILES = 5  # below, drawing files anew says nothing about other files
METRICS: Mapping[str, str] = {
    "exact": "exact match",
    "similarity": "edit similarity",
    "first_line": "first line right",
    "ended": "ended where it should",
    "saved": "keys saved",
    "perplexity": "perplexity",
}
Sums = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value and its interval of 95 %."""

    value: float
    low: float
    high: float

    @property
    def margin(self) -> float:
        """Half of the interval."""
        return (self.high - self.low) / 2


@dataclass(frozen=True, slots=True)
class Estimates:
    """By arm and metric; ``differences`` are those of the last arm from each of the others."""

    arms: Mapping[str, Mapping[str, Estimate]]
    differences: Mapping[str, Mapping[str, Estimate]]


def estimate(rows: Sequence[tuple[str, Mapping[str, Marks]]], draws: int = DRAWS) -> Estimates:
    """From the marks of every arm at each gap, with the file that it is in. All arms have all gaps."""
    arms = list(rows[0][1])
    per_file = [_sums(group, arms) for group in _by_file(rows).values()]
    whole = _values(per_file, arms)
    chance = random.Random(SEED)
    drawn = [_values(chance.choices(per_file, k=len(per_file)), arms) for _ in range(draws)]
    last = arms[-1]

    def estimated(one: str, other: str | None, metric: str) -> Estimate:
        def value(of: Mapping[str, Mapping[str, float]]) -> float:
            return of[one][metric] - (of[other][metric] if other else 0.0)

        ordered = sorted(map(value, drawn))
        return Estimate(value(whole), ordered[int(LOWER * draws)], ordered[min(int(UPPER * draws), draws - 1)])

    return Estimates(
        {arm: {metric: estimated(arm, None, metric) for metric in METRICS} for arm in arms},
        {arm: {metric: estimated(last, arm, metric) for metric in METRICS} for arm in arms[:-1]},
    )


def _by_file(rows: Iterable[tuple[str, Mapping[str, Marks]]]) -> Mapping[str, list[Mapping[str, Marks]]]:
    found: dict[str, list[Mapping[str, Marks]]] = {}
    for path, marks in rows:
        found.setdefault(path, []).append(marks)
    return found


def _sums(group: Sequence[Mapping[str, Marks]], arms: Sequence[str]) -> Sums:
    """For each arm: gaps, exact, similar, first line, ended, saved, keys, logarithm; at the end the first arm's tokens:
    an arm that spells the end of its prompt again has others, and all must be divided by the same."""
    sums: list[float] = []
    for arm in arms:
        own = [marks[arm] for marks in group]
        sums.append(len(own))
        for name in ("exact", "similarity", "first_line", "ended", "saved", "keys", "logprob"):
            sums.append(sum(getattr(one, name) for one in own))
    return (*sums, sum(marks[arms[0]].tokens for marks in group))


def _values(files: Sequence[Sums], arms: Sequence[str]) -> dict[str, dict[str, float]]:
    added = [sum(column) for column in zip(*files, strict=True)]
    found = {}
    for number, arm in enumerate(arms):
        count, exact, similar, first, ended, saved, keys, logprob = added[number * 8 : number * 8 + 8]
        found[arm] = {
            "exact": exact / count,
            "similarity": similar / count,
            "first_line": first / count,
            "ended": ended / count,
            "saved": saved / keys,
            "perplexity": math.exp(min(-logprob / max(added[-1], 1.0), 700.0)),
        }
    return found
