"""Of a function that is declared several times, the declaration that a call fits: its arguments are bound to it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from glossator.explain.call import BoundArgument, bind
from glossator.explain.notices.defining_file import decorators_of, defining_node, defining_tree, named_in
from glossator.resolve.definition import Definition, Parameter, definition_at
from glossator.resolve.documentation import Documented
from glossator.resolve.symbol import Workspace
from glossator.syntax.tree import ancestors

_CONSTANTS = {"true": "True", "false": "False", "none": "None"}


def fitting(documented: Documented, call: Node | None, workspace: Workspace) -> Documented:
    """The same with signature and parameters of the first declaration that takes the call as it is written, or of the
    one that speaks least against it. The documentation stays: most often one declaration has it for all."""
    symbol = documented.symbol
    if call is None or symbol.definition.kind not in {"function", "method"}:
        return documented
    declared = _declarations(documented, workspace)
    if len(declared) < 2:
        return documented
    best = min(declared, key=lambda one: _misfits(bind(workspace.tree, call, one.parameters), one.parameters))
    definition = replace(symbol.definition, signature=best.signature, parameters=best.parameters, returns=best.returns)
    return replace(documented, symbol=replace(symbol, definition=definition), parameters=best.parameters)


def _declarations(documented: Documented, workspace: Workspace) -> list[Definition]:
    symbol = documented.symbol
    tree = defining_tree(symbol, workspace)
    node = defining_node(symbol, tree)
    if node is None or not any(one.endswith("overload") for one in decorators_of(node, tree)):
        return []
    holder = next((one for one in ancestors(node.parent) if one.type in {"block", "module"}), None)
    nodes = sorted(named_in(holder, tree, symbol.definition.name), key=lambda one: one.start_byte)
    overloads = [one for one in nodes if any(name.endswith("overload") for name in decorators_of(one, tree))]
    found = (definition_at(tree.source, tree.line_of(one), symbol.definition.name) for one in overloads)
    return [one for one in found if one is not None]


def _misfits(bound: Sequence[BoundArgument], parameters: Sequence[Parameter]) -> int:
    """How much speaks against a declaration: keywords that it does not take, values that its types exclude, parameters
    without a default that get no value."""
    known = {one.name: one for one in parameters}
    open_end = any(one.kind == "var_keyword" for one in parameters)
    given = {one.name for one in bound}
    refused = sum(not one.known and not open_end for one in bound)
    excluded = sum(_excludes(known[one.name].annotation, one) for one in bound if one.name in known)
    wanting = (one for one in parameters if one.kind in {"positional", "keyword_only"} and not one.default)
    return 2 * (refused + excluded) + sum(one.name not in given for one in wanting)


def _excludes(annotation: str, one: BoundArgument) -> bool:
    """Whether a type certainly has not the value that is written: ``None``, or a ``Literal`` without it."""
    value = one.node.child_by_field_name("value") if one.node.type == "keyword_argument" else one.node
    plain = value is not None and value.type in {*_CONSTANTS, "integer", "float", "string", "tuple", "list", "lambda"}
    if value is None or not plain or not annotation:
        return False
    written = _CONSTANTS.get(value.type, one.value)
    if annotation.strip() == "None":
        return written != "None"
    literal = re.fullmatch(r"(?:\w+\.)*Literal\[(.*)\]", annotation.strip())
    return literal is not None and written not in [item.strip() for item in literal[1].split(",")]
