"""Brackets that an answer closes although nobody opened them."""

from __future__ import annotations

from collections.abc import Iterator

from glossator.complete.place import Place

PAIRS = {")": "(", "]": "[", "}": "{"}
_QUOTES = "\"'`"
LINES_BEHIND = 12  # far enough for what closes the brackets around a cursor


def without_unopened(text: str, place: Place) -> str:
    """Up to the first bracket that closes nothing: neither what the answer opened, nor what stands open before the
    cursor and is not closed behind it."""
    if place.kind != "code":
        return text
    before = open_brackets(place.context.before, place.comment_mark)
    behind = "\n".join(place.context.after.split("\n")[:LINES_BEHIND])
    free = before[: len(before)]
    for _ in unmatched_closers(behind, place.comment_mark):
        if free:
            del free[0]
    opened: list[str] = []
    for offset, bracket in brackets(text, place.comment_mark):
        if bracket not in PAIRS:
            opened.append(bracket)
        elif (opened or free) and (opened or free)[-1] == PAIRS[bracket]:
            (opened or free).pop()
        else:
            return text[:offset].rstrip()
    return text


def open_brackets(text: str, comment_mark: str) -> list[str]:
    """The brackets that a text leaves open, the outermost first."""
    found: list[str] = []
    for _, bracket in brackets(text, comment_mark):
        if bracket not in PAIRS:
            found.append(bracket)
        elif found and found[-1] == PAIRS[bracket]:
            found.pop()
    return found


def unmatched_closers(text: str, comment_mark: str) -> list[str]:
    """The brackets that a text closes without having opened them."""
    found: list[str] = []
    depth = 0
    for _, bracket in brackets(text, comment_mark):
        if bracket not in PAIRS:
            depth += 1
        elif depth:
            depth -= 1
        else:
            found.append(bracket)
    return found


def brackets(text: str, comment_mark: str) -> Iterator[tuple[int, str]]:
    """The brackets of a text with their offsets, but for those in strings and comments. A quote that is not closed in
    its line is an apostrophe; what a string of several lines holds is taken for code, as there is nothing to tell."""
    offset = 0
    for line in text.split("\n"):
        yield from _in_line(line, offset, comment_mark)
        offset += len(line) + 1


def _in_line(line: str, offset: int, comment_mark: str) -> Iterator[tuple[int, str]]:
    position = 0
    while position < len(line):
        character = line[position]
        if line.startswith(comment_mark, position):
            return
        if character in _QUOTES:
            closing = _closing_quote(line, position)
            position = closing if closing > 0 else position
        elif character in "([{)]}":
            yield offset + position, character
        position += 1


def _closing_quote(line: str, start: int) -> int:
    position = start + 1
    while position < len(line):
        if line[position] == "\\":
            position += 1
        elif line[position] == line[start]:
            return position
        position += 1
    return -1
