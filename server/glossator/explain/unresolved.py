"""A name without a definition, in words: what is missing, and what the reader can do about it."""

from __future__ import annotations

import re
import sys

from tree_sitter import Node

from glossator.errors import Problem
from glossator.resolve.symbol import Workspace, find_symbol

LONGEST_SHOWN = 60


async def unresolved(name: Node, workspace: Workspace) -> Problem:
    """Why nothing is known of a name: its package is not installed, its object's type is unknown, or it is nowhere.

    Raises:
        PartMissing: the symbol server cannot be started.
    """
    word = workspace.tree.text_of(name)
    holder = name.parent
    receiver = holder.child_by_field_name("object") if holder is not None and holder.type == "attribute" else None
    if receiver is not None and receiver.end_byte > name.start_byte:
        receiver = None  # the name is what stands before the dot
    package = _missing_package(receiver or name, workspace)
    environment = workspace.installed.environment
    if package:
        told = f"The package `{package}` is not installed in {environment}, so nothing is known of `{word}`."
        return Problem(told, "Install it there, or set python.environment.")
    root = _root(receiver or name)
    if receiver is not None and root.type == "identifier" and await find_symbol(root, workspace) is None:
        word, receiver = workspace.tree.text_of(root), None
    if receiver is not None:
        shown = " ".join(workspace.tree.text_of(receiver).split()).replace("`", "'")
        shown = shown if len(shown) <= LONGEST_SHOWN else f"{shown[: LONGEST_SHOWN - 1]}…"
        return Problem(f"The type of `{shown}` is not known, so its `{word}` was not found.", "")
    advice = f"If `{word}` comes from a package, install it in {environment}, or set python.environment."
    return Problem(f"No definition of `{word}` was found.", advice)


def _missing_package(node: Node, workspace: Workspace) -> str:
    """The package that the first name of an expression is imported from, if that is nowhere to be found."""
    node = _root(node)
    module = _imported_from(workspace.tree.text_of(node), workspace.tree.text) if node.type == "identifier" else ""
    top = module.partition(".")[0]
    if not top or top in sys.stdlib_module_names or workspace.installed.distribution(top) is not None:
        return ""
    path = workspace.snapshot.path
    folders = (*workspace.installed.folders, workspace.installed.root, *((path.parent,) if path is not None else ()))
    there = any((folder / one).exists() for folder in folders for one in (top, f"{top}.py"))
    return "" if there else top


def _root(node: Node) -> Node:
    """What an expression begins with: ``a`` of ``a.b(c)[d]``."""
    while node.type in {"attribute", "call", "subscript", "await"} and node.named_children:
        node = node.named_children[0]
    return node


def _imported_from(word: str, text: str) -> str:
    """The module that an import of the text binds a name to, or takes it from; empty for relative imports."""
    name = re.escape(word)
    found = re.search(rf"^[ \t]*import[ \t]+(?:[^\n]*,[ \t]*)?([\w.]+)[ \t]+as[ \t]+{name}\b", text, re.MULTILINE)
    found = found or re.search(rf"^[ \t]*import[ \t]+(?:[^\n]*,[ \t]*)?({name})\b(?![ \t]+as\b)", text, re.MULTILINE)
    listed = rf"(?:\([^()]*\b{name}\b[^()]*\)|[^\n(]*\b{name}\b)"
    found = found or re.search(rf"^[ \t]*from[ \t]+(\w[\w.]*)[ \t]+import[ \t]*{listed}", text, re.MULTILINE)
    return found[1] if found is not None else ""
