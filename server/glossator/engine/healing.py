"""Token healing: a prompt ends where the cursor is, and that is rarely where a token ends.

``\\n    ret`` ends inside the token `` return``, and a newline at the end hides that the model was trained to see
newline and indentation as one token. So the end of the prompt is cut back by its last word and the blank before it,
and the first tokens of the answer are those that spell what was cut, or its beginning, or more.

Without it SmolLM2 gets the first line of HumanEval-Infilling right in 1 of 150 tasks whose prompt ends in a newline.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping

from glossator.engine.tokenizer import Tokenizer

LAST_WORD = re.compile(r"\s*\w*\Z")

# Longer runs are cut only at their end: the constraint costs a token each, and the gain is at the last border.
LONGEST_CUT = 48


def cut_back(text: str, tokenizer: Tokenizer) -> tuple[str, str]:
    """The prompt to feed, and the end of it that the answer must spell again: at least one whole token of it."""
    window = text[-LONGEST_CUT:]
    match = LAST_WORD.search(window)
    length = len(match[0]) if match else 0
    if length == 0:
        length = len(window) - tokenizer.last_token_start(window)
    split = len(text) - length
    return text[:split], text[split:]


class Spellings:
    """All tokens by their bytes, to ask which of them can begin a given text."""

    def __init__(self, bytes_of: Mapping[int, bytes]) -> None:
        pairs = sorted((spelling, number) for number, spelling in bytes_of.items() if spelling)
        self._spellings = [spelling for spelling, _ in pairs]
        self._numbers = [number for _, number in pairs]

    def fitting(self, wanted: bytes) -> list[int]:
        """The tokens that ``wanted`` begins with, and those that begin with ``wanted``."""
        fitting: list[int] = []
        for length in range(1, len(wanted)):
            fitting += self._between(wanted[:length], wanted[:length] + b"\x00")
        return fitting + self._between(wanted, _after(wanted))

    def _between(self, low: bytes, high: bytes | None) -> list[int]:
        start = bisect_left(self._spellings, low)
        end = len(self._spellings) if high is None else bisect_left(self._spellings, high)
        return self._numbers[start:end]


class Constraint:
    """What the answer still has to spell before it is free."""

    def __init__(self, wanted: bytes, spellings: Spellings) -> None:
        self._wanted = wanted
        self._spellings = spellings

    @property
    def pending(self) -> bool:
        """Whether the next token must still spell the end of the prompt."""
        return bool(self._wanted)

    def allowed(self) -> list[int] | None:
        """The tokens that may come next; None if any may."""
        return (self._spellings.fitting(self._wanted) or None) if self._wanted else None

    def take(self, spelling: bytes) -> bytes:
        """Count a token as spoken; answers what it adds beyond the wanted text."""
        length = min(len(spelling), len(self._wanted))
        if spelling[:length] != self._wanted[:length]:  # no token could spell it, so the model went its own way
            self._wanted = b""
            return spelling
        self._wanted = self._wanted[length:]
        return spelling[length:]


def _after(prefix: bytes) -> bytes | None:
    """The first byte string behind all that begin with ``prefix``; None if there is none."""
    stripped = prefix.rstrip(b"\xff")
    return stripped[:-1] + bytes([stripped[-1] + 1]) if stripped else None
