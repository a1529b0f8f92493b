"""Equal questions asked at the same time share one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer")


class SingleFlight(Generic[Answer]):
    """One event loop's questions under way. The work is stopped when the last who waits for it has left."""

    def __init__(self) -> None:
        self._flights: dict[str, _Flight[Answer]] = {}

    async def run(self, key: str, ask: Callable[[], Coroutine[Any, Any, Answer]]) -> Answer:
        """The answer under way for this key, or a new one from ``ask``; its exception reaches everyone who waits."""
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(ask()))
            flight.task.add_done_callback(lambda _: self._land(key, flight))
        flight.waiting += 1
        try:
            # Without the shield, the first to be cancelled would take the answer from the others.
            return await asyncio.shield(flight.task)
        finally:
            flight.waiting -= 1
            if flight.waiting == 0 and not flight.task.done():
                self._land(key, flight)
                flight.task.cancel()

    def _land(self, key: str, flight: _Flight[Answer]) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]


@dataclass
class _Flight(Generic[Answer]):
    task: asyncio.Task[Answer]
    waiting: int = 0
