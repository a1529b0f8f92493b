"""What a mention of a name does: reads it, binds it, deletes it, or is no name at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from tree_sitter import Node

Role = Literal["read", "bind", "augment", "delete", "declare"]
_TARGETS = {
    "pattern_list",
    "tuple_pattern",
    "list_pattern",
    "list_splat_pattern",
    "tuple",
    "list",
    "list_splat",
    "parenthesized_expression",
}
_PARAMETERS = {"parameters", "lambda_parameters"}
_BOUND_FIRST = {"default_parameter", "typed_default_parameter", "typed_parameter"}
_IMPORTS = {"import_statement", "import_from_statement", "future_import_statement"}


def role_of(node: Node, parents: Mapping[int, Node]) -> tuple[Role | None, int]:
    """The role of an identifier and the offset at which it takes effect."""
    parent = parents[node.id]
    kind = parent.type
    if kind in {"attribute", "keyword_argument"}:
        first = parent.start_byte == node.start_byte
        return ("read" if first == (kind == "attribute") else None), node.start_byte
    if kind == "dotted_name":
        return _dotted(node, parent, parents)
    if kind in _PARAMETERS:
        return "bind", node.start_byte
    if kind in {"function_definition", "class_definition"}:
        return "bind", parent.end_byte
    if kind in {"global_statement", "nonlocal_statement"}:
        return "declare", node.start_byte
    if kind in _BOUND_FIRST or kind == "named_expression":
        bound = parent.start_byte == node.start_byte
        return ("bind" if bound else "read"), (parent.end_byte if bound else node.start_byte)
    if kind == "aliased_import":
        return "bind", parent.end_byte
    return _target(node, parents)


def _dotted(node: Node, dotted: Node, parents: Mapping[int, Node]) -> tuple[Role | None, int]:
    """In an import the first word of what is imported is bound; in a ``case`` a single word is."""
    holder = parents[dotted.id]
    first = node.start_byte == dotted.start_byte
    if holder.type in _IMPORTS:
        module = holder.child_by_field_name("module_name")
        imported = first and (module is None or module.id != dotted.id) and holder.type != "future_import_statement"
        return ("bind" if imported else None), dotted.end_byte
    if holder.type in {"aliased_import", "relative_import"} or not first:
        return None, node.start_byte
    captures = "pattern" in holder.type and holder.type != "class_pattern" and dotted.named_child_count == 1
    return ("bind" if captures else "read"), node.start_byte


def _target(node: Node, parents: Mapping[int, Node]) -> tuple[Role | None, int]:
    """The role by what the tuples and stars around the name stand in."""
    top, holder = node, parents[node.id]
    while holder.type in _TARGETS and holder.id in parents:
        top, holder = holder, parents[holder.id]
    kind = holder.type
    if kind in _PARAMETERS or kind == "typed_parameter":
        return "bind", node.start_byte
    if kind in {"assignment", "augmented_assignment"}:
        if top.start_byte != holder.start_byte or top.type in {"tuple", "list"}:
            return "read", node.start_byte
        if kind == "assignment" and holder.child_by_field_name("right") is None:
            return None, node.start_byte
        return ("bind" if kind == "assignment" else "augment"), holder.end_byte
    if kind in {"for_statement", "for_in_clause"}:
        left, right = (holder.child_by_field_name(name) for name in ("left", "right"))
        if left is not None and left.id == top.id:
            return "bind", right.end_byte if kind == "for_statement" and right is not None else node.start_byte
    elif kind == "as_pattern_target":
        return "bind", node.start_byte
    elif kind in {"except_clause", "except_group_clause"}:
        alias = holder.child_by_field_name("alias")
        return ("bind" if alias is not None and alias.id == top.id else "read"), node.start_byte
    elif "delete_statement" in {kind, parents[holder.id].type if kind == "expression_list" else ""}:
        return "delete", node.start_byte
    elif "pattern" in kind and kind not in {"as_pattern", "keyword_pattern", "dict_pattern"}:
        return "bind", node.start_byte
    return "read", node.start_byte
