"""A clock that goes only when told."""

import time


class Clock:
    """Starts at the system's time, since diskcache drops by that one what has expired."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self.now += seconds
