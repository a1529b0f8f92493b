"""What is asked of an explanation, and how."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from glossator.explain.explanation import Explanation
from glossator.models.base import Priority
from glossator.text import Position, Span

Target = Position | Span | None
Report = Callable[[str], None]
# Gets the explanation as it grows: first without a model's words, then again with each sentence that passed the check.
Show = Callable[[Explanation], None]


@dataclass(frozen=True, slots=True)
class ExplainOptions:
    """``synthesis``: ``none`` asks no model, ``cached`` takes only what was remembered, ``model`` asks one.
    ``fresh`` forgets what was remembered; ``offline`` lets no source use the network."""

    synthesis: Literal["none", "cached", "model"] = "model"
    offline: bool = False
    fresh: bool = False
    question: str = ""
    priority: Priority = Priority.EXPLANATION


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A question about the explanation ``id``; ``search`` lets it look for further sources."""

    id: str
    question: str
    search: bool = False


def ignore(_text: str) -> None:
    """A report for those who do not watch."""
