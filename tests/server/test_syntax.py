"""Broken Python still has a tree, in offsets of the text as it was written."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
import tree_sitter_python
from tree_sitter import Language, Parser

from glossator.syntax.tree import masked, parse, parse_once

BROKEN = [
    ('a = "one\ntwo"\nb = 1\n', [("string_left_open", 4)]),
    ('a = f("one\n\ntwo", key="x").g()\n', [("string_left_open", 6)]),
    ("a = 'one\nb = 2\n", [("string_left_open", 4)]),
    ('a = """one\n', [("string_left_open", 4)]),
    ("a = (1, 2\nb = 3\n", [("bracket_left_open", 4)]),
    ("a = [1, 2)\n", [("bracket_mismatch", 9)]),
    ("a = 1)\n", [("bracket_not_opened", 5)]),
    ("a = 'ünï\n🙂'\n", [("string_left_open", 4)]),
    ("def f(:\n", [("bracket_left_open", 5)]),
    ("x = = 1\n", []),
    ("a = (1\nb = 2\nc = [3\n", [("bracket_left_open", 4), ("bracket_left_open", 17)]),
    ("print('abc)\nx = 'y'\n", [("string_left_open", 6)]),
    ("a = 'x\nb = 2\nc = 'y\nd = 3\n", [("string_left_open", 4), ("string_left_open", 17)]),
    ("a = 'x(\nb = 'y\n", [("string_left_open", 4), ("string_left_open", 12)]),
    ("a = 'it\\'s\nfine'\n", [("string_left_open", 4)]),
]


@pytest.mark.parametrize(("text", "expected"), BROKEN)
def test_what_is_left_open_is_found_where_it_begins(text: str, expected: list[tuple[str, int]]) -> None:
    assert [(one.kind, one.offset) for one in parse(text).breakages] == expected


def test_a_node_knows_its_text() -> None:
    node = parse_once("first = 12_000\n" * 2_000).children[1_500].children[0].children[2]
    assert (node.type, node.text) == ("integer", b"12_000")


def test_what_was_parsed_once_is_not_kept() -> None:
    texts = [f"first = {number}\n" + "second = (1, 2)\n" * 2_000 for number in range(20)]
    parse_once(texts[0])
    gc.collect()
    tracemalloc.start()
    try:
        for text in texts:
            parse_once(text)
        gc.collect()
        assert tracemalloc.get_traced_memory()[0] < len(texts[0])
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("text", ["", "a = 1\n", "'''x\ny'''\n", "f'{a!r}'\n", 'x = "a\\\nb"\n', "é = 'ß'\n"])
def test_whole_code_has_no_breakage(text: str) -> None:
    tree = parse(text)
    assert tree.breakages == ()
    assert tree.source == text


def test_a_closed_literal_keeps_every_offset_and_restores_the_call_around_it() -> None:
    text = 'x = f("one\n\ntwo", key="pt").to(device)\ny = g(x)\n'
    tree = parse(text)
    assert len(tree.source) == len(text)
    assert not tree.root.has_error
    key = tree.leaf_at(text.index("key"))
    assert key.parent is not None
    assert tree.text_of(key.parent) == 'key="pt"'
    assert tree.line_of(tree.leaf_at(text.index("g(x)"))) == 3


def test_offsets_count_code_points_whatever_stands_before() -> None:
    text = "s = '🙂é\u0301'; name = call(s)\r\nother = name\r\n"
    tree = parse(text)
    for word in ("name", "call", "other"):
        leaf = tree.leaf_at(text.index(word))
        assert tree.text_of(leaf) == word


def test_a_lone_carriage_return_ends_a_line() -> None:
    tree = parse("a = 1\rb = 2\r")
    assert tree.line_of(tree.leaf_at(6)) == 1


def test_a_cursor_behind_a_name_is_still_on_it() -> None:
    text = "value = name(1)"
    assert parse(text).text_of(parse(text).leaf_at(text.index("("))) in {"name", "("}
    assert parse(text).text_of(parse(text).leaf_at(len("value"))) == "value"


EDITED = "".join(f'def f_{n}(x):\n    """Do ä."""\n    return [x, {{"a": {n}}}, g(x)[1:]]\n\n\n' for n in range(90))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("f_40(x)", "f_40(x, y)"),
        ('return [x, {"a": 40}', 'return [x, *y, {"a": 40}'),
        ("def f_40", "# def f_40"),
        ("def f_40", "class A:\n    def f_40"),
        ('\n    return [x, {"a": 40}, g(x)[1:]]', "\n    pass"),
        ("\n\n\ndef f_40", '\n"""text"""\n\ndef f_40'),
        ("def f_0(", "async def f_0("),
        ('[x, {"a": 89}', '[äö, {"a": 89}'),
        ("def f_40", "def f_40(:"),
    ],
)
def test_an_edited_text_has_the_tree_of_a_new_one(old: str, new: str) -> None:
    whole = Parser(Language(tree_sitter_python.language()))
    text = EDITED.replace(old, new, 1)
    assert text != EDITED
    for one in (EDITED, text, EDITED):
        assert str(parse(one).root) == str(whole.parse(masked(one).encode()).root_node)
