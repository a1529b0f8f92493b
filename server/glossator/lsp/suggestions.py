"""One suggestion per document at a time, for inline completion and for the completion list alike.

The newest request wins, in the server: not every client cancels what typing made useless. The former one is answered
with null, and so is one whose text changed meanwhile, because some clients show late answers over the newer text.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lsprotocol import types

from glossator.complete.completion import Completion
from glossator.complete.from_text import OPEN_FILES, trouble_in
from glossator.complete.journal import Journal
from glossator.complete.pipeline import MOST_ALTERNATIVES, CompleteOptions
from glossator.errors import GlossatorError
from glossator.lsp.convert import identity, to_position
from glossator.lsp.feedback import Feedback
from glossator.lsp.snooze import Snooze
from glossator.settings import CompletionSettings
from glossator.text import Position, Snapshot

if TYPE_CHECKING:
    from glossator.lsp.session import Session


@dataclass(frozen=True, slots=True)
class Suggested:
    """A completion with the text and the position it is for."""

    snapshot: Snapshot
    position: Position
    completion: Completion


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a request came to: a completion, or the ``problem`` that kept it from one."""

    completion: Completion
    problem: str | None = None


class Suggestions:
    """Asks for completions, the newest per document only; remembers each document's last for ``glossator.why``, and
    how often each reason kept one back."""

    def __init__(self, session: Session, journal: Journal) -> None:
        self.feedback = Feedback(session, journal)
        self.snooze = Snooze(session)
        self.reasons: Counter[str] = Counter()
        self._session = session
        self._running: dict[str, asyncio.Task[Completion]] = {}
        self._last: dict[str, Outcome] = {}
        session.documents.watch(self._changed)

    def last(self, uri: str) -> Outcome | None:
        """What the last request for the document came to."""
        return self._last.get(identity(uri))

    async def suggest(self, uri: str, place: types.Position, *, manual: bool) -> Suggested | None:
        """A completion, or None: the document is not open, a newer request came, or the text changed."""
        snapshot = self._session.documents.get(uri)
        if snapshot is None:
            return None
        position = to_position(snapshot, place, self._session.encoding)
        work = self._session.spawn(self._complete(snapshot, position, manual))
        completion = await self._newest(identity(uri), work)
        if completion is None or self._session.documents.get(uri) is not snapshot:
            return None
        return Suggested(snapshot, position, self.feedback.answered(snapshot, position, completion))

    async def _newest(self, uri: str, work: asyncio.Task[Completion]) -> Completion | None:
        """The result of the work, or None if newer work for the document came before it ended."""
        former = self._running.get(uri)
        self._running[uri] = work
        if former is not None:
            former.cancel()
        try:
            return await work
        except asyncio.CancelledError:
            if self._running.get(uri) is work:  # not overtaken: the client cancelled, and wants to hear so
                raise
            return None
        finally:
            if self._running.get(uri) is work:
                del self._running[uri]

    async def _complete(self, snapshot: Snapshot, position: Position, manual: bool) -> Completion:
        try:
            completion = await self._ask(snapshot, position, manual)
        except GlossatorError as error:
            self._session.status.trouble(error, "glossator.why")
            self._remember(snapshot, Outcome(Completion(reason="problem"), str(error)))
            raise
        trouble = trouble_in(completion.meta.backend, completion.meta.context)
        if trouble is not None:
            self._session.status.trouble(trouble, "glossator.why")
        elif completion.meta.backend != OPEN_FILES:
            self._session.status.well()
        self._remember(snapshot, Outcome(completion, str(trouble) if trouble else None))
        return completion

    async def _ask(self, snapshot: Snapshot, position: Position, manual: bool) -> Completion:
        async with self._session.parts() as parts:
            chosen = parts.settings.completion
            reason = None if manual and chosen.enabled else self._reason_to_be_silent(chosen, snapshot.language)
            if reason is not None:
                return Completion(reason=reason)
            several = max(min(chosen.alternatives, MOST_ALTERNATIVES), 1) if manual else 1
            options = CompleteOptions(manual, chosen.max_tokens, chosen.deadline, chosen.confidence, several)
            surroundings = self._session.surroundings.at(snapshot, position)
            with self._session.status.working("Completing"):
                return await parts.complete(snapshot, position, options, surroundings)

    def _reason_to_be_silent(self, chosen: CompletionSettings, language: str) -> str | None:
        off = {name.strip() for name in chosen.languages_off.split(",")}
        silent = {
            "disabled": not chosen.enabled,
            "language_off": language in off,
            "snoozed": self.snooze.is_on,
        }
        return next((code for code, holds in silent.items() if holds), None)

    def _remember(self, snapshot: Snapshot, outcome: Outcome) -> None:
        if outcome.completion.reason is not None:
            self.reasons[outcome.completion.reason] += 1
        if self._session.documents.get(snapshot.uri) is not None:
            self._last[identity(snapshot.uri)] = outcome

    def _changed(self, uri: str) -> None:
        self.feedback.changed(uri)
        snapshot, parts = self._session.documents.get(uri), self._session.workshop.current
        if snapshot is not None and parts is not None:
            parts.changed(snapshot)
        if snapshot is None:
            if parts is not None:
                parts.closed(uri)
            self._last.pop(identity(uri), None)
            work = self._running.pop(identity(uri), None)
            if work is not None:
                work.cancel()
