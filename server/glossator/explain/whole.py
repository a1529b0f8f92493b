"""A draft and the sentences of its synthesis to the explanation: the finished one, and those that are shown before."""

from __future__ import annotations

import datetime
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from glossator.errors import Problem
from glossator.explain import synthesis
from glossator.explain.draft import Draft
from glossator.explain.explanation import Explanation, Meta, Sentence
from glossator.explain.options import ExplainOptions, Report, Show
from glossator.explain.search_tool import SearchTool
from glossator.explain.synthesis import Manner, Synthesis
from glossator.models.base import RememberingModel, Usage


@dataclass(frozen=True, slots=True)
class Whole:
    """What an explanation is made of, but for its synthesis."""

    target: str
    draft: Draft

    def with_sentences(
        self, sentences: Sequence[Sentence], meta: Meta, problems: Sequence[Problem] = ()
    ) -> Explanation:
        """The explanation with this synthesis."""
        draft = self.draft
        return Explanation(
            target=self.target,
            symbol=draft.symbol,
            summary=tuple(draft.summary),
            arguments=tuple(draft.arguments),
            notices=draft.notices,
            constructs=tuple(draft.constructs),
            synthesis=tuple(sentences),
            sources=draft.bibliography.references(),
            problems=(*draft.problems, *problems),
            meta=meta,
            span=draft.span,
        )


async def write_shown(
    whole: Whole,
    model: RememberingModel | None,
    options: ExplainOptions,
    report: Report,
    manner: Manner = Manner(),
    show: Show | None = None,
) -> Synthesis:
    """The synthesis; ``show`` gets the explanation without a model's words first, then as often as it grows."""
    if show is None or model is None or options.synthesis != "model":
        return await synthesis.write(whole.draft, model, options, report, manner)
    shown = {"question": options.question, "unfinished": True}

    def told(sentences: tuple[Sentence, ...], usage: Usage) -> None:
        show(whole.with_sentences(sentences, replace(synthesis.meta_of(usage), options=shown)))

    show(whole.with_sentences(synthesis.extractive(whole.draft), Meta(options=shown)))
    return await synthesis.write(whole.draft, model, options, report, replace(manner, told=told))


def merged(searched: Mapping[str, object], search: SearchTool | None) -> dict[str, object]:
    """What was sent where: before the model was asked, and for what it asked."""
    before = searched.get("searched")
    words = [*(before if isinstance(before, list) else []), *(search.sent if search else [])]
    return {"searched": words} if words or before is not None else {}


def dated(meta: Meta, options: ExplainOptions, searched: Mapping[str, object], started: float) -> Meta:
    """How the answer was made, when, and how long it took since ``started`` (of the monotonic clock)."""
    return replace(
        meta,
        duration_ms=round((time.monotonic() - started) * 1000, 1),
        created_at=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        options={**asdict(options), "priority": options.priority.name.lower(), **searched, **meta.options},
    )
