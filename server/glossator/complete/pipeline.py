"""Snapshot and position to completion: the stages in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from glossator.complete.completion import Completion, CompletionMeta, Suggestion
from glossator.complete.confidence import Confidence
from glossator.complete.context import Context, context_at
from glossator.complete.decide import Wish, is_whole, reason_not_to_ask, wish_for
from glossator.complete.from_text import LOADING
from glossator.complete.place import Place, place_of
from glossator.complete.trim import trim
from glossator.models.base import Model, Priority, Prompt, Usage
from glossator.text import Position, Snapshot, Span

Hear = Callable[[str], None]
MOST_ALTERNATIVES = 8  # that our engine gives


@dataclass(frozen=True, slots=True)
class CompleteOptions:
    """``manual``: asked for by hand, so it goes first. ``deadline`` is in seconds; what is there by then counts.
    ``confidence`` is what each token of the first line must be as probable as, where nobody asked by hand.
    ``alternatives``: how many suggestions are wanted at most."""

    manual: bool = False
    max_tokens: int = 64
    deadline: float = 5.0
    confidence: float = 0.0
    alternatives: int = 1


@dataclass(frozen=True, slots=True)
class CompleteTools:
    """Who is asked. ``here`` is asked what nobody waits for, so it must cost nothing and send nothing; without it
    nothing is. ``identity`` and ``adapter``, of a language, tell one model's answers from another's; ``outside`` stands
    for what other documents say that a prompt may show, and equals another's if they say the same."""

    model: Model
    here: Model | None = None
    identity: str = ""
    adapter: Callable[[str], str] = lambda language: ""
    outside: Hashable = None


@dataclass(frozen=True, slots=True)
class Task:
    """A place to complete, looked at: what the model gets to see, and how much is wanted of it."""

    snapshot: Snapshot
    position: Position
    place: Place
    wish: Wish
    options: CompleteOptions

    @classmethod
    def at(cls, snapshot: Snapshot, position: Position, options: CompleteOptions) -> Task:
        """Look at a place.

        Raises:
            WrongUse: the position is outside the text.
        """
        place = place_of(context_at(snapshot, position), snapshot.language)
        wish = wish_for(place, most_tokens=options.max_tokens, manual=options.manual)
        return cls(snapshot, position, place, wish, options)

    @property
    def context(self) -> Context:
        """The text around the cursor."""
        return self.place.context

    def prompt(self, priority: Priority | None = None) -> Prompt:
        """What the model is asked."""
        usual = Priority.MANUAL_COMPLETION if self.options.manual else Priority.AUTOMATIC_COMPLETION
        return Prompt(
            text=self.context.before,
            suffix=self.context.after,
            stop=self.wish.stop,
            max_tokens=self.wish.tokens,
            deadline=self.options.deadline,
            priority=usual if priority is None else priority,
            path=self.snapshot.path.name if self.snapshot.path else "",
            language=self.snapshot.language,
            scores=True,
            ending=self.wish.ending,
            alternatives=self.options.alternatives,
        )

    def empty(self, reason: str) -> Completion:
        """No suggestion, and why."""
        return Completion((), reason, CompletionMeta(context=self.context.description))


@dataclass
class Raw:
    """A model's answer as it comes."""

    text: str = ""
    usage: Usage | None = None
    logprobs: list[float] = field(default_factory=list)


async def complete(
    snapshot: Snapshot, position: Position, tools: CompleteTools, options: CompleteOptions = CompleteOptions()
) -> Completion:
    """What could be written at a position, or the reason why nothing is offered. ``desk`` does the same for somebody
    who types.

    Raises:
        WrongUse: the position is outside the text.
        ModelMissing: there are no weights.
        ModelUnavailable: the model does not answer.
    """
    task = Task.at(snapshot, position, options)
    reason = reason_not_to_ask(task.place, manual=options.manual)
    return task.empty(reason) if reason is not None else await generate(task, tools.model)


async def generate(task: Task, model: Model, priority: Priority | None = None, hear: Hear | None = None) -> Completion:
    """Ask the model, up to where the suggestion is decided; then it is told to stop. ``hear`` gets the raw text
    whenever there is more of it."""
    started = time.monotonic()
    raws = [Raw()]
    async with aclosing(model.stream(task.prompt(priority))) as pieces:
        async for piece in pieces:
            raws += [Raw() for _ in range(piece.choice + 1 - len(raws))]
            raw = raws[piece.choice]
            was_whole = bool(raw.text) and is_whole(raw.text, task.wish)
            raw.text += piece.text
            raws[0].usage = piece.usage or raws[0].usage
            if "\n" not in raw.text.strip("\n"):  # a longer answer has more tokens to be unsure of
                raw.logprobs += piece.logprobs
            if hear is not None and piece.text and piece.choice == 0:
                hear(raw.text)
            # Who gives alternatives ends each by itself; who goes on with the first gives no other.
            if is_whole(raw.text, task.wish) and (was_whole or task.options.alternatives == 1):
                break
    return _together([decided(task, replace(raw, usage=raws[0].usage), started) for raw in raws])


def _together(completions: Sequence[Completion]) -> Completion:
    """The suggestions of all, each once, or the reason why the first has none."""
    items: dict[str, Suggestion] = {}
    for one in (item for completion in completions for item in completion.items):
        items.setdefault(one.text, one)
    return replace(completions[0], items=tuple(items.values()), reason=None if items else completions[0].reason)


def decided(task: Task, raw: Raw, started: float) -> Completion:
    """The suggestion in a model's answer, or the reason why it has none."""
    text, reason = trim(raw.text, task.place, task.wish)
    confidence = Confidence.of(raw.logprobs)
    late = raw.usage is not None and raw.usage.finish_reason == "deadline"
    if reason == "empty" and late:
        reason = "deadline"
    if reason == "empty" and raw.usage is not None and raw.usage.note == LOADING:
        reason = "loading"
    if reason is None and not task.options.manual and confidence.least < task.options.confidence:
        reason = "unlikely"
    meta = _meta(task, raw.usage, started)
    if reason is not None:
        return Completion((), reason, meta)
    score = round(confidence.mean, 3) if raw.logprobs else None
    return Completion((Suggestion(text, Span(task.position, task.position), score),), None, meta)


def _meta(task: Task, usage: Usage | None, started: float) -> CompletionMeta:
    total = round((time.monotonic() - started) * 1000, 1)
    meta = CompletionMeta(context=task.context.description, timings_ms={"total": total})
    if usage is None:
        return meta
    return replace(
        meta,
        backend=usage.backend,
        model=usage.model,
        adapter=usage.adapter,
        cached=usage.cached,
        reused_tokens=usage.reused_tokens,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
        context=(*task.context.description, *map(str, usage.seen), *([usage.note] if usage.note else [])),
        saw=usage.seen,
        timings_ms={**usage.timings_ms, "total": total},
    )
