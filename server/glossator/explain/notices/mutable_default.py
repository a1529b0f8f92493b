"""A list, dict or set as a default, which the function then changes: all calls share that one object.

Not one that it only returns: whether the caller changes it is not known here, and some say that he must not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from glossator.explain.explanation import Notice
from glossator.explain.notices.outline import Name, Outline

_DISPLAYS = {
    "list": "list",
    "list_comprehension": "list",
    "dictionary": "dict",
    "dictionary_comprehension": "dict",
    "set": "set",
    "set_comprehension": "set",
}
_ADDING = {
    "list": {"append", "extend", "insert"},
    "dict": {"setdefault", "update"},
    "set": {"add", "update", "symmetric_difference_update"},
}
# These do nothing to an empty default.
_TAKING = {
    "list": {"clear", "pop", "remove", "reverse", "sort"},
    "dict": {"clear", "pop", "popitem"},
    "set": {"clear", "discard", "pop", "remove", "difference_update", "intersection_update"},
}
# Names by which people say that the sharing is meant.
_MEANT = re.compile(r"(?i)^_|cache|memo|static|registry|shared|state")
_DEPENDS = {
    "if_statement",
    "elif_clause",
    "while_statement",
    "for_statement",
    "conditional_expression",
    "match_statement",
}


def find(outline: Outline) -> Iterator[Notice]:
    """One notice for each such parameter, on the line of its default."""
    for kind in ("default_parameter", "typed_default_parameter"):
        for parameter in outline.nodes[kind]:
            name, value = (parameter.child_by_field_name(part) for part in ("name", "value"))
            if name is None or value is None or name.type != "identifier" or parameter.has_error:
                continue
            made = _made(outline, value)
            if made and not _MEANT.search(outline.text(name)) and not _is_cell(outline, name, value):
                yield from _escaping(outline, name, made, _is_empty(value))


def _made(outline: Outline, value: Node) -> str:
    """``list``, ``dict`` or ``set``, if the default is a new one of these."""
    if value.type in _DISPLAYS:
        return _DISPLAYS[value.type]
    function = value.child_by_field_name("function") if value.type == "call" else None
    name = outline.text(function)
    return name if name in _ADDING and function is not None and outline.is_builtin(name, function) else ""


def _is_empty(value: Node) -> bool:
    inner = value.child_by_field_name("arguments") if value.type == "call" else value
    return inner is not None and not [one for one in inner.named_children if one.type != "comment"]


def _is_cell(outline: Outline, name: Node, value: Node) -> bool:
    """Whether it is a list of one item that the function takes out and puts in again, or of numbers that it counts up:
    a place to remember by."""
    scope = outline.scopes[outline.scope_ids[name.id]]
    mentions = [one.node for one in scope.names[outline.text(name)] if one.node.id != name.id]
    holders = [outline.parents[one.id] for one in mentions]
    above = {outline.parents[one.id].type for one in holders if one.type == "subscript"}
    if value.type != "list" or not value.named_children:
        return False
    counters = all(one.type in {"integer", "float"} for one in value.named_children)
    single = value.named_child_count == 1
    changed = bool(above & {"assignment", "augmented_assignment"})
    return (single and changed) or (counters and "augmented_assignment" in above)


def _escaping(outline: Outline, name: Node, made: str, empty: bool) -> Iterator[Notice]:
    scope = outline.scopes[outline.scope_ids[name.id]]
    word = outline.text(name)
    if scope.node.type != "function_definition" or scope.node.has_error or outline.reflects(scope):
        return
    mentions = scope.names[word]
    if outline.is_tested(outline.parents[scope.node.id]) or _is_asked_before(outline, scope.node, word):
        return
    if any(one.role in {"bind", "delete"} and one.node.id != name.id for one in mentions) or word in outline.declared:
        return
    for one in mentions:
        done = _done(outline, one, made, empty)
        if done and not _guarded(outline, one.node, word):
            line, where = outline.line(name), outline.line(one.node)
            message = (
                f"The default of `{word}` is one {made} that all calls share, and line {where} {done} it. "
                f"Use `None` as the default and make a new {made} inside."
            )
            yield Notice(line, "mutable_default", message, (where,) if where != line else ())
            return


def _is_asked_before(outline: Outline, function: Node, word: str) -> bool:
    """Whether what the default holds is given back, ``if x in known: return found[x]``: a place to remember by."""
    body = function.child_by_field_name("body")
    given = re.compile(rf"\breturn {re.escape(word)}\[")
    known = re.compile(rf"\bin {re.escape(word)}\b")
    for statement in body.named_children if body is not None else ():
        consequence = statement.child_by_field_name("consequence") if statement.type == "if_statement" else None
        last = consequence.named_children[-1] if consequence is not None and consequence.named_children else None
        returns = last is not None and last.type == "return_statement"
        if (returns or statement.type == "try_statement") and given.search(outline.text(statement)):
            return True
        if returns and known.search(outline.text(statement)):
            return True
    return False


def _done(outline: Outline, name: Name, made: str, empty: bool) -> str:
    """What the function does to the default that the next call will see: a verb, or nothing."""
    node = name.node
    if name.role == "augment":
        return "changes" if made in {"list", "set"} or "|=" in outline.text(outline.parents[node.id]) else ""
    holder = outline.parents[node.id]
    above = outline.parents.get(holder.id)
    if (
        holder.type == "attribute"
        and above is not None
        and above.type == "call"
        and holder.start_byte == node.start_byte
    ):
        return "changes" if _is_changed_by(outline, holder, above, made, empty) else ""
    if holder.type == "subscript" and holder.start_byte == node.start_byte and above is not None:
        assigned = above.type in {"assignment", "augmented_assignment"} and above.start_byte == holder.start_byte
        assigned = assigned and (made == "dict" or not empty) and above.child_by_field_name("right") is not None
        deleted = above.type == "delete_statement" and not empty
        return "changes" if assigned or deleted else ""
    if holder.type == "assignment" and above is not None:
        return "keeps" if _is_kept_and_changed(outline, holder, made, empty) else ""
    return ""


def _is_changed_by(outline: Outline, attribute: Node, call: Node, made: str, empty: bool) -> bool:
    if call.child_by_field_name("function") != attribute:
        return False
    method = outline.text(attribute.child_by_field_name("attribute"))
    arguments = call.child_by_field_name("arguments")
    given = arguments is not None and arguments.named_child_count > 0
    return (method in _ADDING[made] and given) or (not empty and method in _TAKING[made])


def _is_kept_and_changed(outline: Outline, assignment: Node, made: str, empty: bool) -> bool:
    """``self.items = items`` in a constructor, where a method of the class changes ``self.items``; kept alone, it may
    do no harm. Other methods are left out: asking this of each would take quadratic time."""
    left, right = (assignment.child_by_field_name(side) for side in ("left", "right"))
    if left is None or right is None or right.type != "identifier" or left.type != "attribute":
        return False
    written = outline.text(left)
    if not re.fullmatch(r"self\.\w+", written):
        return False
    function = next((one for one in outline.above(assignment) if one.type == "function_definition"), None)
    if function is None or outline.text(function.child_by_field_name("name")) != "__init__":
        return False
    holder = next((one for one in outline.above(function) if one.type == "class_definition"), None)
    return holder is not None and _changes(outline, holder, written, made, empty)


def _changes(outline: Outline, holder: Node, written: str, made: str, empty: bool) -> bool:
    changed = False
    for attribute in outline.attributes.get(written, ()):
        if not holder.start_byte <= attribute.start_byte < holder.end_byte:
            continue
        above = outline.parents[attribute.id]
        if above.type == "assignment" and above.start_byte == attribute.start_byte:
            value = above.child_by_field_name("right")
            if value is None or value.type != "identifier":
                return False
        outer = outline.parents.get(above.id)
        if above.type == "attribute" and outer is not None and outer.type == "call":
            guarded = _guarded(outline, attribute, written)
            changed = changed or (not guarded and _is_changed_by(outline, above, outer, made, empty))
    return changed


def _guarded(outline: Outline, node: Node, word: str) -> bool:
    """Whether it happens only under a condition on the parameter itself, which may leave the default alone."""
    mention = re.compile(rf"(?<![\w.]){re.escape(word)}\b")
    for outer in outline.within_scope(node):
        if outer.type not in _DEPENDS:
            continue
        body = next((one for one in outer.named_children if one.type == "block"), None)
        head = outline.tree.text[outer.start_byte : body.start_byte if body is not None else outer.end_byte]
        if mention.search(head):
            return True
    return False
