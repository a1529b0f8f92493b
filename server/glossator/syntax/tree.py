"""Python text to a syntax tree that survives broken code.

tree-sitter counts bytes. Before parsing, every character outside ASCII is replaced by one ASCII character of its kind,
so a byte offset *is* an offset in code points and no table of conversions is needed; node texts are taken from the
original. parso was rejected for time (a 188 kB module: 127 ms against 18), ``ast`` since it gives nothing for a file
that is being typed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

import tree_sitter_python
from tree_sitter import Language, Node, Parser

from glossator.syntax.repair import Breakage, repair
from glossator.text import LINE_END

_LANGUAGE = Language(tree_sitter_python.language())
_OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]|\r(?!\n)")


@dataclass(frozen=True)
class Tree:
    """A parsed text. ``source`` is the text with broken string literals closed, as long as the original: what the
    symbol server should read. ``breakages`` are the places that do not parse, as far as they are certain."""

    text: str
    source: str
    root: Node
    breakages: tuple[Breakage, ...]

    @cached_property
    def line_starts(self) -> tuple[int, ...]:
        """Offsets of the lines as the user sees them: in ``source`` a closed string literal has lost its line ends."""
        return (0, *(match.end() for match in LINE_END.finditer(self.text)))

    def line_of(self, node: Node) -> int:
        """The line, from 0, that a node begins on. Not ``node.start_point``: that one counts in ``source``."""
        return bisect_right(self.line_starts, node.start_byte) - 1

    def last_line_of(self, node: Node) -> int:
        """The line, from 0, that a node ends on."""
        return bisect_right(self.line_starts, max(node.end_byte - 1, node.start_byte)) - 1

    def text_of(self, node: Node) -> str:
        """The node's text as the user wrote it."""
        return self.text[node.start_byte : node.end_byte]

    def leaf_at(self, offset: int) -> Node:
        """The smallest node at a cursor: the one that starts there, or else the one that ends there."""
        after = self.root.descendant_for_byte_range(offset, min(offset + 1, len(self.text))) or self.root
        if after.child_count == 0 and after.start_byte <= offset and _is_word(after):
            return after
        before = self.root.descendant_for_byte_range(max(offset - 1, 0), offset) or self.root
        return before if before.child_count == 0 and _is_word(before) and before.end_byte == offset else after


@lru_cache(maxsize=8)
def parse(text: str) -> Tree:
    """The tree of a text; texts seen lately are remembered."""
    plain = masked(text)
    parser = Parser(_LANGUAGE)
    root = parser.parse(plain.encode("ascii")).root_node
    if not root.has_error:
        return Tree(text, text, root, ())
    mended, breakages = repair(plain)
    if mended != plain:
        root = parser.parse(mended.encode("ascii")).root_node
    source = "".join(new if new != old else kept for kept, old, new in zip(text, plain, mended, strict=True))
    return Tree(text, source, root, breakages)


def masked(text: str) -> str:
    """The text with each character outside ASCII replaced by one inside, a letter by a letter."""
    return _OUTSIDE_ASCII.sub(_ascii, text)


def ancestors(node: Node | None) -> Iterator[Node]:
    """The node itself, its parent, and so on up to the root."""
    while node is not None:
        yield node
        node = node.parent


def walk(node: Node) -> Iterator[Node]:
    """The node and all nodes below it, in the order of the text."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(current.children))


def _ascii(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\r":
        return "\n"
    return "x" if character.isalnum() else "?"


def _is_word(node: Node) -> bool:
    return node.type not in {"(", ")", "[", "]", "{", "}", ",", ":", ".", ";"}
