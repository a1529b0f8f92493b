"""Formats, part by part: replacement fields of f-strings and ``str.format``, ``%`` conversions, codes of dates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from glossator.explain.constructs.literals import Content, Group, Part
from glossator.research.evidence import Evidence
from glossator.research.language import language_passage, options
from glossator.research.language_table import DATE_CODES, DATES, OTHER_DATE_CODES, PERCENT, PRINTF
from glossator.syntax.tree import Tree

_NESTED = r"\{[^{}]*\}"
_SPECIFICATION = re.compile(
    rf"(?P<fill>.(?=[<>=^]))?(?P<align>[<>=^])?(?P<sign>[-+ ])?(?P<negative>z)?(?P<alternate>\#)?(?P<zero>0)?"
    rf"(?P<width>\d+|{_NESTED})?(?P<grouping>[,_])?(?P<precision>\.(?:\d+|{_NESTED}))?(?P<type>[bcdeEfFgGnosxX%])?",
    re.DOTALL,
)
_FIELD = re.compile(
    rf"\{{(?P<name>[^{{}}!:]*)(?P<conversion>![rsa])?(?::(?P<specification>(?:[^{{}}]|{_NESTED})*))?\}}"
)
_PERCENT = re.compile(
    r"%(?P<key>\([^()]*\))?(?P<flags>[#0\- +]*)(?P<width>\*|\d+)?(?P<precision>\.(?:\*|\d*))?(?P<length>[hlL])?"
    r"(?P<type>[diouxXeEfFgGcrsa%])"
)
_DATE = re.compile(r"%[-#]?[A-Za-z%]")
_PASSAGES = {
    "fill": "fill",
    "alternate": "alternate form",
    "zero": "zero padding",
    "width": "width",
    "precision": "precision",
}


def interpolation_group(node: Node, tree: Tree) -> Group:
    """An f-string's replacement field; its expression is explained by itself."""
    parts: list[Part] = []
    for child in node.children:
        if child.type == "type_conversion":
            parts.append(Part(tree.text_of(child), child.start_byte, child.end_byte, _conversion(tree.text_of(child))))
        elif child.type == "format_specifier":
            source = tree.text[child.start_byte + 1 : child.end_byte]
            offsets = tuple(range(child.start_byte + 1, child.end_byte + 1))
            parts.extend(_specification(Content(source, offsets), 0, len(source)))
    about = language_passage("formatted string" if not parts else "replacement field")
    return Group("replacement field", tree.text_of(node), node.start_byte, node.end_byte, tuple(parts), about)


def field_groups(content: Content) -> Iterator[Group]:
    """The replacement fields of a string whose ``format`` is called."""
    for match in _FIELD.finditer(content.text):
        parts: list[Part] = []
        if match["conversion"]:
            parts.append(content.part(*match.span("conversion"), _conversion(match["conversion"])))
        if match["specification"]:
            parts.extend(_specification(content, *match.span("specification")))
        about = language_passage("replacement field")
        yield _group("replacement field", match, content, parts, about)


def specification_groups(content: Content) -> Iterator[Group]:
    """All of a string that is a format by itself, as the second argument of ``format``."""
    parts = tuple(_specification(content, 0, len(content.text)))
    about = language_passage("format specification")
    yield Group("format specification", content.text, content.offsets[0], content.offsets[-1], parts, about)


def percent_groups(content: Content) -> Iterator[Group]:
    """The ``%`` conversions of a string."""
    for match in _PERCENT.finditer(content.text):
        parts: list[Part] = []
        for name in ("key", "flags", "width", "precision", "length", "type"):
            start, end = match.span(name)
            if name == "flags":
                parts.extend(_percent(content, place, place + 1, content.text[place]) for place in range(start, end))
            elif start < end:
                parts.append(_percent(content, start, end, match["type"] if name == "type" else name))
        yield _group("% conversion", match, content, parts, _printf(""))


def date_groups(content: Content) -> Iterator[Group]:
    """The codes of a date's format."""
    for match in _DATE.finditer(content.text):
        yield _group("date format code", match, content, [content.part(*match.span(), _date_code(match[0]))], None)


def _specification(content: Content, start: int, end: int) -> Iterator[Part]:
    match = _SPECIFICATION.fullmatch(content.text, start, end)
    if match is None:  # codes of a date, or a mini-language of the value's own type
        for code in _DATE.finditer(content.text, start, end):
            yield content.part(*code.span(), _date_code(code[0]))
        return
    for name, text in match.groupdict().items():
        if text:
            yield content.part(*match.span(name), _meaning(name, text))


def _meaning(name: str, text: str) -> Evidence | None:
    if name in _PASSAGES:
        return language_passage(_PASSAGES[name])
    if name == "grouping":
        return language_passage(f"thousands {text}")
    meaning = options("formatstrings").get("space" if text == " " else text, "")
    told = f"`'{text}'`: {meaning[:1].upper()}{meaning[1:]}"
    return Evidence("", "Python language reference: format specification", told, "topic") if meaning else None


def _conversion(text: str) -> Evidence | None:
    return language_passage("conversions") if text else None


def _percent(content: Content, start: int, end: int, key: str) -> Part:
    return content.part(start, end, _printf(key))


def _printf(key: str) -> Evidence | None:
    told = PERCENT.get(key)
    title = "Python library reference: printf-style String Formatting"
    return Evidence("", title, f"`{key}`: {told}" if len(key) == 1 else told, "topic", PRINTF) if told else None


def _date_code(code: str) -> Evidence:
    """What the library reference says of a code; of one that is the platform's own, that it is."""
    title = "Python library reference: strftime() and strptime() Format Codes"
    return Evidence("", title, f"`{code}`: {DATE_CODES.get(code, OTHER_DATE_CODES)}", "topic", DATES)


def _group(kind: str, match: re.Match[str], content: Content, parts: list[Part], about: Evidence | None) -> Group:
    start, end = content.offsets[match.start()], content.offsets[match.end()]
    return Group(kind, match[0], start, end, tuple(parts), about)
