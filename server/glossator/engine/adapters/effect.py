"""What an adapter changes: a probe compares scores with it and without it, and its registration keeps what came out."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import numpy

from glossator.engine.runtimes import Runtime
from glossator.models.adapters import Adapter, record_effect

PROBE_TOKENS = 8
# Scores of the same computation are the same to the last digit; a part in a million is what rounding could do.
NOTHING = 1e-6


def try_out(adapter: Adapter, base_name: str, base: Runtime, adapted: Runtime) -> tuple[str, ...]:
    """Sentences about what is odd with an adapter on this base; what it changes is kept for ``adapters list``."""
    difference = _difference(base, adapted)
    notes = _notes(adapter, base_name, difference)
    heard = (f"Changes the scores of {base_name} by up to {difference:.3g}.",) if difference else ()
    record(adapter.name, " ".join((*heard, *notes)))
    return notes


def record(name: str, effect: str) -> None:
    """Keep what was found out about an adapter."""
    with suppress(OSError):  # a registry that is read-only serves as well
        record_effect(name, effect)


def _difference(base: Runtime, adapted: Runtime) -> float:
    """By how much an adapter changes the scores after some tokens, at most; 0 if by no more than rounding does."""
    vocabulary = len(base.session().feed([0]))
    tokens = [vocabulary * number // (PROBE_TOKENS + 1) for number in range(1, PROBE_TOKENS + 1)]
    without, with_adapter = base.session().feed(tokens), adapted.session().feed(tokens)
    difference = float(numpy.abs(with_adapter - without).max())
    return difference if difference > NOTHING * float(numpy.abs(without).max()) else 0.0


def _notes(adapter: Adapter, base: str, difference: float) -> tuple[str, ...]:
    notes = []
    if not difference:
        notes.append(
            f"The adapter {adapter.name} changes nothing: with it and without it {base} gives the same scores. "
            "Was it saved before it was trained?"
        )
    made_for = Path(adapter.base).name
    if made_for and base.casefold() not in map(str.casefold, Path(adapter.base).parts):
        notes.append(f"The adapter {adapter.name} says that it was made for {made_for}, and runs on {base}.")
    return tuple(notes)
