"""A builtin's or a module's name given to something else, and used afterwards as if it still meant the original."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping
from types import GeneratorType, NoneType

from tree_sitter import Node

from glossator.explain.explanation import Notice
from glossator.explain.notices.outline import Name, Outline, Scope
from glossator.explain.notices.value import assigned_value, certain_binding, certain_type, is_import

_CALLABLE = frozenset(name for name in dir(builtins) if callable(getattr(builtins, name)) and name.islower())
_TYPES: Mapping[str, type] = {
    **{name: kind for name, kind in vars(builtins).items() if isinstance(kind, type)},
    "generator": GeneratorType,
    "NoneType": NoneType,
}
_LOOPS = {"for_statement", "while_statement"}


def find(outline: Outline) -> Iterator[Notice]:
    """The first such use of each name in each scope."""
    for scope in outline.scopes.values():
        if scope.kind == "comprehension" or outline.reflects(scope):
            continue
        for word, names in scope.names.items():
            if any(one.role == "bind" for one in names) and word not in outline.declared:
                notice = _used_as_original(outline, scope, word) or _used_too_early(outline, scope, word)
                if notice is not None:
                    yield notice


def _used_as_original(outline: Outline, scope: Scope, word: str) -> Notice | None:
    """A call, or an attribute, of a value that certainly cannot be called or has no such attribute."""
    original = _original(outline, scope, word)
    if not original:
        return None
    for use in scope.names[word]:
        binding = certain_binding(outline, use.node) if use.role == "read" else None
        kind = certain_type(outline, assigned_value(outline, binding)) if binding is not None else ""
        if binding is None or not kind or kind not in _TYPES:
            continue
        wanted = _wanted(outline, use.node, _TYPES[kind], original == "module")
        if wanted:
            line, first = outline.line(use.node), outline.line(binding.node)
            what = "`None`" if kind == "NoneType" else f"{'an' if kind[0] in 'aeiou' else 'a'} `{kind}`"
            message = (
                f"`{word}` is no longer the {original} here: line {first} made it {what}, {wanted}. "
                f"Give that value another name."
            )
            return Notice(line, "name_shadowed", message, (first,) if first != line else ())
    return None


def _original(outline: Outline, scope: Scope, word: str) -> str:
    """What the name meant before this scope, or an assignment in it, gave it another value."""
    bindings = scope.bindings(word)
    if is_import(outline, bindings[0]) and len(bindings) > 1:
        return "module"
    outer = scope
    while outer.outer != outer.node.id:
        outer = outline.scopes[outer.outer]
        found = outer.bindings(word)
        if found and outer.kind != "class":
            return "module" if len(found) == 1 and is_import(outline, found[0]) else ""
    return "builtin" if word in _CALLABLE and not outline.nodes.get("wildcard_import") else ""


def _wanted(outline: Outline, use: Node, kind: type, module: bool) -> str:
    """What is asked of the value that it cannot do, in words; empty if it may be able to."""
    holder = outline.parents[use.id]
    if holder.type == "call" and holder.start_byte == use.start_byte and not module:
        return "which cannot be called"
    if holder.type == "attribute":
        attribute = outline.text(holder.child_by_field_name("attribute"))
        if attribute and not hasattr(kind, attribute) and _is_read(outline, holder):
            return f"which has no `{attribute}`"
    return ""


def _is_read(outline: Outline, attribute: Node) -> bool:
    holder = outline.parents[attribute.id]
    return holder.type == "call" and holder.start_byte == attribute.start_byte


def _used_too_early(outline: Outline, scope: Scope, word: str) -> Notice | None:
    """``def f(x): list = list(x)``: an assignment makes the name local to the whole function."""
    if scope.kind != "function" or not _original(outline, scope, word):
        return None
    first = scope.names[word][0]
    if first.role != "read" or first.scope != scope.node.id or not _is_straight(outline, first):
        return None
    holder = outline.parents[first.node.id]
    if holder.type not in {"call", "attribute"} or holder.start_byte != first.node.start_byte:
        return None
    binding = scope.bindings(word)[0]
    if binding.role != "bind":
        return None
    line, bound = outline.line(first.node), outline.line(binding.node)
    where = "this line" if line == bound else f"line {bound}"
    message = (
        f"`{word}` has no value here: {where} assigns to it, which makes the name local to the whole function. "
        f"Give the assigned value another name."
    )
    return Notice(line, "name_shadowed", message, (bound,) if bound != line else ())


def _is_straight(outline: Outline, name: Name) -> bool:
    """Whether the read belongs to the function's own body: no loop that may have bound the name a turn before, and
    no comprehension or lambda that runs later."""
    return not any(one.type in _LOOPS or one.type == "generator_expression" for one in outline.within_scope(name.node))
