"""The name under a cursor to the symbol it stands for, also where the symbol server's types end."""

from __future__ import annotations

import asyncio
import collections.abc
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from tree_sitter import Node

from glossator.resolve.base import Location, Resolution, Resolver
from glossator.resolve.definition import Definition, definition_at, module_definition
from glossator.resolve.distributions import Installed, Owner
from glossator.syntax.tree import Tree, ancestors, is_parsed, masked, parse
from glossator.text import Snapshot, line_starts

LARGEST_FILE = 4_000_000
LARGEST_TEXT = 500_000
LINES_AROUND = 2_000
STEP_IN_LINES = 500
MOST_DEFINITIONS = 8
LONGEST_CHAIN = 6
_IMPORTING = ("import ", "from ")
_BLANK = {code: " " for code in range(128) if chr(code) not in "\r\n"}
_SCOPES = {"function_definition", "class_definition", "lambda", "module"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A definition with the file and distribution it comes from. ``line`` is where the user sees it, from 0;
    ``display`` the type as the server writes it.

    ``assumed``: found by taking methods that return their own object for what they are, where types said nothing.
    ``ambiguous``: there are definitions in other files, too, as of what is imported from here or from there.
    """

    definition: Definition
    file: Path
    owner: Owner
    line: int = 0
    display: str = ""
    assumed: bool = False
    ambiguous: bool = False

    @property
    def qualified_name(self) -> str:
        """Module and path, as ``transformers.generation.utils.GenerationMixin.generate``."""
        return ".".join(part for part in (self.owner.module, self.definition.path) if part)


@dataclass(frozen=True)
class Workspace:
    """What it takes to look a name up: the document, its tree, the two who know the rest, and the line asked about."""

    snapshot: Snapshot
    tree: Tree
    resolver: Resolver
    installed: Installed
    line: int = 0

    @cached_property
    def readable(self) -> Snapshot:
        """The document as the symbol server gets it: broken literals closed, every offset unchanged."""
        text = self.tree.source
        if len(text) > LARGEST_TEXT:
            middle = round(self.line / STEP_IN_LINES) * STEP_IN_LINES
            text = _neighbourhood(text, middle - LINES_AROUND // 2)
        return Snapshot(self.snapshot.uri, self.snapshot.language, text, self.snapshot.version)

    def visible_line(self, line: int) -> int:
        """The line of the document that a line of ``readable`` is."""
        starts = self.readable.line_starts
        return self.snapshot.position(starts[min(line, len(starts) - 1)]).line


async def find_symbol(node: Node, workspace: Workspace) -> Symbol | None:
    """The symbol an identifier stands for.

    Raises:
        PartMissing: the symbol server cannot be started.
    """
    readable = workspace.readable
    resolution = await workspace.resolver.resolve(readable, readable.position(node.start_byte))
    await _read_ahead(resolution, workspace)
    symbol = _best(resolution, workspace.tree.text_of(node), node, workspace)
    if symbol is not None and len({place.path for place in resolution.definitions}) > 1:
        return replace(symbol, ambiguous=True)
    return symbol or await _through_fluent_calls(node, workspace)


async def find_member(receiver: Node, name: str, workspace: Workspace) -> Symbol | None:
    """The attribute of that name of what an expression evaluates to, such as ``__add__``; None if its type is unknown.

    Raises:
        PartMissing: the symbol server cannot be started.
    """
    expression = " ".join(workspace.tree.source[receiver.start_byte : receiver.end_byte].split("\n"))
    found = await _probe(expression, name, receiver, workspace)
    return replace(found, assumed=False) if found is not None else None


async def find_named(name: str, workspace: Workspace) -> Symbol | None:
    """The symbol at a dotted name of the standard library, whatever the document imports: ``types.UnionType``.

    Raises:
        PartMissing: the symbol server cannot be started.
    """
    module, _, last = name.rpartition(".")
    text = f"from {module} import {last}\n"
    snapshot = Snapshot("", "python", text)
    resolution = await workspace.resolver.resolve(snapshot, snapshot.position(len(text) - 2))
    await _read_ahead(resolution, workspace)
    return _best(resolution, last, None, workspace)


async def find_written(name: str, offset: int, workspace: Workspace) -> Symbol | None:
    """The symbol of a name that is no node of its own: in a string that is an annotation.

    Raises:
        PartMissing: the symbol server cannot be started.
    """
    readable = workspace.readable
    resolution = await workspace.resolver.resolve(readable, readable.position(offset))
    await _read_ahead(resolution, workspace)
    return _best(resolution, name, None, workspace)


async def symbol_at(file: Path, offset: int, workspace: Workspace) -> Symbol | None:
    """The symbol of a name in a library file: a base class, a wrapped function."""
    text = read_source(file)
    snapshot = Snapshot(file.as_uri(), "python", text)
    resolution = await workspace.resolver.resolve(snapshot, snapshot.position(offset))
    await _read_ahead(resolution, workspace)
    return _best(resolution, "", None, workspace)


async def _read_ahead(resolution: Resolution, workspace: Workspace) -> None:
    """Have the files of an answer parsed, off the event loop; whoever reads them afterwards finds their trees."""
    found = (*resolution.definitions[:MOST_DEFINITIONS], *resolution.types[:MOST_DEFINITIONS])
    others = {place.path for place in found if not _same(place.path, workspace.snapshot.path)}
    texts = [text for path in others if not is_parsed(text := read_source(path))]
    if texts:
        await asyncio.to_thread(lambda: [parse(text) for text in texts])


def read_source(file: Path) -> str:
    """A source file's text; empty if it cannot be read or is larger than any that people write."""
    try:
        status = file.stat()
    except OSError:
        return ""
    return _read(file, status.st_mtime_ns, status.st_size) if status.st_size <= LARGEST_FILE else ""


@lru_cache(maxsize=16)
def _read(file: Path, _modified: int, _size: int) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


@lru_cache(maxsize=4)
def _neighbourhood(text: str, first: int) -> str:
    """A very long text with only its imports and ``LINES_AROUND`` lines from one on left; the others are blank, offsets
    stay. So long a piece that the next hover nearby asks about the same text.

    ty took 28 s for a generated module of 5 MB; nobody waits for that, and few names come from far away in a file.
    """
    starts = line_starts(text)
    begin = starts[max(first, 0)]
    end = starts[first + LINES_AROUND] if first + LINES_AROUND < len(starts) else len(text)
    return "".join((_blank_but_imports(text[:begin]), text[begin:end], _blank_but_imports(text[end:])))


@lru_cache(maxsize=4)
def _blank_but_imports(text: str) -> str:
    """Remembered for itself, too: an edit near the place asked about leaves what is above and below as it was."""
    plain = masked(text)
    starts = [0, *(match.end() for word in _IMPORTING for match in re.finditer(rf"\n(?={word})", plain))]
    blank, parts, done = plain.translate(_BLANK), [], 0
    for begin in sorted(start for start in starts if plain.startswith(_IMPORTING, start)):
        end = plain.find("\n", begin)
        end = end if end >= 0 else len(plain)
        parts += [blank[done:begin], text[begin:end]]
        done = end
    return "".join((*parts, blank[done:]))


def _best(resolution: Resolution, name: str, node: Node | None, workspace: Workspace) -> Symbol | None:
    """Of several definitions: the last assignment before the cursor, else the first that has a docstring."""
    if resolution.display.startswith("<module "):
        modules = [_module(place, name, workspace) for place in resolution.definitions[:MOST_DEFINITIONS]]
        return next(
            (one for one in modules if one.owner.module.rpartition(".")[2] == name), modules[0] if modules else None
        )
    places = _nearest(resolution.definitions, node, workspace)
    found = [symbol for place in places if (symbol := _at(place, name, resolution, workspace))]
    # `float` in an annotation means `int` too, and either has a definition.
    named = [one for one in found if one.definition.name == name] or found
    best = next((one for one in named if one.definition.docstring), named[0] if named else None)
    if best is None or best.definition.kind != "variable" or best.definition.docstring:
        return best
    # Sequence = _alias(…) in typing says nothing; the class that it is an alias of does.
    types = (_at(place, name, resolution, workspace) for place in resolution.types[:MOST_DEFINITIONS])
    return next((one for one in types if one and one.definition.name == name and one.definition.docstring), best)


def _nearest(places: Sequence[Location], node: Node | None, workspace: Workspace) -> list[Location]:
    """Of places in the document itself the last one before the cursor; it may have thousands."""
    own = [place for place in places if _same(place.path, workspace.snapshot.path)]
    if not own or node is None:
        return list(places[:MOST_DEFINITIONS])
    before = [place for place in own if place.line <= node.start_point[0]]
    return [max(before or own, key=lambda place: place.line)]


def _module(place: Location, name: str, workspace: Workspace) -> Symbol:
    definition = module_definition(read_source(place.path), name)
    return Symbol(definition, place.path, workspace.installed.owner(place.path))


def _at(place: Location, name: str, resolution: Resolution, workspace: Workspace) -> Symbol | None:
    here = _same(place.path, workspace.snapshot.path) or place.path.name == ".glossator-unsaved.py"
    text = workspace.tree.source if here else read_source(place.path)
    definition = definition_at(text, place.line, name)
    if definition is None:
        return None
    line = workspace.visible_line(definition.line) if here else definition.line
    owner = workspace.installed.owner(place.path)
    if owner.module == "typing" and definition.path in collections.abc.__all__:
        # The stubs keep the abstract collections in typing; at run time typing only has other names for them.
        owner = replace(owner, module="collections.abc")
    return Symbol(definition, place.path, owner, line, resolution.display)


def _same(path: Path, other: Path | None) -> bool:
    return other is not None and os.path.realpath(path) == os.path.realpath(other)


async def _through_fluent_calls(node: Node, workspace: Workspace) -> Symbol | None:
    """``model = Class.load(…).to(device)`` then ``model.generate``: types end at ``to``, which an untyped decorator
    hides, although it returns its own object. So ask about ``(Class.load(…)).generate`` instead."""
    attribute = node.parent
    if attribute is None or attribute.type != "attribute":
        return None
    receiver = attribute.child_by_field_name("object")
    skipped = False
    for _ in range(LONGEST_CHAIN):
        receiver = _assigned_value(receiver, workspace.tree.whole) or receiver
        inner = await _fluent_receiver(receiver, workspace)
        if inner is None:
            break
        receiver, skipped = inner, True
    if receiver is None or not skipped:
        return None
    expression = workspace.tree.source[receiver.start_byte : receiver.end_byte]
    return await _probe(expression, workspace.tree.text_of(node), node, workspace)


async def _fluent_receiver(value: Node | None, workspace: Workspace) -> Node | None:
    """The object before ``.method(…)``, if the method returns that very object."""
    function = value.child_by_field_name("function") if value is not None and value.type == "call" else None
    if function is None or function.type != "attribute":
        return None
    name = function.child_by_field_name("attribute")
    assert name is not None
    readable = workspace.readable
    resolution = await workspace.resolver.resolve(readable, readable.position(name.start_byte))
    await _read_ahead(resolution, workspace)
    symbol = _best(resolution, workspace.tree.text_of(name), None, workspace)
    return function.child_by_field_name("object") if symbol is not None and symbol.definition.fluent else None


async def _probe(expression: str, name: str, node: Node, workspace: Workspace) -> Symbol | None:
    """Ask about ``(expression).name`` on a line of its own before the statement with the node."""
    statement = next(outer for outer in ancestors(node) if outer.parent is None or outer.parent.type in _BLOCKS)
    source = workspace.tree.source
    line_start = source.rfind("\n", 0, statement.start_byte) + 1
    inserted = f"{' ' * (statement.start_byte - line_start)}({expression})."
    probe = f"{source[:line_start]}{inserted}{name}\n{source[line_start:]}"
    path = workspace.snapshot.path
    uri = path.with_name(".glossator-probe.py").as_uri() if path else ""
    snapshot = Snapshot(uri, "python", probe)
    resolution = await workspace.resolver.resolve(snapshot, snapshot.position(line_start + len(inserted)))
    await _read_ahead(resolution, workspace)
    added = snapshot.position(line_start).line
    places = tuple(_without_probe(place, added, workspace) for place in resolution.definitions)
    symbol = _best(replace(resolution, definitions=places), name, None, workspace)
    if symbol is None:
        return None
    return replace(symbol, assumed=True)


def _without_probe(place: Location, added: int, workspace: Workspace) -> Location:
    """A place in the probe as the place in the document that it is: without the line that was added."""
    if place.path.name not in {".glossator-probe.py", ".glossator-unsaved.py"}:
        return place
    line = place.line - (place.line > added)
    return Location(workspace.snapshot.path or place.path, line)


_BLOCKS = {"module", "block"}


def _assigned_value(receiver: Node | None, tree: Tree) -> Node | None:
    """The value last assigned to a name before its use, in the innermost scope that assigns it."""
    if receiver is None or receiver.type != "identifier":
        return None
    name = re.compile(rf"\b{re.escape(tree.text_of(receiver))}\b")
    for scope in (outer for outer in ancestors(receiver) if outer.type in _SCOPES):
        # The text is searched, not the nodes: a module may have half a million of them.
        for match in reversed(list(name.finditer(tree.text, scope.start_byte, receiver.start_byte))):
            left = tree.root.descendant_for_byte_range(match.start(), match.end())
            holder = left.parent if left is not None and left.type == "identifier" else None
            if holder is None or holder.type != "assignment" or holder.child_by_field_name("left") != left:
                continue
            if holder.end_byte <= receiver.start_byte:
                return holder.child_by_field_name("right")
    return None
