"""What a string literal stands for, character by character, and its parts that have a meaning of their own."""

from __future__ import annotations

import ast
import re
import unicodedata
from dataclasses import dataclass

from tree_sitter import Node

from glossator.research.evidence import Evidence
from glossator.research.language import language_passage, options
from glossator.syntax.tree import Tree

_ESCAPE = re.compile(
    r"\\(?:\r\n|[\n\\'\"abfnrtv]|[0-7]{1,3}|x[0-9A-Fa-f]{2}|N\{[^}\n]+\}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8})"
)
_TABLE = {"x": r"\x*hh*", "N": r"\N{*name*}", "u": r"\u*xxxx*", "U": r"\U*xxxxxxxx*", '"': "\\", "\n": '\\"<newline>'}
_PREFIXES = {"f": "formatted string", "b": "bytes", "r": "raw string", "u": "unicode prefix"}


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of code between two offsets, and what is said of it."""

    text: str
    start: int
    end: int
    evidence: Evidence | None

    def holds(self, offset: int) -> bool:
        """Whether a cursor at an offset is on it."""
        return self.start <= offset < self.end


@dataclass(frozen=True, slots=True)
class Group:
    """Parts that belong together, such as a replacement field with conversion and format. ``about`` is what is said of
    all of it; ``kind`` what it is."""

    kind: str
    text: str
    start: int
    end: int
    parts: tuple[Part, ...] = ()
    about: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """The text that a literal stands for. ``offsets`` has for each of its characters the place in the source, and the
    place behind the last."""

    text: str
    offsets: tuple[int, ...]

    def part(self, start: int, end: int, evidence: Evidence | None) -> Part:
        """A piece of the text as a part of the source."""
        return Part(self.text[start:end], self.offsets[start], self.offsets[end], evidence)


def content_of(string: Node, tree: Tree) -> Content | None:
    """The content of one string literal without interpolations; None for anything else."""
    if string.type != "string" or not string.children or any(one.type == "interpolation" for one in string.children):
        return None
    opening, closing = string.children[0], string.children[-1]
    start, end = opening.end_byte, closing.start_byte if closing.type == "string_end" else string.end_byte
    source = tree.text[start:end]
    raw = "r" in tree.text_of(opening).lower()
    letters: list[str] = []
    offsets: list[int] = []
    place = 0
    while place < len(source):
        match = None if raw else _ESCAPE.match(source, place)
        written = match[0] if match else source[place]
        for letter in _value(written):
            letters.append(letter)
            offsets.append(start + place)
        place += len(written)
    return Content("".join(letters), (*offsets, start + len(source)))


def literal_group(string: Node, offset: int, tree: Tree) -> Group | None:
    """The escape sequence or the prefix under the cursor, if it is on one."""
    if string.type != "string" or not string.children:
        return None
    opening = tree.text_of(string.children[0])
    prefix = opening.rstrip("'\"")
    if prefix and offset < string.start_byte + len(prefix) + 1:
        parts = tuple(
            Part(letter, string.start_byte + place, string.start_byte + place + 1, language_passage(construct))
            for place, letter in enumerate(prefix)
            if (construct := _PREFIXES.get(letter.lower())) is not None
        )
        return Group("string prefix", prefix, string.start_byte, string.start_byte + len(prefix), parts)
    if "r" in prefix.lower():
        return None
    for match in _ESCAPE.finditer(tree.text, string.start_byte, string.end_byte):
        if match.start() <= offset < match.end():
            part = Part(match[0], match.start(), match.end(), _escape_evidence(match[0]))
            return Group("escape sequence", match[0], match.start(), match.end(), (part,))
    return None


def _value(written: str) -> str:
    if len(written) == 1:
        return written
    try:
        return str(ast.literal_eval(f"'''{written} '''"))[:-1]
    except (ValueError, SyntaxError):
        return written


def _escape_evidence(written: str) -> Evidence | None:
    letter = written[1]
    key = r"\*ooo*" if letter in "01234567" else _TABLE.get(letter, written)
    meaning = options("strings").get(key, "")
    if not meaning:
        return None
    shown = written.replace("\r", "").replace("\n", "⏎")
    told = f"`{shown}`: {meaning}."
    value = _value(written)
    name = unicodedata.name(value, "") if len(value) == 1 else ""
    if name and letter in "01234567xNuU":
        told += f" It is U+{ord(value):04X} {name}."
    return Evidence("", "Python language reference: escape sequences", told, "topic")
