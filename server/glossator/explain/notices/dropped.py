"""A call that only gives back a new value, whose value nobody takes: ``text.strip()`` as a statement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set

from tree_sitter import Node

from glossator.explain.explanation import Notice
from glossator.explain.notices.outline import Outline
from glossator.explain.notices.value import certain_type, words

# They change nothing, whatever they are given; a lazy one does not even call the function it is given.
_PURE = {"sorted", "isinstance", "issubclass", "callable", "zip", "enumerate", "range", "reversed"}
_RAISING = {"sorted", "zip", "enumerate", "range", "reversed"}  # what they are given may not be what they take
_LAZY = {"map", "filter"}
# They change nothing if what they are given is plain: anything else may count, convert or iterate with effects.
_PURE_OF_PLAIN = words(
    "abs all any ascii bin bool bytes chr dict divmod float format frozenset hex int len list max min oct ord "
    "pow repr round set str sum tuple"
)
# Not here, because they are called to see whether they raise: encode, decode, index, rindex.
_METHODS: Mapping[str, Set[str]] = {
    "str": words(
        "capitalize casefold center count endswith expandtabs find format format_map isalnum isalpha isascii isdecimal "
        "isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip partition "
        "removeprefix removesuffix replace rfind rjust rpartition rsplit rstrip split splitlines startswith strip "
        "swapcase title translate upper zfill"
    ),
    "list": {"copy", "count"},
    "tuple": {"count"},
    "dict": {"copy", "get", "items", "keys", "values"},
    "set": words("copy difference intersection isdisjoint issubset issuperset symmetric_difference union"),
}
# `list(map(register, names))` is there for what iterating does.
_UNKNOWN = {"", "generator", "map", "filter", "zip", "enumerate"}
_EFFECTS = ("call", "await", "yield", "generator_expression", "named_expression")
_SHOWN = {"subscript", "attribute", "identifier", "comparison_operator", "binary_operator"}
_MAY_BE_MEANT = {"try_statement", "with_statement"}


def find(outline: Outline) -> Iterator[Notice]:
    """The statements that are such a call, where no one can be meant to see the value or the exception."""
    for statement in outline.nodes["expression_statement"]:
        call = statement.named_children[0] if statement.named_child_count == 1 else None
        if call is None or call.type != "call" or call.has_error:
            continue
        function = call.child_by_field_name("function")
        told = _told(outline, call, function) if function is not None else ""
        if told and not _is_meant(outline, statement):
            yield Notice(outline.line(statement), "result_dropped", told)


def _told(outline: Outline, call: Node, function: Node) -> str:
    if function.type == "identifier":
        return _builtin(outline, call, function)
    if function.type != "attribute":
        return ""
    holder, attribute = (function.child_by_field_name(part) for part in ("object", "attribute"))
    method = outline.text(attribute)
    if not any(method in known for known in _METHODS.values()):
        return ""
    kind = certain_type(outline, holder)
    if method not in _METHODS.get(kind, ()):
        return ""
    if method in {"join", "format", "format_map"} and (_effects(call) or _is_tried(outline, call)):
        return ""
    if kind == "str":
        return f"`{method}` leaves the string as it is and returns the result, which is dropped here. Use or assign it."
    return f"`{method}` changes nothing and returns its result, which is dropped here. Use or assign it."


def _builtin(outline: Outline, call: Node, function: Node) -> str:
    name = outline.text(function)
    if name not in _PURE | _LAZY | _PURE_OF_PLAIN or not outline.is_builtin(name, function):
        return ""
    values = _arguments(call)
    if any(one.type in {"list_splat", "dictionary_splat"} for one in values):
        return ""  # it may be there to raise
    keys = [one for one in values[1:] if one.type == "identifier"]
    if name == "sorted" and not all(outline.is_builtin(outline.text(one), one) for one in keys):
        return ""  # a key that is a function of its own may do anything
    if name in _LAZY:
        return f"`{name}` calls nothing until its result is iterated, and the result is dropped here." if values else ""
    plain = all(certain_type(outline, value) not in _UNKNOWN for value in values)
    if name in _RAISING and _is_tried(outline, call):
        return ""
    if name == "sorted" and not _effects(call):
        return "`sorted` returns a new list, which is dropped here. Assign it, or sort a list in place with `.sort()`."
    if ((name in _PURE and name != "sorted" and values) or (name in _PURE_OF_PLAIN and plain)) and not _effects(call):
        return f"`{name}` changes nothing and returns its result, which is dropped here. Use or assign it."
    return ""


def _is_tried(outline: Outline, call: Node) -> bool:
    """Whether a test may make the call to see that what it is given can be sorted, or spelled, without raising."""
    plain = all(certain_type(outline, value) not in _UNKNOWN for value in _arguments(call))
    return not plain and outline.is_tested(call)


def _arguments(call: Node) -> list[Node]:
    """The values passed; those after stars too, so that they count as unknown."""
    arguments = call.child_by_field_name("arguments")
    if arguments is None or arguments.type != "argument_list":
        return [arguments or call]
    given = [one for one in arguments.named_children if one.type != "comment"]
    return [(one.child_by_field_name("value") or one) if one.type == "keyword_argument" else one for one in given]


def _effects(call: Node) -> bool:
    """Whether evaluating the arguments may do something: then the call may be there for that."""
    pending = _arguments(call)
    while pending:
        node = pending.pop()
        if node.type in _EFFECTS:
            return True
        pending.extend(node.named_children)
    return False


def _is_meant(outline: Outline, statement: Node) -> bool:
    """Whether the statement may be there for its exception, its time, its display or for want of a ``pass``: under
    ``try`` or ``with``, in a loop that only counts, at the end of a notebook's cell, in a row of expressions that show
    what is possible, or as ``list()`` with nothing beside it."""
    holder = outline.parents[statement.id]
    if holder.type == "module":
        following = statement.next_named_sibling
        while following is not None and following.type == "comment":
            if outline.text(following).startswith(("# %%", "#%%", "# In[", "# <codecell>")):
                return True
            following = following.next_named_sibling
        if following is None:
            return True
    neighbours = (statement.prev_named_sibling, statement.next_named_sibling)
    call = statement.named_children[0]
    if not any(neighbours) and not _arguments(call) and call.named_children[0].type == "identifier":
        return True
    if any(one is not None and _is_shown(one) for one in neighbours) or _is_something_to_run(statement, call):
        return True
    for outer in outline.within_scope(statement):
        if outer.type in _MAY_BE_MEANT:
            return True
        if outer.type == "for_statement" and outline.text(outer.child_by_field_name("left")).startswith("_"):
            return True
    return False


def _is_something_to_run(statement: Node, call: Node) -> bool:
    """Whether a call of literals alone is all that a function with a docstring does: it is there to be called, as what
    is measured."""
    before, block = statement.prev_named_sibling, statement.parent
    documented = before is not None and before.prev_named_sibling is None and before.type == "expression_statement"
    documented = documented and before is not None and before.named_children[0].type == "string"
    literals = all(one.type in {"list", "integer", "string", "tuple", "set"} for one in _arguments(call))
    return documented and statement.next_named_sibling is None and literals and block is not None


def _is_shown(statement: Node) -> bool:
    """A statement that is nothing but an expression, as ``array[1]``."""
    inner = statement.named_children[0] if statement.type == "expression_statement" else None
    return inner is not None and inner.type in _SHOWN
