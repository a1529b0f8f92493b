"""What a source is asked, what it finds, and the port in between. One method wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from glossator.complete.context import Context
from glossator.text import Position, Snapshot


class Layer(IntEnum):
    """How often what is found changes. The steadiest stands first in the prompt, so that what was computed of it stays
    valid over many keystrokes."""

    DEFINITION = 0
    VISITED = 1
    SIMILAR = 2
    EDIT = 3


@dataclass(frozen=True, slots=True)
class Region:
    """Some lines of a document, from ``line`` (from 0) on."""

    snapshot: Snapshot
    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A document as it was when it was opened, and as it is."""

    before: Snapshot
    now: Snapshot


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an editor knows beside the document that is completed. ``opened`` and ``changed``: the latest first;
    ``visited``: the oldest first, as they stand in the prompt. ``above`` and ``below``: a notebook's other cells."""

    opened: tuple[Snapshot, ...] = ()
    changed: tuple[Changed, ...] = ()
    visited: tuple[Region, ...] = ()
    above: tuple[Snapshot, ...] = ()
    below: tuple[Snapshot, ...] = ()


@dataclass(frozen=True, slots=True)
class Spot:
    """The place to complete and what is around it."""

    snapshot: Snapshot
    position: Position
    context: Context
    surroundings: Surroundings = Surroundings()

    def is_about(self, snapshot: Snapshot) -> bool:
        """Whether a document is the one that is completed."""
        return snapshot.uri == self.snapshot.uri


@dataclass(frozen=True, slots=True)
class Found:
    """A part of another file, and why it is shown. ``name`` is what it is called where no file is behind it."""

    layer: Layer
    why: str
    text: str
    path: Path | None
    name: str = ""


class Source(Protocol):
    """Somebody who knows what else might help."""

    async def find(self, spot: Spot) -> Sequence[Found]:
        """What it has, the best first. Raises nothing: a source that fails has nothing."""
        ...
