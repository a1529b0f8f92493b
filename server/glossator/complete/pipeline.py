"""Snapshot and position to completion: the stages in order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CompleteOptions:
    """``manual``: the user asked for it, so say more rather than less. ``deadline`` is in seconds."""

    manual: bool = False
    max_tokens: int = 64
    deadline: float = 5.0
