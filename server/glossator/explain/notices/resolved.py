"""Notices about the place asked about that need the installed definition: deprecated, unknown keyword, no await."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tree_sitter import Node

from glossator.explain.call import bind
from glossator.explain.explanation import Notice
from glossator.explain.focus import Focus
from glossator.explain.notices import deprecated, find_notices, is_marked, unknown_keyword
from glossator.explain.notices.defining_file import defining_node, defining_tree
from glossator.explain.notices.not_awaited import dropped_message, is_dropped, is_plain_coroutine
from glossator.explain.notices.outline import Outline, outline_of
from glossator.resolve.documentation import Documented
from glossator.resolve.symbol import Symbol, Workspace


async def resolved_notices(documented: Documented, focus: Focus, workspace: Workspace) -> tuple[Notice, ...]:
    """What the use of a name, and the call whose function it is, deserve a warning for by the name's definition.

    Nothing where the type was assumed, or there are several definitions: what is not certainly the definition says
    nothing about this code. Nothing twice: what the text alone tells is in ``find_notices``.
    """
    name, call = focus.name, focus.call
    if documented.symbol.assumed or documented.symbol.ambiguous or name is None:
        return ()
    bound = bind(workspace.tree, call, documented.parameters) if call is not None else ()
    found = [
        *deprecated.find(documented, name, workspace),
        *deprecated.find_in_arguments(documented, bound, workspace),
        *await unknown_keyword.find(documented, bound, name, workspace),
    ]
    if _is_statement(call) and not workspace.tree.partial and _is_coroutine(documented.symbol, workspace):
        found += await asyncio.to_thread(lambda: list(_not_awaited(documented.symbol, name, workspace)))
    return tuple(one for one in found if not is_marked(workspace.tree, one))


def _is_statement(call: Node | None) -> bool:
    return call is not None and call.parent is not None and call.parent.type == "expression_statement"


def _is_coroutine(symbol: Symbol, workspace: Workspace) -> bool:
    if symbol.definition.kind not in {"function", "method"}:  # a parameter stands on its function's line
        return False
    tree = defining_tree(symbol, workspace)
    node = defining_node(symbol, tree)
    return node is not None and node.type == "function_definition" and tree.text_of(node).startswith("async")


def _not_awaited(symbol: Symbol, name: Node, workspace: Workspace) -> Iterator[Notice]:
    """An ``async def`` of another file, or of an object's class, called as a statement."""
    outline = outline_of(workspace.tree)
    holder = outline.parents.get(name.id)
    call = outline.parents.get(holder.id) if holder is not None and holder.type == "attribute" else holder
    called = call.child_by_field_name("function") if call is not None and call.type == "call" else None
    if call is None or called is None or called.end_byte != name.end_byte or not is_dropped(outline, call):
        return
    tree = defining_tree(symbol, workspace)
    node = defining_node(symbol, tree)
    told = {one.line for one in find_notices(workspace.tree) if one.kind == "not_awaited"}
    if outline.line(call) in told or _is_rebound(outline, called):
        return
    if node is not None and node.type == "function_definition" and is_plain_coroutine(outline_of(tree), node):
        yield Notice(outline.line(call), "not_awaited", dropped_message(outline.text(called)))


def _is_rebound(outline: Outline, called: Node) -> bool:
    """Whether the file gives the name another value than the import or definition that was found."""
    name = outline.text(called)
    scope = outline.resolve(name, called) if called.type == "identifier" else None
    return scope is not None and len(scope.bindings(name)) > 1
