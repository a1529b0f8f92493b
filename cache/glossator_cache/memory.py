"""Questions that need not be asked again: fresh, stale and empty answers, failures, and one who asks for all."""

from __future__ import annotations

import asyncio
import json
import logging
import random
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from glossator_cache.bucket import Entry
from glossator_cache.freshness import Ask, Mode, NotRemembered, Policy, Remembered, Unavailable
from glossator_cache.key import Plain, digest
from glossator_cache.notes import Note
from glossator_cache.single_flight import SingleFlight

LOG = logging.getLogger(__name__)
PAUSE = 0.05  # seconds between two looks at whether another process has answered


class Shelf(Protocol):
    """Where answers are kept: a ``Bucket``, or a ``SessionBucket``. All calls may block."""

    def read(self, key: Plain) -> Entry | None:
        """What is there, of any age."""
        ...

    def put(self, key: Plain, value: Plain, keep: float | None = None) -> bool:
        """Keep a value."""
        ...

    def count(self, what: str) -> None:
        """Count ``hits``, ``misses`` or ``stale``."""
        ...

    def claim(self, name: str, owner: str, seconds: float) -> bool:
        """Whether this owner may ask."""
        ...

    def release(self, name: str, owner: str) -> None:
        """End a claim."""
        ...

    def write_failure(self, name: str, text: str, seconds: float) -> None:
        """Write down what failed."""
        ...

    def failure(self, name: str) -> Note | None:
        """What failed and is not to be tried yet."""
        ...


class Memory:
    """Asks what is not remembered, once for all tasks and processes. It belongs to one event loop at a time."""

    def __init__(self, shelf: Shelf, sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep) -> None:
        self.shelf = shelf
        self._sleep = sleep
        self._owner = secrets.token_hex(8)  # tells nothing of process or machine
        self._flights: SingleFlight[Remembered] = SingleFlight()
        self._refreshing: dict[str, asyncio.Task[None]] = {}

    async def remember(
        self, key: Plain, ask: Ask, policy: Policy = Policy(), mode: Mode = "normal", scope: Plain = None
    ) -> Remembered:
        """The answer for the key: a fresh one from memory, a stale one too while it is asked for again, or asked for.

        What else ``ask`` raises reaches the caller and is not remembered. ``scope`` names who is asked: told to wait,
        it is asked nothing else meanwhile.

        Raises:
            NotRemembered: the mode is ``offline``, and nothing is there.
            Unavailable: there is no answer now, or was none a moment ago.
        """
        question = _Question(key, ask, policy, scope)
        if mode == "fresh":
            return await self._flights.run(f"fresh {question.name}", lambda: self._ask_again(question))
        found = await self._look(key)
        usable = found is not None and (policy.is_usable(found) or mode == "offline")
        if found is not None and usable:
            fresh = policy.is_fresh(found)
            self.shelf.count("hits" if fresh else "stale")
            if not fresh and mode == "normal":
                self._refresh_behind(question)
            return replace(found, stale=not fresh)
        self.shelf.count("misses")
        if mode == "offline":
            raise NotRemembered("This is not remembered, and offline nobody is asked.")
        return await self._flights.run(question.name, lambda: self._ask_alone(question))

    async def close(self, patience: float = 0.0) -> None:
        """Give what is asked in the background so many seconds to end, then stop it."""
        tasks = list(self._refreshing.values())
        if tasks and patience > 0:
            await asyncio.wait(tasks, timeout=patience)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask_alone(self, question: _Question) -> Remembered:
        """Ask, unless another process is at it: then wait for its answer, but not forever."""
        waited = 0.0
        mine = await self._claim(question)
        while not mine and waited < question.policy.patience:
            await self._sleep(PAUSE)
            waited += PAUSE
            mine = await self._claim(question)
        try:
            found = await self._look(question.key)
            if found is not None and question.policy.is_fresh(found):
                return found
            await self._require_available(question)
            return await self._ask(question)
        finally:
            if mine:
                await self._release(question)

    async def _ask_again(self, question: _Question) -> Remembered:
        """Ask whatever is remembered; only who was told to wait waits."""
        await self._require_available(question, told=True)
        return await self._ask(question)

    def _refresh_behind(self, question: _Question) -> None:
        if question.name not in self._refreshing:
            task = asyncio.create_task(self._refresh(question))
            self._refreshing[question.name] = task
            task.add_done_callback(lambda _: self._refreshing.pop(question.name, None))

    async def _refresh(self, question: _Question) -> None:
        if not await self._claim(question):
            return  # another process does it
        try:
            found = await self._look(question.key)
            if found is None or not question.policy.is_fresh(found):
                await self._require_available(question)
                await self._ask(question)
        except Unavailable as error:
            LOG.info("a stale answer stays, since there is no newer one: %s", error)
        except Exception:
            LOG.exception("a stale answer could not be asked for again")
        finally:
            await self._release(question)

    async def _ask(self, question: _Question) -> Remembered:
        try:
            answer = await question.ask()
        except Unavailable as error:
            await self._write_failure(question, error)
            raise
        if not answer.partial:
            value = {"value": answer.value, "empty": answer.empty}
            await asyncio.to_thread(self.shelf.put, question.key, value, question.policy.keep)
        return Remembered(answer.value, empty=answer.empty, partial=answer.partial)

    async def _look(self, key: Plain) -> Remembered | None:
        entry = await asyncio.to_thread(self.shelf.read, key)
        if entry is None or type(entry.value) is not dict or {*entry.value} != {"value", "empty"}:
            return None
        return Remembered(entry.value["value"], entry.age, empty=entry.value["empty"] is True)

    async def _require_available(self, question: _Question, told: bool = False) -> None:
        """Raise again what was raised a moment ago; with ``told``, only what came with a time to wait."""
        for name in (question.failure_of_all, question.name):
            note = await asyncio.to_thread(self.shelf.failure, name) if name else None
            failure = _read_failure(note.text) if note else None
            if note and failure and (failure["told"] or not told):
                raise Unavailable(failure["detail"], note.seconds)

    async def _write_failure(self, question: _Question, error: Unavailable) -> None:
        told = error.retry_after is not None
        seconds = error.retry_after or question.policy.failure * random.uniform(1.0, 1.5)
        name = question.failure_of_all if told and question.failure_of_all else question.name
        text = json.dumps({"detail": error.detail, "told": told})
        await asyncio.to_thread(self.shelf.write_failure, name, text, seconds)

    async def _claim(self, question: _Question) -> bool:
        work = asyncio.to_thread(self.shelf.claim, question.name, self._owner, question.policy.lease)
        claiming = asyncio.create_task(work)
        try:
            return await asyncio.shield(claiming)
        except asyncio.CancelledError:
            if await claiming:  # a claim that is left behind would keep the others waiting
                await self._release(question)
            raise

    async def _release(self, question: _Question) -> None:
        await asyncio.shield(asyncio.to_thread(self.shelf.release, question.name, self._owner))


@dataclass(frozen=True, slots=True)
class _Question:
    key: Plain
    ask: Ask
    policy: Policy
    scope: Plain

    @property
    def name(self) -> str:
        return digest(self.key)

    @property
    def failure_of_all(self) -> str:
        return "" if self.scope is None else digest(["scope", self.scope])


def _read_failure(text: str) -> dict[str, Any] | None:
    """What ``_write_failure`` wrote; None where somebody else did."""
    try:
        failure = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return failure if type(failure) is dict and {*failure} == {"detail", "told"} else None
