"""An operator to the method of its operand's class that carries it out, where the operand's type is known."""

from __future__ import annotations

from tree_sitter import Node

from glossator.resolve.symbol import Symbol, Workspace, find_member
from glossator.syntax.tree import ancestors

_BINARY = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "truediv",
    "//": "floordiv",
    "%": "mod",
    "@": "matmul",
    "**": "pow",
    "<<": "lshift",
    ">>": "rshift",
    "&": "and",
    "^": "xor",
    "|": "or",
    "<": "lt",
    "<=": "le",
    "==": "eq",
    "!=": "ne",
    ">": "gt",
    ">=": "ge",
}
_UNARY = {"-": "neg", "+": "pos", "~": "invert"}
# What has names of its own; the line that is asked about instead stands outside of it.
_OWN_NAMES = {"lambda", "list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression"}
_STATEMENTS = {"module", "block"}


async def method_of(leaf: Node, workspace: Workspace) -> Symbol | None:
    """The method that an operator, a bracket or ``with`` stands for; None where types say nothing."""
    operator = leaf.parent if leaf.parent is not None and leaf.parent.type in {"not in", "is not"} else leaf
    if _has_own_names(operator):
        return None
    for operand, name in _candidates(operator):
        found = await find_member(operand, f"__{name}__", workspace)
        if found is not None and found.definition.path != f"object.__{name}__":
            return found
    return None


def _candidates(operator: Node) -> list[tuple[Node, str]]:
    """Operands with the methods to look for in them, in order."""
    parent = operator.parent
    if parent is None or operator.is_named:
        return []
    kind, sign = parent.type, operator.type
    left = parent.child_by_field_name("left")
    if kind == "binary_operator" and left is not None and sign in _BINARY:
        return [(left, _BINARY[sign])]
    if kind == "augmented_assignment" and left is not None and sign[:-1] in _BINARY:
        return [(left, f"i{_BINARY[sign[:-1]]}"), (left, _BINARY[sign[:-1]])]
    operand = parent.child_by_field_name("argument")
    if kind == "unary_operator" and operand is not None and sign in _UNARY:
        return [(operand, _UNARY[sign])]
    if kind == "comparison_operator":
        return _compared(operator, parent)
    value = parent.child_by_field_name("value")
    if kind == "subscript" and value is not None and sign in "[]":
        return [(value, _subscription(parent))]
    return []


def _compared(operator: Node, parent: Node) -> list[tuple[Node, str]]:
    before, after = operator.prev_named_sibling, operator.next_named_sibling
    if operator.type in {"in", "not in"} and after is not None:
        return [(after, "contains")]
    return [(before, _BINARY[operator.type])] if before is not None and operator.type in _BINARY else []


def _subscription(node: Node) -> str:
    holder = node.parent
    if holder is not None and holder.type == "assignment" and holder.child_by_field_name("left") == node:
        return "setitem"
    return "delitem" if holder is not None and holder.type == "delete_statement" else "getitem"


def _has_own_names(node: Node) -> bool:
    for outer in ancestors(node):
        if outer.type in _OWN_NAMES:
            return True
        if outer.type in _STATEMENTS:
            return False
    return False
