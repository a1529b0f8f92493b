"""A call's result that is assigned and, with nothing reading it in between, assigned over."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Set
from itertools import islice, pairwise

from tree_sitter import Node

from glossator.explain.explanation import Notice
from glossator.explain.notices.outline import REFLECTION, Name, Outline, Scope

_CALLS = {"call", "await"}
# The first word of functions that are called for what they do: to skip a line, to start something, to declare.
_CALLED_FOR_EFFECT = re.compile(
    r"_*(?:add|advance|alloc|append|apply|call|commit|connect|consume|create|declare|delete|dispatch|drain|emit|enqueue|"
    r"enter|eval|exec|execute|expect|fetch|import|init|initialize|input|insert|install|launch|log|main|mkdir|next|open|"
    r"patch|pop|popleft|post|print|process|publish|push|put|read|readline|recv|receive|register|remove|request|reset|rpc|"
    r"run|schedule|send|set|setup|shift|skip|spawn|start|step|submit|take|update|visit|wait|warn|write)(?:_\w*)?|"
    r"_*replace_\w+"
)
# Calls that take something away from what they are given; among the arguments of another call too.
_TAKING = {"next", "pop", "popitem", "popleft", "read", "readline", "receive", "recv"}
GENERATED = re.compile(r"(?i)\bauto(?:matically)?[- ]?generated\b|@generated\b")
# Methods of values, which only give back another value; of any other one of an object it is not certain.
_READS = re.compile(
    r"as(?:type|_\w+)|cast|clone|copy|count|decode|encode|flatten|format|get|items|join|keys|lower|lstrip|max|mean|min|"
    r"ravel|replace|reshape|rstrip|size|split|squeeze|std|strip|sum|swapaxes|to(?:_?(?:dict|list|numpy|tuple))?|transpose|"
    r"union|unsqueeze|upper|values"
)
# Between these comments stands what documentation shows, or a notebook's cell, which may be a variant of another.
_SHOWN = re.compile(r"\[(?:START|END)\b|^#\s?(?:%%|In\[|<codecell>)")
# Modules whose functions put something on a screen, and give back a handle on it that nobody may want.
_SHOWING = re.compile(
    r"\b(?:arcade|bokeh|bpy|dash|gradio|matplotlib|nicegui|panel|plotly|pygame|pyglet|pylab|seaborn|solara|streamlit|"
    r"tkinter|turtle)\b"
)
_LEAVING = {"return_statement", "raise_statement", "continue_statement", "break_statement"}
# A scope that assigns over so many is a series of examples, as in documentation and tests, and no mistake.
MOST_IN_A_SCOPE = 3


def find(outline: Outline) -> Iterator[Notice]:
    """Both assignments are plain ones in the same block, so that whatever runs the first runs the second."""
    hidden = _names_out_of_sight(outline)
    for scope in outline.scopes.values():
        if scope.kind == "comprehension" or _is_test(outline, scope) or _reflects(outline, scope, hidden):
            continue
        found = list(_in_scope(outline, scope, hidden[scope.node.id]))
        if len(found) <= MOST_IN_A_SCOPE:
            yield from found


def _in_scope(outline: Outline, scope: Scope, hidden: Set[str]) -> Iterator[Notice]:
    for word, names in scope.names.items():
        if word.startswith("_") or word in hidden or word in outline.declared:
            continue
        for earlier, later in pairwise(names):
            if earlier.role == later.role == "bind":
                yield from _overwriting(outline, word, earlier, later, names)


def _overwriting(outline: Outline, word: str, earlier: Name, later: Name, names: list[Name]) -> Iterator[Notice]:
    first, second = (_plain_assignment(outline, one) for one in (earlier, later))
    if first is None or second is None or outline.parents[first.id].id != outline.parents[second.id].id:
        return
    value = first.named_children[0].child_by_field_name("right")
    if value is None or value.type not in _CALLS or _may_be_read(outline, first, second, names):
        return
    later_value = second.named_children[0].child_by_field_name("right")
    if _has_effect(outline, value, later_value) or _is_of_two_hands(outline, first, second):
        return
    if any(one.type == "try_statement" for one in _between(first, second)):
        return  # what is tried may fail for as long as the first value is held
    if _is_asked_again(outline, value, later_value) and _acts(first, second):
        return
    line = outline.line(second)
    message = (
        f"`{word}` is overwritten here before it was used: what line {outline.line(value)} assigned to it"
        f"{_made_by(outline, value)} is lost. "
        f"Use the value of line {outline.line(value)}, or remove one of the two assignments."
    )
    yield Notice(line, "overwritten_before_use", message, (outline.line(value),))


def _has_effect(outline: Outline, value: Node, later: Node | None) -> bool:
    """Whether the first call may be there for what it does: by its name; without arguments, as ``connect()``, unless
    it makes something; or where what it was given is looked into afterwards: ``x = fill(scope)``, ``x = scope["x"]``.
    """
    word = _last_word(outline, value)
    if _CALLED_FOR_EFFECT.fullmatch(word):
        return not outline.text(value).startswith("set(")
    call = value if value.type == "call" else value.named_children[-1]
    arguments = call.child_by_field_name("arguments") if call.type == "call" else None
    function = call.child_by_field_name("function") if call.type == "call" else None
    if arguments is None or function is None or later is None:
        return True
    if _is_shown(outline, function) or _is_given(outline, function) or _takes(outline, arguments):
        return True
    if value.type == "await" and word != _last_word(outline, later):
        return True  # as `await get_user(id)`, which raises where there is none
    own = outline.text(function) == "self.get"  # of a client in a test, most often
    if _is_of_object(outline, function) and (own or not _READS.fullmatch(word)):
        return outline.text(value) != outline.text(later)  # whoever asks for the same again wants the value
    if not arguments.named_children and function.type == "identifier" and word.islower():
        return not outline.is_builtin(word, function) and word != _last_word(outline, later)
    looked_into = later.named_children[0] if later.type in {"subscript", "attribute"} else None
    return looked_into is not None and outline.text(looked_into) in {
        outline.text(one) for one in arguments.named_children
    }


def _imports(outline: Outline, function: Node) -> tuple[str, ...]:
    """The imports that bind the first name of what is called: ``import numpy as np`` of ``np.linalg.norm``."""
    root = _root(function)
    scope = outline.resolve(outline.text(root), root) if root.type == "identifier" else None
    bound = scope.bindings(outline.text(root)) if scope is not None else ()
    above = (islice(outline.above(binding.node), 3) for binding in bound)
    return tuple(outline.text(one) for each in above for one in each if "import" in one.type)


def _root(function: Node) -> Node:
    root = function
    while root.type in {"attribute", "call", "subscript"} and root.named_children:
        root = root.named_children[0]
    return root


def _is_shown(outline: Outline, function: Node) -> bool:
    return any(_SHOWING.search(one) for one in _imports(outline, function))


def _is_of_object(outline: Outline, function: Node) -> bool:
    """Whether it is a method of something else than a module or a class: by its first name, imported or capital."""
    root = _root(function)
    if function.type != "attribute" or root.type != "identifier":
        return False
    return not _imports(outline, function) and not outline.text(root)[0].isupper()


def _is_given(outline: Outline, function: Node) -> bool:
    """Whether the function is itself an argument, or a value as in ``Waiting(client)(task)`` or with ``wait =
    Waiting(client)`` above it: nobody knows what it does."""
    if function.type == "call":
        return True
    scope = outline.resolve(outline.text(function), function) if function.type == "identifier" else None
    bound = scope.bindings(outline.text(function)) if scope is not None else ()
    return any(outline.parents[one.node.id].type.endswith(("parameters", "parameter", "assignment")) for one in bound)


def _takes(outline: Outline, arguments: Node) -> bool:
    """Whether an argument is taken from somewhere, as a number in ``choose(seed=next(seeds))``: the next one is then
    another."""
    pending = list(arguments.named_children)
    while pending:
        one = pending.pop()
        if one.type == "call" and _last_word(outline, one) in _TAKING:
            return True
        pending.extend(one.named_children)
    return False


def _is_asked_again(outline: Outline, value: Node, later: Node | None) -> bool:
    """Whether an object is asked for the same twice."""
    function = value.child_by_field_name("function")
    asked = function is not None and function.type == "attribute"
    return asked and outline.text(value) == outline.text(later)


def _acts(first: Node, second: Node) -> bool:
    """Whether something is done between two statements: ``picture = screen.grab()``, ``process()``, ``picture =
    screen.grab()`` waits for something, and the first one is part of that."""
    return any(
        one.type == "expression_statement" and one.named_children and one.named_children[0].type in _CALLS
        for one in _between(first, second)
    )


def _is_of_two_hands(outline: Outline, first: Node, second: Node) -> bool:
    """Whether a part of the text ends in between, generated or for documentation, and what follows takes its place."""
    comments = (outline.text(one) for one in _between(first, second) if one.type == "comment")
    return any(GENERATED.search(one) or _SHOWN.search(one) for one in comments)


def _between(first: Node, second: Node) -> Iterator[Node]:
    one = first.next_named_sibling
    while one is not None and one.start_byte < second.start_byte:
        yield one
        one = one.next_named_sibling


def _last_word(outline: Outline, value: Node) -> str:
    """The name of the function that is called: ``load`` of ``await self.load(…)``."""
    call = value if value.type == "call" or not value.named_children else value.named_children[-1]
    return outline.text(call.child_by_field_name("function")).rpartition(".")[2] if call.type == "call" else ""


def _is_test(outline: Outline, scope: Scope) -> bool:
    """Whether the calls may be there to see that they do not raise: ``test_…``, or a function that calls
    ``assert_…``."""
    return outline.is_tested(scope.node) or any(word.startswith("assert") for word in scope.names)


def _made_by(outline: Outline, value: Node) -> str:
    call = value if value.type == "call" else value.named_children[-1]
    function = call.child_by_field_name("function") if call.type == "call" else None
    if function is None or outline.line(function) != outline.line(value) or "\n" in outline.text(function):
        return ""
    return f" by `{outline.text(function)}(…)`"


def _plain_assignment(outline: Outline, binding: Name) -> Node | None:
    """The statement ``name = value``; None for anything else that binds."""
    assignment = outline.parents[binding.node.id]
    if assignment.type != "assignment" or assignment.start_byte != binding.node.start_byte:
        return None
    statement = outline.parents[assignment.id]
    return statement if statement.type == "expression_statement" else None


def _may_be_read(outline: Outline, first: Node, second: Node, names: list[Name]) -> bool:
    """Whether something unseen may read the first value: broken code in between, or the handler of a ``try``."""
    if outline.tree.root.has_error:
        between: Node | None = first
        while between is not None and between.start_byte <= second.start_byte:
            if between.has_error:
                return True
            between = between.next_named_sibling
    block = outline.parents[first.id]
    holder = outline.parents.get(block.id)
    while holder is not None and holder.type in {"try_statement", "with_statement", "if_statement", "block"}:
        if holder.type == "try_statement":
            end = names[-1].at + 1 if _goes_on_after_failure(holder, first) else holder.end_byte
            if any(one.role == "read" and block.end_byte < one.at < end for one in names):
                return True
        holder = outline.parents.get(holder.id)
    return False


def _goes_on_after_failure(tried: Node, first: Node) -> bool:
    """Whether what is behind a ``try`` runs although something in its body failed: then it sees the first value."""
    body = tried.child_by_field_name("body")
    if body is None or not body.start_byte <= first.start_byte < body.end_byte:
        return False
    handlers = (one for one in tried.named_children if one.type in {"except_clause", "except_group_clause"})
    blocks = (next((one for one in handler.named_children if one.type == "block"), None) for handler in handlers)
    return any(one is None or not one.named_children or one.named_children[-1].type not in _LEAVING for one in blocks)


def _reflects(outline: Outline, scope: Scope, hidden: Mapping[int, set[str]]) -> bool:
    return outline.reflects(scope) or not REFLECTION.isdisjoint(hidden[scope.node.id])


def _names_out_of_sight(outline: Outline) -> Mapping[int, set[str]]:
    """For each scope the names that scopes inside it mention: somebody may read those at any time."""
    hidden: dict[int, set[str]] = defaultdict(set)
    for scope in outline.scopes.values():
        outer = scope
        while outer.outer != outer.node.id:
            outer = outline.scopes[outer.outer]
            hidden[outer.node.id].update(scope.names)
    return hidden
