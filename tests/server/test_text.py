"""Positions and offsets: inverse to each other, whatever the text is made of."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.errors import WrongUse
from glossator.text import LINE_END, SHORTEST_EDITED, Edit, Position, Snapshot, Span, difference, line_starts
from tests.cursor import cursor, selection, snapshot_of

# Line ends in all their forms, characters of two UTF-16 units, combining marks, and what Python's own splitlines
# would take for line ends but the Language Server Protocol does not.
ALPHABET = [
    "a",
    " ",
    "\n",
    "\r",
    "\r\n",
    "🎉",
    "e\u0301",
    "\u200d",
    "👩‍👩‍👧",
    "\x0b",
    "\x0c",
    "\x85",
    "\u2028",
    "\t",
    "汉",
]
TEXTS = st.lists(st.sampled_from(ALPHABET), max_size=30).map("".join)


@st.composite
def places(draw: st.DrawFn) -> tuple[Snapshot, Position]:
    """A text and a position within it."""
    snapshot = snapshot_of(draw(TEXTS))
    line = draw(st.integers(0, snapshot.line_count - 1))
    return snapshot, Position(line, draw(st.integers(0, len(snapshot.line(line)))))


@given(places())
def test_a_position_survives_the_way_to_its_offset_and_back(place: tuple[Snapshot, Position]) -> None:
    snapshot, position = place
    assert snapshot.position(snapshot.offset(position)) == position


@given(TEXTS, st.integers(-5, 80))
def test_an_offset_survives_too_but_within_a_line_end_and_outside(text: str, offset: int) -> None:
    snapshot = snapshot_of(text)
    inside = min(max(offset, 0), len(text))
    within_line_end = text[inside - 1 : inside + 1] == "\r\n" and inside > 0
    assert snapshot.offset(snapshot.position(offset)) == (inside - 1 if within_line_end else inside)


@given(TEXTS)
def test_lines_and_their_ends_make_up_the_text(text: str) -> None:
    snapshot = snapshot_of(text)
    starts = [*snapshot.line_starts, len(text)]
    lines = [snapshot.line(number) for number in range(snapshot.line_count)]
    ends = [
        text[start + len(line) : following] for line, start, following in zip(lines, starts, starts[1:], strict=False)
    ]
    assert "".join(line + end for line, end in zip(lines, ends, strict=True)) == text
    assert set(ends[:-1]) <= {"\n", "\r", "\r\n"}
    assert ends[-1] == ""
    assert not any("\n" in line or "\r" in line for line in lines)


@given(places())
def test_the_columns_after_a_lines_end_are_outside(place: tuple[Snapshot, Position]) -> None:
    snapshot, position = place
    with pytest.raises(WrongUse, match="Column"):
        snapshot.offset(Position(position.line, len(snapshot.line(position.line)) + 1))
    with pytest.raises(WrongUse, match="Line"):
        snapshot.offset(Position(snapshot.line_count, 0))
    for negative in (Position(-1, 0), Position(0, -1)):
        with pytest.raises(WrongUse):
            snapshot.offset(negative)


def test_the_three_line_ends_count_once_each() -> None:
    snapshot = snapshot_of("a\nb\rc\r\nd\r\r\n")
    assert [snapshot.line(number) for number in range(snapshot.line_count)] == ["a", "b", "c", "d", "", ""]


def test_columns_count_code_points() -> None:
    _, position = cursor("x = '🎉e\u0301'<CURSOR>")
    assert position == Position(0, 9)


def test_an_empty_text_has_one_empty_line() -> None:
    snapshot = snapshot_of("")
    assert (snapshot.line_count, snapshot.line(0), snapshot.offset(Position(0, 0))) == (1, "", 0)


def test_a_span_is_sliced_across_line_ends() -> None:
    snapshot, span = selection("a<START>b\r\nc<END>d")
    assert snapshot.slice(span) == "b\r\nc"


@pytest.mark.parametrize(("column", "inside"), [(0, False), (1, True), (2, True), (3, True), (4, False)])
def test_a_cursor_at_either_edge_is_on_the_name(column: int, inside: bool) -> None:
    assert Span(Position(0, 1), Position(0, 3)).contains(Position(0, column)) is inside


@pytest.mark.parametrize("name", ["plain.py", "a b.py", "100%.py", "a%20b.py", "a#b?c;d.py", "ünï🎉.py", "[::1.py"])
def test_a_file_uri_gives_its_path_back(name: str) -> None:
    path = Path.cwd() / name
    assert snapshot_of("", path=path).path == path


@pytest.mark.parametrize(
    "uri", ["untitled:Untitled-1", "git:/a/b.py?ref", "", "file://[::1", "vscode-notebook-cell:/a#b"]
)
def test_other_documents_have_no_path(uri: str) -> None:
    assert Snapshot(uri=uri, language="python", text="").path is None


def test_this_machine_may_be_named() -> None:
    assert Snapshot(uri="file://localhost/a/b.py", language="python", text="").path == Path("/a/b.py")


@pytest.mark.parametrize("source", ["", "<CURSOR><CURSOR>"])
def test_a_source_has_one_cursor(source: str) -> None:
    with pytest.raises(ValueError, match="exactly once"):
        cursor(source)


@pytest.mark.parametrize("source", ["", "<START>", "<END><START>", "<START><END><END>"])
def test_a_selection_has_two_marks(source: str) -> None:
    with pytest.raises(ValueError, match="exactly once"):
        selection(source)


LONG = "".join(f"line {number} äö\n" for number in range(SHORTEST_EDITED // 8))


@given(TEXTS, TEXTS)
def test_two_texts_differ_in_one_stretch(old: str, new: str) -> None:
    edit = difference(old, new)
    assert old[: edit.begin] + new[edit.begin : edit.new_end] + old[edit.old_end :] == new
    assert (edit == Edit(len(old), len(old), len(old))) == (old == new)


@given(st.integers(0, len(LONG)), st.integers(0, 40), TEXTS)
def test_lines_begin_where_they_do_in_a_text_that_nobody_edited(begin: int, removed: int, written: str) -> None:
    line_starts(LONG)
    text = LONG[:begin] + written + LONG[begin + removed :]
    assert line_starts(text) == (0, *(match.end() for match in LINE_END.finditer(text)))
