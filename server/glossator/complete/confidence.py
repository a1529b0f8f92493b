"""How sure a model was of what it wrote: the probabilities of its tokens, before any temperature."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from glossator.complete.completion import Said

# Of a token that nobody was sure of, so many characters that are typed as it says make it as good as sure. One is not
# enough: of eight tokens of SmolLM2 between 0.1 and 0.3 that began as the next key said, none was right.
CONFIRMING = 2


@dataclass(frozen=True, slots=True)
class Confidence:
    """Probabilities from 0 to 1: the geometric ``mean`` of all tokens, that of the ``first``, and the ``least``. All
    are 1 where nobody gave any: a backend that is silent about it is not to be distrusted for that."""

    mean: float = 1.0
    first: float = 1.0
    least: float = 1.0

    @classmethod
    def of(cls, logprobs: Sequence[float]) -> Confidence:
        """From natural logarithms; what is no number (JSON's null, a NaN) is left out."""
        known = [min(one, 0.0) for one in logprobs if _is_number(one)]
        if not known:
            return cls()
        return cls(math.exp(sum(known) / len(known)), math.exp(known[0]), math.exp(min(known)))


def first_line(said: Said, length: int | None = None) -> Iterator[tuple[int, float]]:
    """The tokens of the first line that has text, within so many characters: a longer answer has more tokens to be
    unsure of. What is no number is left out."""
    lead = len(said.text) - len(said.text.lstrip("\n"))
    end = said.text.find("\n", lead)
    end = len(said.text) if end < 0 else end
    for (start, logprob), behind in zip(said.scores, _ends(said), strict=True):
        if behind <= end and (length is None or start < length) and _is_number(logprob):
            yield start, logprob


def sure_length(said: Said, least: float) -> int:
    """The characters up to the first token of the first line that is less probable than this."""
    return next((start for start, logprob in first_line(said) if math.exp(min(logprob, 0.0)) < least), len(said.text))


def behind(said: Said, typed: str) -> Said | None:
    """What is left of it behind what was typed of it; None if something else was typed. The token that is typed in
    part is what its beginning has made of it."""
    if not said.text.startswith(typed):
        return None
    scores = []
    for (start, logprob), end in zip(said.scores, _ends(said), strict=True):
        if end <= len(typed) and start < len(typed):
            continue
        confirmed = 0 < len(typed) - start < end - start and len(typed[start:].strip()) >= CONFIRMING
        scores.append((max(start - len(typed), 0), 0.0 if confirmed else logprob))
    return replace(said, text=said.text[len(typed) :], scores=tuple(scores))


def _ends(said: Said) -> list[int]:
    """Where each token ends."""
    return [*(start for start, _ in said.scores), len(said.text)][1:]


def _is_number(one: object) -> bool:
    return isinstance(one, int | float) and not math.isnan(one)
