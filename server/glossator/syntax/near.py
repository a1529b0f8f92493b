"""The tree around a place in a text that was just edited, without reading all of the text again.

tree-sitter reads most of what is behind an edit once more: 14 to 90 ms of processor time for 20,000 lines, by where
the edit is. But a statement at the top of a Python file has the same tree whatever stands beside it, so only those that
the edit touches are parsed, between two that it does not, and the others are taken from before the edit.
"""

from __future__ import annotations

import tree_sitter
from tree_sitter import Node, Range

from glossator.syntax.tree import Parsed, Tree, is_parsed, masked, moved, parse, parsed_by, point, recent
from glossator.text import LONGEST_EDIT, SHORTEST_EDITED, Edit, difference


def parse_near(text: str, offset: int) -> Tree:
    """The tree of a text, right at an offset and beside it: ``partial``, unless the whole was parsed at once."""
    if len(text) < SHORTEST_EDITED or is_parsed(text):
        return parse(text)
    plain = masked(text)
    for known in recent():
        if abs(len(known[0]) - len(plain)) > LONGEST_EDIT:
            continue
        edit = difference(known[0], plain)
        if edit.longest <= LONGEST_EDIT:
            root = _root_near(known, plain, edit, offset)
            return Tree(text, text, root, (), partial=True) if root is not None else parse(text)
    return parse(text)


def _root_near(known: Parsed, plain: str, edit: Edit, offset: int) -> Node | None:
    """The root of what the edit touched if the offset is there, else the one of before, moved; None where the edit may
    have changed more than that."""
    root = moved(known, plain, edit).root_node
    touched = root.first_child_for_byte(max(edit.begin - 1, 0))
    last = root.first_child_for_byte(edit.new_end) if edit.new_end < len(plain) else None
    above = touched.prev_sibling if touched is not None else None
    below = last.next_sibling if last is not None else None
    if above is None or below is None or not _are_apart(above, below, plain):
        return None
    piece = _piece(plain, above.start_byte, below.end_byte)
    children = piece.root_node.children
    if piece.root_node.has_error or len(children) < 2 or not (_same(children[0], above) and _same(children[-1], below)):
        return None
    return piece.root_node if above.end_byte <= offset < below.start_byte else root


def _are_apart(above: Node, below: Node, plain: str) -> bool:
    """Whether the statements begin and end with their lines."""
    begin, end = above.start_byte, below.end_byte
    return (begin == 0 or plain[begin - 1] == "\n") and (end == len(plain) or plain[end] in "\r\n")


def _piece(plain: str, begin: int, end: int) -> tree_sitter.Tree:
    return parsed_by(plain, within=Range(point(plain, begin), point(plain, end), begin, end))


def _same(one: Node, other: Node) -> bool:
    return (one.type, one.start_byte, one.end_byte) == (other.type, other.start_byte, other.end_byte)
