"""What to take out of an answer: each filter takes a text and the place, and gives what is left of the text.

Every one has its cases in ``tests/server/complete/``: what it must cut, and what it must leave alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import SequenceMatcher

from glossator.complete.brackets import without_unopened
from glossator.complete.place import Place
from glossator.complete.repetition import without_loops, without_repeated_blocks, without_repeated_lines
from glossator.models.ending import depth_of

ALIKE = 0.95  # a copy that differs in a character or two is a copy
_MARK = re.compile(
    r"<\|[\w▁/-]+\|?>|<｜[^｜\n]*｜>|</?(?:fim_(?:prefix|middle|suffix|pad)|file_sep|repo_name|filename|reponame|"
    r"gh_stars|PRE|SUF|MID|EOT|END|unk|s|pad|jupyter_\w+|empty_output)>|\[(?:PREFIX|SUFFIX|MIDDLE)\]"
)
_FENCE = re.compile(r"^\s*(?:```|~~~)\w*\s*$")
_PATH_LINE = re.compile(r"^\s*(?:(?:#|//)\s*(?:Path|File)(?:name)?:.*|/src/\S*|<filename>.*)$", re.I)
_BROKEN = re.compile("[\ufffd\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_INDENTED = re.compile(r"^[ \t]+", re.M)


def without_leaks(text: str, place: Place) -> str:
    """Up to the first mark of a model's format, without a fence around it and without a path above it."""
    mark = _MARK.search(text)
    text = text[: mark.start()] if mark else text
    if place.kind == "string" or place.language == "markdown":
        return text
    lines = text.split("\n")
    while lines and place.kind == "code" and (_FENCE.match(lines[0]) or _PATH_LINE.match(lines[0])):
        del lines[0]
    end = next((number for number, line in enumerate(lines) if _FENCE.match(line)), len(lines))
    return "\n".join(lines[:end])


def without_broken_text(text: str, place: Place) -> str:
    """Up to the first half character or control character: a budget may end in the middle of an emoji."""
    broken = _BROKEN.search(text)
    return text[: broken.start()] if broken else text


def with_own_indentation(text: str, place: Place) -> str:
    """Tabs where the document has tabs, spaces where it has spaces; and not the indentation again that the cursor
    stands behind. Odd widths are kept: they may be meant (Tabby's bug was to force even ones)."""
    context = place.context
    tabs, spaces = _indented_lines(context.before, "\t"), _indented_lines(context.before, " ")
    if tabs > spaces:
        text = _INDENTED.sub(lambda found: _tabs(found[0]), text)
    elif spaces > tabs:
        text = _INDENTED.sub(lambda found: found[0].expandtabs(4), text)
    first, end, rest = text.partition("\n")
    if context.line_before and not context.line_before.strip() and first.strip():
        first = _without_known_indentation(first, place)
    elif context.line_before.endswith((" ", "\t")):
        first = first.lstrip(" \t")
    return first + end + rest


def without_line_end(text: str, place: Place) -> str:
    """Cut off the end that already stands behind the cursor: ``x)`` before ``)`` is ``x``."""
    behind = place.context.line_after.rstrip()
    if "\n" in text or not behind:
        return text
    for length in range(min(len(behind), len(text)), 0, -1):
        if text.endswith(behind[:length]) and (length == len(behind) or not behind[:length].isalnum()):
            return text[:-length]
    return text


def without_following(text: str, place: Place) -> str:
    """Cut where the answer begins to repeat what comes next in the document: its next line, or nearly its next three
    lines."""
    following = [line.strip() for line in place.context.after.split("\n")[1:] if line.strip()][:3]
    if not following:
        return text
    lines = text.split("\n")
    whole = [(place.context.line_before + lines[0]).strip(), *(line.strip() for line in lines[1:])]
    for number, line in enumerate(whole):
        if len(line) > 1 and line == following[0]:
            return "\n".join(lines[:number]).rstrip()
        ahead = [one for one in whole[number:] if one][: len(following)]
        if len(ahead) == len(following) > 1 and line and _alike("\n".join(ahead), "\n".join(following)):
            return "\n".join(lines[:number]).rstrip()
    return text


def without_preceding(text: str, place: Place) -> str:
    """Nothing, if the answer is the line above once more, or as many lines above."""
    own = [line.strip() for line in (place.context.line_before + text).split("\n") if line.strip()]
    above = [line.strip() for line in place.context.before.split("\n")[:-1] if line.strip()]
    if not own or len("".join(own)) < 4 or len(own) > len(above):
        return text
    return "" if own == above[-len(own) :] else text


def without_lone_comment(text: str, place: Place) -> str:
    """Nothing, if all there is are comments, where code was being written."""
    if place.kind != "code" or place.context.line_before.lstrip().startswith(place.comment_mark):
        return text
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return "" if lines and all(line.startswith(place.comment_mark) for line in lines) else text


def without_single_mark(text: str, place: Place) -> str:
    """Nothing, if it is one character that is no letter or digit."""
    alone = text.strip()
    return "" if len(alone) == 1 and not alone.isalnum() else text


Filter = Callable[[str, Place], str]
# In this order; the code is that of an answer of which the filter leaves nothing.
FILTERS: tuple[tuple[str, Filter], ...] = (
    ("leaks", without_leaks),
    ("broken_text", without_broken_text),
    ("empty", with_own_indentation),
    ("repetition", without_loops),
    ("repetition", without_repeated_blocks),
    ("repetition", without_repeated_lines),
    ("repeats_following", without_line_end),
    ("repeats_following", without_following),
    ("repeats_before", without_preceding),
    ("closes_unopened", without_unopened),
    ("comment_only", without_lone_comment),
    ("too_short", without_single_mark),
)


def _indented_lines(text: str, mark: str) -> int:
    return text.count("\n" + mark)


def _tabs(indentation: str) -> str:
    width = len(indentation.expandtabs(4))
    return "\t" * (width // 4) + " " * (width % 4)


def _without_known_indentation(first: str, place: Place) -> str:
    """The line's text where the cursor's line is indented as deep as it can be; else only what is missing of it."""
    context = place.context
    lead = first[: len(first) - len(first.lstrip())]
    if not lead:
        return first
    own = depth_of(context.line_before + "x")
    above = next((line for line in reversed(context.before.split("\n")[:-1]) if line.strip()), "")
    if place.opens and own <= depth_of(above):  # the block's first line, and the cursor is not in it yet
        return first if depth_of(lead + "x") + own > own else first.lstrip()
    return first.lstrip()


def _alike(one: str, other: str) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= ALIKE
