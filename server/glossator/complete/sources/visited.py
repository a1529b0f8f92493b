"""The regions that the user was in lately, in the order in which they came: what is new comes at the end, so that the
computed beginning stays valid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glossator.complete.sources.base import Found, Layer, Spot
from glossator.complete.sources.words import dice, words

TOO_ALIKE = 0.5  # such a region makes the model repeat it (llama.vim)


@dataclass(frozen=True, slots=True)
class VisitedRegions:
    """The port ``Source`` over the ring of visited regions."""

    async def find(self, spot: Spot) -> Sequence[Found]:
        """The regions of other places than this one, the latest first."""
        around = words("\n".join(spot.context.before.split("\n")[-33:-1]) + spot.context.after[:1_000])
        found = []
        for one in reversed(spot.surroundings.visited):
            if spot.is_about(one.snapshot) and one.text in spot.context.before + spot.context.after:
                continue
            if dice(words(one.text), around) <= TOO_ALIKE:
                why = f"you were at line {one.line + 1}"
                found.append(Found(Layer.VISITED, why, one.text, one.snapshot.path, one.snapshot.uri))
        return found
