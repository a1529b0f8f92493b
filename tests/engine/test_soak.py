"""Many completions in documents that change leave nothing behind: counted in objects, which say so after hundreds."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

from glossator.complete.pipeline import CompleteTools
from glossator.engine.events import Finished
from glossator.engine.prefix_cache import SLOTS
from glossator.engine.question import Question
from glossator.engine.service import Service
from glossator.models.base import Piece, Prompt, Usage
from glossator.settings import ModelSettings
from tests.bench.soak import soak

REQUESTS, TOKENS, LINES = 300, 4, 8
LIMIT = 240.0  # seconds; it takes a few


class InThisProcess:
    """The port ``Model`` over the engine's service without HTTP, so that its objects can be counted here."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        question = Question(
            self.service.default_model,
            text=prompt.text,
            max_tokens=prompt.max_tokens,
            logprobs=0,
            n=prompt.alternatives,
            ending=prompt.ending,
        )
        with closing(self.service.ask(question)) as answer:
            async for event in answer.rest():
                if not isinstance(event, Finished):
                    yield Piece(event.text, choice=event.choice)
        yield Piece("", Usage("engine", "tiny"))


def counted() -> Counter[str]:
    gc.collect()
    return Counter(type(one).__name__ for one in gc.get_objects())


async def test_hundreds_of_completions_leave_nothing_behind(tiny_model: Path, folders: Path) -> None:
    before = counted()["Task"]  # other tests of this process may have left some
    service = Service(str(tiny_model), 1, ModelSettings(runtime="torch"))
    model, seen = InThisProcess(service), []

    async def rest() -> None:
        while service.working:  # noqa: ASYNC110  its thread signals nothing
            await asyncio.sleep(0.01)

    await asyncio.wait_for(soak(CompleteTools(model, model), REQUESTS, TOKENS, 1, seen.append, LINES), LIMIT)
    await asyncio.wait_for(rest(), LIMIT)
    assert seen[-1] == REQUESTS
    assert service.active_jobs == 0
    assert service.state.finished_jobs + service.state.cancelled_jobs > REQUESTS // 2, "else nobody was asked"
    left = counted()
    assert not {name for name in ("Answer", "Answering", "Decoding", "Generation", "Ahead", "Job") if left[name]}
    assert left["TorchSession"] <= SLOTS
    assert left["Task"] <= before + 2, "this test's own"
