"""How far a long piece of work is, told while it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` in bytes, or in parts of one; a total of 0 means that nobody knows yet."""

    message: str
    done: float = 0.0
    total: float = 0.0

    @property
    def fraction(self) -> float:
        """From 0 to 1; 0 while the total is unknown."""
        return min(self.done / self.total, 1.0) if self.total else 0.0

    @property
    def counts_bytes(self) -> bool:
        """Whether the numbers are bytes rather than parts of one."""
        return self.total > 1


Report = Callable[[Progress], None]


def silent(progress: Progress) -> None:
    """Tell nobody."""


def to_line(progress: Progress) -> str:
    """As one line of text, for another process to read."""
    return f"{progress.done:.3f} {progress.total:.0f} {progress.message}"


def from_line(line: str) -> Progress:
    """What ``to_line`` wrote.

    Raises:
        ValueError: it is another line.
    """
    done, total, message = line.strip().split(" ", 2)
    return Progress(message, float(done), float(total))
