"""What a careful reader would warn about: few, by static analysis only, certain or silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from functools import lru_cache

from tree_sitter import Node

from glossator.explain.explanation import Notice
from glossator.syntax.repair import Breakage
from glossator.syntax.tree import Tree, walk

_REFLECTION = {"locals", "globals", "eval", "exec", "vars"}
_COMPOUND = {"function_definition", "class_definition", "lambda"}
_HOLDS_STATEMENTS = {
    "block",
    "function_definition",
    "class_definition",
    "decorated_definition",
    "if_statement",
    "elif_clause",
    "else_clause",
    "for_statement",
    "while_statement",
    "with_statement",
    "try_statement",
    "except_clause",
    "except_group_clause",
    "finally_clause",
    "match_statement",
    "case_clause",
}
LARGEST_TEXT = 400_000


@lru_cache(maxsize=8)
def find_notices(tree: Tree) -> tuple[Notice, ...]:
    """All notices of a text, by line; none in texts so long that they were generated."""
    if len(tree.text) > LARGEST_TEXT:
        return ()
    found = [*(_open(tree, breakage) for breakage in tree.breakages), *_overwritten(tree)]
    return tuple(sorted(found, key=lambda notice: notice.line))


def _open(tree: Tree, breakage: Breakage) -> Notice:
    line = tree.text.count("\n", 0, breakage.offset) + 1
    written = tree.text[breakage.offset]
    if breakage.kind == "bracket_left_open":
        return Notice(line, breakage.kind, f"This `{written}` is never closed.")
    if breakage.kind == "bracket_not_opened":
        return Notice(line, breakage.kind, f"This `{written}` closes a bracket that was not opened.")
    if breakage.kind == "bracket_mismatch":
        return Notice(line, breakage.kind, f"This `{written}` closes another kind of bracket than the one left open.")
    if breakage.closed_at is None:
        return Notice(line, breakage.kind, "This string literal is never closed.")
    last = tree.text.count("\n", 0, breakage.closed_at) + 1
    message = (
        f"This string literal is left open at the end of line {line} and goes on to line {last}: Python does not "
        r"accept that. Write `\n` for the line breaks, or use triple quotes."
    )
    return Notice(line, breakage.kind, message, tuple(range(line + 1, last + 1)))


def _overwritten(tree: Tree) -> Iterator[Notice]:
    """A call's result that is assigned and, with nothing reading it in between, assigned over."""
    hidden = _names_out_of_sight(tree)
    pending = [(tree.root, tree.root.id)]
    while pending:
        node, scope = pending.pop()
        inner = node.id if node.type in _COMPOUND else scope
        if node.type in {"module", "block"} and not hidden[scope] & _REFLECTION:
            yield from _overwritten_in(tree, node, hidden[scope])
        pending.extend((child, inner) for child in node.children if child.type in _HOLDS_STATEMENTS)


def _overwritten_in(tree: Tree, block: Node, hidden: Set[str]) -> Iterator[Notice]:
    pending: dict[str, Node] = {}
    for statement in block.named_children:
        if statement.has_error:
            pending.clear()
            continue
        name, value = _plain_assignment(tree, statement)
        read = statement if value is None else value
        for node in walk(read):
            if node.type == "identifier":
                pending.pop(tree.text_of(node), None)
        if not name:
            continue
        earlier = pending.pop(name, None)
        if earlier is not None:
            yield _overwriting(tree, name, earlier, statement)
        if value is not None and value.type in {"call", "await"} and name not in hidden and not name.startswith("_"):
            pending[name] = value


def _overwriting(tree: Tree, name: str, earlier: Node, statement: Node) -> Notice:
    first, line = tree.line_of(earlier) + 1, tree.line_of(statement) + 1
    call = earlier if earlier.type == "call" else earlier.named_children[-1]
    function = call.child_by_field_name("function") if call.type == "call" else None
    made_by = (
        f" by `{tree.text_of(function)}(…)`" if function is not None and tree.line_of(function) + 1 == first else ""
    )
    message = (
        f"`{name}` is overwritten here before it was used: what line {first} assigned to it{made_by} is lost. "
        f"Use the value of line {first}, or remove one of the two assignments."
    )
    return Notice(line, "overwritten_before_use", message, (first,))


def _plain_assignment(tree: Tree, statement: Node) -> tuple[str, Node | None]:
    """Name and value of ``name = value``; an empty name for anything else."""
    assignment = statement.named_children[0] if statement.type == "expression_statement" else None
    if assignment is None or assignment.type != "assignment":
        return "", None
    left, right = (assignment.child_by_field_name(field) for field in ("left", "right"))
    if left is None or right is None or left.type != "identifier":
        return "", None
    return tree.text_of(left), right


def _names_out_of_sight(tree: Tree) -> Mapping[int, set[str]]:
    """For each scope, by its node's id: the names that scopes inside it mention, or that are declared global.
    Somebody may read those at any time.

    One pass from the root: ``Node.parent`` searches from the root each time, so asking every identifier for its
    scope took 80 s for a module of 170,000 lines.
    """
    hidden: dict[int, set[str]] = defaultdict(set)
    pending: list[tuple[Node, tuple[int, ...]]] = [(tree.root, (tree.root.id,))]
    while pending:
        node, scopes = pending.pop()
        if node.type == "identifier":
            name = tree.text_of(node)
            for scope in scopes if name in _REFLECTION else scopes[:-1]:
                hidden[scope].add(name)
            continue
        if node.type in {"global_statement", "nonlocal_statement"}:
            hidden[scopes[-1]].update(tree.text_of(child) for child in node.named_children)
        inner = (*scopes, node.id) if node.type in _COMPOUND else scopes
        pending.extend((child, inner) for child in node.children)
    return hidden
