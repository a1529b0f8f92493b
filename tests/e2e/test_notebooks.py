"""A notebook's cells are documents of their own, and know of each other."""

from __future__ import annotations

from typing import Any

from tests.e2e.wire import Wire, command, inline

NOTEBOOK = "untitled:a.ipynb"
CELLS = [f"untitled:a.ipynb#{number}" for number in range(3)]


def notebook() -> dict[str, Any]:
    texts = ["first = 1", "easy going", "third = 3"]
    items = zip(CELLS, texts, strict=True)
    return {
        "notebookDocument": {
            "uri": NOTEBOOK,
            "notebookType": "jupyter-notebook",
            "version": 1,
            "cells": [{"kind": 2, "document": uri} for uri in CELLS],
        },
        "cellTextDocuments": [{"uri": uri, "languageId": "python", "version": 1, "text": text} for uri, text in items],
    }


async def context(wire: Wire) -> list[str]:
    await wire.request("textDocument/inlineCompletion", inline(0, 10, CELLS[1], kind=1))
    told = await wire.request("workspace/executeCommand", command("glossator.why", CELLS[1]))
    return [one for one in told["meta"]["context"] if one.startswith(("above", "below"))]


async def test_a_cell_is_completed_between_the_others(wire: Wire) -> None:
    wire.notify("notebookDocument/didOpen", notebook())
    assert await context(wire) == ["above: first = 1", "below: third = 3"]
    change = {"document": {"uri": CELLS[0], "version": 2}, "changes": [{"text": "other = 2"}]}
    structure = {
        "array": {"start": 2, "deleteCount": 1, "cells": []},
        "didClose": [{"uri": CELLS[2]}],
    }
    wire.notify(
        "notebookDocument/didChange",
        {
            "notebookDocument": {"uri": NOTEBOOK, "version": 2},
            "change": {"cells": {"structure": structure, "textContent": [change]}},
        },
    )
    assert await context(wire) == ["above: other = 2"]
    wire.notify(
        "notebookDocument/didClose",
        {"notebookDocument": {"uri": NOTEBOOK}, "cellTextDocuments": [{"uri": uri} for uri in CELLS[:2]]},
    )
    assert await wire.request("textDocument/inlineCompletion", inline(0, 1, CELLS[1], kind=1)) is None
