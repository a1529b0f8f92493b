"""What the editor tells, as a completion may know it."""

from __future__ import annotations

from lsprotocol import types

from glossator.lsp.documents import Documents
from glossator.lsp.surroundings import OpenSurroundings
from glossator.text import Position, Snapshot

NOTEBOOK = "file:///work/a.ipynb"


def cells(count: int) -> tuple[Documents, OpenSurroundings]:
    documents = Documents()
    surroundings = OpenSurroundings(documents)
    uris = [f"vscode-notebook-cell:a.ipynb#{number}" for number in range(count)]
    surroundings.open_notebook(NOTEBOOK, uris)
    for number, uri in enumerate(uris):
        documents.open(types.TextDocumentItem(uri, "python", 1, f"cell = {number}\n"))
    return documents, surroundings


def cell(documents: Documents, number: int) -> Snapshot:
    found = documents.get(f"vscode-notebook-cell:a.ipynb#{number}")
    assert found is not None
    return found


def test_cells_stand_above_and_below() -> None:
    documents, surroundings = cells(4)
    found = surroundings.at(cell(documents, 1), Position(0, 0))
    assert [one.text for one in found.above] == ["cell = 0\n"]
    assert [one.text for one in found.below] == ["cell = 2\n", "cell = 3\n"]
    assert found.opened == ()  # what is above and below is not shown twice


def test_a_cell_that_is_taken_out_is_gone() -> None:
    documents, surroundings = cells(3)
    surroundings.change_notebook(NOTEBOOK, types.NotebookCellArrayChange(0, 1))
    assert surroundings.at(cell(documents, 1), Position(0, 0)).above == ()
    surroundings.close_notebook(NOTEBOOK)
    assert surroundings.at(cell(documents, 1), Position(0, 0)).below == ()


def test_open_documents_come_with_what_changed() -> None:
    documents = Documents()
    surroundings = OpenSurroundings(documents)
    for name in ("a", "b%3A"):
        documents.open(types.TextDocumentItem(f"file:///work/{name}.py", "python", 1, "x = 1\n"))
    edit = types.TextDocumentContentChangeWholeDocument("x = 2\n")
    changed = types.VersionedTextDocumentIdentifier(2, "file:///work/a.py")
    documents.change(types.DidChangeTextDocumentParams(changed, [edit]), "utf-16")
    here = documents.get("file:///work/a.py")
    assert here is not None
    found = surroundings.at(here, Position(0, 0))
    assert [one.uri for one in found.opened] == ["file:///work/a.py", "file:///work/b%3A.py"]
    assert [(one.before.text, one.now.text) for one in found.changed] == [("x = 1\n", "x = 2\n")]
    documents.close("file:///work/b%3A.py")
    assert len(surroundings.at(here, Position(0, 0)).opened) == 1
