"""What the symbol server is asked, what it answers, and the port in between. One method wide."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from glossator.text import Position, Snapshot


@dataclass(frozen=True, slots=True)
class Location:
    """A line of a file, from 0, where something is defined."""

    path: Path
    line: int


@dataclass(frozen=True, slots=True)
class Resolution:
    """Where the name under a position is defined, where its type is, and how the type is written."""

    definitions: tuple[Location, ...] = ()
    types: tuple[Location, ...] = ()
    display: str = ""


class Resolver(Protocol):
    """Somebody who knows where names come from."""

    async def resolve(self, snapshot: Snapshot, position: Position) -> Resolution:
        """Everything about the name at the position; empty if it is unknown.

        Raises:
            PartMissing: the symbol server cannot be started.
        """
        ...
