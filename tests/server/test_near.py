"""The tree around a place in a text that was just edited says of the place what the tree of the whole text says."""

from __future__ import annotations

import pytest

from glossator.syntax.near import parse_near
from glossator.syntax.tree import Tree, ancestors, masked, parse, parsed_by

# Of this file alone: a text that another test parsed whole would be remembered.
TEXT = "".join(f'def f_{n}(x):\n    """Do ä here."""\n    return [x, {{"a": {n}}}, g(x)[1:]]\n\n\n' for n in range(90))
WITHIN = [
    ("f_40(x)", "f_40(x, y)"),
    ('return [x, {"a": 40}', 'return [x, *y, {"a": 40}'),
    ("def f_40", "class A:\n    def f_40"),
    ('\n    return [x, {"a": 40}, g(x)[1:]]', "\n    pass"),
    ("\n\n\ndef f_40", '\n"""text"""\n\ndef f_40'),
    ('[x, {"a": 40}', '[äö, {"a": 40}'),
    ("\n\n\ndef f_40", "\n\n\n# told\n@told\ndef f_40"),
]
BEYOND = [
    ("def f_40", "# def f_40"),
    ("def f_0(", "async def f_0("),
    ('[x, {"a": 89}', '[äö, {"a": 89}'),
    ("def f_40", "def f_40(:"),
    ("\n\n\ndef f_40", '\n    """\n\ndef f_40'),
    ("\n\n\ndef f_40", "\n    def f_40"),
]


def seen(tree: Tree, offset: int) -> list[tuple[str, int, int]]:
    """What is at an offset, and all that is around it but the text itself."""
    around = list(ancestors(tree.leaf_at(offset)))[:-1]
    return [(one.type, one.start_byte, one.end_byte) for one in around]


def whole(text: str) -> Tree:
    """The tree of a text that nothing was known of."""
    return Tree(text, text, parsed_by(masked(text)).root_node, ())


@pytest.mark.parametrize(("old", "new"), WITHIN)
def test_every_place_is_what_it_is_in_the_whole(old: str, new: str) -> None:
    text = TEXT.replace(old, new, 1)
    edited = len(text) * 40 // 90
    offsets = sorted({*range(0, len(text), 97), *range(edited - 150, edited + 150, 3)})
    told = []
    for offset in offsets:
        parse(TEXT)
        told.append(parse_near(text, offset))
    assert all(one.partial for one in told)
    fresh = whole(text)
    for offset, tree in zip(offsets, told, strict=True):
        assert seen(tree, offset) == seen(fresh, offset), text[offset - 20 : offset + 20]


@pytest.mark.parametrize(("old", "new"), BEYOND)
def test_what_may_concern_more_is_read_as_a_whole(old: str, new: str) -> None:
    parse(TEXT)
    text = TEXT.replace(old, new, 1)
    tree = parse_near(text, len(text) // 3)
    assert not tree.partial
    assert str(tree.root) == str(parse(text).root)


def test_a_partial_tree_knows_the_whole() -> None:
    parse(TEXT)
    text = TEXT.replace("f_50(x)", "f_50(y, x)")
    tree = parse_near(text, 0)
    assert tree.partial
    assert not tree.whole.partial
    assert str(tree.whole.root) == str(whole(text).root)
