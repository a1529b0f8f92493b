"""A model that says what it is told: for tests, and for trying the editors without weights."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field

from glossator.models.base import Piece, Prompt, Usage


@dataclass
class ScriptedModel:
    """Answers each prompt with the next of ``answers`` (the last one again and again), line by line.

    ``asked`` keeps the prompts, ``cancelled`` counts the answers that were closed before their end. ``delay`` is in
    seconds, before each line.
    """

    answers: Iterable[str] = ("",)
    delay: float = 0.0
    asked: list[Prompt] = field(default_factory=list)
    cancelled: int = 0

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The next answer of the script."""
        answers = tuple(self.answers)
        answer = answers[min(len(self.asked), len(answers) - 1)]
        self.asked.append(prompt)
        finished = False
        try:
            for line in answer.splitlines(keepends=True):
                await asyncio.sleep(self.delay)
                yield Piece(line)
            finished = True
            yield Piece("", Usage("scripted", "scripted", completion_tokens=len(answer.split())))
        finally:
            self.cancelled += not finished
