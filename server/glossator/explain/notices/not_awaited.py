"""A coroutine that nobody awaits: the call of an ``async def`` does not run it."""

from __future__ import annotations

from collections.abc import Iterator

from tree_sitter import Node

from glossator.explain.explanation import Notice
from glossator.explain.notices.outline import Outline
from glossator.explain.notices.value import assigned_value, certain_binding

_OF_COROUTINES = {"send", "throw", "close", "cr_await", "cr_code", "cr_frame", "cr_origin", "cr_running"}


def find(outline: Outline) -> Iterator[Notice]:
    """Calls of the file's own ``async def`` functions as bare statements, or used as if they were their results."""
    if not any(_is_async(one) for one in outline.nodes["function_definition"]):
        return
    for call in outline.nodes["call"]:
        name = _called_coroutine(outline, call)
        if not name:
            continue
        if is_dropped(outline, call):
            yield Notice(outline.line(call), "not_awaited", dropped_message(name))
        elif used := _use_as_result(outline, call):
            line, made = outline.line(used), outline.line(call)
            message = f"`{name}` is an `async def`: this uses its coroutine as if it were the result. Write `await`"
            message += f" before the call{'' if line == made else f' on line {made}'}."
            yield Notice(line, "not_awaited", message, (made,) if made != line else ())


def dropped_message(name: str) -> str:
    """What is wrong with a coroutine's call as a statement."""
    return f"`{name}` is an `async def`, so this call runs nothing: its coroutine is dropped. Write `await` before it."


def is_dropped(outline: Outline, call: Node) -> bool:
    """Whether the call is a statement of its own, and nobody shows its value or wants the warning."""
    holder = outline.parents[call.id]
    if holder.type != "expression_statement" or holder.named_child_count != 1 or holder.has_error:
        return False
    last = outline.parents[holder.id].type == "module" and holder.next_named_sibling is None
    around = list(outline.within_scope(holder))
    return not last and not any(outline.expects_failure(one) or _never_runs(one) for one in around)


def _never_runs(statement: Node) -> bool:
    """Whether a condition is written out, as ``if True:`` above an ``else``: of twins, one asynchronous, one not."""
    condition = statement.child_by_field_name("condition") if statement.type == "if_statement" else None
    return condition is not None and condition.type in {"true", "false"}


def is_plain_coroutine(outline: Outline, function: Node) -> bool:
    """Whether a definition is an undecorated ``async def`` that yields nothing: its call certainly is a coroutine."""
    decorated = outline.parents[function.id].type == "decorated_definition"
    return _is_async(function) and not decorated and not _yields(function)


def _called_coroutine(outline: Outline, call: Node) -> str:
    function = call.child_by_field_name("function")
    if function is None or call.has_error:
        return ""
    if function.type == "identifier":
        name = outline.text(function)
        scope = outline.resolve(name, function)
        bindings = scope.bindings(name) if scope is not None else []
        definition = outline.parents[bindings[0].node.id] if len(bindings) == 1 else None
    elif function.type == "attribute" and outline.text(function.child_by_field_name("object")) == "self":
        name = outline.text(function)
        definition = _own_method(outline, call, outline.text(function.child_by_field_name("attribute")))
    else:
        return ""
    if definition is None or definition.type != "function_definition" or name in outline.declared:
        return ""
    return name if is_plain_coroutine(outline, definition) else ""


def _own_method(outline: Outline, call: Node, name: str) -> Node | None:
    """The one method of that name in the class around, if nothing in the file assigns to the attribute."""
    function = next((one for one in outline.above(call) if one.type == "function_definition"), None)
    body = outline.parents.get(function.id) if function is not None else None
    if body is not None and body.type == "decorated_definition":
        body = outline.parents.get(body.id)
    holder = outline.parents.get(body.id) if body is not None else None
    if holder is None or holder.type != "class_definition" or function is None:
        return None
    bindings = outline.scopes[holder.id].bindings(name) if holder.id in outline.scopes else []
    assigned = any(
        outline.parents[one.id].type == "assignment" and outline.parents[one.id].start_byte == one.start_byte
        for one in outline.attributes.get(f"self.{name}", ())
    )
    takes_self = outline.scopes[function.id].bindings("self")
    return (
        outline.parents[bindings[0].node.id] if len(bindings) == 1 and len(takes_self) == 1 and not assigned else None
    )


def _use_as_result(outline: Outline, call: Node) -> Node | None:
    """Where the coroutine, at once or under the name it was assigned to, is used as no coroutine can be."""
    if _is_used(outline, call):
        return call
    holder = outline.parents[call.id]
    left = holder.child_by_field_name("left") if holder.type == "assignment" else None
    if left is None or left.type != "identifier" or holder.child_by_field_name("right") != call:
        return None
    scope = outline.scope_of(left)
    for use in scope.names[outline.text(left)]:
        if use.at <= holder.end_byte:
            continue
        binding = certain_binding(outline, use.node) if use.role == "read" else None
        if binding is None or binding.node.id != left.id or assigned_value(outline, binding) != call:
            return None
        return use.node if _is_used(outline, use.node) else None
    return None


def _is_used(outline: Outline, node: Node) -> bool:
    holder = outline.parents[node.id]
    first = holder.start_byte == node.start_byte
    if holder.type == "attribute":
        return first and outline.text(holder.child_by_field_name("attribute")) not in _OF_COROUTINES | {"__await__"}
    if holder.type == "subscript":
        return first
    return holder.type == "for_statement" and holder.child_by_field_name("right") == node and _is_sync(holder)


def _is_sync(loop: Node) -> bool:
    return bool(loop.children) and loop.children[0].type != "async"


def _is_async(function: Node) -> bool:
    return bool(function.children) and function.children[0].type == "async"


def _yields(function: Node) -> bool:
    pending = list(function.named_children)
    while pending:
        node = pending.pop()
        if node.type == "yield":
            return True
        if node.type not in {"function_definition", "lambda", "class_definition"}:
            pending.extend(node.named_children)
    return False
