"""Snapshot and position to completion: the stages in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from glossator.complete.completion import Completion, CompletionMeta, Said, Suggestion
from glossator.complete.confidence import Confidence, first_line, sure_length
from glossator.complete.context import Context, context_at
from glossator.complete.decide import Wish, is_whole, reason_not_to_ask, wish_for
from glossator.complete.from_text import LOADING
from glossator.complete.place import Place, place_of
from glossator.complete.trim import trim
from glossator.models.base import Model, Piece, Priority, Prompt, Usage
from glossator.text import Position, Snapshot, Span

Hear = Callable[[Said, CompletionMeta], None]
MOST_ALTERNATIVES = 8  # that our engine gives


@dataclass(frozen=True, slots=True)
class CompleteOptions:
    """``manual``: asked for by hand, so it goes first. ``deadline`` is in seconds; what is there by then counts.
    ``confidence`` is what each token of the first line must be as probable as, where nobody asked by hand: a suggestion
    ends before the first that is not.
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
    """A model's answer as it comes; ``scores`` as in ``Said``."""

    text: str = ""
    usage: Usage | None = None
    scores: list[tuple[int, float]] = field(default_factory=list)

    def hear(self, piece: Piece) -> None:
        """More of it has come."""
        self.scores += [(len(self.text), one) for one in piece.logprobs]
        self.text += piece.text

    def said(self, wish: Wish) -> Said:
        """What has come so far."""
        ended = self.usage is not None and self.usage.finish_reason == "stop"
        return Said(self.text, tuple(self.scores), ended or is_whole(self.text, wish))


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
    """Ask the model, up to where the suggestion is decided; then it is told to stop. ``hear`` gets what was
    said, and by whom, whenever there is more of it."""
    started = time.monotonic()
    raws = [Raw()]
    async with aclosing(model.stream(task.prompt(priority))) as pieces:
        async for piece in pieces:
            raws += [Raw() for _ in range(piece.choice + 1 - len(raws))]
            raw = raws[piece.choice]
            was_whole = bool(raw.text) and is_whole(raw.text, task.wish)
            raw.hear(piece)
            raws[0].usage = piece.usage or raws[0].usage
            if hear is not None and piece.text and piece.choice == 0:
                hear(raw.said(task.wish), _meta(task, raws[0].usage, started))
            # Who gives alternatives ends each by itself; who goes on with the first gives no other.
            if is_whole(raw.text, task.wish) and (was_whole or task.options.alternatives == 1):
                break
    usage = raws[0].usage
    said = [replace(raw, usage=usage).said(task.wish) for raw in raws]
    late = usage is not None and usage.finish_reason == "deadline"
    return together([decided(task, one, _meta(task, usage, started), late=late) for one in said])


def together(completions: Sequence[Completion]) -> Completion:
    """The suggestions of all, each once, or the reason why the first has none."""
    items: dict[str, Suggestion] = {}
    for one in (item for completion in completions for item in completion.items):
        items.setdefault(one.text, one)
    said = tuple(one for completion in completions for one in completion.said)
    reason = None if items else completions[0].reason
    return replace(completions[0], items=tuple(items.values()), reason=reason, said=said)


def decided(task: Task, said: Said, meta: CompletionMeta, *, late: bool = False) -> Completion:
    """The suggestion in what a model said, or the reason why it has none. ``late``: it had no more time."""
    sure = len(said.text) if task.options.manual else sure_length(said, task.options.confidence)
    begun = sure < len(said.text)
    text, reason = trim(said.text[:sure], task.place, task.wish, whole=said.ended and not begun)
    if reason is not None and begun:  # is it for want of sureness alone?
        reason = trim(said.text, task.place, task.wish, whole=said.ended)[1] or "unlikely"
    if reason == "empty" and late:
        reason = "deadline"
    if reason == "empty" and LOADING in meta.context:
        reason = "loading"
    if reason is not None:
        return Completion((), reason, meta, (said,))
    score = round(Confidence.of([one for _, one in first_line(said, sure)]).mean, 3) if said.scores else None
    return Completion((Suggestion(text, Span(task.position, task.position), score),), None, meta, (said,))


def decided_again(task: Task, meta: CompletionMeta, rests: Sequence[Said]) -> Completion:
    """The suggestion in the rest of an answer of which the beginning was typed. Indentation that is still missing of
    it belongs to it here: it is not the one that stands there said again."""
    meta = replace(meta, cached=True)
    missing = bool(task.context.line_before) and not task.context.line_before.strip()

    def whole(rest: Said) -> Completion:
        lead = rest.text[: len(rest.text) - len(rest.text.lstrip(" \t"))] if missing else ""
        found = decided(task, rest, meta)
        items = tuple(replace(one, text=lead + one.text.lstrip(" \t")) if lead else one for one in found.items)
        return replace(found, items=items)

    return together([whole(one) for one in rests])


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
