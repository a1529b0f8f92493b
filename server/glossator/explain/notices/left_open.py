"""A string literal or bracket left open, or a bracket closed that was not opened."""

from __future__ import annotations

from collections.abc import Iterator

from glossator.explain.explanation import Notice
from glossator.syntax.repair import Breakage
from glossator.syntax.tree import Tree


def find(tree: Tree) -> Iterator[Notice]:
    """One notice for each place that CPython's own parser complains of."""
    return (_open(tree, breakage) for breakage in tree.breakages)


def _open(tree: Tree, breakage: Breakage) -> Notice:
    line = tree.text.count("\n", 0, breakage.offset) + 1
    written = tree.text[breakage.offset]
    if breakage.kind == "bracket_left_open":
        return Notice(line, breakage.kind, f"This `{written}` is never closed. Close or remove it.")
    if breakage.kind == "bracket_not_opened":
        return Notice(line, breakage.kind, f"This `{written}` closes a bracket that was not opened. Remove it.")
    if breakage.kind == "bracket_mismatch":
        message = f"This `{written}` closes another kind of bracket than the one left open. Make the two match."
        return Notice(line, breakage.kind, message)
    if breakage.closed_at is None:
        return Notice(
            line, breakage.kind, "This string literal is never closed. Close it with the quote that opens it."
        )
    last = tree.text.count("\n", 0, breakage.closed_at) + 1
    message = (
        f"This string literal is left open at the end of line {line} and goes on to line {last}: Python does not "
        r"accept that. Write `\n` for the line breaks, or use triple quotes."
    )
    return Notice(line, breakage.kind, message, tuple(range(line + 1, last + 1)))
