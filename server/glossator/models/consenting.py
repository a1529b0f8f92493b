"""A model that is asked only with consent, and never about a file that is excluded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path

from glossator.models.base import Model, Piece, Prompt, RememberingModel, Usage
from glossator.models.consent import Consent
from glossator.models.exclusions import Exclusions
from glossator.models.faults import NothingSent
from glossator.models.formats import Passage


@dataclass(frozen=True, slots=True)
class ConsentingModel:
    """The port ``Model`` over another, called ``label``. ``consent`` is None where none is needed."""

    model: Model
    label: str
    consent: Consent | None
    exclusions: Exclusions

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The other model's answer.

        Raises:
            NothingSent: the user did not allow it here, or the file is excluded.
        """
        if prompt.origin is not None:
            reason = await asyncio.to_thread(self.exclusions.reason, prompt.origin)
            if reason:
                told = f"{prompt.origin.name} is not sent to {self.label}: {reason}."
                raise NothingSent(told, "The answer was made on this machine.")
        if self.consent is not None and not await self.consent.given():
            told = f"Nothing of this folder is sent to {self.label}: you did not allow it."
            raise NothingSent(told, "To allow it: glossator consent allow")
        if prompt.passages:
            prompt = replace(prompt, passages=await asyncio.to_thread(self._allowed, prompt.passages))
        async with aclosing(self.model.stream(prompt)) as pieces:
            async for piece in pieces:
                yield piece

    def _allowed(self, passages: Sequence[Passage]) -> tuple[Passage, ...]:
        """Those of files that are not excluded: what others say of them is no reason to send them."""
        return tuple(one for one in passages if not one.origin or not self.exclusions.reason(Path(one.origin)))


@dataclass(frozen=True, slots=True)
class AboutFile:
    """The port ``Model`` over another: its prompts are about a file, and say so."""

    model: Model
    path: Path | None

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The other model's answer to the prompt with the path."""
        async with aclosing(self.model.stream(replace(prompt, origin=self.path))) as pieces:
            async for piece in pieces:
                yield piece


@dataclass(frozen=True, slots=True)
class RememberingAboutFile(AboutFile):
    """The same over a model that remembers."""

    model: RememberingModel

    async def recall(self, prompt: Prompt) -> tuple[str, Usage] | None:
        """The other model's."""
        return await self.model.recall(prompt)

    async def forget(self, prompt: Prompt) -> bool:
        """The other model's."""
        return await self.model.forget(prompt)
