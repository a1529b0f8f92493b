"""Between the editor's values and ours: positions in the negotiated encoding, ranges, plain JSON.

Ours count code points (``glossator.text``); the editor counts code units of UTF-8, UTF-16 or UTF-32. pygls has a codec
of its own, not used here: it changes its input, takes form feeds for line ends and mixes the units past the last line.
"""

from __future__ import annotations

import dataclasses
import html
import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any
from urllib.parse import unquote

from lsprotocol import types

from glossator.explain.options import Target
from glossator.text import HALF, Position, Snapshot, Span

# How Python names the encoding, and how many bytes its code unit has.
CODECS: Mapping[str, tuple[str, int]] = {
    types.PositionEncodingKind.Utf8.value: ("utf-8", 1),
    types.PositionEncodingKind.Utf16.value: ("utf-16-le", 2),
    types.PositionEncodingKind.Utf32.value: ("utf-32-le", 4),
}
WORD_BEFORE = re.compile(r"\w*\Z")
WORD_AFTER = re.compile(r"\w*")
CODE = re.compile(r"```\w*\n(?P<block>.*?)```|`(?P<span>[^`\n]+)`", re.DOTALL)
LINK = re.compile(r"\[((?:\\.|[^\]\\\n])*)\]\(<?([^)\s>]*)>?\)")
HEADING_OR_EMPHASIS = re.compile(r"^#+ +|(?<!\\)\*+", re.MULTILINE)
ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")


def identity(uri: str) -> str:
    """The same for all spellings of one URI: editors differ in what they write as ``%``. Bytes that are no text stay
    apart, or two files with such names would be one."""
    return unquote(uri, errors="surrogateescape")


def to_position(snapshot: Snapshot, position: types.Position, encoding: str) -> Position:
    """Our position for the editor's. Past the end of line or text means that end, as the protocol says; inside of a
    character means before it."""
    if position.line >= snapshot.line_count:
        return snapshot.position(len(snapshot.text))
    line = snapshot.line(position.line)
    return Position(position.line, _code_points(line, position.character, encoding))


def from_position(snapshot: Snapshot, position: Position, encoding: str) -> types.Position:
    """The editor's position for ours."""
    before = snapshot.line(position.line)[: position.column]
    return types.Position(position.line, _code_units(before, encoding))


def to_span(snapshot: Snapshot, span: types.Range, encoding: str) -> Span:
    """Our span for the editor's range; a range that runs backwards is turned round."""
    ends = (to_position(snapshot, span.start, encoding), to_position(snapshot, span.end, encoding))
    return Span(min(ends), max(ends))


def from_span(snapshot: Snapshot, span: Span, encoding: str) -> types.Range:
    """The editor's range for our span."""
    return types.Range(from_position(snapshot, span.start, encoding), from_position(snapshot, span.end, encoding))


def to_target(snapshot: Snapshot, place: types.Position | types.Range | None, encoding: str) -> Target:
    """What to explain: an empty range is a position, no place is the whole text."""
    if place is None:
        return None
    if isinstance(place, types.Position):
        return to_position(snapshot, place, encoding)
    span = to_span(snapshot, place, encoding)
    return span.start if span.start == span.end else span


def word_at(snapshot: Snapshot, position: Position) -> Span | None:
    """The span of the word that the position is in or at an edge of."""
    line = snapshot.line(position.line)
    start = position.column - len(word_before(snapshot, position))
    after = WORD_AFTER.match(line, position.column)
    end = after.end() if after else position.column
    return Span(Position(position.line, start), Position(position.line, end)) if start < end else None


def word_before(snapshot: Snapshot, position: Position) -> str:
    """The part of the word that ends at the position; may be empty."""
    found = WORD_BEFORE.search(snapshot.line(position.line)[: position.column])
    return found.group() if found else ""


def join_halves(text: str, start: int, end: int) -> str:
    """The text with what meets at two seams made whole: an edit may bring the halves of a character together, which
    are one character to the editor from then on."""
    if not HALF.search(text, max(start - 1, 0), start + 1) and not HALF.search(text, max(end - 1, 0), end + 1):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def to_plaintext(markdown: str) -> str:
    """Our markdown for an editor that shows none: code as it is, words without marks, links with their address."""
    parts, end = [], 0
    for code in CODE.finditer(markdown):
        parts += [_words(markdown[end : code.start()]), code["block"] or code["span"] or ""]
        end = code.end()
    return "".join([*parts, _words(markdown[end:])])


def to_plain(value: Any) -> Any:
    """Dataclasses, mappings and sequences as what JSON can hold."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return [to_plain(one) for one in value]
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)


def _words(markdown: str) -> str:
    text = LINK.sub(r"\1 (\2)", HEADING_OR_EMPHASIS.sub("", markdown))
    return html.unescape(ESCAPED.sub(r"\1", text))


def _code_points(line: str, units: int, encoding: str) -> int:
    """How many whole characters of the line the first ``units`` code units hold."""
    codec, width = CODECS[encoding]
    if line.isascii():
        return min(units, len(line))
    if HALF.search(line):  # half a character, which no codec reads
        return bisect_right(list(accumulate(_code_units(one, encoding) for one in line)), units)
    return len(line.encode(codec, "surrogatepass")[: units * width].decode(codec, "ignore"))


def _code_units(text: str, encoding: str) -> int:
    codec, width = CODECS[encoding]
    return len(text) if text.isascii() else len(text.encode(codec, "surrogatepass")) // width
