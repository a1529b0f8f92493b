"""Broken Python: what is certainly wrong with it, and a text of the same length that parses further.

CPython's own parser says what is left open, and where; its word is taken rather than a scanner of ours. Only its first
complaint is certain, so after each repair it is asked again.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Literal

# CPython parses about 6 MB a second and holds the interpreter's lock meanwhile.
LARGEST_TEXT = 400_000
LONGEST_STRING_IN_LINES = 50
MOST_REPAIRS = 8


@dataclass(frozen=True, slots=True)
class Breakage:
    """A literal or bracket left open (or closed without having been opened), at an offset in code points."""

    kind: Literal["string_left_open", "bracket_left_open", "bracket_not_opened", "bracket_mismatch"]
    offset: int
    closed_at: int | None = None


def repair(text: str) -> tuple[str, tuple[Breakage, ...]]:
    """Close string literals that run over a line end by joining their lines with spaces; report what is open."""
    if len(text) > LARGEST_TEXT:
        return text, ()
    breakages: list[Breakage] = []
    for _ in range(MOST_REPAIRS):
        error = _complaint(text)
        if error is None:
            break
        offset = _offset(text, error)
        if "unterminated" in error.msg and "string literal" in error.msg:
            closed_at = None if "triple" in error.msg else _closing_quote(text, offset)
            breakages.append(Breakage("string_left_open", offset, closed_at))
            if closed_at is None:
                break
            text = text[:offset] + re.sub(r"[\r\n]", " ", text[offset:closed_at]) + text[closed_at:]
            continue
        if "was never closed" in error.msg:
            breakages.append(Breakage("bracket_left_open", offset))
        elif "does not match" in error.msg:
            breakages.append(Breakage("bracket_mismatch", offset))
        elif error.msg.startswith("unmatched"):
            breakages.append(Breakage("bracket_not_opened", offset))
        break
    return text, tuple(breakages)


def _complaint(text: str) -> SyntaxError | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except SyntaxError as error:
        return error
    except (ValueError, RecursionError, MemoryError):
        return None
    return None


def _offset(text: str, error: SyntaxError) -> int:
    starts = [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]
    line = min(max((error.lineno or 1) - 1, 0), len(starts) - 1)
    return min(starts[line] + max((error.offset or 1) - 1, 0), max(len(text) - 1, 0))


def _closing_quote(text: str, opening: int) -> int | None:
    """Where the quote that was opened comes again, unescaped, within the next lines."""
    while opening < len(text) and text[opening] not in "'\"":
        opening += 1
    if opening >= len(text):
        return None
    quote = text[opening]
    lines = 0
    position = opening + 1
    while position < len(text) and lines <= LONGEST_STRING_IN_LINES:
        character = text[position]
        if character == "\\":
            position += 1
        elif character == quote:
            return position if lines else None
        lines += character == "\n"
        position += 1
    return None
