"""Snapshot and position to what the model gets to see."""

from __future__ import annotations

from dataclasses import dataclass

from glossator.text import Position, Snapshot

# About 1,500 tokens: 2.5 s of prefill on two laptop cores when nothing of it is remembered, milliseconds when it is.
MOST_CHARACTERS_BEFORE = 5_000
MOST_CHARACTERS_AFTER = 2_000
# The first line shown moves in steps of this many lines, so that typing leaves the prompt's start, and with it the
# engine's prefix cache, as it is.
STEP_IN_LINES = 40


@dataclass(frozen=True, slots=True)
class Context:
    """The text around the cursor, line ends as LF. ``line_before`` and ``line_after`` are the cursor's own line."""

    before: str
    after: str
    line_before: str
    line_after: str
    newline: str
    description: tuple[str, ...] = ()

    @property
    def indentation(self) -> str:
        """The white space that the cursor's line begins with."""
        return self.line_before[: len(self.line_before) - len(self.line_before.lstrip())]


def context_at(snapshot: Snapshot, position: Position) -> Context:
    """What is before and after a position, as much of it as is worth reading.

    Raises:
        WrongUse: the position is outside the text.
    """
    offset = snapshot.offset(position)
    first = _first_line(snapshot, position.line, offset)
    before = snapshot.text[snapshot.line_starts[first] : offset][-4 * MOST_CHARACTERS_BEFORE :]
    after = snapshot.text[offset : offset + MOST_CHARACTERS_AFTER]
    line = snapshot.line(position.line)
    name = snapshot.path.name if snapshot.path else snapshot.uri
    description = (
        f"{name}: lines {first + 1} to {position.line + 1}, {len(before)} characters before the cursor",
        f"{name}: {len(after)} characters after the cursor",
    )
    newline = "\r\n" if "\r\n" in snapshot.text else "\n"
    return Context(_unix(before), _unix(after), line[: position.column], line[position.column :], newline, description)


def _first_line(snapshot: Snapshot, line: int, offset: int) -> int:
    first = 0
    while offset - snapshot.line_starts[first] > MOST_CHARACTERS_BEFORE and first + STEP_IN_LINES <= line:
        first += STEP_IN_LINES
    return first


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
