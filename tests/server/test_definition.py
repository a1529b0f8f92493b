"""What a definition says of itself, read from its text."""

from __future__ import annotations

import pytest

from glossator.resolve.definition import definition_at, documentation_constants, documented_fields, member

TEXT = '''"""A module."""

import os


class Base(os.PathLike):
    """A base."""

    width: int = 3
    height: "float"

    @classmethod
    def load(cls, path: str, *parts, strict: bool = True, **options) -> "Base":
        """Load it."""
        return super().load(path)

    def to(self, device):
        if device:
            return self
        return super().to(device)

    def size(self, /, scale=1.0, *, unit="px"):
        return scale

    @property
    def area(self): ...


async def fetch(url, /, timeout: float | None = None): pass


LIMIT = 10
"""How many."""
for item in range(LIMIT):
    with open(item) as stream: pass

FETCH_DOCSTRING = """
Fetches.
"""
'''


def at(word: str, name: str = ""):
    line = next(number for number, text in enumerate(TEXT.split("\n")) if word in text)
    return definition_at(TEXT, line, name)


@pytest.mark.parametrize(
    ("word", "name", "path", "kind", "signature"),
    [
        ("class Base", "Base", "Base", "class", "class Base(os.PathLike)"),
        ("def load", "load", "Base.load", "method", 'load(path: str, *parts, strict: bool = True, **options) -> "Base"'),
        ("def to", "to", "Base.to", "method", "to(device)"),
        ("def size", "size", "Base.size", "method", 'size(scale=1.0, *, unit="px")'),
        ("def area", "area", "Base.area", "property", "area()"),
        ("fetch", "fetch", "fetch", "function", "fetch(url, timeout: float | None = None)"),
        ("def load", "path", "Base.load(path)", "parameter", "path: str"),
        ("LIMIT = 10", "LIMIT", "LIMIT", "variable", ""),
        ("for item", "item", "item", "variable", ""),
        ("as stream", "stream", "stream", "variable", ""),
    ],
)
def test_name_kind_and_signature(word: str, name: str, path: str, kind: str, signature: str) -> None:
    found = at(word, name)
    assert (found.path, found.kind, found.signature) == (path, kind, signature)


def test_the_string_below_an_assignment_is_its_docstring() -> None:
    assert at("LIMIT = 10", "LIMIT").docstring == "How many."


def test_the_first_line_stands_for_the_module() -> None:
    assert definition_at(TEXT, 0, "toy").kind == "module"
    assert definition_at(TEXT, 0, "toy").docstring == "A module."


def test_a_method_is_fluent_if_all_it_returns_is_its_own_object() -> None:
    assert at("def to", "to").fluent
    assert not at("def size", "size").fluent
    assert not at("def load", "load").fluent, "a class method returns an instance, not its own object"


def test_members_fields_and_constants_are_found() -> None:
    line = TEXT[: TEXT.index("class Base")].count("\n")
    assert member(TEXT, line, "size").path == "Base.size"
    assert member(TEXT, line, "nothing") is None
    assert [(one.name, one.annotation, one.default) for one in documented_fields(TEXT, line)] == [
        ("width", "int", "3"),
        ("height", '"float"', ""),
    ]
    assert list(documentation_constants(TEXT)) == [("FETCH_DOCSTRING", "\nFetches.\n")]


@pytest.mark.parametrize("text", ["", "def", "class :\n", "x = (\n", "def f(\n"])
def test_broken_text_has_no_definition_but_does_no_harm(text: str) -> None:
    assert definition_at(text, 0, "nothing") is None or definition_at(text, 0, "nothing").kind == "module"
