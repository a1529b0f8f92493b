"""Figures to tables, and what came of each goal."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence

from rich.table import Table

from tests.bench.complete.speed import Rates, median
from tests.bench.complete.typing import SOON, Log

WRITES, GUESSES, READS, WAITS, KNOWN = 1.0, 1.3, 1.5, 0.5, 0.6


def speed_table(rates: Sequence[Rates], bandwidth: float, options: argparse.Namespace) -> Table:
    """Tokens per second, and the share of what the memory allows."""
    title = f"{options.model}, {options.threads} threads, medians of {options.rounds} rounds, tokens per second"
    table = Table(title=title, caption=f"memory read at {bandwidth / 1e9:.1f} GB/s by as many threads")
    for heading in ("", f"reads {options.prompt}", f"writes {options.written}", "on an edited text", "MB a token"):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_column("of the memory's limit", justify="right")
    for one in rates:
        limit = bandwidth / one.weight_bytes if one.weight_bytes else 0.0
        share = f"{median(one.written) / limit:.0%}" if limit else "-"
        speeds = (f"{median(each):.1f}" for each in (one.read, one.written, one.edited))
        table.add_row(one.name, *speeds, f"{one.weight_bytes / 1e6:.0f}", share)
    return table


def replay_table(logs: Sequence[Log], title: str) -> Table:
    """What the user saw, and what it cost."""
    table = Table(title=f"{title}; every client sees the same keys")
    table.add_column("")
    for log in logs:
        table.add_column(log.name, justify="right")
    shared, waited = shared_keys(logs), waited_keys(logs)
    rows = {
        "keys": lambda log: str(log.keys),
        "a text before the next key": lambda log: share(log.in_time, log.keys),
        "the right text before the next key": lambda log: share(len(log.right_ms), log.keys),
        "from key to the right text, p50 / p90 ms": lambda log: percentiles(log.right_ms.values()),
        f"the same on the {len(shared)} keys where all had it": lambda log: percentiles(
            log.right_ms[key] for key in shared
        ),
        f"and on the {len(waited)} of these where one of them did not know it": lambda log: percentiles(
            log.right_ms[key] for key in waited
        ),
        "of all texts shown, the right ones": lambda log: share(len(log.right_ms), log.in_time),
        "known in under 10 ms, the right text": lambda log: share(log.known_right, log.keys),
        "known in under 10 ms, a text": lambda log: share(log.known, log.keys),
        "known in under 10 ms, that there is none": lambda log: share(len(log.known_empty), log.keys),
        "and nobody had the right text there": lambda log: share(rightly_empty(log, logs), log.keys),
        "keys saved by accepting right words": lambda log: share(log.saved, log.characters),
        "tokens generated": lambda log: str(log.generated),
        "of these never shown": lambda log: share(max(log.generated - log.shown_tokens, 0), log.generated),
        "shown for another text": lambda log: str(log.stale),
    }
    for heading, row in rows.items():
        table.add_row(heading, *(row(log) for log in logs))
    return table


def goals(rates: Sequence[Rates], logs: Sequence[Log]) -> Iterator[str]:
    """Each goal against each of the others, met or by how much it is missed."""
    for other in rates[1:]:
        own = rates[0]
        yield _goal("writes", other.name, own.written, other.written, WRITES)
        yield _goal("writes on an edited text", other.name, own.edited, other.edited, GUESSES)
        yield _goal("reads", other.name, own.read, other.read, READS)
    if len(logs) > 1:
        own_log = logs[0]
        for log in logs[1:]:
            yield _wait(own_log, log)
        yield _known(own_log, logs)
        yield f"{'met' if own_log.stale == 0 else 'missed'}: shown for another text {own_log.stale} (goal 0)"


def shared_keys(logs: Sequence[Log]) -> list[tuple[int, int]]:
    """The keys at which every client had the right text."""
    keys = [set(log.right_ms) for log in logs]
    return sorted(set.intersection(*keys)) if keys else []


def rightly_empty(own: Log, logs: Sequence[Log]) -> int:
    """The keys at which a client kept silent at once, asking nobody, and no client came to have the right text."""
    return sum(all(key not in log.right_ms for log in logs) for key in own.known_empty)


def why_nothing(log: Log) -> str:
    """How often each reason kept a text back."""
    told = ", ".join(f"{reason or 'nothing'} {share(count, log.keys)}" for reason, count in log.reasons.most_common(8))
    return f"{log.name}, keys without a text: {told or 'none'}"


def waited_keys(logs: Sequence[Log]) -> list[tuple[int, int]]:
    """Those of them at which somebody had to wait: what is typed through takes no time with any client, and would hide
    the rest."""
    return [key for key in shared_keys(logs) if any(log.right_ms[key] >= SOON * 1000 for log in logs)]


def percentiles(found: Iterable[float]) -> str:
    """The middle and the ninth of ten."""
    ordered = sorted(found)
    if not ordered:
        return "-"
    return " / ".join(f"{ordered[int((len(ordered) - 1) * part)]:.0f}" for part in (0.5, 0.9))


def share(part: int, whole: int) -> str:
    """In percent."""
    return f"{part / whole:.1%}" if whole else "-"


def _known(own: Log, logs: Sequence[Log]) -> str:
    """Keys answered at once, asking nobody; and, beside the goal, how many of these answers were right."""
    answered = (own.known + len(own.known_empty)) / max(own.keys, 1)
    right = (own.known_right + rightly_empty(own, logs)) / max(own.keys, 1)
    told = f"{answered:.1%} of the keys without the model in under 10 ms (goal {KNOWN:.0%}), {right:.1%} rightly"
    return f"{'met' if answered >= KNOWN else 'missed'}: answers {told}"


def _wait(own: Log, other: Log) -> str:
    keys = waited_keys((own, other))
    if not keys:
        return f"not measured: there is no key at which both had the right text and one waited, beside {other.name}"
    ratio = median([own.right_ms[key] for key in keys]) / max(median([other.right_ms[key] for key in keys]), 0.1)
    told = f"waits for the right text {ratio:.2f} times as long as {other.name} on {len(keys)} keys (goal {WAITS})"
    return f"{'met' if ratio <= WAITS else 'missed'}: {told}"


def _goal(what: str, name: str, own: Sequence[float], other: Sequence[float], wanted: float) -> str:
    ratio = median(own) / median(other) if median(other) else float("nan")
    return f"{'met' if ratio >= wanted else 'missed'}: {what} {ratio:.2f} times as fast as {name} (goal {wanted})"
