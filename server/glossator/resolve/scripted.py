"""A resolver that says what it is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from glossator.resolve.base import Resolution
from glossator.text import Position, Snapshot


@dataclass
class ScriptedResolver:
    """Answers by the word that starts at the position asked for; every other word is unknown."""

    answers: Mapping[str, Resolution] = field(default_factory=dict)

    async def resolve(self, snapshot: Snapshot, position: Position) -> Resolution:
        """The scripted answer for the word at the position."""
        rest = snapshot.line(position.line)[position.column :]
        word = next((word for word in self.answers if rest.startswith(word)), "")
        return self.answers.get(word, Resolution())
