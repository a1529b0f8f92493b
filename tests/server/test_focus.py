"""A cursor to the construct it is on."""

from __future__ import annotations

import pytest

from glossator.explain.call import bind
from glossator.explain.focus import constructs, find_focus
from glossator.resolve.definition import Parameter
from glossator.syntax.tree import parse
from tests.cursor import cursor

CASES = [
    ("<CURSOR>name = 1", "name", "name", ""),
    ("a.<CURSOR>load(b)", "name", "load", "a.load(b)"),
    ("a.load<CURSOR>(b)", "name", "load", "a.load(b)"),
    ("<CURSOR>a.load(b)", "name", "a", ""),
    ("a.load(b, <CURSOR>key=1)", "argument", "load", "a.load(b, key=1)"),
    ("a.load(b, key=<CURSOR>1)", "argument", "load", "a.load(b, key=1)"),
    ("a.load('te<CURSOR>xt')", "argument", "load", "a.load('text')"),
    ("a.load(-<CURSOR>1)", "argument", "load", "a.load(-1)"),
    ("load(f'{va<CURSOR>lue}')", "name", "value", ""),
    ("load(<CURSOR>value)", "name", "value", ""),
    ("from a import <CURSOR>b", "name", "b", ""),
    ("@deco<CURSOR>rator\ndef f(): pass", "name", "decorator", ""),
    ("x = 'te<CURSOR>xt'", "string", "", ""),
    ("x = <CURSOR>12", "number", "", ""),
    ("<CURSOR>for x in y: pass", "keyword", "", ""),
    ("x = a <CURSOR>is not b", "keyword", "", ""),
    ("x = 1  # some <CURSOR>words", "comment", "", ""),
    ('def f():\n    """What<CURSOR> it does."""', "name", "f", ""),
]


@pytest.mark.parametrize(("source", "kind", "name", "call"), CASES)
def test_what_is_under_the_cursor(source: str, kind: str, name: str, call: str) -> None:
    snapshot, position = cursor(source)
    tree = parse(snapshot.text)
    focus = find_focus(tree, snapshot.offset(position))
    assert focus is not None
    assert focus.kind == kind
    assert (tree.text_of(focus.name) if focus.name else "") == name
    assert (tree.text_of(focus.call) if focus.call else "").startswith(call)
    assert bool(focus.call) == bool(call)


@pytest.mark.parametrize("source", ["<CURSOR>", "a = 1\n<CURSOR>\nb = 2", "a = [<CURSOR> ]"])
def test_between_constructs_there_is_none_that_names_something(source: str) -> None:
    snapshot, position = cursor(source)
    focus = find_focus(parse(snapshot.text), snapshot.offset(position))
    assert focus is None or focus.name is None


def test_constructs_of_lines_leave_out_trivial_and_repeated_ones() -> None:
    text = "import a.b\nx = a.load(1).to(2)\nprint(a.load(1))\nprint(x)\n"
    tree = parse(text)
    assert [tree.text_of(one.node) for one in constructs(tree, 0, 3)] == ["b", "load"]
    assert [tree.text_of(one.node) for one in constructs(tree, 3, 3)] == ["print"]


PARAMETERS = (
    Parameter("text", "positional"),
    Parameter("mode", "positional"),
    Parameter("rest", "var_positional"),
    Parameter("strict", "keyword_only"),
    Parameter("options", "var_keyword"),
)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f(a)", [("text", "a", "", True)]),
        ("f('a', \"b\")", [("text", "'a'", "a", True), ("mode", '"b"', "b", True)]),
        ("f(a, b, c, d)", [("text", "a", "", True), ("mode", "b", "", True), ("rest", "c", "", True), ("rest", "d", "", True)]),
        ("f(mode=None)", [("mode", "None", "None", True)]),
        ("f(*a, strict=True)", [("strict", "True", "True", True)]),
        ("f(a, unknown=3)", [("text", "a", "", True), ("unknown", "3", "3", False)]),
        ("f(**a)", []),
        ("f(\n  a, # why\n  mode=b,\n)", [("text", "a", "", True), ("mode", "b", "", True)]),
        ("f()", []),
    ],
)
def test_arguments_are_bound_to_parameters(source: str, expected: list[tuple[str, str, str, bool]]) -> None:
    tree = parse(source)
    call = next(node for node in [tree.root.children[0].children[0]])
    bound = bind(tree, call, PARAMETERS)
    assert [(one.name, one.value, one.literal, one.known) for one in bound] == expected
