"""Whether to ask, for how much, and where the answer ends. Pure functions of the place."""

from __future__ import annotations

import re
from dataclasses import dataclass

from glossator.complete.place import CLOSERS, OPENERS, Place
from glossator.models.ending import Ending, Extent

MOST_BEHIND = 8  # characters that nobody inserts by themselves; llama.vim's max_line_suffix
LINE_TOKENS = 32  # the longest line of ordinary code; more is a model that found no end
_LEAVES = re.compile(r"\s*(?:return|raise|break|continue|pass)\b")
_WORD = re.compile(r"\w")
_COMPLETE = (")", "]", "}", ";")


@dataclass(frozen=True, slots=True)
class Wish:
    """How much is wanted: up to ``ending``, at most ``tokens`` of it, and what the model need not go on after."""

    ending: Ending
    tokens: int
    stop: tuple[str, ...]

    @property
    def extent(self) -> Extent:
        """A line, a statement or a block."""
        return self.ending.extent


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
    following = next((line.strip() for line in context.after.split("\n")[1:] if line.strip()), "")
    ending = Ending(extent, context.line_before, following)
    # A blank line ends a block soon enough; waiting for more costs a laptop 50 ms a token.
    if extent == "line":
        return Wish(ending, min(LINE_TOKENS, most_tokens), ("\n",))
    return Wish(ending, most_tokens, ("\n\n",))


def next_indentation(place: Place) -> str:
    """The white space with which editors begin the line below the cursor's: deeper behind what opens a block, less deep
    behind what leaves one."""
    line = place.context.line_before.rstrip()
    own = place.context.indentation
    unit = "\t" if "\t" in own or "\n\t" in place.context.before else "    "
    if line.endswith(OPENERS):
        return own + unit
    return own.removesuffix(unit) if place.language == "python" and _LEAVES.match(line) else own


def is_whole(text: str, wish: Wish) -> bool:
    """Whether what has come so far already holds all that is wanted, so that the model can stop."""
    return wish.ending.decided(text)


def cut(text: str, wish: Wish) -> str:
    """The part of an answer that is wanted: its first line, statement or block."""
    lines = text.split("\n")
    return "\n".join(lines[: wish.ending.wanted(lines)])
