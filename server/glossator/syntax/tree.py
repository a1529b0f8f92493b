"""Python text to a syntax tree that survives broken code.

tree-sitter counts bytes. Before parsing, every character outside ASCII is replaced by one ASCII character of its kind,
so a byte offset *is* an offset in code points and no table of conversions is needed; node texts are taken from the
original. parso was rejected for time (a 188 kB module: 127 ms against 18), ``ast`` since it gives nothing for a file
that is being typed.
"""

from __future__ import annotations

import re
import threading
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import tree_sitter
import tree_sitter_python
from tree_sitter import Language, Node, Parser, Point, Range

from glossator.syntax.repair import Breakage, repair
from glossator.text import LONGEST_EDIT, SHORTEST_EDITED, Edit, difference, line_starts

_LANGUAGE = Language(tree_sitter_python.language())
Parsed = tuple[str, tree_sitter.Tree]
FEWEST_TREES = 4
MOST_CHARACTERS = 2_000_000  # of which trees take some 25 bytes each
PIECE = 8_192
_OUTSIDE_ASCII = re.compile(r"[^\x00-\x7f]|\r(?!\n)")


@dataclass(frozen=True)
class Tree:
    """A parsed text. ``source`` is the text with broken string literals closed, as long as the original: what the
    symbol server should read. ``breakages`` are the places that do not parse, as far as they are certain."""

    text: str
    source: str
    root: Node
    breakages: tuple[Breakage, ...]
    # What a text that differs in one place is parsed from; None where this one has errors.
    parsed: Parsed | None = field(default=None, compare=False, repr=False)
    # Right around one place only, see ``near``.
    partial: bool = False

    @property
    def whole(self) -> Tree:
        """The tree that is right everywhere: itself, or else one that takes longer."""
        return parse(self.text) if self.partial else self

    @property
    def line_starts(self) -> tuple[int, ...]:
        """Offsets of the lines as the user sees them: in ``source`` a closed string literal has lost its line ends."""
        return line_starts(self.text)

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


def parse(text: str) -> Tree:
    """The tree of a text; texts seen lately are remembered, and one that differs little from such is parsed in part."""
    found = _recent.get(text)
    if found is None:
        found = _parsed(text)
        _recent.put(found)
    return found


def parse_once(text: str) -> Node:
    """The tree of a text as it is: neither mended nor remembered, for one of which the next keystroke makes another."""
    return parsed_by(masked(text)).root_node


def is_parsed(text: str) -> bool:
    """Whether the tree of a text is at hand, so that ``parse`` takes no time."""
    return _recent.get(text) is not None


def recent() -> Sequence[Parsed]:
    """What was parsed lately without an error, the latest first."""
    return [one.parsed for one in _recent.latest() if one.parsed is not None]


def masked(text: str) -> str:
    """The text with each character outside ASCII replaced by one inside, a letter by a letter."""
    return text if text.isascii() and "\r" not in text else _OUTSIDE_ASCII.sub(_ascii, text)


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


class _Recent:
    """The trees of the texts seen lately, as many as hold ``MOST_CHARACTERS`` together: a hover reads the document
    and half a dozen library files, the next one the same. Safe to use from threads."""

    def __init__(self) -> None:
        self._trees: OrderedDict[str, Tree] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, text: str) -> Tree | None:
        with self._lock:
            if text in self._trees:
                self._trees.move_to_end(text)
            return self._trees.get(text)

    def put(self, tree: Tree) -> None:
        with self._lock:
            self._trees[tree.text] = tree
            while len(self._trees) > FEWEST_TREES and sum(map(len, self._trees)) > MOST_CHARACTERS:
                self._trees.popitem(last=False)

    def supersede(self, text: str) -> None:
        """A text was edited: it goes first. Else the versions of one long text would drive out all others."""
        with self._lock:
            if text in self._trees:
                self._trees.move_to_end(text, last=False)

    def latest(self) -> Sequence[Tree]:
        """All of them, the latest first."""
        with self._lock:
            return tuple(reversed(self._trees.values()))


_recent = _Recent()


class _Piece(threading.local):
    """Where a thread's parser gets its pieces, always the same: py-tree-sitter (0.25, 0.26) never lets go of what it is
    given to read, so that a new piece each time kept every version of every text in memory."""

    def __init__(self) -> None:
        self.text = bytearray()


_piece = _Piece()


def _parsed(text: str) -> Tree:
    plain = masked(text)
    parsed = _parsed_in_part(plain) or parsed_by(plain)
    root = parsed.root_node
    if not root.has_error:
        return Tree(text, text, root, (), (plain, parsed))
    mended, breakages = repair(plain)
    if mended != plain:
        root = parsed_by(mended).root_node
    source = "".join(new if new != old else kept for kept, old, new in zip(text, plain, mended, strict=True))
    return Tree(text, source, root, breakages)


def parsed_by(plain: str, old: tree_sitter.Tree | None = None, within: Range | None = None) -> tree_sitter.Tree:
    """The tree of a masked text, or of a part of it. Read in pieces: the parser holds the interpreter's lock, and only
    between pieces lets others have it."""
    code, piece = plain.encode("ascii"), _piece.text
    known = (old,) if old is not None else ()
    parser = Parser(_LANGUAGE, included_ranges=[within] if within is not None else None)

    parsing = True

    def read(offset: int, _point: object) -> bytes | bytearray:
        if not parsing:  # for ``Node.text``, which reads the memory of whatever it gets as that of bytes
            return code[offset : offset + PIECE]
        piece[:] = code[offset : offset + PIECE]
        return piece

    tree = parser.parse(read, *known)
    parsing = False
    return tree


def moved(known: Parsed, plain: str, edit: Edit) -> tree_sitter.Tree:
    """The tree of a text with its nodes where they are after an edit; what the edit touched is not parsed."""
    offsets = (edit.begin, edit.old_end, edit.new_end)
    edited = known[1].copy()
    edited.edit(*offsets, *map(point, (plain, known[0], plain), offsets))
    return edited


def point(text: str, offset: int) -> Point:
    """Row and column of an offset, as tree-sitter counts."""
    return Point(text.count("\n", 0, offset), offset - text.rfind("\n", 0, offset) - 1)


def _parsed_in_part(plain: str) -> tree_sitter.Tree | None:
    """The tree of a text that differs from a recent one in one place, by reparsing what the difference touches; None
    where there is no such recent text, or one of the two has errors: what is recovered may depend on the past."""
    for one in _recent.latest():
        before, tree = one.parsed or ("", None)
        shorter, longer = sorted((len(before), len(plain)))
        if tree is None or shorter < SHORTEST_EDITED or longer - shorter > LONGEST_EDIT:
            continue
        edit = difference(before, plain)
        if edit.longest > LONGEST_EDIT:
            continue
        parsed = parsed_by(plain, moved((before, tree), plain, edit))
        if parsed.root_node.has_error:
            return None
        _recent.supersede(one.text)
        return parsed
    return None


def _ascii(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\r":
        return "\n"
    return "x" if character.isalnum() else "?"


def _is_word(node: Node) -> bool:
    return node.type not in {"(", ")", "[", "]", "{", "}", ",", ":", ".", ";"}
