"""Syntax trees of other languages than Python, one small wheel each.

``tree-sitter-language-pack`` was rejected: its newer versions download grammars when they are first used.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import lru_cache

from tree_sitter import Language, Node, Parser

from glossator.syntax.tree import masked

# The editor's name of a language: the wheel's module, and the function in it that gives the grammar.
_GRAMMARS = {
    "javascript": ("tree_sitter_javascript", "language"),
    "javascriptreact": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "typescriptreact": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "java": ("tree_sitter_java", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
}
SUFFIXES = {
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".jsx": "javascriptreact",
    ".ts": "typescript",
    ".mts": "typescript",
    ".tsx": "typescriptreact",
    ".go": "go",
    ".rs": "rust",
    ".java": "java",
    ".c": "c",
    ".h": "c",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cxx": "cpp",
    ".hpp": "cpp",
}
# Languages that refer to each other's definitions.
_FAMILIES = (
    {"javascript", "javascriptreact", "typescript", "typescriptreact"},
    {"c", "cpp"},
)
_OTHERS = {".py": "python", ".pyi": "python", ".pyw": "python", ".md": "markdown", ".sh": "shellscript"}


@dataclass(frozen=True)
class ForeignTree:
    """A parsed text; offsets are code points, texts of nodes come from the original."""

    text: str
    root: Node

    def text_of(self, node: Node) -> str:
        """The node's text as it was written."""
        return self.text[node.start_byte : node.end_byte]


def language_of(suffix: str) -> str:
    """The editor's name of a language by a file's suffix; the suffix itself where it is not known."""
    return {**SUFFIXES, **_OTHERS}.get(suffix.lower(), suffix.lstrip("."))


def knows(language: str) -> bool:
    """Whether there is a grammar for a language."""
    return language in _GRAMMARS


def family(language: str) -> frozenset[str]:
    """The suffixes of the files in which a name of this language may be defined."""
    related = next((one for one in _FAMILIES if language in one), {language})
    return frozenset(suffix for suffix, name in SUFFIXES.items() if name in related)


@lru_cache(maxsize=16)
def parse_foreign(text: str, language: str) -> ForeignTree:
    """The tree of a text; broken code has one too."""
    return ForeignTree(text, Parser(_grammar(language)).parse(masked(text).encode("ascii")).root_node)


@lru_cache(maxsize=len(_GRAMMARS))
def _grammar(language: str) -> Language:
    module, function = _GRAMMARS[language]
    return Language(getattr(importlib.import_module(module), function)())
