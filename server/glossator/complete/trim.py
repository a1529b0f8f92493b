"""Raw text to what is worth showing, or to the code of the reason why nothing is."""

from __future__ import annotations

from collections.abc import Sequence

from glossator.complete.brackets import PAIRS, open_brackets
from glossator.complete.decide import Wish, cut
from glossator.complete.filters import FILTERS
from glossator.complete.place import Place, error_count, safe_start

# With what the beginning of a line may go on, so that it parses: the rest of a name or an operand, of the head of a
# block, of a string.
_UNFINISHED = ("", "x", "x:", " in x:", " import x", '"', "'")
_CLOSING = {opening: closing for closing, opening in PAIRS.items()}


def trim(text: str, place: Place, wish: Wish, *, whole: bool = True) -> tuple[str, str | None]:
    """The suggestion with the document's own line ends, or an empty text and the reason's code. Of a text that is not
    ``whole``, the last line is only begun."""
    text = cut(text.replace("\r\n", "\n").replace("\r", "\n"), wish).rstrip()
    if not text.strip():
        return "", "empty"
    for code, keep in FILTERS:
        text = keep(text, place).rstrip()
        if not text.strip():
            return "", code
    text = parsing_part(text, place, _UNFINISHED[:1] if whole else _UNFINISHED)
    if not text.strip():
        return "", "does_not_parse"
    return text.replace("\n", place.context.newline), None


def parsing_part(text: str, place: Place, rests: Sequence[str] = ("",)) -> str:
    """The longest beginning, in whole lines, that does not break more of the document than is broken already. What an
    answer leaves open on purpose, brackets and blocks, is closed before it is judged. The last line may go on with one
    of the ``rests``."""
    if place.kind != "code" or not place.tree_known:
        return text
    context = place.context
    before = safe_start(context.before)
    # What is behind the cursor's line is left out of both: a half-written line above it breaks that anyhow.
    known = _errors(before, context.line_after, place)
    lines = text.split("\n")
    for end in range(len(lines), 0, -1):
        kept = "\n".join(lines[:end])
        behind = rests if end == len(lines) else ("",)
        if any(_errors(before, kept + rest + context.line_after, place) <= known for rest in behind):
            return kept
    return ""


def closed(before: str, text: str, place: Place) -> str:
    """The text before the cursor with the answer, its open brackets and blocks closed."""
    last = text.split("\n")[-1]
    whole = before + text
    open_now = open_brackets(whole, place.comment_mark)
    if not open_now and place.language == "python" and last.rstrip().endswith(":"):
        indentation = (whole.split("\n")[-1])[: -len(whole.split("\n")[-1].lstrip()) or None]
        return f"{whole}\n{indentation}    pass\n"
    return whole + "".join(_CLOSING[one] for one in reversed(open_now)) + "\n"


def _errors(before: str, text: str, place: Place) -> int:
    """The fewest errors of the two: as it is, and closed."""
    as_it_is = error_count(before + text, place.language)
    return min(as_it_is, error_count(closed(before, text, place), place.language)) if as_it_is else 0
