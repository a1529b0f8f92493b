"""What a definition says of itself: name, signature, parameters, docstring. Read from its text, never imported."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tree_sitter import Node

from glossator.syntax.tree import Tree, ancestors, parse, walk
from glossator.text import line_starts

Kind = Literal["module", "class", "function", "method", "property", "variable", "parameter"]
ParameterKind = Literal["positional", "keyword_only", "var_positional", "var_keyword"]
LONGEST_VALUE = 300


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter. ``annotation`` and ``default`` are source text, empty where there is none."""

    name: str
    kind: ParameterKind
    annotation: str = ""
    default: str = ""


@dataclass(frozen=True, slots=True)
class Definition:
    """A definition in a text. ``path`` is its name with the classes and functions around it; ``line`` counts from 0.

    ``decorators`` and ``bases`` are offsets of their expressions in the text, so that the symbol server can be asked
    about them. ``value`` is the source of an assignment. ``fluent``: every return gives back the object itself.
    """

    name: str
    path: str
    kind: Kind
    line: int
    signature: str = ""
    parameters: tuple[Parameter, ...] = ()
    returns: str = ""
    docstring: str = ""
    decorators: tuple[int, ...] = ()
    bases: tuple[int, ...] = ()
    value: str = ""
    fluent: bool = False


def definition_at(text: str, line: int, name: str = "") -> Definition | None:
    """The definition on a line of a text. A file's first line stands for the module, if nothing there has the name."""
    tree = parse(text)
    for node in _candidates(tree, line):
        found = _read(tree, node, line, name)
        if found is not None:
            return found
    if line == 0 and not _mentions(tree, line, name):
        return module_definition(text, name)
    return _bound_name(tree, line, name)


def module_definition(text: str, name: str) -> Definition:
    """The module itself."""
    tree = parse(text)
    return Definition(name, "", "module", 0, docstring=_docstring(tree, tree.root))


def member(text: str, class_line: int, name: str) -> Definition | None:
    """A method or attribute that the class defined on a line has of its own."""
    tree = parse(text)
    for node in _candidates(tree, class_line):
        body = node.child_by_field_name("body") if node.type == "class_definition" else None
        for child in body.children if body else ():
            inner = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
            label = inner.child_by_field_name("name") if inner else None
            if inner is not None and label is not None and tree.text_of(label) == name:
                return _definition(tree, inner)
    return None


def documented_fields(text: str, class_line: int) -> tuple[Parameter, ...]:
    """The annotated attributes of a class in order: the parameters of a dataclass or model."""
    tree = parse(text)
    found = []
    for node in _candidates(tree, class_line):
        body = node.child_by_field_name("body") if node.type == "class_definition" else None
        for child in body.children if body else ():
            assignment = child.children[0] if child.type == "expression_statement" and child.children else None
            if assignment is None or assignment.type != "assignment" or not assignment.child_by_field_name("type"):
                continue
            name, kind, value = (assignment.child_by_field_name(field) for field in ("left", "type", "right"))
            found.append(Parameter(_text(tree, name), "positional", _text(tree, kind), _text(tree, value)))
    return tuple(found)


def documentation_constants(text: str) -> Iterator[tuple[str, str]]:
    """Module-level string constants named ``…DOC…``: docstrings that a decorator or a call attaches at run time."""
    tree = parse(text)
    for statement in tree.root.children:
        assignment = statement.children[0] if statement.type == "expression_statement" and statement.children else None
        if assignment is None or assignment.type != "assignment":
            continue
        name, value = assignment.child_by_field_name("left"), assignment.child_by_field_name("right")
        if name is not None and value is not None and value.type == "string" and "DOC" in tree.text_of(name):
            yield tree.text_of(name), literal(tree.text_of(value))


def literal(source: str) -> str:
    """The text that a string literal stands for; empty for f-strings and whatever else does not evaluate."""
    try:
        value = ast.literal_eval(source)
    except (ValueError, SyntaxError, MemoryError):
        return ""
    return value if isinstance(value, str) else ""


def _mentions(tree: Tree, line: int, name: str) -> bool:
    return bool(name) and re.search(rf"\b{re.escape(name)}\b", _written_line(tree, line)) is not None


def _bound_name(tree: Tree, line: int, name: str) -> Definition | None:
    """A name that something else than an assignment binds: a loop, ``with … as``, ``except … as``, an import."""
    if not _mentions(tree, line, name):
        return None
    return Definition(name, name, "variable", line, value=_written_line(tree, line).strip()[:LONGEST_VALUE])


def _written_line(tree: Tree, line: int) -> str:
    start = _line_start(tree.source, line)
    end = tree.source.find("\n", start)
    return tree.source[start : end if end >= 0 else None]


def _candidates(tree: Tree, line: int) -> Iterator[Node]:
    """The nodes around the first word of a line, smallest first."""
    written = _written_line(tree, line)
    offset = _line_start(tree.source, line) + len(written) - len(written.lstrip())
    return ancestors(tree.root.descendant_for_byte_range(offset, offset + 1))


def _line_start(text: str, line: int) -> int:
    starts = line_starts(text)
    return starts[line] if line < len(starts) else len(text)


def _read(tree: Tree, node: Node, line: int, name: str) -> Definition | None:
    if node.type in {"function_definition", "class_definition"}:
        label = node.child_by_field_name("name")
        parameter = None if _text(tree, label) == name else _parameter(tree, node, name)
        if parameter is not None or label is None or label.start_point[0] != line:
            return parameter
        if line > 0 or name in {"", _text(tree, label)}:
            return _definition(tree, node)
    if node.type == "assignment" and node.start_point[0] == line:
        left = node.child_by_field_name("left")
        if left is not None and (not name or re.search(rf"\b{re.escape(name)}\b", tree.text_of(left))):
            return _variable(tree, node, name or tree.text_of(left))
    return None


def _definition(tree: Tree, node: Node) -> Definition:
    name = _text(tree, node.child_by_field_name("name"))
    scopes = [_text(tree, outer.child_by_field_name("name")) for outer in ancestors(node.parent) if _is_scope(outer)]
    holder = next((outer for outer in ancestors(node.parent) if _is_scope(outer)), None)
    decorators = _decorators(tree, node)
    kind: Kind = "class" if node.type == "class_definition" else "function"
    if kind == "function" and holder is not None and holder.type == "class_definition":
        kind = "property" if any("property" in text for text, _ in decorators) else "method"
    parameters = _parameters(tree, node.child_by_field_name("parameters"))
    static = any(text in {"staticmethod", "classmethod"} for text, _ in decorators)
    if kind in {"method", "property"} and parameters and not any(text == "staticmethod" for text, _ in decorators):
        parameters = parameters[1:]
    returns = _text(tree, node.child_by_field_name("return_type"))
    special = any(text.endswith("SpecialForm") for text, _ in decorators)  # `typing.Literal` is no function
    bases = node.child_by_field_name("superclasses")
    return Definition(
        name,
        ".".join([*reversed(scopes), name]),
        kind,
        node.start_point[0],
        _signature(name, kind, parameters, returns, _text(tree, bases)) if not special else "",
        parameters if not special else (),
        returns,
        _docstring(tree, node.child_by_field_name("body")),
        tuple(offset for _, offset in decorators),
        tuple(base.end_byte - 1 for base in bases.named_children if base.type in {"identifier", "attribute"})
        if bases
        else (),
        fluent=kind == "method" and not static and _is_fluent(tree, node, name),
    )


def _variable(tree: Tree, node: Node, name: str) -> Definition:
    """An assignment, with the string below it as its docstring, where there is one."""
    statement = node.parent
    following = statement.next_named_sibling if statement is not None else None
    below = following.children[0] if following is not None and following.type == "expression_statement" else None
    docstring = inspect.cleandoc(literal(tree.text_of(below))) if below is not None and below.type == "string" else ""
    scopes = [_text(tree, outer.child_by_field_name("name")) for outer in ancestors(node.parent) if _is_scope(outer)]
    value = " ".join(tree.text_of(node).split())[:LONGEST_VALUE]
    path = ".".join([*reversed(scopes), name])
    return Definition(name, path, "variable", node.start_point[0], docstring=docstring, value=value)


def _parameter(tree: Tree, function: Node, name: str) -> Definition | None:
    parameters = function.child_by_field_name("parameters")
    for one in _parameters(tree, parameters):
        if one.name == name:
            owner = _definition(tree, function)
            return Definition(
                name, f"{owner.path}({name})", "parameter", owner.line, spell(one), docstring=owner.docstring
            )
    return None


def _parameters(tree: Tree, node: Node | None) -> tuple[Parameter, ...]:
    found: list[Parameter] = []
    keyword_only = False
    for child in node.named_children if node is not None else ():
        if child.type in {"keyword_separator", "list_splat_pattern"} or _text(tree, child).startswith("*"):
            keyword_only = True
        if child.type in {"keyword_separator", "positional_separator", "comment", "ERROR"}:
            continue
        named = child.child_by_field_name("name") or child
        label = named.named_children[0] if named.type == "typed_parameter" else named
        written = _text(tree, label)
        kind: ParameterKind = "keyword_only" if keyword_only else "positional"
        if written.startswith("*"):
            kind = "var_keyword" if written.startswith("**") else "var_positional"
        annotation, default = (_text(tree, child.child_by_field_name(field)) for field in ("type", "value"))
        found.append(Parameter(written.lstrip("*"), kind, annotation, default))
    return tuple(found)


def _signature(name: str, kind: Kind, parameters: tuple[Parameter, ...], returns: str, bases: str) -> str:
    if kind == "class":
        return f"class {name}{bases}"
    arrow = f" -> {returns}" if returns else ""
    spelled: list[str] = []
    for one in parameters:
        if one.kind == "keyword_only" and not any(word.startswith("*") for word in spelled):
            spelled.append("*")
        spelled.append(spell(one))
    return f"{name}({', '.join(spelled)}){arrow}"


def spell(one: Parameter) -> str:
    """A parameter as a signature has it."""
    stars = {"var_positional": "*", "var_keyword": "**"}.get(one.kind, "")
    annotation = f": {' '.join(one.annotation.split())}" if one.annotation else ""
    equals = " = " if annotation else "="
    return f"{stars}{one.name}{annotation}{equals + ' '.join(one.default.split()) if one.default else ''}"


def _decorators(tree: Tree, node: Node) -> list[tuple[str, int]]:
    """Text and offset of each decorator's expression."""
    parent = node.parent
    if parent is None or parent.type != "decorated_definition":
        return []
    found = (child.named_children[0] for child in parent.children if child.type == "decorator" and child.named_children)
    return [(tree.text_of(expression), expression.start_byte) for expression in found]


def _docstring(tree: Tree, body: Node | None) -> str:
    statements = (child for child in (body.named_children if body else ()) if child.type != "comment")
    first = next(statements, None)
    value = first.children[0] if first is not None and first.type == "expression_statement" and first.children else None
    if value is None or value.type not in {"string", "concatenated_string"}:
        return ""
    return inspect.cleandoc(literal(tree.text_of(value)))


def _is_fluent(tree: Tree, node: Node, name: str) -> bool:
    """Whether all that the method returns is its own object, or what a parent's method of the same name returns."""
    body = node.child_by_field_name("body")
    returned = [
        "".join(tree.text_of(statement).split())[len("return") :]
        for statement in walk(body)
        if statement.type == "return_statement"
        and next(outer for outer in ancestors(statement) if _is_scope(outer) or outer.type == "lambda").id == node.id
    ] if body else []  # fmt: skip
    return bool(returned) and all(value == "self" or value.startswith(f"super().{name}(") for value in returned)


def _is_scope(node: Node) -> bool:
    return node.type in {"function_definition", "class_definition"}


def _text(tree: Tree, node: Node | None) -> str:
    return tree.text_of(node) if node is not None else ""
