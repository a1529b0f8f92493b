"""No suggestions while typing for some minutes. By hand there still are."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from glossator.lsp.session import Session

USUAL_MINUTES = 5.0
MOST_MINUTES = 24 * 60.0


class Snooze:
    """Until when the suggestions of this session sleep. The status item says so."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._alarm: asyncio.TimerHandle | None = None
        self.until: datetime.datetime | None = None

    @property
    def is_on(self) -> bool:
        """Whether they sleep now."""
        return self.until is not None

    def set(self, minutes: float) -> datetime.datetime | None:
        """Sleep from now on for some minutes, or wake up for 0; until when, in local time."""
        if self._alarm is not None:
            self._alarm.cancel()
        if minutes <= 0:
            self._wake()
            return None
        seconds = min(minutes, MOST_MINUTES) * 60
        self._alarm = asyncio.get_running_loop().call_later(seconds, self._wake)
        self.until = datetime.datetime.now().astimezone() + datetime.timedelta(seconds=seconds)
        self._session.status.note(f"Completions are snoozed until {self.until:%H:%M}.")
        return self.until

    def _wake(self) -> None:
        self._alarm, self.until = None, None
        self._session.status.note("")
