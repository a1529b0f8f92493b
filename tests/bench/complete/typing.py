"""Somebody types lines that are known, key by key, and looks at the ghost text: what is right, late, stale or wasted.

Right is a text whose first word is the one that comes. The same keys at the same times for every client; nobody
accepts anything, so that all of them see the same text at the same moment.
"""

from __future__ import annotations

import asyncio
import math
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from tests.bench.next_line import SEED, Place

# Log-normal gaps: 0.16 s in the middle is about 70 words a minute; behind a word one thinks.
MIDDLE, SPREAD, SHORTEST, LONGEST, BEHIND_WORD = 0.16, 0.45, 0.05, 1.0, 1.6
LAST = 0.5  # seconds in which the last key's answer may come
SOON = 0.010  # an answer that comes earlier was known
_WORD = re.compile(r"\s*(?:\w+|[^\w\s])")
_KEY = re.compile(r"\n[^\S\n]*|.", re.DOTALL)  # the editor indents the new line


@dataclass(frozen=True, slots=True)
class Hole:
    """Keys to type between two texts. ``path`` names the file, ``beside`` what else is open, ``rest`` what comes of the
    line behind the last key: no key is left for it, but a text that goes on with it is right."""

    path: str
    before: str
    keys: tuple[str, ...]
    behind: str
    beside: tuple[str, ...] = ()
    rest: str = ""

    @property
    def whole(self) -> str:
        """The text as it is in the end, and was meant all along."""
        return self.before + "".join(self.keys) + self.rest + self.behind


@dataclass(slots=True)
class Key:
    """A key: when it was pressed, the text before the cursor then, what was shown for it and when, what came fast."""

    at: float
    before: str
    shown: list[tuple[float, str]] = field(default_factory=list)
    answered: float | None = None
    asked_model: bool = True
    reason: str = ""

    @property
    def known(self) -> bool:
        """Whether the first answer came at once, and nobody was asked for it."""
        return self.answered is not None and not self.asked_model and self.answered - self.at < SOON


@dataclass
class Log:
    """What one client did at all places. ``right_ms`` by place and key, of texts that came before the next key.

    A key is *known* if the first answer to it came in under 10 ms and no model was asked for it: with the right text
    (``known_right``, among all that were ``known`` with a text), or without any, at the keys of ``known_empty``.
    ``reasons`` counts why there was none, or that no answer came before the next key.
    """

    name: str
    keys: int = 0
    right_ms: dict[tuple[int, int], float] = field(default_factory=dict)
    in_time: int = 0
    known: int = 0
    known_right: int = 0
    known_empty: list[tuple[int, int]] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    stale: int = 0
    saved: int = 0
    characters: int = 0
    generated: int = 0
    shown_tokens: int = 0


class Screen:
    """What the user sees. A ghost text for another text than the one that is there is stale."""

    def __init__(self) -> None:
        self.keys: list[Key] = []
        self.stale = 0
        self.ghosts: dict[str, str] = {}

    @property
    def before(self) -> str:
        """The text before the cursor now."""
        return self.keys[-1].before if self.keys else ""

    def show(self, before: str, text: str, *, model: bool) -> None:
        """A ghost text, meant for a text before the cursor."""
        if before != self.before:
            self.stale += 1
            return
        now = asyncio.get_running_loop().time()
        self.keys[-1].shown.append((now, text))
        self.ghosts.setdefault(before + text, text)
        self.answer(before, model=model)

    def answer(self, before: str, *, model: bool, reason: str = "") -> None:
        """The first answer to a key, with a text or the reason why there is none."""
        key = self.keys[-1]
        if key.before == before and key.answered is None:
            key.answered, key.asked_model, key.reason = asyncio.get_running_loop().time(), model, reason


class Client(Protocol):
    """An editor's side: it asks by its own policy, and shows on the screen."""

    async def arrive(self, hole: Hole) -> None:
        """The user comes to a place whose text above has long been read."""
        ...

    async def key(self, before: str, screen: Screen) -> None:
        """A key was pressed; returns at once."""
        ...

    async def leave(self) -> int:
        """The user goes; the tokens that were generated since he came."""
        ...

    def tokens(self, text: str) -> int:
        """How many tokens a text has."""
        ...


def hole_of(place: Place, count: int) -> Hole:
    """The keys from a place on, to the end of a line; what is typed is not behind it."""
    text = place.expected + place.after
    keys = _KEY.findall(text)[:count]
    typed = len("".join(keys))
    end = text.find("\n", typed)
    end = end if end >= 0 else len(text)
    return Hole(place.file, place.before, tuple(keys), text[end:], place.beside, text[typed:end])


def gaps(keys: Sequence[str], seed: int) -> list[float]:
    """Seconds before each key."""
    chance = random.Random(seed)
    found, former = [], "a"
    for key in keys:
        gap = chance.lognormvariate(math.log(MIDDLE), SPREAD)
        found.append(min(max(gap * (BEHIND_WORD if not former.isalnum() else 1), SHORTEST), LONGEST))
        former = key
    return found


async def replay(number: int, hole: Hole, client: Client, log: Log, pace: float = 1.0) -> None:
    """Type at one place, and add to the log what came of it. ``pace`` stretches the time between keys."""
    await client.arrive(hole)
    screen, before, loop = Screen(), hole.before, asyncio.get_running_loop()
    for key, gap in zip(hole.keys, gaps(hole.keys, SEED + number), strict=True):
        await asyncio.sleep(gap * pace)
        before += key
        screen.keys.append(Key(loop.time(), before))
        await client.key(before, screen)
    await asyncio.sleep(LAST)
    log.generated += await client.leave()
    log.shown_tokens += sum(client.tokens(text) for text in screen.ghosts.values())
    log.stale += screen.stale
    _count(number, hole, screen.keys, log)


def _count(number: int, hole: Hole, keys: Sequence[Key], log: Log) -> None:
    log.characters += len(hole.keys)
    agreed: list[int] = []
    for index, key in enumerate(keys):
        coming = hole.whole[len(key.before) :]
        right = [(at, text) for at, text in key.shown if is_right(text, coming)]
        log.keys += 1
        log.in_time += bool(key.shown)
        agreed.append(max((agreement(text, coming) for _, text in right), default=0))
        if right:
            log.right_ms[number, index] = (right[0][0] - key.at) * 1000
        if key.known and key.shown:
            log.known += 1
            log.known_right += bool(right) and right[0][0] - key.at < SOON
        elif key.known:
            log.known_empty.append((number, index))
        if not key.shown:
            log.reasons[key.reason if key.answered is not None else "no answer before the next key"] += 1
    log.saved += _saved(keys, agreed)


def _saved(keys: Sequence[Key], agreed: Sequence[int]) -> int:
    """Keys that need not be pressed by who accepts the words that are right, each for one key of its own."""
    saved = index = 0
    while index < len(keys):
        end, length = index, 0
        while end + 1 < len(keys) and len(keys[end + 1].before) - len(keys[index].before) <= agreed[index]:
            end, length = end + 1, length + 1
        saved += max(length - 1, 0)
        index = max(end, index + 1)
    return saved


def is_right(text: str, coming: str) -> bool:
    """Whether the first word of a text is what comes; a word at its end may go on."""
    word = _WORD.match(text)
    return word is not None and _comes(text, word.end(), coming)


def agreement(text: str, coming: str) -> int:
    """How many characters of a text come, counted in whole words."""
    length = 0
    for word in _WORD.finditer(text):
        if not _comes(text, word.end(), coming):
            break
        length = word.end()
    return length


def _comes(text: str, end: int, coming: str) -> bool:
    ended = end < len(text) and (text[end - 1].isalnum() or text[end - 1] == "_")
    goes_on = coming[end : end + 1].isalnum() or coming[end : end + 1] == "_"
    return coming.startswith(text[:end]) and not (ended and goes_on)
