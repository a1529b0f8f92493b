"""Guesses at the next tokens, from what stood behind the last few before: code repeats itself.

A guess is checked with the token before it in one step, which costs little more than a step for one token. How many
are worth it follows from what they cost on this runtime and from how often guesses of their kind were right: behind a
long match nearly all are, behind two tokens half. Nothing is guessed where it would not pay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SHORTEST, LONGEST = 2, 8  # tokens that must have come before in this order; a longer match is no surer
MOST = 15  # tokens at once
PLACES = 8  # the latest ones that are looked at where the same tokens came often

# How probable it is that the next token is guessed right, by the tokens that match; measured on 48 answers of SmolLM2
# about the code of three packages. What an answer shows of it counts a tenth.
LIKELY = ((7, 0.93), (4, 0.85), (3, 0.7), (2, 0.55))
WEIGHT = 0.1


@dataclass(frozen=True, slots=True)
class Price:
    """What a step costs beyond one for a single token, in such steps: once for ``any`` guess, and for ``each``."""

    any: float
    each: float

    def worth(self, likely: float) -> int:
        """How many guesses bring the most tokens for the time, each being right so probably; 0 if none pays."""
        best, most, brings, chance = 0, 1.0, 1.0, 1.0
        for count in range(1, MOST + 1):
            chance *= likely
            brings += chance
            rate = brings / (1 + self.any + self.each * count)
            if rate > most:
                best, most = count, rate
        return best


class Speculation:
    """The tokens of one prompt and its answer so far, by what they follow."""

    def __init__(self, tokens: Sequence[int], price: Price) -> None:
        self._tokens = list(tokens)
        self._price = price
        self._behind: dict[tuple[int, ...], list[int]] = {}
        self._indexed = SHORTEST
        self._likely = dict(LIKELY)
        self._kind = 0

    def guess(self, token: int, most: int) -> list[int]:
        """What may follow ``token``, which comes now; at most so many, and none where guessing does not pay."""
        self._tokens.append(token)
        self._index()
        place, matched = self._longest()
        if not matched:
            return []
        self._kind = next(least for least, _ in LIKELY if matched >= least)
        worth = self._price.worth(self._likely[self._kind])
        return self._tokens[place : place + min(worth, max(most, 0))]

    def learn(self, guessed: Sequence[int], right: int) -> None:
        """The first ``right`` of the guessed tokens are those that come."""
        if guessed:
            self._tokens.extend(guessed[:right])
        for place in range(min(right + 1, len(guessed))):
            known = self._likely[self._kind]
            self._likely[self._kind] = known + WEIGHT * ((place < right) - known)

    def _index(self) -> None:
        """All places but the last one, which nothing follows yet."""
        for end in range(self._indexed, len(self._tokens)):
            self._behind.setdefault(tuple(self._tokens[end - SHORTEST : end]), []).append(end)
        self._indexed = max(len(self._tokens), SHORTEST)

    def _longest(self) -> tuple[int, int]:
        """Where the longest match with the last tokens ends, the latest of equals, and its length; 0 if none does."""
        found, longest = 0, 0
        for place in reversed(self._behind.get(tuple(self._tokens[-SHORTEST:]), [])[-PLACES:]):
            length = self._length(place)
            if length > longest:
                found, longest = place, length
        return found, longest

    def _length(self, place: int) -> int:
        end, length = len(self._tokens), SHORTEST
        while length < min(LONGEST, place) and self._tokens[place - 1 - length] == self._tokens[end - 1 - length]:
            length += 1
        return length
