"""Questions in, events out: the bridge between the HTTP loop and the model's thread."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial

from glossator.engine.events import Finished, Text
from glossator.engine.generate import answer
from glossator.engine.load import LoadedModel, Models
from glossator.engine.question import Question
from glossator.engine.runtimes import Halt
from glossator.engine.schedule import Job, Scheduler
from glossator.engine.state import EngineState
from glossator.errors import Busy
from glossator.models.adapters import split_name
from glossator.models.store import require
from glossator.settings import ModelSettings

Event = Text | Finished | Exception

BACKGROUND = 9  # behind every request

# Far more than windows ask at once; who asks for more has a loop that went wrong, and must not fill the memory.
MOST_QUESTIONS, MOST_OF_ONE_CLIENT = 256, 128


class Service:
    """The model's thread, and the requests that wait for it. All methods are called in the HTTP loop."""

    def __init__(
        self, model: str, threads: int, choices: ModelSettings = ModelSettings(), adapters: Sequence[str] = ()
    ) -> None:
        self.default_model = model
        self.stopping = False  # said by a request or by idleness, heeded by whoever runs the server
        self.state = EngineState(model, choices=choices)
        self._models = Models(self.state, threads, choices, adapters)
        self._awaited = tuple(f"{model}:{adapter}" for adapter in adapters) or (model,)
        self._scheduler = Scheduler()
        self._answers: set[Answer] = set()

    @property
    def active_jobs(self) -> int:
        """Questions that are not finished."""
        return len(self._answers)

    @property
    def working(self) -> int:
        """Jobs that the model's thread has."""
        return self._scheduler.waiting

    def ask(self, question: Question) -> Answer:
        """Put a question in the queue. The answer must be closed.

        Raises:
            Busy: there are too many in it, of everybody or of this client.
        """
        self._check_queue(question.client)
        self.state.last_used = time.monotonic()
        given = Answer(self._ended, question.client)
        self._answers.add(given)

        def steps(received: float = time.monotonic()) -> Iterator[None]:
            model = self._get(question.model)
            yield  # something more urgent may have come while the model was loading
            yield from answer(model, question, self.state, received, given.emit, given.halt)

        given.job = self._scheduler.submit(question.priority, steps, given.emit, question.client)
        return given

    def load(self) -> None:
        """Begin to load what will be asked for: the default model, or its adapters, which may need nothing of it but
        its tokenizer. If the model fails, the state says so; if an adapter does, whoever asks for it hears it."""
        for name in self._awaited:
            self._in_background(partial(self._get, name))

    def unload(self) -> None:
        """Give the model's memory back."""
        self._in_background(self._models.unload)

    def _check_queue(self, client: str) -> None:
        own = sum(answer.client == client for answer in self._answers)
        if own >= MOST_OF_ONE_CLIENT or len(self._answers) >= MOST_QUESTIONS:
            whose = "your" if own >= MOST_OF_ONE_CLIENT else "everybody's"
            count = own if whose == "your" else len(self._answers)
            raise Busy(
                f"The engine has {count} of {whose} questions waiting already.", "Wait a little, then ask again."
            )

    def _get(self, name: str) -> LoadedModel:
        base, _ = split_name(name)
        if base != self.state.model:
            require(base)  # a name that is nothing must not cost the others the model that is loaded
        model = self._models.get(name)
        tokenizer = model.tokenizer
        self.state.format = tokenizer.left_to_right or f"{tokenizer.family.name}, with the text behind the cursor"
        return model

    def _in_background(self, work: Callable[[], object]) -> None:
        def steps() -> Iterator[None]:
            yield
            work()

        self._scheduler.submit(BACKGROUND, steps, lambda error: None)

    def _ended(self, given: Answer) -> None:
        self._answers.discard(given)
        self.state.finished_jobs += given.finished
        self.state.cancelled_jobs += not given.finished
        self.state.last_used = time.monotonic()


class Answer:
    """The events of one question. Closing it before its end stops the work before the next token, or at once."""

    def __init__(self, ended: Callable[[Answer], None], client: str) -> None:
        self.job: Job
        self.client = client
        self.finished = False
        self.halt = Halt()
        self._ended = ended
        self._closed = False
        self._loop = asyncio.get_running_loop()
        self._events: asyncio.Queue[Event] = asyncio.Queue()

    def emit(self, event: Event) -> None:
        """Hand over an event; the one method that the model's thread calls."""
        self._loop.call_soon_threadsafe(self._events.put_nowait, event)

    async def next(self) -> Text | Finished:
        """The next event.

        Raises:
            GlossatorError: the question failed. Any other error is a mistake of ours.
        """
        event = await self._events.get()
        self.finished = not isinstance(event, Text)
        if isinstance(event, Exception):
            raise event
        return event

    async def rest(self) -> AsyncIterator[Text | Finished]:
        """The events from here to the end."""
        while not self.finished:
            yield await self.next()

    def close(self) -> None:
        """No more is wanted."""
        if not self._closed:
            self._closed = True
            self.job.cancel()
            self.halt.ask()
            self._ended(self)
