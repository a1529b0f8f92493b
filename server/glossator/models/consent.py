"""Whether something of the user's may leave this machine: off, on, or as the user decided for the workspace.

A question never blocks: what needs consent is answered without, the wish is noted, whoever can ask the user does, and
the next request benefits. What the user decided is looked up each time, so that revoking holds at once in every window.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from glossator.errors import PartMissing
from glossator.models.ledger import Ledger

Setting = Literal["off", "ask", "on"]
Subject = Literal["models", "search"]
ALLOWED, DENIED = "allowed", "denied"


@dataclass(frozen=True, slots=True)
class Question:
    """What to ask the user: a sentence that says what would be sent and where to."""

    subject: Subject
    workspace: str
    text: str


@dataclass
class Consent:
    """The consent for one subject in one workspace. ``to_whom`` is what the user is shown.

    ``wanted`` becomes true when something would have been sent had the user been asked.
    """

    subject: Subject
    setting: Setting
    workspace: Path
    ledger: Ledger
    to_whom: str = ""
    wanted: bool = False

    async def given(self, *, ask: bool = True) -> bool:
        """Whether it may be sent now. Where nobody was asked yet, that is noted if ``ask``, and the answer is no."""
        if self.setting != "ask":
            return self.setting == "on"
        answer = await self.decision()
        self.wanted = (ask or self.wanted) and answer is None
        return answer == ALLOWED

    async def decision(self) -> str | None:
        """What the user decided for this workspace; a ledger that cannot be read holds no consent."""
        try:
            return await asyncio.to_thread(self.ledger.decided, self._key, self.subject)
        except PartMissing:
            return DENIED

    async def decide(self, allowed: bool) -> None:
        """Remember the user's answer."""
        answer = ALLOWED if allowed else DENIED
        await asyncio.to_thread(self.ledger.decide, self._key, self.subject, answer)
        self.wanted = False

    @property
    def question(self) -> Question:
        """What to ask the user."""
        what = {
            "models": f"May Glossator send code from {self._key} to {self.to_whom}? Secrets that it recognises are "
            "left out.",
            "search": f"May Glossator send names of public packages and their symbols to {self.to_whom}, for "
            f"explanations that you ask for in {self._key}?",
        }[self.subject]
        return Question(self.subject, self._key, what)

    @property
    def _key(self) -> str:
        return str(self.workspace)
