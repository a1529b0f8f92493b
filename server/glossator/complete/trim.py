"""Raw text to what is worth showing: where to stop, what merely repeats. Pure functions."""

from __future__ import annotations

import re

from glossator.complete.context import Context

MOST_REPETITIONS = 2
# What editors insert by themselves behind the cursor; a suggestion may still run to the end of such a line.
_CLOSERS = re.compile(r"[\s)\]}'\",:;]*")


def wants_one_line(context: Context) -> bool:
    """Whether a suggestion should end with the cursor's line: something stands in it, before or behind."""
    if not _CLOSERS.fullmatch(context.line_after):
        return True
    return bool(context.line_before.strip()) and not context.line_before.rstrip().endswith((":", "(", "[", "{"))


def finished(text: str, context: Context) -> bool:
    """Whether what has come so far already holds the whole suggestion, so that the model can stop."""
    return len(_block(text, context)) < len(text.rstrip("\n"))


def trim(text: str, context: Context) -> tuple[str, str | None]:
    """The suggestion, or an empty text and the code of the reason."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    block = without_repetition(_block(text, context)).rstrip()
    if not block.strip():
        return "", "empty"
    kept = without_following(without_line_end(block, context), context)
    if not kept.strip():
        return "", "repeats_following"
    return kept.replace("\n", context.newline), None


def without_line_end(text: str, context: Context) -> str:
    """Cut off the end that already stands behind the cursor: ``x)`` before ``)`` is ``x``."""
    behind = context.line_after.rstrip()
    if "\n" in text or not behind:
        return text
    for length in range(min(len(behind), len(text)), 0, -1):
        if text.endswith(behind[:length]) and (length == len(behind) or not behind[:length].isalnum()):
            return text[:-length]
    return text


def without_following(text: str, context: Context) -> str:
    """Cut where the suggestion begins to repeat the line that comes next in the document."""
    following = next((line for line in context.after.split("\n")[1:] if line.strip()), "").strip()
    if not following:
        return text
    lines = text.split("\n")
    for number, line in enumerate(lines):
        whole = (context.line_before + line).strip() if number == 0 else line.strip()
        if whole == following and len(whole) > 1:
            return "\n".join(lines[:number]).rstrip()
    return text


def without_repetition(text: str) -> str:
    """Cut where a line comes for the third time: models that have nothing to say go round in circles."""
    seen: dict[str, int] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if line.strip():
            seen[line] = seen.get(line, 0) + 1
            if seen[line] > MOST_REPETITIONS:
                return "\n".join(lines[:number])
    return text


def _block(text: str, context: Context) -> str:
    """The first line, or all lines of the block that the cursor is in: those not indented less than it."""
    lines = text.split("\n")
    if wants_one_line(context):
        return lines[0]
    opened = context.line_before.rstrip().endswith((":", "(", "[", "{"))
    depth = len(context.indentation) + (1 if opened and context.line_before.strip() else 0)
    kept = lines[:1]
    for line in lines[1:]:
        indentation = len(line) - len(line.lstrip())
        closes = opened and line.strip()[:1] in {")", "]", "}"} and indentation == len(context.indentation)
        if line.strip() and indentation < depth and not closes:
            break
        kept.append(line)
    return "\n".join(kept)
