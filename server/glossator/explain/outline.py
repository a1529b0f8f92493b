"""A whole text to its chapters: what an article has a section about, in the order of the text."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tree_sitter import Node

from glossator.explain.article import ChapterKind
from glossator.explain.focus import Focus, constructs, is_trivial
from glossator.syntax.tree import Tree

MOST_LINES = 3_000
MOST_CONSTRUCTS = 500
LONGEST_TITLE = 64
LONGEST_LINE = 400
_IMPORTS = {"import_statement", "import_from_statement", "future_import_statement"}
# Comments and texts that hold a command; what it is, and whether it is one, `command` knows.
_COMMANDS = re.compile(
    r"\bpip3?\s+install\b|^[#'\"\s]*(?:[$!%]\s*[a-z]|(?:git|docker|conda|python3?\s+-m)\s+[a-z])", re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """A piece of the text that belongs together. Lines count from 0; ``own`` is the name that it defines, ``focuses``
    are the other constructs in it. ``level`` 2 stands inside the chapter of level 1 before it."""

    kind: ChapterKind
    title: str
    level: int
    first: int
    last: int
    code: str
    focuses: tuple[Focus, ...] = ()
    own: Focus | None = None


@dataclass(frozen=True, slots=True)
class Outline:
    """The chapters of a text, and the first line, from 0, that was left out because there are too many."""

    chapters: tuple[Chapter, ...]
    left_out: int | None = None


def outline_of(tree: Tree, lines: Sequence[str]) -> Outline:
    """The chapters of a Python text, also of one that does not parse. Statements that say little have none."""
    chapters: list[Chapter] = []
    count = 0
    for group in _groups(tree):
        first = tree.line_of(group[0])
        if first >= MOST_LINES or count >= MOST_CONSTRUCTS:
            return Outline(tuple(chapters), first)
        added = list(_chapters(group, tree, lines))
        chapters.extend(added)
        count += sum(len(chapter.focuses) + (chapter.own is not None) for chapter in added)
    return Outline(tuple(chapters))


def code_of(lines: Sequence[str], first: int, last: int) -> str:
    """Lines as a section shows them: without common indentation; very long ones are cut."""
    shown = (line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} …" for line in lines[first : last + 1])
    return textwrap.dedent("\n".join(shown)).rstrip()


def brief(text: str, most: int = LONGEST_TITLE) -> str:
    """Code on one line, cut where it is long."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _groups(tree: Tree) -> Iterator[list[Node]]:
    """The statements of a module; imports that follow each other, and comments that install something, together."""
    group: list[Node] = []
    for node in tree.root.named_children:
        if node.type == "comment" and not _COMMANDS.search(tree.text_of(node)):
            continue
        if group and not (_sort(group[-1]) and _sort(group[-1]) == _sort(node)):
            yield group
            group = []
        group.append(node)
    if group:
        yield group


def _sort(node: Node) -> str:
    return "imports" if node.type in _IMPORTS else "comment" if node.type == "comment" else ""


def _chapters(group: list[Node], tree: Tree, lines: Sequence[str]) -> Iterator[Chapter]:
    node = group[0]
    first, last = tree.line_of(node), tree.last_line_of(group[-1])
    inner = _definition(node)
    if node.type == "comment":
        focuses = tuple(Focus("comment", one) for one in group)
        yield Chapter("comment", brief(tree.text_of(node)), 1, first, last, code_of(lines, first, last), focuses)
    elif node.type in _IMPORTS:
        focuses = tuple(focus for one in group for focus in _imported(one, tree))
        if focuses:
            yield Chapter("imports", "", 1, first, last, code_of(lines, first, last), focuses)
    elif inner is not None and inner.type == "class_definition":
        yield from _class(node, inner, tree, lines)
    elif inner is not None:
        yield _function(node, inner, tree, lines)
    elif focuses := _telling(node, tree):
        title = brief(lines[first].strip())
        yield Chapter("statement", title, 1, first, last, code_of(lines, first, last), focuses)


def _class(node: Node, inner: Node, tree: Tree, lines: Sequence[str]) -> Iterator[Chapter]:
    """A class: its head, with the attributes before the first method, then each method."""
    first, last = tree.line_of(node), tree.last_line_of(node)
    own = _own(inner)
    name = tree.text_of(own.node) if own else brief(lines[first].strip())
    body = inner.child_by_field_name("body")
    methods = [child for child in body.named_children if _is_function(child)] if body is not None else []
    head = max(first, min([last, *(tree.line_of(method) - 1 for method in methods)]))
    while head > first and not lines[head].strip():
        head -= 1
    focuses = _others(constructs(tree, first, head, node), own, tree)
    yield Chapter("class", name, 1, first, head, code_of(lines, first, head), focuses, own)
    for method in methods:
        yield _function(method, _definition(method) or method, tree, lines, f"{name}.")


def _function(node: Node, inner: Node, tree: Tree, lines: Sequence[str], holder: str = "") -> Chapter:
    first, last = tree.line_of(node), tree.last_line_of(node)
    own = _own(inner)
    name = tree.text_of(own.node) if own else brief(lines[first].strip())
    focuses = _others(constructs(tree, first, last, node), own, tree)
    code = code_of(lines, first, last)
    kind: ChapterKind = "method" if holder else "function"
    return Chapter(kind, f"{holder}{name}", 2 if holder else 1, first, last, code, focuses, own)


def _telling(node: Node, tree: Tree) -> tuple[Focus, ...]:
    text = node.named_children[0] if node.type == "expression_statement" and node.named_children else None
    if text is not None and text.type == "string":
        return (Focus("string", text),) if _COMMANDS.search(tree.text_of(text)) else ()
    return _others(constructs(tree, tree.line_of(node), tree.last_line_of(node), node), None, tree)


def _imported(node: Node, tree: Tree) -> tuple[Focus, ...]:
    """What is imported. Features of the language's future are the present by now."""
    return () if node.type == "future_import_statement" else _telling(node, tree)


def _others(found: Sequence[Focus], own: Focus | None, tree: Tree) -> tuple[Focus, ...]:
    """The constructs but for the name that the chapter itself defines, and those that say little."""
    return tuple(
        one for one in found if (own is None or one.node != own.node) and not is_trivial(tree.text_of(one.node))
    )


def _own(inner: Node) -> Focus | None:
    name = inner.child_by_field_name("name")
    return Focus("name", name, name) if name is not None else None


def _definition(node: Node) -> Node | None:
    """The function or class that a statement defines, behind its decorators."""
    inner = node.child_by_field_name("definition") if node.type == "decorated_definition" else node
    return inner if inner is not None and inner.type in {"function_definition", "class_definition"} else None


def _is_function(node: Node) -> bool:
    inner = _definition(node)
    return inner is not None and inner.type == "function_definition"
