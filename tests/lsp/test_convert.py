"""Positions between the editor's code units and our code points."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lsprotocol import types

from glossator.lsp.convert import (
    CODECS,
    from_position,
    from_span,
    identity,
    to_plain,
    to_plaintext,
    to_position,
    to_span,
    to_target,
    word_at,
)
from glossator.text import Position, Snapshot, Span

PIECES = [
    "a",
    "é",
    "e\u0301",
    "ß",
    "日",
    "🎈",
    "👩‍👩‍👧",
    "\t",
    "\x0c",
    "\u2028",
    "\x85",
    "\n",
    "\r\n",
    "\r",
    "\ufeff",
    "\0",
]
TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES)).map("".join),
    st.text(st.characters(exclude_categories=["Cs"])),
)
ENCODINGS = st.sampled_from(sorted(CODECS))
NUMBERS = st.integers(0, 2**31 - 1) | st.integers(0, 12)
EDITOR_POSITIONS = st.builds(types.Position, NUMBERS, NUMBERS)


def snapshot(text: str) -> Snapshot:
    return Snapshot("file:///work/demo.py", "python", text)


@given(TEXTS, ENCODINGS, st.data())
def test_there_and_back_is_the_same_place(text: str, encoding: str, data: st.DataObject) -> None:
    of = snapshot(text)
    place = of.position(data.draw(st.integers(0, len(text))))
    assert to_position(of, from_position(of, place, encoding), encoding) == place


@given(TEXTS, ENCODINGS, EDITOR_POSITIONS)
@example("x\r\n", "utf-16", types.Position(0, 2))
@example("🎈", "utf-16", types.Position(0, 1))
@example("🎈", "utf-8", types.Position(0, 3))
def test_any_position_of_an_editor_is_inside_the_text(text: str, encoding: str, place: types.Position) -> None:
    of = snapshot(text)
    ours = to_position(of, place, encoding)
    assert 0 <= of.offset(ours) <= len(text)
    back = from_position(of, ours, encoding)
    assert (back.line, back.character) <= (place.line, place.character)


@given(TEXTS, EDITOR_POSITIONS, EDITOR_POSITIONS)
def test_a_range_runs_forwards(text: str, one: types.Position, other: types.Position) -> None:
    of = snapshot(text)
    span = to_span(of, types.Range(one, other), "utf-16")
    assert span.start <= span.end
    assert to_span(of, from_span(of, span, "utf-16"), "utf-16") == span


@given(TEXTS, ENCODINGS)
def test_the_editor_s_column_is_the_encoded_length(text: str, encoding: str) -> None:
    of = snapshot(text)
    codec, width = CODECS[encoding]
    for number in range(of.line_count):
        line = of.line(number)
        end = from_position(of, Position(number, len(line)), encoding)
        assert end.character == len(line.encode(codec)) // width


def test_lone_surrogates_do_no_harm() -> None:
    of = snapshot("\ud83d x \ude00")
    for encoding in CODECS:
        for column in range(20):
            of.offset(to_position(of, types.Position(0, column), encoding))
        from_position(of, Position(0, 5), encoding)


@pytest.mark.parametrize(
    ("column", "word"), [(0, "été"), (2, "été"), (3, "été"), (4, "_x1"), (7, "_x1"), (8, ""), (9, "")]
)
def test_the_word_at_a_position(column: int, word: str) -> None:
    of = snapshot("été _x1 (")
    span = word_at(of, Position(0, column))
    assert (of.slice(span) if span else "") == word


def test_targets() -> None:
    of = snapshot("word and more")
    here, there = types.Position(0, 2), types.Position(0, 5)
    assert to_target(of, None, "utf-16") is None
    assert to_target(of, here, "utf-16") == Position(0, 2)
    assert to_target(of, types.Range(here, here), "utf-16") == Position(0, 2)
    assert to_target(of, types.Range(there, here), "utf-16") == Span(Position(0, 2), Position(0, 5))


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("## Title\n\n**bold** and *soft*", "Title\n\nbold and soft"),
        ("`code_name` and `a*b`", "code_name and a*b"),
        ("[docs](https://example.org/a_b)", "docs (https://example.org/a_b)"),
        ("[a \\[b\\]](<https://example.org>)", "a [b] (https://example.org)"),
        ("```python\nx = a*b  # \\n\n```\nafter", "x = a*b  # \\n\n\nafter"),
        ("a\\_b \\[1\\] &amp; https&#58;//x \\*", "a_b [1] & https://x *"),
    ],
)
def test_plain_text_keeps_the_words(markdown: str, text: str) -> None:
    assert to_plaintext(markdown) == text


def test_values_become_plain_json() -> None:
    assert to_plain({"a": (Position(1, 2), None), 3: {"b": [1.5, True]}}) == {
        "a": [{"line": 1, "column": 2}, None],
        "3": {"b": [1.5, True]},
    }


@pytest.mark.parametrize(
    ("encoding", "units", "column"),
    [("utf-16", 1, 1), ("utf-16", 2, 1), ("utf-16", 3, 2), ("utf-16", 4, 3), ("utf-8", 4, 1), ("utf-32", 2, 2)],
)
def test_half_a_character_counts_as_the_editor_counts_it(encoding: str, units: int, column: int) -> None:
    assert to_position(snapshot("\ud83d🎈b"), types.Position(0, units), encoding) == Position(0, column)


@pytest.mark.parametrize(
    ("uri", "other", "same"),
    [
        ("file:///c%3A/x.py", "file:///c:/x.py", True),
        ("file:///%C3%A9.py", "file:///é.py", True),
        ("file:///%FE.py", "file:///%FF.py", False),
        ("file:///X.py", "file:///x.py", False),
    ],
)
def test_spellings_of_a_uri(uri: str, other: str, same: bool) -> None:
    assert (identity(uri) == identity(other)) == same
