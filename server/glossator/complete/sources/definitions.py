"""Signatures of what is used near the cursor: imported names and the bases of the class around, with the first line of
their documentation. Never whole files.

The symbol server is asked once for a name under the same imports; what it said is kept, so that typing asks nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from glossator.complete.sources.base import Found, Layer, Spot
from glossator.errors import GlossatorError
from glossator.resolve.base import Resolver
from glossator.resolve.definition import Definition, definition_at
from glossator.resolve.distributions import Installed
from glossator.resolve.symbol import Symbol, Workspace, find_symbol, read_source
from glossator.syntax.tree import Tree, ancestors, parse
from glossator.text import Snapshot

LINES_BEFORE, LINES_AFTER = 20, 5
MOST_NAMES = 10
MOST_METHODS = 10
LONGEST_LINE = 120
LONGEST_STUB = 900  # characters; a class of a large library would else be all that fits
KEPT = 512
LARGEST = 500_000  # characters; beyond, parsing alone takes the time that there is
_IMPORTS = {"import_statement", "import_from_statement"}
_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*(?:\.[^\W\d]\w*)?")


@dataclass
class UsedDefinitions:
    """The port ``Source`` over the symbol server. Python only."""

    resolver: Resolver
    installed: Installed
    _known: OrderedDict[tuple[str, str, str], Found | None] = field(default_factory=OrderedDict, repr=False)

    async def find(self, spot: Spot) -> Sequence[Found]:
        """The definitions, the project's own first, then what other distributions have; those used nearest first."""
        if spot.snapshot.language != "python" or len(spot.snapshot.text) > LARGEST:
            return ()
        tree = await asyncio.to_thread(parse, spot.snapshot.text)
        imports = "\n".join(tree.text_of(one) for one in _imports(tree))
        workspace = Workspace(spot.snapshot, tree, self.resolver, self.installed, spot.position.line)
        found = []
        for name, node in _used(tree, spot.snapshot, spot.position.line):
            key = (spot.snapshot.uri, imports, name)
            if key not in self._known:
                self._known[key] = await _described(name, node, workspace)
                while len(self._known) > KEPT:
                    self._known.popitem(last=False)
            self._known.move_to_end(key)
            one = self._known[key]
            if one is not None and one.text not in spot.snapshot.text:
                found.append(one)
        return tuple(sorted(dict.fromkeys(found), key=lambda one: one.path is None))


async def _described(name: str, node: Node, workspace: Workspace) -> Found | None:
    try:
        symbol = await find_symbol(node, workspace)
    except GlossatorError:
        return None
    # Of the standard library the model has read enough.
    if symbol is None or symbol.owner.distribution == "python" or symbol.file == workspace.snapshot.path:
        return None
    stub = await asyncio.to_thread(stub_of, symbol)
    if not stub:
        return None
    own = not symbol.owner.distribution
    where = f"{symbol.owner.module.replace('.', '/')}.py" if symbol.owner.module else symbol.file.name
    return Found(Layer.DEFINITION, f"definition of {name}", stub, symbol.file if own else None, where)


def stub_of(symbol: Symbol) -> str:
    """A definition as a stub: its signature and the first line of its documentation; of a class its methods, too.
    Empty for what has neither parameters nor members."""
    definition = symbol.definition
    if definition.kind == "class":
        return _class_stub(definition, read_source(symbol.file))
    if definition.kind in {"function", "method", "property"}:
        return "\n".join(_function_stub(definition, ""))
    return definition.value if definition.kind == "variable" else ""


def _class_stub(definition: Definition, text: str) -> str:
    lines = [f"{definition.signature}:"[:LONGEST_LINE], *_documentation(definition, "    ")]
    members = list(_members(text, definition.line))
    public = [one for one in members if not one.name.startswith("_") or one.name == "__init__"]
    for one in public[:MOST_METHODS]:
        # Of methods the signature alone: it is what is written here, and there are many.
        member = _function_stub(one, "    ")[0] if one.kind != "variable" else f"    {one.value}"[:LONGEST_LINE]
        if sum(map(len, lines)) + len(member) > LONGEST_STUB:
            break
        lines.append(member)
    return "\n".join(dict.fromkeys(lines))


def _function_stub(definition: Definition, indentation: str) -> list[str]:
    signature = definition.signature
    if definition.kind in {"method", "property"}:
        bare = signature.partition("(")[2]
        signature = f"{definition.name}(self{'' if bare.startswith(')') else ', '}{bare}"
    written = f"{indentation}def {signature}: ..."
    written = written if len(written) <= LONGEST_LINE else f"{written[:LONGEST_LINE]} …"
    return [written, *_documentation(definition, f"{indentation}    ")]


def _documentation(definition: Definition, indentation: str) -> list[str]:
    first = definition.docstring.strip().partition("\n")[0].strip()
    return [f'{indentation}"""{first}"""'[:LONGEST_LINE]] if first else []


def _members(text: str, line: int) -> Iterator[Definition]:
    """What the class on a line defines of its own."""
    tree = parse(text)
    offset = tree.line_starts[line] if line < len(tree.line_starts) else 0
    start = len(text[offset:]) - len(text[offset:].lstrip())
    outer = ancestors(tree.leaf_at(offset + start))
    body = next((one.child_by_field_name("body") for one in outer if one.type == "class_definition"), None)
    for child in body.named_children if body is not None else ():
        inner = child.child_by_field_name("definition") if child.type == "decorated_definition" else child
        if inner is not None and inner.type in {"function_definition", "expression_statement"}:
            found = definition_at(text, tree.line_of(inner))
            if found is not None:
                yield found


def _used(tree: Tree, snapshot: Snapshot, line: int) -> Iterator[tuple[str, Node]]:
    """The imported names that are used near a line, and the bases of the class around it; each once, the nearest
    first. What is still being typed on the line itself comes last."""
    imported = {name for one in _imports(tree) for name in _bound(tree, one)}
    offsets = dict(_bases(tree, snapshot, line))
    first, last = max(line - LINES_BEFORE, 0), min(line + LINES_AFTER, snapshot.line_count - 1)
    for number in sorted(range(first, last + 1), key=lambda one: (abs(one - line), one)):
        text = snapshot.line(number)
        for match in _NAME.finditer(text):
            if match[0].partition(".")[0] in imported and not text.lstrip().startswith(("import ", "from ", "#")):
                offsets.setdefault(match[0], snapshot.line_starts[number] + match.end() - 1)
    for name, offset in list(offsets.items())[:MOST_NAMES]:
        node = tree.leaf_at(offset)
        if node.type == "identifier":
            yield name, node


def _bases(tree: Tree, snapshot: Snapshot, line: int) -> Iterator[tuple[str, int]]:
    """The bases of the class around a line, each with the offset of its last character."""
    start = snapshot.line_starts[line]
    written = snapshot.line(line)
    leaf = tree.leaf_at(start + max(len(written) - len(written.lstrip()), 0))
    holder = next((one for one in ancestors(leaf) if one.type == "class_definition"), None)
    holder = holder or _class_above(tree, snapshot, line)
    bases = holder.child_by_field_name("superclasses") if holder is not None else None
    for base in bases.named_children if bases is not None else ():
        if base.type in {"identifier", "attribute"}:
            yield tree.text_of(base), base.end_byte - 1


def _class_above(tree: Tree, snapshot: Snapshot, line: int) -> Node | None:
    """An empty line at a block's end belongs to no class in the tree: by its indentation it may."""
    for number in range(line - 1, max(line - 200, -1), -1):
        text = snapshot.line(number)
        if text.startswith("class "):
            leaf = tree.leaf_at(snapshot.line_starts[number] + len("class "))
            return next((one for one in ancestors(leaf) if one.type == "class_definition"), None)
        if text.strip() and not text[0].isspace():
            return None
    return None


def _imports(tree: Tree) -> list[Node]:
    pending, found = list(tree.root.named_children), []
    while pending:
        node = pending.pop(0)
        if node.type in _IMPORTS:
            found.append(node)
        elif node.type in {"if_statement", "try_statement", "block", "except_clause", "else_clause"}:
            pending += node.named_children
    return found


def _bound(tree: Tree, statement: Node) -> Iterator[str]:
    """The names that an import binds."""
    module = statement.child_by_field_name("module_name")
    for child in statement.named_children:
        if module is not None and child.id == module.id:
            continue
        alias = child.child_by_field_name("alias") if child.type == "aliased_import" else None
        text = tree.text_of(alias if alias is not None else child)
        yield text.partition(".")[0]
