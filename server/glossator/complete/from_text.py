"""Suggestions out of the open files alone, for as long as there is no model: names that were begun, and what followed
the same words elsewhere. Deterministic, instant, and marked as what it is; the filters hold for it as for a model.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import lru_cache

from glossator.errors import GlossatorError, PartMissing
from glossator.models.base import Model, Piece, Prompt, Usage
from glossator.models.faults import NothingSent

OPEN_FILES = "open files"
LOADING = "The model is still being loaded; this is from the open files."
PATIENCE = 0.3  # seconds for a model that may be loading; typing goes on meanwhile
LONGEST, SHORTEST = 6, 2  # tokens that must be alike before the place; fewer are no reason to go on
MOST_TOKENS = 24
LEAST_SHARE = 0.6  # of the places that go on in the same way
LARGEST = 200_000  # characters of one text
MOST_TEXTS = 16
_TOKEN = re.compile(r"\w+|\n|[^\S\n]+|[^\w\s]")
_NAME = re.compile(r"[^\W\d]\w*\Z")

Followers = Mapping[tuple[str, ...], Counter[str]]


@dataclass(frozen=True, slots=True)
class OpenFilesModel:
    """The port ``Model`` over another, which may be missing or loading: then the ``texts`` answer, the first of them
    counting most. ``patience`` is in seconds, for the first piece; None waits as long as the other takes."""

    model: Model
    texts: Sequence[str] = ()
    patience: float | None = PATIENCE

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The other model's answer, or that of the texts if it cannot give any."""
        begun = False
        try:
            async with aclosing(self.model.stream(prompt)) as pieces:
                first = await asyncio.wait_for(anext(pieces), self.patience)
                begun = True
                yield first
                async for piece in pieces:
                    yield piece
            return
        except StopAsyncIteration:
            return
        except (asyncio.TimeoutError, TimeoutError):
            note = LOADING
        except PartMissing as error:
            if begun or isinstance(error, NothingSent):  # the user's own decision: no model is missing
                raise
            note = str(error)
        text = await asyncio.to_thread(continuation, prompt.text, tuple(self.texts), prompt.stop)
        yield Piece(text, Usage(OPEN_FILES, "", note=note))


def trouble_in(backend: str, context: Sequence[str]) -> GlossatorError | None:
    """What kept the model from answering, where the open files answered instead; None where it only is not ready."""
    if backend != OPEN_FILES or not context or context[-1] == LOADING:
        return None
    return PartMissing(context[-1])


def continuation(before: str, texts: Sequence[str], stop: Sequence[str] = ()) -> str:
    """What follows most often where the same words stand; empty if that is not clear."""
    tokens = _TOKEN.findall(before[-2_000:])
    known = [_followers(text[:LARGEST]) for text in texts[:MOST_TEXTS]]
    begun = tokens.pop() if tokens and _NAME.match(tokens[-1]) else ""
    first = _next(tokens, known, begun) or _name(begun, texts)
    if begun and not first:
        return ""
    answer = [first] if first else []
    while len(answer) < MOST_TOKENS:
        found = _next([*tokens, *answer], known)
        if not found or found == "\n":
            break
        answer.append(found)
    text = "".join(answer)[len(begun) :].rstrip()
    ends = [place for one in stop if (place := text.find(one)) >= 0]
    return text[: min(ends)] if ends else text


@dataclass
class _Votes:
    """What may come next, and how often it did."""

    count: Counter[str] = field(default_factory=Counter)

    def clear(self, begun: str) -> str:
        """The one that most places have, if they are most; of equals the first in the alphabet."""
        fitting = {one: number for one, number in self.count.items() if one.startswith(begun) and one != begun}
        if not fitting:
            return ""
        best = min(fitting, key=lambda one: (-fitting[one], one))
        return best if fitting[best] >= LEAST_SHARE * sum(fitting.values()) else ""


def _next(tokens: Sequence[str], known: Sequence[Followers], begun: str = "") -> str:
    """The token after these, by the longest run of them that is known; nearer texts count more."""
    for length in range(min(LONGEST, len(tokens)), SHORTEST - 1, -1):
        run = tuple(tokens[-length:])
        if all(one.isspace() for one in run):
            return ""
        votes = _Votes()
        for weight, followers in zip(range(len(known), 0, -1), known, strict=True):
            for token, number in followers.get(run, {}).items():
                votes.count[token] += number * weight
        if votes.count and (found := votes.clear(begun)):
            return found
    return ""


def _name(begun: str, texts: Sequence[str]) -> str:
    """The one name that goes on as one was begun; of several the most frequent, if it is clearly that."""
    if len(begun) < 2:
        return ""
    votes = _Votes()
    for text in texts[:MOST_TEXTS]:
        votes.count.update({name: number for name, number in _names(text[:LARGEST]).items() if name.startswith(begun)})
    return votes.clear(begun)


@lru_cache(maxsize=32)
def _names(text: str) -> Counter[str]:
    return Counter(one for one in _TOKEN.findall(text) if len(one) > 3 and _NAME.match(one))


@lru_cache(maxsize=32)
def _followers(text: str) -> Followers:
    """For each run of tokens what came after it."""
    tokens = _TOKEN.findall(text)
    found: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    for place in range(1, len(tokens)):
        for length in range(SHORTEST, min(LONGEST, place) + 1):
            found[tuple(tokens[place - length : place])][tokens[place]] += 1
    return dict(found)
