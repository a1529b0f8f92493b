"""Notices are certain or silent: each case here is a text and the lines that deserve a warning."""

from __future__ import annotations

import pytest

from glossator.explain.notices import find_notices
from glossator.syntax.tree import parse

OVERWRITTEN = [
    ("m = load(a)\nm = load(b)\n", [2]),
    ("m = load(a)\nm = wrap(m)\nm = load(b).to(c)\n", [3]),
    ("def f(a):\n    m = load(a)\n    m = load(a)\n    return m\n", [3]),
    ("for a in b:\n    m = load(a)\n    m = load(b)\n    use(m)\n", [3]),
    ("if a:\n    m = load(a)\n    m = load(b)\n", [3]),
    ("async def f(a):\n    m = await load(a)\n    m = await load(b)\n    return m\n", [3]),
    ("m = load(a)\nother = 1\nm = load(b)\n", [3]),
    ("é = load('🙂')\né = load(b)\n", [2]),
    ('s = f("a\nb")\nm = load(a)\nm = load(b)\n', [4]),
    ("m = load(a)\r\nm = load(b)\r\n", [2]),
]
SILENT = [
    "m = load(a)\nm = wrap(m)\n",
    "m = load(a)\nuse(m)\nm = load(b)\n",
    "m = None\nm = load(b)\n",
    "m = load(a)\nif a:\n    m = load(b)\n",
    "m = load(a)\nif m:\n    pass\nm = load(b)\n",
    "m = load(a)\ndef f():\n    return m\nm = load(b)\n",
    "m = load(a)\nf = lambda: m\nm = load(b)\n",
    "m = load(a)\ndel m\nm = load(b)\n",
    "_ = load(a)\n_ = load(b)\n",
    "m = load(a)\nm += load(b)\n",
    "m = load(a)\nm.x = 1\nm = load(b)\n",
    "m = load(a)\nprint(f'{m}')\nm = load(b)\n",
    "m = load(a)\nprint(locals())\nm = load(b)\n",
    "try:\n    m = load(a)\nexcept E:\n    m = load(b)\n",
    "m = load(a)\nm, n = load(b)\n",
    "def f():\n    global m\n    m = load(a)\n    m = load(b)\n",
    "class A:\n    m = load(a)\n    m = m.wrapped\n",
    "m = load(a)\n[m for m in b]\nm = load(b)\n",
    "m: T = load(a)\nm = wrap(m)\n",
    "m = load(a)\nx = (\nm = load(b)\n",
]


@pytest.mark.parametrize(("text", "lines"), OVERWRITTEN)
def test_a_result_overwritten_before_use_is_told(text: str, lines: list[int]) -> None:
    found = [one for one in find_notices(parse(text)) if one.kind == "overwritten_before_use"]
    assert [one.line for one in found] == lines


@pytest.mark.parametrize("text", SILENT)
def test_what_may_be_meant_is_not_told(text: str) -> None:
    assert [one for one in find_notices(parse(text)) if one.kind == "overwritten_before_use"] == []


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('a = 1\nb = f("x\ny")\n', 2, "goes on to line 3"),
        ("a = (1,\n", 1, "`(` is never closed"),
        ("a = 1]\n", 1, "`]` closes a bracket that was not opened"),
        ("a = [1)\n", 1, "`)` closes another kind"),
        ("a = '''x\n", 1, "never closed"),
    ],
)
def test_a_literal_or_bracket_left_open_is_told(text: str, line: int, words: str) -> None:
    (notice,) = find_notices(parse(text))
    assert notice.line == line
    assert words in notice.message


def test_an_overwritten_value_concerns_both_lines() -> None:
    (notice,) = find_notices(parse("m = load(a)\nm = load(b)\n"))
    assert (notice.line, notice.related) == (2, (1,))
    assert "`load(…)`" in notice.message
