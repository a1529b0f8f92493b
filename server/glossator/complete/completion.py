"""The values a completion is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from glossator.models.base import Seen
from glossator.text import Span


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text that would replace ``span``. ``score`` is 0 to 1, or None where the backend gives no probabilities; ``id``
    is what the editor calls it when it tells what became of it."""

    text: str
    span: Span
    score: float | None = None
    id: str = ""


@dataclass(frozen=True, slots=True)
class CompletionMeta:
    """Which backend answered, what the model saw (in a few words, and part by part in its order) and how long it took,
    in milliseconds by stage."""

    backend: str = ""
    model: str = ""
    adapter: str | None = None
    cached: bool = False
    reused_tokens: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    context: tuple[str, ...] = ()
    saw: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """What a model said, before anything was taken out of it; lines end with LF. ``scores``: where each token begins,
    and the natural logarithm of its probability, where they are known. ``ended``: it came to an end by itself."""

    text: str
    scores: tuple[tuple[int, float], ...] = ()
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Completion:
    """The answer to a completion request: items, or the ``reason`` (a code of ``reasons``) why there are none. ``said``
    is what they were made of, an alternative each."""

    items: tuple[Suggestion, ...] = ()
    reason: str | None = None
    meta: CompletionMeta = CompletionMeta()
    said: tuple[Said, ...] = field(default=(), repr=False)
