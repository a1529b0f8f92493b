"""Whether to ask, for how much, and where the answer ends. Pure functions of the place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from glossator.complete.place import CLOSERS, OPENERS, Place, depth_of

Extent = Literal["line", "statement", "block"]
MOST_BEHIND = 8  # characters that nobody inserts by themselves; llama.vim's max_line_suffix
LINE_TOKENS = 32  # the longest line of ordinary code; more is a model that found no end
_WORD = re.compile(r"\w")
_COMPLETE = (")", "]", "}", ";")
_GOES_ON = re.compile(r"\s*(?:[)\]}]|(?:else|elif|except|finally|catch)\b)")


@dataclass(frozen=True, slots=True)
class Wish:
    """How much is wanted: ``extent``, at most ``tokens`` of it, and what the model need not go on after."""

    extent: Extent
    tokens: int
    stop: tuple[str, ...]


def reason_not_to_ask(place: Place, *, manual: bool) -> str | None:
    """The code of the reason why asking would bring nothing good, or None. By hand, only the impossible is refused."""
    context = place.context
    if not context.before.strip():
        return "nothing_before"
    if manual:
        return None
    behind = place.behind.strip()
    if _WORD.match(place.behind):
        return "inside_word"
    if len(behind) > MOST_BEHIND and not CLOSERS.fullmatch(behind):
        return "text_behind"
    if place.kind == "code" and not behind and context.line_before.endswith(_COMPLETE):
        return "statement_complete"
    return None


def wish_for(place: Place, *, most_tokens: int, manual: bool = False) -> Wish:
    """One line in the middle of a line, in a comment or a string; a block where one is empty; else one statement, or
    by hand as much as there is room for."""
    context = place.context
    if place.behind.strip() and not CLOSERS.fullmatch(place.behind):
        extent: Extent = "line"
    elif place.opens:
        extent = "block"
    elif context.line_before.strip() or place.kind != "code":
        extent = "line"
    else:
        extent = "block" if manual else "statement"
    # A blank line ends a block soon enough; waiting for more costs a laptop 50 ms a token.
    if extent == "line":
        return Wish(extent, min(LINE_TOKENS, most_tokens), ("\n",))
    return Wish(extent, most_tokens, ("\n\n",))


def is_whole(text: str, place: Place, wish: Wish) -> bool:
    """Whether what has come so far already holds all that is wanted, so that the model can stop."""
    return len(cut(text, place, wish)) < len(text.rstrip("\n"))


def cut(text: str, place: Place, wish: Wish) -> str:
    """The part of an answer that is wanted: its first line, statement or block."""
    lines = text.split("\n")
    if wish.extent == "line":
        return lines[0]
    end = _block_end(lines, place)
    if wish.extent == "statement":
        end = min(end, _statement_end(lines, place))
    return "\n".join(lines[:end])


def _block_end(lines: list[str], place: Place) -> int:
    """The number of the first line that is indented less than the block, is blank, or begins what the block's opening
    bracket ends with: that one still belongs."""
    context = place.context
    opened = bool(context.line_before.strip()) and context.line_before.rstrip().endswith(OPENERS)
    own = depth_of(context.indentation + "x")
    least = own + 1 if opened else own
    for number, line in enumerate(lines[1:], 1):
        if not line.strip():
            if number < len(lines) - 1 and any(map(str.strip, lines[:number])):
                return number
            continue
        if depth_of(line) >= least:
            continue
        closes = opened and line.strip()[:1] in {")", "]", "}"} and depth_of(line) == own
        return number + 1 if closes else number
    return len(lines)


def _statement_end(lines: list[str], place: Place) -> int:
    """The first line that stands no deeper than the first one, and does not go on with it: a closing bracket, or
    ``else`` and its kin."""
    first = depth_of(place.context.indentation + lines[0])
    for number, line in enumerate(lines[1:], 1):
        if line.strip() and depth_of(line) <= first and not _GOES_ON.match(line):
            return number
    return len(lines)
