"""What becomes of the suggestions that an editor shows.

An editor that tells is believed: the command of an accepted item, and ``textDocument/didPartiallyAcceptCompletion`` as
Copilot's server has it. Many do not tell, or not of parts (VS Code
runs no command when a word is accepted), so an edit that inserts the beginning of what is shown counts as well.
"""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from glossator.complete.completion import Completion, CompletionMeta
from glossator.complete.journal import KEPT_AFTER, Event, Journal, Kind, kept_share
from glossator.errors import GlossatorError
from glossator.lsp.convert import identity
from glossator.text import Position, Snapshot

if TYPE_CHECKING:
    from glossator.lsp.session import Session

logger = logging.getLogger(__name__)

WRITE_SECONDS = 1.0  # one transaction for what happens meanwhile: there may be something at each key
# What says nothing of the model or of the text.
NOT_COUNTED = frozenset({"disabled", "language_off", "snoozed", "old_version", "overtaken"})
SEEN_SECONDS = 0.25  # what was there for less, nobody has read


@dataclass(slots=True)
class Shown:
    """A suggestion in front of the user: where, for which text, since when (seconds of the loop's clock), how many of
    its characters stand in the text by now and how many were taken at once; ``liked`` if some were before these."""

    id: str
    snapshot: Snapshot
    offset: int
    text: str
    since: float
    meta: CompletionMeta
    standing: int = 0
    taken: int = 0
    liked: bool = False


class Feedback:
    """Follows the suggestion that each document shows. The journal is written by a thread."""

    def __init__(self, session: Session, journal: Journal) -> None:
        self._session = session
        self.journal = journal
        self._shown: dict[str, Shown] = {}
        self._unwritten: list[Event] = []

    def answered(self, snapshot: Snapshot, position: Position, completion: Completion) -> Completion:
        """An answer goes to the editor; its items get their ids. The rest of what is shown already keeps its own."""
        uri, former = identity(snapshot.uri), self._shown.get(identity(snapshot.uri))
        if not completion.items:
            if completion.reason not in NOT_COUNTED:
                self._write(self._event("empty", snapshot, completion.meta, reason=completion.reason or ""))
            self._gone(uri)
            return completion
        first, offset = completion.items[0], snapshot.offset(position)
        if former is not None and _is_rest(former, snapshot, offset, first.text):
            liked = former.liked or former.taken > 0
            shown = replace(former, snapshot=snapshot, offset=offset, text=first.text, standing=0, taken=0, liked=liked)
        else:
            self._gone(uri)
            now = asyncio.get_running_loop().time()
            shown = Shown(uuid.uuid4().hex[:12], snapshot, offset, first.text, now, completion.meta)
            self._write(self._event("shown", snapshot, completion.meta, characters=len(first.text)))
        self._shown[uri] = shown
        return replace(completion, items=(replace(first, id=shown.id), *completion.items[1:]))

    def changed(self, uri: str) -> None:
        """The document has another text, or is closed: was that the suggestion, or something else?"""
        uri, snapshot = identity(uri), self._session.documents.get(uri)
        shown = self._shown.get(uri)
        if shown is None:
            return
        inserted = _inserted(shown, snapshot.text) if snapshot is not None else None
        if snapshot is None or inserted is None or not shown.text.startswith(inserted):
            self._gone(uri)
            return
        grown, shown.standing = len(inserted) - shown.standing, len(inserted)
        if grown > 1:  # one character is typed, more come at once
            self._took(uri, shown, len(inserted), snapshot)

    def took(self, item: str, characters: int | None) -> bool:
        """The editor says that so many characters of an item are accepted, all of them for None; whether that item is
        shown."""
        found = next(((uri, one) for uri, one in self._shown.items() if one.id == item), None)
        if found is None:
            return False
        uri, shown = found
        snapshot = self._session.documents.get(uri)
        self._took(uri, shown, len(shown.text) if characters is None else characters, snapshot or shown.snapshot)
        return True

    def _took(self, uri: str, shown: Shown, characters: int, snapshot: Snapshot) -> None:
        new = min(characters, len(shown.text)) - shown.taken
        if new <= 0:
            return
        shown.taken += new
        whole = shown.taken == len(shown.text)
        self._write(self._event("accepted" if whole else "part", snapshot, shown.meta, characters=new))
        parts = self._session.workshop.current
        if parts is not None:
            parts.judged(True)
        if whole:
            del self._shown[uri]
            self._session.spawn(self._look_again(uri, shown))

    async def _look_again(self, uri: str, shown: Shown) -> None:
        """How much of an accepted suggestion is still there after a while."""
        passed = 0.0
        for after in KEPT_AFTER:
            await asyncio.sleep(after - passed)
            passed = after
            snapshot = self._session.documents.get(uri)
            if snapshot is None:
                return
            share = await asyncio.to_thread(kept_share, shown.text, shown.offset, snapshot.text)
            self._write(self._event("kept", snapshot, shown.meta, share=share, after=after))

    def _gone(self, uri: str) -> None:
        shown = self._shown.pop(uri, None)
        parts = self._session.workshop.current
        if shown is None or parts is None or shown.taken or shown.liked:
            return
        if asyncio.get_running_loop().time() - shown.since >= SEEN_SECONDS:
            parts.judged(False)

    def _event(
        self,
        kind: Kind,
        snapshot: Snapshot,
        meta: CompletionMeta,
        *,
        reason: str = "",
        characters: int = 0,
        share: float = 0.0,
        after: float = 0.0,
    ) -> Event:
        took = meta.timings_ms.get("total", 0.0)
        names = (snapshot.language, meta.model, meta.adapter or "")
        return Event(time.time(), kind, *names, reason, characters, took, share, after, meta.cached)

    def _write(self, event: Event) -> None:
        parts = self._session.workshop.current
        if parts is None or not parts.settings.completion.statistics:
            return
        self._unwritten.append(event)
        if len(self._unwritten) == 1:
            self._session.spawn(self._write_soon())

    async def _write_soon(self) -> None:
        try:
            await asyncio.sleep(WRITE_SECONDS)
        except asyncio.CancelledError:  # the session ends, and threads may not begin any more
            self._write_out(self._unwritten)
            raise
        events, self._unwritten = self._unwritten, []
        await asyncio.to_thread(self._write_out, events)

    def _write_out(self, events: list[Event]) -> None:
        try:
            self.journal.write(events)
        except GlossatorError as error:
            logger.warning("%s", error)


def _is_rest(shown: Shown, snapshot: Snapshot, offset: int, text: str) -> bool:
    typed = snapshot.text[shown.offset : offset]
    same_start = snapshot.text[: shown.offset] == shown.snapshot.text[: shown.offset]
    return offset >= shown.offset and same_start and typed + text == shown.text


def _inserted(shown: Shown, text: str) -> str | None:
    """What was inserted where the suggestion is shown; None if something else was edited."""
    old, offset = shown.snapshot.text, shown.offset
    behind = len(old) - offset
    if len(text) < len(old) or text[:offset] != old[:offset] or text[len(text) - behind :] != old[offset:]:
        return None
    return text[offset : len(text) - behind]
