"""A call and a function's parameters to arguments bound to names: what stands here with *these* arguments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tree_sitter import Node

from glossator.resolve.definition import Parameter, literal
from glossator.syntax.tree import Tree

LONGEST_VALUE = 80


@dataclass(frozen=True, slots=True)
class BoundArgument:
    """An argument of a call under the name of its parameter.

    ``value`` is its source on one line; ``literal`` the plain value of a string or constant, to look up what the
    documentation says of it; ``known`` tells whether the signature names the parameter.
    """

    name: str
    value: str
    node: Node
    literal: str = ""
    known: bool = True


def bind(tree: Tree, call: Node, parameters: Sequence[Parameter]) -> tuple[BoundArgument, ...]:
    """The arguments of a call in order. After ``*iterable`` positions are unknown, so binding by position ends."""
    arguments = call.child_by_field_name("arguments")
    positional = [one for one in parameters if one.kind == "positional"]
    rest = next((one.name for one in parameters if one.kind == "var_positional"), "")
    names = {one.name for one in parameters if one.kind in {"positional", "keyword_only"}}
    bound: list[BoundArgument] = []
    position: int | None = 0
    for node in arguments.named_children if arguments is not None else ():
        if node.type == "keyword_argument":
            name, value = (node.child_by_field_name(field) for field in ("name", "value"))
            if name is not None and value is not None:
                label = tree.text_of(name)
                bound.append(_bound(tree, label, value, node, label in names))
        elif node.type == "list_splat":
            position = None
        elif node.type not in {"dictionary_splat", "comment", "ERROR"} and position is not None:
            name_at = positional[position].name if position < len(positional) else rest
            if name_at:
                bound.append(_bound(tree, name_at, node, node, True))
            position += 1
    return tuple(bound)


def _bound(tree: Tree, name: str, value: Node, node: Node, known: bool) -> BoundArgument:
    source = tree.source[value.start_byte : value.end_byte]
    if value.type == "string":
        constant = literal(source)
    else:
        constant = source if value.type in {"true", "false", "none", "integer", "float"} else ""
    shown = " ".join(tree.text_of(value).split())
    shown = shown if len(shown) <= LONGEST_VALUE else f"{shown[: LONGEST_VALUE - 1]}…"
    return BoundArgument(name, shown, node, constant, known)
