"""What the layer needs of the parts that ``assemble`` makes, and their coming and going as settings change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from glossator.complete.completion import Completion
from glossator.complete.pipeline import CompleteOptions
from glossator.complete.sources.base import Surroundings
from glossator.errors import GlossatorError, PartMissing, Problem
from glossator.explain.article import Article
from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions, FollowUp, Report, Show, Target
from glossator.models.consent import Question, Subject
from glossator.models.progress import Report as LoadingReport
from glossator.settings import Settings
from glossator.text import Position, Snapshot

logger = logging.getLogger(__name__)

CLOSING_SECONDS = 3.0


class Parts(Protocol):
    """Everything that answers, made for one set of settings."""

    @property
    def settings(self) -> Settings:
        """The settings they were made for."""
        ...

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What could not be made as the settings say, and the next step."""
        ...

    async def explain(
        self,
        snapshot: Snapshot,
        target: Target,
        options: ExplainOptions,
        report: Report = ...,
        show: Show | None = ...,
    ) -> Explanation:
        """Explain a place; ``report`` gets the stages, ``show`` the explanation as it grows. Cancelling stops the work
        behind it."""
        ...

    async def follow_up(
        self, wish: FollowUp, options: ExplainOptions, report: Report = ..., show: Show | None = ...
    ) -> Explanation:
        """Answer a further question about an explanation."""
        ...

    async def forget(self, snapshot: Snapshot, target: Target) -> int:
        """Forget what was remembered of a place; how much that was."""
        ...

    async def article(self, snapshot: Snapshot, options: ExplainOptions, report: Report = ...) -> Article:
        """Explain a whole file as an article; ``report`` gets the stages. Cancelling stops the work behind it."""
        ...

    async def complete(
        self, snapshot: Snapshot, position: Position, options: CompleteOptions, surroundings: Surroundings = ...
    ) -> Completion:
        """Continue the text at a place. Cancelling stops the work behind it."""
        ...

    def changed(self, snapshot: Snapshot) -> None:
        """A document was opened or edited: stop what no longer fits."""
        ...

    def closed(self, uri: str) -> None:
        """A document was closed."""
        ...

    def judged(self, taken: bool) -> None:
        """A suggestion was seen, and taken or not."""
        ...

    def questions(self) -> tuple[Question, ...]:
        """What the user has to decide before more can be sent elsewhere; empty where no request has wanted it."""
        ...

    async def answer(self, subject: Subject, allowed: bool) -> None:
        """What the user decided."""
        ...

    def status(self) -> Mapping[str, str]:
        """Each part's state in a few words."""
        ...

    def adapters(self) -> Mapping[str, Any]:
        """The adapters of this machine, and the one that each purpose asks."""
        ...

    def choose_adapter(self, purpose: str, name: str) -> None:
        """Ask another adapter from now on; an empty name is the model itself."""
        ...

    def model_choices(self) -> Mapping[str, Any]:
        """The models that can be chosen, with the memory that each needs, and the chosen one."""
        ...

    async def close(self) -> None:
        """End what they started."""
        ...


Assemble = Callable[[Settings, Path | None, LoadingReport], Parts]


class Rendering(Protocol):
    """How an explanation becomes text; the module ``glossator.explain.render`` is one."""

    def to_markdown(self, explanation: Explanation, *, limit: int = ...) -> str:
        """Markdown without anything that acts."""
        ...

    def to_json(self, explanation: Explanation) -> dict[str, Any]:
        """The object of the contract."""
        ...


@dataclass
class Lease:
    """Parts and how many requests are on them."""

    parts: Parts
    users: int = 0
    retired: bool = False


class Workshop:
    """Holds the parts that serve now. Replaced ones are closed when the last request on them has ended."""

    def __init__(self, assemble: Assemble, report: LoadingReport) -> None:
        self._assemble = assemble
        self._report = report
        self._current: Lease | None = None
        self._failure: GlossatorError = PartMissing("Glossator is not ready.", "Ask again in a moment.")
        self._leases: list[Lease] = []
        self._closing: set[asyncio.Task[None]] = set()

    def replace(self, settings: Settings, root: Path | None) -> tuple[Problem, ...]:
        """Make parts for new settings; gives their problems. If it fails, those of before go on, if there are any.

        Raises:
            Exception: what ``assemble`` raised.
        """
        try:
            lease = Lease(self._assemble(settings, root, self._report))
        except GlossatorError as error:
            self._failure = error
            raise
        former, self._current = self._current, lease
        self._leases.append(lease)
        if former is not None:
            former.retired = True
            self._close_if_idle(former)
        return lease.parts.problems

    @property
    def current(self) -> Parts | None:
        """The parts of now, for what takes no time."""
        return self._current.parts if self._current is not None else None

    @asynccontextmanager
    async def parts(self) -> AsyncIterator[Parts]:
        """The parts of now, kept open until the block ends.

        Raises:
            GlossatorError: there are none.
        """
        lease = self._current
        if lease is None:
            raise self._failure
        lease.users += 1
        try:
            yield lease.parts
        finally:
            lease.users -= 1
            self._close_if_idle(lease)

    async def close(self) -> None:
        """Close everything, whoever still uses it; does not wait for ever for a part that hangs."""
        self._current = None
        for lease in tuple(self._leases):
            self._close(lease)
        if self._closing:
            await asyncio.wait(self._closing)

    def _close_if_idle(self, lease: Lease) -> None:
        if lease.retired and not lease.users and lease in self._leases:
            self._close(lease)

    def _close(self, lease: Lease) -> None:
        self._leases.remove(lease)
        task = asyncio.ensure_future(_close(lease.parts))
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)


async def _close(parts: Parts) -> None:
    try:
        await asyncio.wait_for(parts.close(), CLOSING_SECONDS)
    except Exception:
        logger.exception("a part did not close")
