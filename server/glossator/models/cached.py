"""A model that remembers another: the same question, asked of the same model, has the same answer."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from glossator.models.adapters import revision
from glossator.models.base import Model, Piece, Prompt, Usage
from glossator_cache import Bucket, Cache

BUCKET_NAME = "answers"
BUCKET_VERSION = 1
# What decides when and for whom an answer is made, but not what it says; and the same question in other spellings. An
# answer that was given without calling a tool is the same as if there had been none.
_NOT_IN_KEY = {"deadline", "priority", "fresh", "origin", "language", "structured", "completing", "scores"}
_WHOLE_ANSWERS = {"stop", "length"}


class CachedModel:
    """The port ``RememberingModel`` over another model. ``identity`` is what an answer depends on beside the prompt:
    the model's name and revision."""

    def __init__(self, model: Model, cache: Cache, identity: str) -> None:
        self.model = model
        self.identity = identity
        self._bucket: Bucket = cache.bucket(BUCKET_NAME, BUCKET_VERSION)

    async def recall(self, prompt: Prompt) -> tuple[str, Usage] | None:
        """The remembered answer, or None."""
        if prompt.fresh or prompt.alternatives > 1:
            return None
        entry = await asyncio.to_thread(lambda: self._bucket.get(self._key(prompt)))
        return None if entry is None else _answer(entry.value)

    async def forget(self, prompt: Prompt) -> bool:
        """Remember the answer no longer; whether there was one."""
        return await asyncio.to_thread(lambda: self._bucket.delete(self._key(prompt)))

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The remembered answer in one piece, or else the other model's, which is then remembered if it is whole."""
        remembered = await self.recall(prompt)
        if remembered is not None:
            yield Piece(*remembered)
            return
        parts: list[str] = []
        async with aclosing(self.model.stream(prompt)) as pieces:
            async for piece in pieces:
                parts.append("" if piece.choice else piece.text)
                whole = piece.usage is not None and piece.usage.finish_reason in _WHOLE_ANSWERS
                if piece.usage is not None and whole and not piece.tool_calls:
                    value = {"text": "".join(parts), "usage": _plain(piece.usage)}
                    await asyncio.to_thread(self._remember, prompt, value)
                yield piece

    def _remember(self, prompt: Prompt, value: dict[str, Any]) -> None:
        self._bucket.put(self._key(prompt), value)

    def _key(self, prompt: Prompt) -> dict[str, Any]:
        fields = {name: value for name, value in dataclasses.asdict(prompt).items() if name not in _NOT_IN_KEY}
        messages = [[message.role, message.content] for message in prompt.messages]
        adapter = revision(prompt.adapter) if prompt.adapter else ""
        beside = {"messages": messages, "stop": list(prompt.stop), "adapter": adapter}
        return {
            "model": self.identity,
            **fields,
            **beside,
            "passages": [[one.path, one.text] for one in prompt.passages],
        }


def _answer(value: Any) -> tuple[str, Usage] | None:
    """A remembered value as text and figures; None where it is of another make, since a bucket can be imported."""
    try:
        text, usage = value["text"], Usage(**{**value["usage"], "cached": True})
        figures = (usage.prompt_tokens, usage.completion_tokens, usage.reused_tokens, *usage.timings_ms.values())
    except (TypeError, KeyError, AttributeError):
        return None
    names = (text, usage.backend, usage.model, usage.finish_reason)
    whole = all(type(one) is str for one in names) and all(type(one) in (int, float) for one in figures)
    return (text, usage) if whole else None


def _plain(usage: Usage) -> dict[str, Any]:
    return {**dataclasses.asdict(usage), "timings_ms": dict(usage.timings_ms), "seen": []}
