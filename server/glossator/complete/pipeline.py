"""Snapshot and position to completion: the stages in order."""

from __future__ import annotations

import time
from contextlib import aclosing
from dataclasses import dataclass, replace

from glossator.complete.completion import Completion, CompletionMeta, Suggestion
from glossator.complete.context import Context, context_at
from glossator.complete.trim import finished, trim, wants_one_line
from glossator.models.base import Model, Priority, Prompt, Usage
from glossator.text import Position, Snapshot, Span


@dataclass(frozen=True, slots=True)
class CompleteOptions:
    """``manual``: asked for by hand, so it goes first. ``deadline`` is in seconds; what is there by then counts."""

    manual: bool = False
    max_tokens: int = 64
    deadline: float = 5.0


@dataclass(frozen=True, slots=True)
class CompleteTools:
    """Who is asked."""

    model: Model


async def complete(
    snapshot: Snapshot, position: Position, tools: CompleteTools, options: CompleteOptions = CompleteOptions()
) -> Completion:
    """What could be written at a position, or the reason why nothing is offered.

    Raises:
        WrongUse: the position is outside the text.
        ModelMissing: there are no weights.
        ModelUnavailable: the model does not answer.
    """
    started = time.monotonic()
    context = context_at(snapshot, position)
    if not context.before.strip():
        return Completion((), "nothing_before", CompletionMeta(context=context.description))
    text, usage = await _generate(tools.model, _prompt(context, options, snapshot), context)
    suggestion, reason = trim(text, context)
    meta = _meta(usage, context, started)
    if reason is not None:
        late = usage is not None and usage.finish_reason == "deadline"
        return Completion((), "deadline" if late else reason, meta)
    return Completion((Suggestion(suggestion, Span(position, position)),), None, meta)


def _prompt(context: Context, options: CompleteOptions, snapshot: Snapshot) -> Prompt:
    # A blank line ends a block soon enough; waiting for more costs a laptop 50 ms a token.
    stop = ("\n",) if wants_one_line(context) else ("\n\n",)
    priority = Priority.MANUAL_COMPLETION if options.manual else Priority.AUTOMATIC_COMPLETION
    return Prompt(
        text=context.before,
        suffix=context.after,
        stop=stop,
        max_tokens=options.max_tokens,
        deadline=options.deadline,
        priority=priority,
        path=snapshot.path.name if snapshot.path else "",
        language=snapshot.language,
    )


async def _generate(model: Model, prompt: Prompt, context: Context) -> tuple[str, Usage | None]:
    """The model's text, up to where the suggestion is decided: then the model is told to stop."""
    text, usage = "", None
    async with aclosing(model.stream(prompt)) as pieces:
        async for piece in pieces:
            text += piece.text
            usage = piece.usage or usage
            if finished(text, context):
                break
    return text, usage


def _meta(usage: Usage | None, context: Context, started: float) -> CompletionMeta:
    total = round((time.monotonic() - started) * 1000, 1)
    meta = CompletionMeta(context=context.description, timings_ms={"total": total})
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
        context=(*context.description, *map(str, usage.seen), *([usage.note] if usage.note else [])),
        saw=usage.seen,
        timings_ms={**usage.timings_ms, "total": total},
    )
