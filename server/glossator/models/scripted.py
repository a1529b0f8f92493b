"""A model that says what it is told: for tests, and for trying the editors without weights."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field

from glossator.models.base import Piece, Prompt, ToolCall, Usage


@dataclass
class ScriptedModel:
    """Answers each prompt with the next of ``answers`` (the last one again and again), line by line or, for ``words``,
    word by word; an answer may be a call of a tool instead of text.

    ``asked`` keeps the prompts, ``cancelled`` counts the answers that were closed before their end. ``delay`` is in
    seconds, before each piece.
    """

    answers: Iterable[str | ToolCall] = ("",)
    delay: float = 0.0
    words: bool = False
    asked: list[Prompt] = field(default_factory=list)
    cancelled: int = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The next answer of the script."""
        answers = tuple(self.answers)
        answer = answers[min(len(self.asked), len(answers) - 1)]
        self.asked.append(prompt)
        text, calls = ("", (answer,)) if isinstance(answer, ToolCall) else (answer, ())
        finished = False
        try:
            for piece in re.findall(r"\s*\S+|\s+", text) if self.words else text.splitlines(keepends=True):
                await asyncio.sleep(self.delay)
                yield Piece(piece, Usage("scripted", "scripted", finish_reason="unfinished"))
            finished = True
            reason = "tool_calls" if calls else "stop"
            usage = Usage("scripted", "scripted", completion_tokens=len(text.split()), finish_reason=reason)
            yield Piece("", usage, calls)
        finally:
            self.cancelled += not finished
