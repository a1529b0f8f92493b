"""A leaf of the tree to the constructs of the language that it is a part of, the most particular first.

The same word means different things in different places: ``for`` of a loop and of a comprehension, ``*`` between
numbers, before an argument and before a parameter, ``|`` between numbers, types and patterns.
"""

from __future__ import annotations

from collections.abc import Callable

from tree_sitter import Node

from glossator.syntax.tree import ancestors

Answer = tuple[str, ...]
_COMPREHENSIONS = {
    "list_comprehension": ("list comprehension", "comprehension"),
    "set_comprehension": ("set comprehension", "comprehension"),
    "dictionary_comprehension": ("dictionary comprehension", "comprehension"),
    "generator_expression": ("generator expression", "comprehension"),
}
_DISPLAYS = {
    "list": "list",
    "list_pattern": "list",
    "set": "set",
    "dictionary": "dictionary",
    "tuple": "tuple",
    "tuple_pattern": "tuple",
    "expression_list": "tuple",
    "pattern_list": "tuple",
    "parenthesized_expression": "parentheses",
}
_STARS = {"*": "star pattern", "**": "double star pattern"}
_LITERALS = {"none": "None", "true": "True", "false": "False", "ellipsis": "ellipsis", "...": "ellipsis"}
_ELSE = {"if_statement": "if else", "for_statement": "for else", "while_statement": "while else"}
_ASYNC = {"for_statement": "async for", "with_statement": "async with", "function_definition": "async def"}
_PATTERNS = {
    "union_pattern": "or pattern",
    "class_pattern": "class pattern",
    "list_pattern": "sequence pattern",
    "tuple_pattern": "sequence pattern",
    "dict_pattern": "mapping pattern",
    "as_pattern": "as pattern",
}


def grammar_of(leaf: Node) -> Answer:
    """The constructs, by the names that ``research.language`` knows them under; none for what is no part of one."""
    if leaf.parent is not None and leaf.parent.type in {"not in", "is not"}:
        leaf = leaf.parent
    parent = leaf.parent
    if leaf.type in _LITERALS:
        return (_LITERALS[leaf.type],)
    if leaf.type in {"integer", "float"}:
        return _number(leaf)
    if parent is None:
        return ()
    found = _BY_PARENT.get(parent.type)
    answer = found(leaf, parent) if found is not None else ()
    return answer or _by_place(leaf, parent) or _keyword(leaf)


def in_annotation(node: Node) -> bool:
    """Whether a node is part of a type."""
    return any(one.type == "type" for one in ancestors(node))


def _by_place(leaf: Node, parent: Node) -> Answer:
    """By what the parent is a part of."""
    holder = parent.parent
    if parent.type in {"for_in_clause", "if_clause"} and holder is not None:
        return ("guard", "case") if holder.type == "case_clause" else _COMPREHENSIONS.get(holder.type, ())
    if parent.type == "pair" and leaf.type == ":" and holder is not None:
        return _COMPREHENSIONS.get(holder.type, ("dictionary",))
    if parent.type in _PATTERNS and any(one.type == "case_pattern" for one in ancestors(parent)):
        return (_PATTERNS[parent.type], "case")
    if parent.type in _COMPREHENSIONS:
        return _COMPREHENSIONS[parent.type]
    if parent.type in _DISPLAYS and not leaf.is_named:
        return (_DISPLAYS[parent.type],)
    return ()


def _keyword(leaf: Node) -> Answer:
    """A keyword, or the colon that ends its line, by itself."""
    if leaf.type == ":" and leaf.parent is not None and leaf.parent.children:
        first = leaf.parent.children[0]
        return grammar_of(first) if first.type.isidentifier() and not first.is_named else ()
    return (leaf.type,) if leaf.type.isidentifier() and leaf.child_count == 0 else ()


def _number(leaf: Node) -> Answer:
    text = (leaf.text or b"").decode("ascii", "replace").lower()
    if text.endswith("j"):
        return ("imaginary",)
    grouped = ("digit groups",) if "_" in text else ()
    return (*grouped, leaf.type)


def _operator(leaf: Node, parent: Node) -> Answer:
    if leaf.type == "|" and in_annotation(parent):
        return ("union type",)
    return (f"operator {leaf.type}",) if not leaf.is_named else ()


def _comparison(leaf: Node, parent: Node) -> Answer:
    chained = len(parent.children_by_field_name("operators")) > 1
    return (f"operator {leaf.type}", *(("comparison chain",) if chained else ()))


def _augmented(leaf: Node, parent: Node) -> Answer:
    return ("augmented assignment", f"operator {leaf.type.removesuffix('=')}") if leaf.type.endswith("=") else ()


def _assignment(leaf: Node, parent: Node) -> Answer:
    return ("annotated assignment",) if parent.child_by_field_name("type") is not None else ("assignment",)


def _star(leaf: Node, parent: Node) -> Answer:
    holder = parent.parent.type if parent.parent is not None else ""
    double = leaf.type == "**"
    if holder == "argument_list":
        return ("unpacked keyword arguments",) if double else ("unpacked arguments",)
    if holder in {"parameters", "lambda_parameters", "typed_parameter"}:
        return ("variadic keyword parameter",) if double else ("variadic parameter",)
    if parent.type == "list_splat_pattern":
        return ("starred target",)
    return ("unpacked mapping",) if double else ("unpacked iterable",)


def _decorator(leaf: Node, parent: Node) -> Answer:
    inner = parent.parent.child_by_field_name("definition") if parent.parent is not None else None
    on_class = inner is not None and inner.type == "class_definition"
    return ("class decorator", "function decorator") if on_class else ("function decorator",)


def _function(leaf: Node, parent: Node) -> Answer:
    named = {"->": ("return annotation",), "def": ("def",), ":": ("def",), "async": ("async def",)}
    return named.get(leaf.type, ())


def _statement(leaf: Node, parent: Node) -> Answer:
    return (_ASYNC[parent.type],) if leaf.type == "async" else ()


def _else(leaf: Node, parent: Node) -> Answer:
    return (_ELSE.get(parent.parent.type if parent.parent is not None else "", "try else"),)


def _raise(leaf: Node, parent: Node) -> Answer:
    if leaf.type == "from":
        return ("raise from",)
    return ("raise",) if parent.named_child_count else ("re-raise",)


def _subscript(leaf: Node, parent: Node) -> Answer:
    if leaf.type not in {"[", "]", ","}:
        return ()
    if in_annotation(parent):
        return ("generic type",)
    return ("slice",) if any(one.type == "slice" for one in parent.children) else ("subscription",)


def _alias(leaf: Node, parent: Node) -> Answer:
    if leaf.type != "as":
        return ()
    outer = {one.type for one in ancestors(parent)}
    if parent.type == "aliased_import":
        return ("import from as",) if "import_from_statement" in outer else ("import as",)
    if "case_pattern" in outer:
        return ("as pattern", "case")
    return ("except as",) if "except_clause" in outer else ("with as", "with")


def _except(leaf: Node, parent: Node) -> Answer:
    if leaf.type == "as":
        return ("except as",)
    group = parent.type == "except_group_clause" or any(one.type == "*" for one in parent.children)
    return ("except group",) if group else ("except",)


def _interpolation(leaf: Node, parent: Node) -> Answer:
    return (
        ("self-documenting field", "formatted string")
        if leaf.type == "="
        else ("formatted string", "replacement field")
    )


def _always(*constructs: str) -> Callable[[Node, Node], Answer]:
    return lambda leaf, parent: constructs


_BY_PARENT: dict[str, Callable[[Node, Node], Answer]] = {
    "binary_operator": _operator,
    "boolean_operator": _operator,
    "not_operator": _operator,
    "union_type": _always("union type"),
    "unary_operator": lambda leaf, parent: (f"unary {leaf.type}",) if not leaf.is_named else (),
    "comparison_operator": _comparison,
    "augmented_assignment": _augmented,
    "assignment": _assignment,
    "named_expression": _always("assignment expression"),
    "default_parameter": _always("default value"),
    "typed_default_parameter": lambda leaf, parent: ("default value",) if leaf.type == "=" else ("annotation",),
    "typed_parameter": _always("annotation"),
    "list_splat": _star,
    "dictionary_splat": _star,
    "list_splat_pattern": _star,
    "dictionary_splat_pattern": _star,
    "keyword_separator": _always("keyword-only"),
    "positional_separator": _always("positional-only"),
    "decorator": _decorator,
    "function_definition": _function,
    "conditional_expression": _always("conditional expression"),
    "else_clause": _else,
    "for_statement": _statement,
    "with_statement": _statement,
    "raise_statement": _raise,
    "subscript": _subscript,
    "type_parameter": _always("generic type"),
    "slice": _always("slice"),
    "aliased_import": _alias,
    "as_pattern": _alias,
    "except_clause": _except,
    "except_group_clause": _except,
    "import_from_statement": _always("import from"),
    "wildcard_import": _always("import star"),
    "future_import_statement": _always("future import"),
    "import_prefix": _always("relative import"),
    "relative_import": _always("relative import"),
    "type_alias_statement": _always("type alias"),
    "yield": _always("yield"),
    "lambda": _always("lambda"),
    "parameters": _always("def"),
    "interpolation": _interpolation,
    "match_statement": lambda leaf, parent: ("match", "case") if leaf.type == "match" else (),
    "case_pattern": lambda leaf, parent: ("wildcard pattern", "case") if leaf.type == "_" else (),
    "keyword_pattern": _always("keyword pattern", "class pattern"),
    "splat_pattern": lambda leaf, parent: (_STARS[leaf.type], "case") if leaf.type in _STARS else (),
}  # fmt: skip
