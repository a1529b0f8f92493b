"""Answers that go round in circles: a model that has nothing to say says something again."""

from __future__ import annotations

import re

from glossator.complete.place import Place

MOST_REPETITIONS = 2
LONGEST_BLOCK = 6
# Tabby's two measures: something short six times at the end of a line, something longer four times.
_LOOPS = (re.compile(r"(.{3,40}?)\1{5,}.{0,40}$", re.M), re.compile(r"(.{10,120}?)\1{3,}.{0,120}$", re.M))
# Lines that good code repeats.
_USUAL = re.compile(r"^(?:\W*|else:?|pass|break|continue|return|try:?|finally:?|end|\W*else\W*)$")


def without_loops(text: str, place: Place) -> str:
    """Up to the line in which the same characters come again and again; rulers such as ``-----`` may stay."""
    for loop in _LOOPS:
        found = loop.search(text)
        if found and len(set(found[1])) > 2 and re.search(r"\w", found[1]):
            text = text[: text.rfind("\n", 0, found.start()) + 1].rstrip("\n")
    return text


def without_repeated_blocks(text: str, place: Place) -> str:
    """Up to where two or more lines come again right behind themselves."""
    lines = text.split("\n")
    bare = [line.strip() for line in lines]  # the first one's indentation stands before the cursor
    for start in range(len(lines)):
        for length in range(2, LONGEST_BLOCK + 1):
            block = bare[start : start + length]
            if block == bare[start + length : start + 2 * length] and not all(map(_USUAL.match, block)):
                return "\n".join(lines[: start + length])
    return text


def without_repeated_lines(text: str, place: Place) -> str:
    """Up to where a line comes for the third time, the one above the cursor counted."""
    seen: dict[str, int] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines):
        line = (place.context.line_before + line if number == 0 else line).strip()
        if _USUAL.match(line):
            continue
        seen[line] = seen.get(line, 0) + 1
        if seen[line] > MOST_REPETITIONS:
            return "\n".join(lines[:number])
    return text
