"""What a completion may know beside its document, out of what the editor tells: open documents, edits, places visited,
the cells of a notebook."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from lsprotocol import types

from glossator.complete.sources.activity import Activity
from glossator.complete.sources.base import Surroundings
from glossator.text import Position, Snapshot

if TYPE_CHECKING:
    from glossator.lsp.documents import Documents
    from glossator.lsp.session import Session


class OpenSurroundings:
    """Follows the open documents. ``notebooks`` are the cells' URIs of each, in order."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._activity = Activity()
        self._notebooks: dict[str, list[str]] = {}
        self._known: dict[str, str] = {}  # as the documents are kept, to how the client spells them
        documents.watch(self._follow)

    def at(self, snapshot: Snapshot, position: Position) -> Surroundings:
        """What there is, now that somebody wants to complete a place."""
        self._activity.visited(snapshot, position.line)
        found = self._activity.now()
        cells = next((cells for cells in self._notebooks.values() if snapshot.uri in cells), None)
        if cells is None:
            return found
        place = cells.index(snapshot.uri)
        beside = tuple(one for one in found.opened if one.uri not in cells)
        return replace(found, opened=beside, above=self._cells(cells[:place]), below=self._cells(cells[place + 1 :]))

    def open_notebook(self, uri: str, cells: list[str]) -> None:
        """A notebook's cells, in order."""
        self._notebooks[uri] = list(cells)

    def change_notebook(self, uri: str, change: types.NotebookCellArrayChange) -> None:
        """Cells came and went at a place."""
        cells = self._notebooks.setdefault(uri, [])
        added = [one.document for one in change.cells or ()]
        cells[change.start : change.start + change.delete_count] = added

    def close_notebook(self, uri: str) -> None:
        """A notebook is gone."""
        self._notebooks.pop(uri, None)

    def _cells(self, uris: list[str]) -> tuple[Snapshot, ...]:
        found = (self._documents.get(uri) for uri in uris)
        return tuple(one for one in found if one is not None)

    def _follow(self, uri: str) -> None:
        snapshot = self._documents.get(uri)
        name = unquote(uri)
        if snapshot is not None:
            self._known[name] = snapshot.uri
            self._activity.saw(snapshot)
        elif name in self._known:
            self._activity.closed(self._known.pop(name))


def register(session: Session) -> None:
    """Serve the synchronization of notebooks. Their cells are documents like all others, under their own URIs."""
    documents, surroundings = session.documents, session.surroundings

    def opened(params: types.DidOpenNotebookDocumentParams) -> None:
        surroundings.open_notebook(
            params.notebook_document.uri, [one.document for one in params.notebook_document.cells]
        )
        for item in params.cell_text_documents:
            documents.open(item)

    def changed(params: types.DidChangeNotebookDocumentParams) -> None:
        cells = params.change.cells
        if cells is None:
            return
        if cells.structure is not None:
            surroundings.change_notebook(params.notebook_document.uri, cells.structure.array)
            for item in cells.structure.did_open or ():
                documents.open(item)
            for gone in cells.structure.did_close or ():
                documents.close(gone.uri)
        for text in cells.text_content or ():
            documents.change(types.DidChangeTextDocumentParams(text.document, text.changes), session.encoding)

    def closed(params: types.DidCloseNotebookDocumentParams) -> None:
        surroundings.close_notebook(params.notebook_document.uri)
        for gone in params.cell_text_documents:
            documents.close(gone.uri)

    session.serve(types.NOTEBOOK_DOCUMENT_DID_OPEN, opened)
    session.serve(types.NOTEBOOK_DOCUMENT_DID_CHANGE, changed)
    session.serve(types.NOTEBOOK_DOCUMENT_DID_CLOSE, closed)
