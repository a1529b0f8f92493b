"""All sources asked together, what they found ranked as one, each thing once, within the time and the room there is."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from glossator.complete.sources.base import Found, Source, Spot
from glossator.complete.sources.words import jaccard, words
from glossator.models.exclusions import Exclusions
from glossator.models.formats import Passage
from glossator.models.redaction import redact

logger = logging.getLogger(__name__)

SECONDS = 0.15  # for all together; what comes later counts for the next key
RANK_CONSTANT = 60  # of reciprocal rank fusion, as everywhere
SAME = 0.85
CHARACTERS_PER_TOKEN = 5  # more than code has: the engine counts tokens, this only spares it what cannot fit
MOST_DOCUMENTS = 64
REST = 1.0  # seconds without a key, after which the text is read ahead anyhow
NEAR = 40  # lines; farther away other things matter
_IMPORT = re.compile(r"^[ \t]*(?:from|import)\b.*(?:\([^)]*\))?", re.MULTILINE)
_WHOLE_WORD = re.compile(r"[^\W\d]\w*(?=\W)")


@dataclass(frozen=True, slots=True)
class Shown:
    """A passage for the prompt, and why it is in it."""

    passage: Passage
    why: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """Passages, what they depend on, and when and for which line of what surroundings they were found. Without a
    ``key`` a source was late."""

    key: Hashable
    shown: tuple[Shown, ...]
    at: float = 0.0
    line: int = 0
    outside: Hashable = None


@dataclass(frozen=True, slots=True)
class Typing:
    """Keys without a rest between them: when the last key before them, and the last of them, was pressed."""

    since: float
    last: float


@dataclass
class Gathering:
    """Asks the sources. Files that ``exclusions`` name are never shown, secrets in others are replaced.

    Typing must not change the beginning of the prompt, which would have to be read anew. So while somebody types on,
    without a rest of ``REST`` and near the same place, the answer stays as it was unless something outside the
    document changes; in a rest, when the text is read ahead, the sources are asked again.
    """

    sources: Sequence[Source]
    exclusions: Exclusions
    tokens: int
    seconds: float = SECONDS
    _running: dict[int, asyncio.Task[Sequence[Found]]] = field(default_factory=dict, repr=False)
    _last: dict[str, Gathered] = field(default_factory=dict, repr=False)
    _typing: dict[str, Typing] = field(default_factory=dict, repr=False)

    def typed(self, uri: str, now: float) -> None:
        """A key was pressed in a document, in seconds of the loop's clock."""
        former = self._typing.pop(uri, None)
        rested = former is None or now - former.last > REST
        # What was found in the rest before the first key is as good as found at it.
        since = former.last if former is not None and rested else former.since if former is not None else now
        self._typing[uri] = Typing(since, now)
        if len(self._typing) > MOST_DOCUMENTS:
            del self._typing[next(iter(self._typing))]

    async def gather(self, spot: Spot) -> tuple[Shown, ...]:
        """What the prompt shows of other files, the steadiest first."""
        if not self.tokens:
            return ()
        uri, now = spot.snapshot.uri, asyncio.get_running_loop().time()
        last = self._last.get(uri, Gathered(None, ()))
        if (last.key is not None and last.key == _key(spot)) or self._goes_on(last, spot, now):
            return last.shown
        lists, whole = await self._ask(spot)
        shown = await asyncio.to_thread(self._choose, lists, last.shown)
        self._last.pop(uri, None)
        self._last[uri] = Gathered(_key(spot) if whole else None, shown, now, spot.position.line, outside(spot))
        if len(self._last) > MOST_DOCUMENTS:
            del self._last[next(iter(self._last))]
        return shown

    def _goes_on(self, last: Gathered, spot: Spot, now: float) -> bool:
        """Whether somebody has been typing on near the place for which the last passages were found, all in time."""
        typing = self._typing.get(spot.snapshot.uri)
        if typing is None or last.key is None or now - typing.last >= REST or last.at < typing.since:
            return False
        return abs(spot.position.line - last.line) <= NEAR and last.outside == outside(spot)

    def excluded(self, path: Path) -> bool:
        """Whether a file is not even completed: by its name or the user's patterns. What git ignores may be."""
        return self.exclusions.named(path)

    async def settled(self) -> None:
        """Wait for the sources that were late, so that the next answer is whole."""
        await asyncio.gather(*self._running.values(), return_exceptions=True)

    async def close(self) -> None:
        """End what is still being looked for."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        self._running.clear()

    async def _ask(self, spot: Spot) -> tuple[list[Sequence[Found]], bool]:
        """What each source finds in time, and whether that is all. One that is late goes on, for what it learns; it is
        not asked again before it has ended."""
        tasks: list[asyncio.Task[Sequence[Found]]] = []
        whole = True
        for number, source in enumerate(self.sources):
            if number in self._running and not self._running[number].done():
                whole = False
                continue
            self._running[number] = asyncio.ensure_future(source.find(spot))
            tasks.append(self._running[number])
        if tasks:
            await asyncio.wait(tasks, timeout=self.seconds)
        return [_result(task) for task in tasks if task.done()], whole and all(task.done() for task in tasks)

    def _choose(self, lists: Sequence[Sequence[Found]], before: Sequence[Shown]) -> tuple[Shown, ...]:
        scores: dict[Found, float] = {}
        for found in lists:
            for place, one in enumerate(found):
                scores[one] = scores.get(one, 0.0) + 1 / (RANK_CONSTANT + place + 1)
        kept: list[tuple[Found, Shown]] = []
        known: list[frozenset[str]] = []
        left = self.tokens * CHARACTERS_PER_TOKEN
        for one in sorted(scores, key=lambda one: -scores[one]):
            its = words(one.text)
            if len(one.text) > left or any(jaccard(its, other) > SAME for other in known):
                continue
            if one.path is not None and self.exclusions.reason(one.path):
                continue
            left -= len(one.text)
            known.append(its)
            kept.append((one, self._shown(one, len(kept))))
        return _ordered(kept, before)

    def _shown(self, one: Found, rank: int) -> Shown:
        name = one.name
        if one.path is not None:
            root = self.exclusions.root
            name = one.path.relative_to(root).as_posix() if one.path.is_relative_to(root) else one.path.name
        passage = Passage(
            name.rpartition("/")[2] if "://" in name else name, redact(one.text), rank, str(one.path or "")
        )
        return Shown(passage, one.why)


def _ordered(kept: Sequence[tuple[Found, Shown]], before: Sequence[Shown]) -> tuple[Shown, ...]:
    """By layer; within one, what was there before keeps its place, and what is new comes behind."""
    places = {(one.passage.path, one.passage.text): place for place, one in enumerate(before)}

    def place(pair: tuple[Found, Shown]) -> tuple[int, int, int]:
        found, shown = pair
        return found.layer, places.get((shown.passage.path, shown.passage.text), len(places)), shown.passage.rank

    return tuple(shown for _, shown in sorted(kept, key=place))


def outside(spot: Spot) -> Hashable:
    """What is shown of other documents as far as the editor tells: it changes when they do, and not by typing here."""
    around = spot.surroundings
    return (
        tuple((one.uri, hash(one.text)) for one in around.opened if not spot.is_about(one)),
        tuple((one.now.uri, hash(one.now.text)) for one in around.changed if not spot.is_about(one.now)),
        tuple(one for one in around.visited if not spot.is_about(one.snapshot)),
        tuple(hash(one.text) for one in (*around.above, *around.below)),
    )


def _key(spot: Spot) -> Hashable:
    """What the answer depends on: everything but the cursor's own line, of which the imported names count that are
    whole already."""
    number = spot.position.line
    start = spot.snapshot.line_starts[number]
    behind = spot.snapshot.text[start + len(spot.snapshot.line(number)) :]
    around = spot.surroundings
    others = tuple((one.uri, hash(one.text)) for one in around.opened if not spot.is_about(one))
    above = spot.snapshot.text[:start]
    used = set(_WHOLE_WORD.findall(spot.snapshot.line(number)[: spot.position.column]))
    imported = words("\n".join(match[0] for match in _IMPORT.finditer(above))) if used else frozenset()
    return number, hash(above), hash(behind), others, around.visited, frozenset(used & imported)


def _result(task: asyncio.Task[Sequence[Found]]) -> Sequence[Found]:
    if task.cancelled():
        return ()
    error = task.exception()
    if error is not None:
        logger.error("a source of context failed", exc_info=error)
        return ()
    return task.result()
