"""A source string that says itself where the cursor is.

::

    snapshot, position = cursor("def f(<CURSOR>):")
    snapshot, span = selection("x = <START>f(1)<END>")
"""

from __future__ import annotations

from pathlib import Path

from glossator.text import Position, Snapshot, Span

CURSOR, START, END = "<CURSOR>", "<START>", "<END>"


def cursor(source: str, *, path: Path | None = None, language: str = "python") -> tuple[Snapshot, Position]:
    """The text without its mark, and where the mark was."""
    before, mark, after = source.partition(CURSOR)
    if not mark or CURSOR in after:
        raise ValueError(f"The source needs {CURSOR} exactly once: {source!r}")
    snapshot = snapshot_of(before + after, path=path, language=language)
    return snapshot, snapshot.position(len(before))


def selection(source: str, *, path: Path | None = None, language: str = "python") -> tuple[Snapshot, Span]:
    """The text without its two marks, and what lay between them."""
    before, start, rest = source.partition(START)
    inside, end, after = rest.partition(END)
    if not start or not end or START in rest or END in after:
        raise ValueError(f"The source needs {START} and then {END}, each exactly once: {source!r}")
    snapshot = snapshot_of(before + inside + after, path=path, language=language)
    return snapshot, Span(snapshot.position(len(before)), snapshot.position(len(before + inside)))


def snapshot_of(text: str, *, path: Path | None = None, language: str = "python") -> Snapshot:
    """A snapshot of a file that need not exist."""
    uri = path.absolute().as_uri() if path else "untitled:test.py"
    return Snapshot(uri=uri, language=language, text=text, version=1)
