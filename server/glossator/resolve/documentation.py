"""The words a symbol has about itself, wherever its authors put them.

A docstring is often not where the definition is: on the method of a base class, on the function that a decorator says
it wraps, in a constant that a decorator appends. Each of these is looked for, statically, in that order.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from tree_sitter import Node

from glossator.resolve.definition import (
    Parameter,
    definition_at,
    documentation_constants,
    documented_fields,
    literal,
    member,
)
from glossator.resolve.symbol import Symbol, Workspace, read_source, symbol_at
from glossator.syntax.tree import parse

DEEPEST_BASE = 4
# What a function in C has between its signature and its words; some stubs carry it along.
_SIGNATURE_END = re.compile(r"\A(?:\w+\(.*\)\n)?--\s*\n+")


@dataclass(frozen=True, slots=True)
class Passage:
    """A docstring, and where it stands. ``appended``: a piece with parameters only, without a summary."""

    text: str
    qualified_name: str
    file: Path
    line: int
    appended: bool = False


@dataclass(frozen=True, slots=True)
class Documented:
    """A symbol with its passages, the most particular first, and the parameters a call of it takes."""

    symbol: Symbol
    passages: tuple[Passage, ...] = ()
    parameters: tuple[Parameter, ...] = ()


async def document(symbol: Symbol, workspace: Workspace) -> Documented:
    """Everything the symbol's authors wrote about it."""
    passages = [passage async for passage in _passages(symbol, workspace, DEEPEST_BASE)]
    parameters = symbol.definition.parameters
    if symbol.definition.kind == "class":
        text = _source(symbol, workspace)
        constructor = member(text, symbol.definition.line, "__init__")
        parameters = constructor.parameters if constructor else documented_fields(text, symbol.definition.line)
        if constructor is not None and constructor.docstring:
            name = f"{symbol.qualified_name}.__init__"
            passages.append(_passage(symbol, constructor.docstring, constructor.line, name))
    return Documented(symbol, tuple(passages), parameters)


def class_of_instance(symbol: Symbol, workspace: Workspace) -> Symbol | None:
    """The class whose instance, or which itself, a method's ``self`` or ``cls`` is; None for any other parameter."""
    definition = symbol.definition
    method, _, _ = definition.path.partition("(")
    if definition.kind != "parameter" or definition.name not in {"self", "cls"} or "." not in method:
        return None
    text = _source(symbol, workspace)
    node = _class_at(text, method.rpartition(".")[0])
    label = node.child_by_field_name("name") if node is not None and node.type == "class_definition" else None
    found = definition_at(text, label.start_point[0], parse(text).text_of(label)) if label is not None else None
    return Symbol(found, symbol.file, symbol.owner, found.line) if found is not None else None


async def _passages(symbol: Symbol, workspace: Workspace, depth: int) -> AsyncIterator[Passage]:
    definition = symbol.definition
    if definition.docstring:
        yield _passage(symbol, definition.docstring, symbol.line)
    text = _source(symbol, workspace)
    for offset in definition.decorators:
        async for passage in _decorated(symbol, text, offset, workspace, depth):
            yield passage
    if definition.docstring:
        return
    inherited = False
    async for passage in _inherited(symbol, text, workspace, depth):
        inherited = True
        yield passage
    if not inherited:
        for passage in _constants(symbol, text):
            yield passage


async def _decorated(
    symbol: Symbol, text: str, offset: int, workspace: Workspace, depth: int
) -> AsyncIterator[Passage]:
    """What a decorator adds: ``wraps(function)`` its docstring, ``…docstring…(TEXT, "…")`` those texts."""
    tree = parse(text)
    call = tree.root.descendant_for_byte_range(offset, offset + 1)
    while call is not None and call.type not in {"call", "decorator"}:
        call = call.parent
    function = call.child_by_field_name("function") if call is not None and call.type == "call" else None
    arguments = call.child_by_field_name("arguments") if call is not None and function is not None else None
    if function is None or arguments is None:
        return
    name = tree.text_of(function).rpartition(".")[2]
    if name == "wraps" and arguments.named_children and not symbol.definition.docstring and depth:
        wrapped = await symbol_at(symbol.file, arguments.named_children[0].end_byte - 1, workspace)
        if wrapped is not None:
            async for passage in _passages(wrapped, workspace, depth - 1):
                yield passage
    elif "doc" in name:
        constants = dict(documentation_constants(text))
        for argument in arguments.named_children:
            added = _written(argument, tree.text_of(argument), constants)
            if added.strip():
                yield _passage(symbol, added, argument.start_point[0], appended=True)


def _written(argument: Node, source: str, constants: dict[str, str]) -> str:
    return literal(source) if argument.type == "string" else constants.get(source, "")


async def _inherited(symbol: Symbol, text: str, workspace: Workspace, depth: int) -> AsyncIterator[Passage]:
    """The docstring of the method of the same name in the nearest base class that documents it."""
    definition = symbol.definition
    holder = definition.path.rpartition(".")[0]
    if not depth or not holder or definition.kind not in {"method", "property"}:
        return
    for offset in _bases(text, holder):
        base = await symbol_at(symbol.file, offset, workspace)
        if base is None or base.definition.kind != "class":
            continue
        parent = member(_source(base, workspace), base.definition.line, definition.name)
        if parent is None:
            continue
        found = False
        async for passage in _passages(Symbol(parent, base.file, base.owner, parent.line), workspace, depth - 1):
            found = True
            yield passage
        if found:
            return


def _class_at(text: str, path: str) -> Node | None:
    """The class, or function, at a dotted path."""
    tree = parse(text)
    node: Node | None = tree.root
    for name in path.split("."):
        labelled = ((child, child.child_by_field_name("name")) for child in _scopes(node))
        node = next((child for child, label in labelled if label is not None and tree.text_of(label) == name), None)
    return node


def _bases(text: str, holder: str) -> tuple[int, ...]:
    """Offsets of the base classes of the class at a dotted path."""
    node = _class_at(text, holder)
    bases = node.child_by_field_name("superclasses") if node is not None else None
    named = (one for one in bases.named_children if one.type in {"identifier", "attribute"}) if bases else ()
    return tuple(one.end_byte - 1 for one in named)


def _scopes(node: Node | None) -> list[Node]:
    """The classes and functions directly in a body."""
    body = node if node is None or node.type == "module" else node.child_by_field_name("body")
    found = []
    for child in body.children if body is not None else ():
        inner = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
        if inner is not None and inner.type in {"class_definition", "function_definition"}:
            found.append(inner)
    return found


def _constants(symbol: Symbol, text: str) -> list[Passage]:
    """``FROM_PRETRAINED_TORCH_DOCSTRING`` beside a ``from_pretrained`` without a docstring: set at import time."""
    wanted = symbol.definition.name.upper()
    named = ((name, written) for name, written in documentation_constants(text) if name.startswith(f"{wanted}_"))
    return [_passage(symbol, written, _line_of(text, name)) for name, written in named if written.strip()][:1]


def _line_of(text: str, name: str) -> int:
    match = re.search(rf"^{re.escape(name)}\b", text, re.MULTILINE)
    return text.count("\n", 0, match.start()) if match else 0


def _source(symbol: Symbol, workspace: Workspace) -> str:
    path = workspace.snapshot.path
    return workspace.tree.source if path is not None and symbol.file == path else read_source(symbol.file)


def _passage(symbol: Symbol, text: str, line: int, name: str = "", appended: bool = False) -> Passage:
    text = _SIGNATURE_END.sub("", inspect.cleandoc(text))
    return Passage(text, name or symbol.qualified_name, symbol.file, line, appended)
