"""Broken Python: what is certainly wrong with it, and a text of the same length that parses further.

CPython's own parser and tokenizer say what is left open, and where; their word is taken rather than a scanner of ours.
Only the first complaint is certain, so after each repair of a literal the parser is asked again.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
import warnings
from dataclasses import dataclass
from typing import Literal

# CPython parses about 6 MB a second and holds the interpreter's lock meanwhile.
LARGEST_TEXT = 400_000
LONGEST_STRING_IN_LINES = 50
MOST_REPAIRS = 8
_PAIRS = {"(": ")", "[": "]", "{": "}"}
_PREFIXES = "rRbBuUfFtT"


@dataclass(frozen=True, slots=True)
class Breakage:
    """A literal or bracket left open (or closed without having been opened), at an offset in code points."""

    kind: Literal["string_left_open", "bracket_left_open", "bracket_not_opened", "bracket_mismatch"]
    offset: int
    closed_at: int | None = None


def repair(text: str) -> tuple[str, tuple[Breakage, ...]]:
    """Close string literals that are left open, with spaces for the line ends they run over; report what is open.

    Brackets stay as they are: where the user meant to close them is not known.
    """
    if len(text) > LARGEST_TEXT:
        return text, ()
    breakages: list[Breakage] = []
    guessed = False
    for _ in range(MOST_REPAIRS):
        error = _complaint(text)
        breakage = _open_string(text, error) if error is not None else None
        if breakage is None:
            # Where a literal ends was guessed, which brackets it swallowed is not known.
            breakages.extend(_brackets(text, error) if error is not None and not guessed else ())
            break
        breakages.append(breakage)
        if breakage.closed_at is not None:
            text = _joined(text, breakage.offset, breakage.closed_at)
        elif text[breakage.offset :].lstrip(_PREFIXES)[:3] in {"'''", '"""'}:
            break
        else:
            text, guessed = _closed_on_its_line(text, breakage.offset), True
    return text, tuple(breakages)


def _open_string(text: str, error: SyntaxError) -> Breakage | None:
    """The literal CPython complains of. It goes on to the quote that closes it, unless that line then is broken too:
    then the quote found there opens another."""
    if "unterminated" not in error.msg or "string literal" not in error.msg:
        return None
    offset = _offset(text, error)
    end = None if "triple" in error.msg else _closing_quote(text, offset)
    if end is not None and text[end + 1 : end + 2].isalnum():
        end = None
    if end is not None:
        joined = _joined(text, offset, end)
        again = _complaint(joined)
        if again is not None and "unterminated" in again.msg and "\n" not in joined[end : _offset(joined, again)]:
            end = None
    return Breakage("string_left_open", offset, end)


def _brackets(text: str, error: SyntaxError) -> list[Breakage]:
    """The bracket CPython complains of; and all that are open at the end, of which it names one or, where it finds
    something else first, none."""
    if "does not match" in error.msg:
        return [Breakage("bracket_mismatch", _offset(text, error))]
    if error.msg.startswith("unmatched"):
        return _not_opened(text, error)
    found = _open_at_the_end(text)
    if not found and "was never closed" in error.msg:
        found = [_offset(text, error)]
    return [Breakage("bracket_left_open", offset) for offset in found]


def _not_opened(text: str, error: SyntaxError | None) -> list[Breakage]:
    """Each bracket that closes none: the parser goes on to the next when it does not see the last."""
    found: list[Breakage] = []
    while error is not None and error.msg.startswith("unmatched") and len(found) < MOST_REPAIRS:
        offset = _offset(text, error)
        found.append(Breakage("bracket_not_opened", offset))
        text = f"{text[:offset]} {text[offset + 1 :]}"
        error = _complaint(text)
    return found


def _open_at_the_end(text: str) -> list[int]:
    """Offsets of the brackets that nothing closes; none if the text does not even divide into tokens."""
    starts = _line_starts(text)
    opened: list[tuple[str, int]] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.ERRORTOKEN and token.string.strip():
                return []
            if token.type == tokenize.OP and token.string in _PAIRS:
                opened.append((_PAIRS[token.string], starts[token.start[0] - 1] + token.start[1]))
            elif (
                token.type == tokenize.OP
                and token.string in _PAIRS.values()
                and (not opened or opened.pop()[0] != token.string)
            ):
                return []
    except tokenize.TokenError as error:
        if "EOF in multi-line statement" not in str(error) and "unexpected EOF" not in str(error):
            return []
    except (SyntaxError, IndexError):
        # Indentation that fits nothing ends the tokens before the text.
        return []
    return [offset for _, offset in opened]


def _joined(text: str, begin: int, end: int) -> str:
    return text[:begin] + re.sub(r"[\r\n]", " ", text[begin:end]) + text[end:]


def _closed_on_its_line(text: str, offset: int) -> str:
    """The literal closed at the end of its line, before the brackets that end it; a letter gives way to the quote."""
    opening = next(place for place in range(offset, len(text)) if text[place] in "'\"")
    line_end = min(
        (place for place in (text.find("\n", opening), text.find("\r", opening)) if place >= 0), default=len(text)
    )
    written = text[opening + 1 : line_end]
    if written.count("{") > written.count("}") and re.search(r"[fF][rR]?$|[fF]$", text[offset:opening]):
        # A field that is left open too would swallow what follows: the literal is taken for a plain one.
        text = f"{text[:offset]}{' ' * (opening - offset)}{text[opening:]}"
    place = max(len(written.rstrip(" \t)]},:")) - 1, 0)
    if not written:
        return f"{text[:opening]} {text[opening + 1 :]}"
    return f"{text[: opening + 1 + place]}{text[opening]}{text[opening + 2 + place :]}"


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
    starts = _line_starts(text)
    line = min(max((error.lineno or 1) - 1, 0), len(starts) - 1)
    return min(starts[line] + max((error.offset or 1) - 1, 0), max(len(text) - 1, 0))


def _line_starts(text: str) -> list[int]:
    return [0, *(match.end() for match in re.finditer(r"\r\n|\n|\r", text))]


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
