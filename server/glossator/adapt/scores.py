"""What an answer is worth against the text that belongs there."""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

_WORD = re.compile(r"\s*(?:\w+|[^\w\s]+)")


@dataclass(frozen=True, slots=True)
class Answer:
    """``shown`` is what the user would see, ``said`` what the model wrote up to where completion stops it. ``logprob``
    is the natural logarithm of the probability that the model gives the true text, all its ``tokens`` together."""

    shown: str
    said: str
    logprob: float
    tokens: int


@dataclass(frozen=True, slots=True)
class Marks:
    """Of one answer, each from 0 to 1 but for the sums of keys and logarithms. ``ended``: on the line on which the true
    text ends, and with its last word or sign. ``saved``: keys, of ``keys`` that the text takes without help."""

    exact: float
    similarity: float
    first_line: float
    ended: float
    saved: float
    keys: float
    logprob: float
    tokens: float


def mark(truth: str, answer: Answer) -> Marks:
    """Blanks and line ends behind a text count for nothing."""
    truth, shown = truth.rstrip(), answer.shown.rstrip()
    return Marks(
        exact=float(shown == truth),
        similarity=fuzz.ratio(shown, truth) / 100,
        first_line=float(_first_line(shown) == _first_line(truth)),
        ended=float(_end(answer.said) == _end(truth)),
        saved=float(saved_keys(truth, shown)),
        keys=float(len(truth)),
        logprob=answer.logprob,
        tokens=float(answer.tokens),
    )


def saved_keys(truth: str, shown: str) -> int:
    """Keys that somebody saves who takes the right beginning of a suggestion, by lines and then by words, with a key
    for each, and types the rest; all of it with one key, if all is right."""
    if shown == truth:
        return max(len(truth) - 1, 0)
    wanted, offered = truth.split("\n"), shown.split("\n")
    lines = next((n for n, (one, other) in enumerate(zip(wanted, offered, strict=False)) if one != other), 0)
    lines = lines or (min(len(wanted), len(offered)) if wanted[0] == offered[0] else 0)
    taken, presses = sum(len(one) + 1 for one in wanted[:lines]), lines
    rest, other = "\n".join(wanted[lines:]), "\n".join(offered[lines:])
    for word, said in zip(_WORD.findall(rest), _WORD.findall(other), strict=False):
        if word != said:
            break
        taken, presses = taken + len(word), presses + 1
    return max(min(taken, len(truth)) - presses, 0)


def _first_line(text: str) -> str:
    return text.partition("\n")[0].rstrip()


def _end(text: str) -> tuple[int, str]:
    words = _WORD.findall(text)
    return text.rstrip().count("\n"), words[-1].strip() if words else ""
