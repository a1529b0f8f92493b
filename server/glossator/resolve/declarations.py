"""Where a name of another language than Python is declared, and the comment above it: by syntax, in the project."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from glossator.syntax.grammars import SUFFIXES, ForeignTree, family, parse_foreign
from glossator.syntax.tree import walk

MOST_FILES = 2_000
LARGEST_FILE = 400_000
MOST_BYTES = 8_000_000
SEARCH_SECONDS = 0.3
LONGEST_SIGNATURE = 300
_SKIPPED_FOLDERS = {"node_modules", "target", "build", "dist", "vendor", "venv", "__pycache__", "out"}
# Words in the names that grammars give their nodes, and what is declared there; the first that fits counts.
_KINDS = (
    ("method", "method"),
    ("function", "function"),
    ("macro", "macro"),
    ("preproc", "macro"),
    ("interface", "interface"),
    ("trait", "trait"),
    ("struct", "struct"),
    ("union", "union"),
    ("enum_variant", "variant"),
    ("enumerator", "constant"),
    ("enum_constant", "constant"),
    ("enum", "enum"),
    ("class", "class"),
    ("type", "type"),
    ("namespace", "namespace"),
    ("mod_item", "module"),
    ("const", "constant"),
    ("static", "constant"),
    ("parameter", "parameter"),
    ("property", "property"),
    ("field", "field"),
    ("var", "variable"),
    ("declarator", "variable"),
    ("declaration", "variable"),
    ("let", "variable"),
)
# `list.size()` of Java and `make<int>` of C++ have a name, too.
_USES = re.compile(r"call|expression|invocation|^template_(?:function|type|method)$|^scoped_|^generic_type$")
_BESIDE = re.compile(r"[ \t]*(?:/\*+(?P<closed>(?:(?!\*/).)*)\*+/|//+[!<]*(?P<line>.*))\s*$")
_WRAPPERS = re.compile(r"export|decorated|template|lexical|_declaration$|^declaration$|ambient")
_COMMENT_MARKS = re.compile(r"^\s*(?:/\*+!?|\*+/|//[/!]*|\*(?!/))\s?|\s*\*+/\s*$")


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration with the comment above it; ``line`` and ``column``, of the name, count from 0."""

    name: str
    kind: str
    file: Path | None
    line: int
    column: int
    signature: str
    comment: str


def declarations(text: str, language: str, file: Path | None = None) -> Iterator[Declaration]:
    """What a text declares, in order."""
    tree = parse_foreign(text, language)
    for node in walk(tree.root):
        name = _declared_name(node)
        if name is not None:
            holder = _holder(node)
            comment = _comment_above(holder, tree) or _comment_beside(holder, tree)
            signature = _BESIDE.sub("", _signature(holder, tree))
            kind = _declarator_kind(node) or _kind(node)
            yield Declaration(tree.text_of(name), kind, file, *name.start_point, signature, comment)


def find_declaration(word: str, text: str, language: str, file: Path | None, root: Path) -> Declaration | None:
    """The declaration of a word: in the text itself, else in the project's files of the same family of languages.
    One with a comment goes before one without. After ``SEARCH_SECONDS`` what was found by then counts, since a hover
    waits."""
    found = [one for one in declarations(text, language, file) if one.name == word]
    until = time.monotonic() + SEARCH_SECONDS
    for path in project_files(root, language) if not any(one.comment for one in found) else ():
        if time.monotonic() > until:
            break
        if file is not None and path == file:
            continue
        content = read_text(path)
        if word in content:
            found += [one for one in declarations(content, SUFFIXES[path.suffix.lower()], path) if one.name == word]
            if any(one.comment for one in found):
                break
    return next((one for one in found if one.comment), found[0] if found else None)


def project_files(root: Path, language: str) -> Iterator[Path]:
    """The project's files in which a name of this language may be, nearest first; bounded in number and size."""
    suffixes, count, size = family(language), 0, 0
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one not in _SKIPPED_FOLDERS)
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix.lower() not in suffixes:
                continue
            count, size = count + 1, size + path.stat().st_size
            if count > MOST_FILES or size > MOST_BYTES:
                return
            yield path


def read_text(path: Path) -> str:
    """A file's text; empty if it is too large to have been written by hand, or cannot be read."""
    try:
        status = path.stat()
        return _read(path, status.st_mtime_ns, status.st_size) if status.st_size <= LARGEST_FILE else ""
    except OSError:
        return ""


@lru_cache(maxsize=64)
def _read(path: Path, _modified: int, _size: int) -> str:
    return path.read_text("utf-8", "replace")


def _declared_name(node: Node) -> Node | None:
    """The identifier that a node declares, if it declares one."""
    if not node.is_named or _USES.search(node.type) or not _kind(node):
        return None
    name = node.child_by_field_name("name")
    if name is None and node.type in {"function_definition", "declaration", "type_definition", "field_declaration"}:
        name = node.child_by_field_name("declarator")
    while name is not None and name.child_count:
        inner = name.child_by_field_name("declarator") or name.child_by_field_name("name")
        if inner is None:
            return None
        name = inner
    return name if name is not None and name.type.endswith("identifier") else None


def _kind(node: Node) -> str:
    return next((kind for word, kind in _KINDS if word in node.type), "")


def _declarator_kind(node: Node) -> str:
    """In C, what a declaration declares shows in its declarator: ``int *p(void);`` is a function."""
    inner = node.child_by_field_name("declarator")
    while inner is not None:
        if inner.type == "function_declarator":
            return "method" if node.type == "field_declaration" else "function"
        inner = inner.child_by_field_name("declarator")
    return ""


def _holder(node: Node) -> Node:
    """The node with the keywords that belong to a declaration, before which its comment stands."""
    while node.parent is not None and _WRAPPERS.search(node.parent.type) and node.parent.named_child_count <= 2:
        node = node.parent
    return node


def _comment_above(node: Node, tree: ForeignTree) -> str:
    """The comments that end on the line above, without their marks."""
    found: list[str] = []
    first = node.start_point[0]
    above = node.prev_sibling
    while above is not None and "comment" in above.type and above.end_point[0] + 1 >= first:
        found.insert(0, tree.text_of(above))
        first, above = above.start_point[0], above.prev_sibling
    lines = "\n".join(found).splitlines()
    return "\n".join(_COMMENT_MARKS.sub("", _COMMENT_MARKS.sub("", line)) for line in lines).strip()


def _comment_beside(node: Node, tree: ForeignTree) -> str:
    """The comment that ends the line on which a declaration ends; in C, that of a macro is part of its node."""
    end = tree.text.find("\n", max(node.end_byte - 1, 0))
    start = tree.text.rfind("\n", 0, max(node.end_byte - 1, 0)) + 1
    line = tree.text[start : end if end >= 0 else None]
    match = _BESIDE.search(line)
    if match is None:
        return ""
    offset = start + match.start() + len(match[0]) - len(match[0].lstrip())
    leaf = tree.root.descendant_for_byte_range(offset, offset + 1)
    is_comment = leaf is not None and ("comment" in leaf.type or leaf.type == "preproc_arg")
    return (match["closed"] or match["line"] or "").strip() if is_comment else ""


def _signature(node: Node, tree: ForeignTree) -> str:
    """The declaration without its body."""
    body = next((child for child in walk(node) if child.type in _BODIES or child.type.endswith("_body")), None)
    end = body.start_byte if body is not None else node.end_byte
    return " ".join(tree.text[node.start_byte : end].split()).rstrip("{ ;=")[:LONGEST_SIGNATURE]


_BODIES = {"block", "statement_block", "compound_statement", "field_declaration_list", "declaration_list"}
