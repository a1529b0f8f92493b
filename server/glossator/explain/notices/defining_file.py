"""The file that defines a symbol: its text, and the node of the definition in it."""

from __future__ import annotations

import re

from tree_sitter import Node

from glossator.resolve.symbol import Symbol, Workspace, read_source
from glossator.syntax.tree import Tree, parse

_DEFINITIONS = {"function_definition", "class_definition"}


def defining_tree(symbol: Symbol, workspace: Workspace) -> Tree:
    """The tree of the file that defines the symbol, which may be the document itself."""
    return workspace.tree.whole if is_own(symbol, workspace) else parse(read_source(symbol.file))


def is_own(symbol: Symbol, workspace: Workspace) -> bool:
    """Whether the document itself defines the symbol."""
    return workspace.snapshot.path is not None and symbol.file == workspace.snapshot.path


def defining_node(symbol: Symbol, tree: Tree) -> Node | None:
    """The function or class that begins on the definition's line."""
    starts, line = tree.line_starts, symbol.line
    if line >= len(starts):
        return None
    written = tree.text[starts[line] : starts[line + 1] if line + 1 < len(starts) else None]
    begin = starts[line] + len(written) - len(written.lstrip())
    node = tree.root.descendant_for_byte_range(begin, begin + 1)
    while node is not None and node.type not in _DEFINITIONS:
        node = node.parent
    return node if node is not None and tree.line_of(node) == line else None


def decorators_of(node: Node, tree: Tree) -> tuple[str, ...]:
    """The dotted names of a definition's decorators."""
    holder = node.parent
    if holder is None or holder.type != "decorated_definition":
        return ()
    found = (re.match(r"@\s*([\w.]*)", tree.text_of(one)) for one in holder.children if one.type == "decorator")
    return tuple(match[1] if match else "" for match in found)


def named_in(body: Node | None, tree: Tree, name: str) -> list[Node]:
    """The functions and classes of a name directly in a body, those under its ``if`` and ``try`` too."""
    found: list[Node] = []
    pending = list(body.named_children) if body is not None else []
    while pending:
        node = pending.pop()
        if node.type in _DEFINITIONS:
            label = node.child_by_field_name("name")
            if label is not None and tree.text_of(label) == name:
                found.append(node)
        elif node.type.endswith(("_statement", "_clause", "_definition", "block")) and "expression" not in node.type:
            pending.extend(node.named_children)
    return found
