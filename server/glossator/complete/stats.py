"""Events to numbers: suggestions shown, taken and kept, by day, language and model; and why there were none."""

from __future__ import annotations

import datetime
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from glossator.complete.journal import KEPT_AFTER, Event

STILL_THERE = 0.5  # Copilot's measure: at most half of it was changed


@dataclass(slots=True)
class Row:
    """Suggestions of one kind. ``milliseconds`` are those of the ones that a model was asked for."""

    shown: int = 0
    accepted: int = 0
    parts: int = 0
    characters: int = 0
    without_model: int = 0
    milliseconds: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Accepted of shown, 0 to 1."""
        return self.accepted / self.shown if self.shown else 0.0

    def percentile(self, share: float) -> float:
        """In milliseconds; 0 if there are none."""
        if len(self.milliseconds) < 2:
            return self.milliseconds[0] if self.milliseconds else 0.0
        return statistics.quantiles(self.milliseconds, n=100, method="inclusive")[round(share * 100) - 1]


@dataclass(frozen=True, slots=True)
class Tally:
    """All of them, and by day (ISO), language and model; ``kept``: after so many seconds, how many of the accepted that
    were looked at are still there; ``empty``: how often each reason kept one back."""

    total: Row
    days: dict[str, Row]
    languages: dict[str, Row]
    models: dict[str, Row]
    kept: dict[float, tuple[int, int]]
    empty: dict[str, int]


def tally(events: Iterable[Event]) -> Tally:
    """Count."""
    every = list(events)
    kept: dict[float, tuple[int, int]] = {}
    for after in KEPT_AFTER:
        seen = [one.share >= STILL_THERE for one in every if one.kind == "kept" and one.after == after]
        if seen:
            kept[after] = (sum(seen), len(seen))
    return Tally(
        _rows(every, lambda one: "")[""],
        _rows(every, _day),
        _rows(every, lambda one: one.language),
        _rows(every, lambda one: f"{one.model}:{one.adapter}" if one.adapter else one.model),
        kept,
        dict(Counter(one.reason for one in every if one.kind == "empty").most_common()),
    )


def to_json(found: Tally) -> dict[str, Any]:
    """The same as plain values."""
    return {
        "total": _plain(found.total),
        "days": {name: _plain(row) for name, row in found.days.items()},
        "languages": {name: _plain(row) for name, row in found.languages.items()},
        "models": {name: _plain(row) for name, row in found.models.items()},
        "kept": {f"{after:g}": {"kept": kept, "of": seen} for after, (kept, seen) in found.kept.items()},
        "empty": found.empty,
    }


def _rows(events: Sequence[Event], name: Callable[[Event], str]) -> dict[str, Row]:
    rows: dict[str, Row] = defaultdict(Row)
    rows[""] = Row()
    for event in events:
        if event.kind in ("shown", "accepted", "part"):
            _count(rows[name(event)], event)
    if any(rows) and not rows[""].shown:
        del rows[""]
    return dict(rows)


def _count(row: Row, event: Event) -> None:
    if event.kind == "shown":
        row.shown += 1
        row.without_model += event.cached
        if not event.cached:
            row.milliseconds.append(event.milliseconds)
        return
    row.accepted += event.kind == "accepted"
    row.parts += event.kind == "part"
    row.characters += event.characters


def _day(event: Event) -> str:
    return datetime.datetime.fromtimestamp(event.at).date().isoformat()


def _plain(row: Row) -> dict[str, Any]:
    fields = {name: value for name, value in asdict(row).items() if name != "milliseconds"}
    times = {"p50_ms": round(row.percentile(0.5), 1), "p90_ms": round(row.percentile(0.9), 1)}
    return {**fields, "share": round(row.share, 3), **times}
