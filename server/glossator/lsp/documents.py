"""The open documents, each as an immutable snapshot; an edit makes a new one.

pygls keeps documents too; ours replace them, because its own are mutable (a request would see later edits), take form
feeds and line separators for line ends (so edits behind one land in the wrong line), and read closed files from disk.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from lsprotocol import types

from glossator.lsp.convert import identity, join_halves, to_span
from glossator.text import Snapshot

if TYPE_CHECKING:
    from glossator.lsp.session import Session

logger = logging.getLogger(__name__)

Watcher = Callable[[str], None]


class Documents:
    """What the editor has open. Watchers are told the URI of a document that changed or closed."""

    def __init__(self) -> None:
        self._snapshots: dict[str, Snapshot] = {}
        self._watchers: list[Watcher] = []

    def get(self, uri: str) -> Snapshot | None:
        """The document as it is now, or None: not open, so nothing is known of what the user sees."""
        return self._snapshots.get(identity(uri))

    def watch(self, watcher: Watcher) -> None:
        """Call ``watcher`` with the URI after each change and close."""
        self._watchers.append(watcher)

    def open(self, item: types.TextDocumentItem) -> None:
        """Take a document as the editor has it."""
        self._snapshots[identity(item.uri)] = Snapshot(item.uri, item.language_id, item.text, item.version)
        self._tell(item.uri)

    def change(self, params: types.DidChangeTextDocumentParams, encoding: str) -> None:
        """Apply edits, in order: each speaks of the text that the one before it left."""
        snapshot = self.get(params.text_document.uri)
        if snapshot is None:
            logger.warning("an edit of a document that is not open was left out")
            return
        for change in params.content_changes:
            text = _edited(snapshot, change, encoding)
            snapshot = Snapshot(snapshot.uri, snapshot.language, text, params.text_document.version)
        self._snapshots[identity(snapshot.uri)] = snapshot
        self._tell(snapshot.uri)

    def close(self, uri: str) -> None:
        """Forget a document."""
        self._snapshots.pop(identity(uri), None)
        self._tell(uri)

    def _tell(self, uri: str) -> None:
        for watcher in self._watchers:
            watcher(uri)


def register(session: Session) -> None:
    """Serve the three synchronization notifications. Synchronous, so that the next message finds them done."""

    def change(params: types.DidChangeTextDocumentParams) -> None:
        session.documents.change(params, session.encoding)

    session.serve(types.TEXT_DOCUMENT_DID_OPEN, lambda params: session.documents.open(params.text_document))
    session.serve(types.TEXT_DOCUMENT_DID_CHANGE, change)
    session.serve(types.TEXT_DOCUMENT_DID_CLOSE, lambda params: session.documents.close(params.text_document.uri))


def _edited(snapshot: Snapshot, change: types.TextDocumentContentChangeEvent, encoding: str) -> str:
    if not isinstance(change, types.TextDocumentContentChangePartial):
        return change.text
    span = to_span(snapshot, change.range, encoding)
    start, end = snapshot.offset(span.start), snapshot.offset(span.end)
    text = snapshot.text[:start] + change.text + snapshot.text[end:]
    return join_halves(text, start, start + len(change.text))
