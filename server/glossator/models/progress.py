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
