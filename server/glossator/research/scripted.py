"""A source that says what it is told."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from glossator.research.evidence import Evidence, Query


@dataclass
class ScriptedSource:
    """Answers every query with ``evidence`` after ``delay`` seconds, or raises ``error``. ``asked`` keeps queries."""

    evidence: Sequence[Evidence] = ()
    delay: float = 0.0
    error: Exception | None = None
    asked: list[Query] = field(default_factory=list)

    async def search(self, query: Query) -> Sequence[Evidence]:
        """The scripted evidence."""
        self.asked.append(query)
        await asyncio.sleep(self.delay)
        if self.error is not None:
            raise self.error
        return self.evidence
