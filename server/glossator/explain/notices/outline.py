"""One pass over a tree: who is whose parent, the nodes of each type, and every name in its scope, read or bound.

``Node.parent`` searches from the root each time: asking every identifier for its scope took 80 s for a module of
170,000 lines. The standard library's ``symtable`` knows scopes better, but nothing of a file that is being typed.
"""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Literal

from tree_sitter import Node

from glossator.explain.notices.role import Role, role_of
from glossator.syntax.tree import Tree

ScopeKind = Literal["module", "function", "class", "comprehension"]
_SCOPES: dict[str, ScopeKind] = {
    "module": "module",
    "function_definition": "function",
    "lambda": "function",
    "class_definition": "class",
    "list_comprehension": "comprehension",
    "set_comprehension": "comprehension",
    "dictionary_comprehension": "comprehension",
    "generator_expression": "comprehension",
}
# Nodes whose children do not all belong to one scope; and those without children, which are most.
_DIVIDED = frozenset((*_SCOPES, "default_parameter", "typed_default_parameter", "typed_parameter"))
_LEAVES = frozenset(
    {"identifier", "string_content", "string_start", "string_end", "integer", "float", "none", "comment"}
)
_EXPECTING = ("raises", "warns", "catch_warnings", "assert", "suppress")
_BUILTINS = frozenset(dir(builtins))
REFLECTION = frozenset({"locals", "globals", "eval", "exec", "vars"})


@dataclass(frozen=True, slots=True)
class Name:
    """One mention of a name. ``at`` is the offset at which it is read or bound: an assignment binds at its end."""

    node: Node
    role: Role
    at: int
    scope: int


@dataclass(slots=True)
class Scope:
    """A module, class, function, lambda or comprehension; ``outer`` is the id of the scope around it."""

    node: Node
    kind: ScopeKind
    outer: int
    names: dict[str, list[Name]] = field(default_factory=lambda: defaultdict(list))
    bound: dict[str, list[Name]] = field(default_factory=dict)

    def bindings(self, name: str) -> Sequence[Name]:
        """Everything that gives the name a value here, or takes it away."""
        return self.bound.get(name, ())


@dataclass
class Outline:
    """What the pass found. Scopes and parents are kept by ``Node.id``; nodes and names come in the order in
    which they take effect."""

    tree: Tree
    parents: dict[int, Node] = field(default_factory=dict)
    nodes: dict[str, list[Node]] = field(default_factory=lambda: defaultdict(list))
    scopes: dict[int, Scope] = field(default_factory=dict)
    scope_ids: dict[int, int] = field(default_factory=dict)
    declared: set[str] = field(default_factory=set)

    def text(self, node: Node | None) -> str:
        """The node's text; empty for None."""
        return self.tree.text_of(node) if node is not None else ""

    def line(self, node: Node) -> int:
        """The line a node begins on, from 1, as notices count."""
        return self.tree.line_of(node) + 1

    def above(self, node: Node) -> Iterator[Node]:
        """Parent, its parent, and so on up to the root."""
        current = self.parents.get(node.id)
        while current is not None:
            yield current
            current = self.parents.get(current.id)

    @cached_property
    def attributes(self) -> Mapping[str, list[Node]]:
        """The attributes of ``self`` by their text, as ``self.items``."""
        found: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes["attribute"]:
            written = self.text(node)
            if written.startswith("self."):
                found[written].append(node)
        return found

    def within_scope(self, node: Node) -> Iterator[Node]:
        """The nodes above, as far as they belong to the same function, class or module."""
        for one in self.above(node):
            if _SCOPES.get(one.type) in {"function", "class"}:
                return
            yield one

    def scope_of(self, node: Node) -> Scope:
        """The scope of a node; a comprehension counts as part of what is around it."""
        scope = self.scopes[self.scope_ids[node.id]]
        while scope.kind == "comprehension":
            scope = self.scopes[scope.outer]
        return scope

    def resolve(self, name: str, node: Node) -> Scope | None:
        """The scope whose binding the name means at a node; None if no scope of the file binds it."""
        scope = self.scopes[self.scope_ids[node.id]]
        own = True
        while True:
            if (own or scope.kind != "class") and scope.bindings(name):
                return scope
            own = own and scope.kind == "comprehension"
            if scope.outer == scope.node.id:
                return None
            scope = self.scopes[scope.outer]

    def expects_failure(self, statement: Node) -> bool:
        """Whether it is a ``with`` under which something is meant to go wrong."""
        head = self.text(statement).partition("\n")[0] if statement.type == "with_statement" else ""
        return any(word in head for word in _EXPECTING)

    def is_tested(self, node: Node) -> bool:
        """Whether a test is, or is around, a function: what it does may be there to see that it works."""
        functions = (one for one in (node, *self.above(node)) if one.type == "function_definition")
        return any(self.text(one.child_by_field_name("name")).startswith("test") for one in functions)

    def is_builtin(self, name: str, node: Node) -> bool:
        """Whether a name certainly means Python's own there."""
        if name not in _BUILTINS or self.nodes.get("wildcard_import") or name in self.declared:
            return False
        scope = self.resolve(name, node)
        if scope is None:
            return True
        # `len = len(items)`: until a module or class binds the name it has the old one; a function never has.
        own = scope.kind != "function" and scope is self.scope_of(node)
        looping = any(one.type in {"for_statement", "while_statement"} for one in self.within_scope(node))
        return own and not looping and node.start_byte < scope.bindings(name)[0].at

    def reflects(self, scope: Scope) -> bool:
        """Whether the scope's names may be read or bound by something that does not mention them."""
        return not REFLECTION.isdisjoint(scope.names)


@lru_cache(maxsize=2)
def outline_of(tree: Tree) -> Outline:
    """The outline of a tree, in one pass from the root."""
    outline = Outline(tree)
    root = tree.root
    outline.scopes[root.id] = Scope(root, "module", root.id)
    nodes, parents, scope_ids = outline.nodes, outline.parents, outline.scope_ids
    pending = [(root, root.id)]
    while pending:
        node, scope = pending.pop()
        kind = node.type
        nodes[kind].append(node)
        scope_ids[node.id] = scope
        if kind in _LEAVES:
            continue
        divided = kind in _DIVIDED
        for child in reversed(node.named_children):
            parents[child.id] = node
            pending.append((child, _scope_below(outline, node, child, scope) if divided else scope))
    for node in nodes["identifier"]:
        _enter(outline, node)
    _lift_reads(outline)
    return outline


def _scope_below(outline: Outline, node: Node, child: Node, scope: int) -> int:
    """The scope of a child: defaults, annotations, decorators and bases are evaluated outside of what they describe."""
    kind = _SCOPES.get(node.type)
    if kind is None:
        names = {"identifier", "list_splat_pattern", "dictionary_splat_pattern"}
        first = child.start_byte == node.start_byte and child.type in names
        return scope if first else outline.scopes[scope].outer
    if node.id not in outline.scopes:
        outline.scopes[node.id] = Scope(node, kind, scope)
    inside = kind in {"comprehension", "module"} or child.type in {"block", "parameters", "lambda_parameters"}
    if node.type == "lambda":
        inside = True
    return node.id if inside else scope


def _enter(outline: Outline, node: Node) -> None:
    role, at = role_of(node, outline.parents)
    if role is None:
        return
    name = outline.text(node)
    if role == "declare":
        outline.declared.add(name)
        return
    scope = outline.scopes[outline.scope_ids[node.id]]
    if outline.parents[node.id].type == "named_expression":
        scope = outline.scope_of(node)
    one = Name(node, role, at, scope.node.id)
    scope.names[name].append(one)
    if role != "read":
        scope.bound.setdefault(name, []).append(one)


def _lift_reads(outline: Outline) -> None:
    """A comprehension reads the names of the scope around it, unless it binds them itself. All in order, at last."""
    # Inner scopes were met after outer ones, so the last comes first.
    for scope in reversed(list(outline.scopes.values())):
        if scope.kind != "comprehension":
            continue
        for name in [name for name in scope.names if not scope.bindings(name)]:
            outline.scopes[scope.outer].names[name].extend(scope.names.pop(name))
    for scope in outline.scopes.values():
        for mentions in (*scope.names.values(), *scope.bound.values()):
            mentions.sort(key=lambda one: one.at)
