"""A draft to its synthesis: the model's text if every sentence of it survives the check, else the extracts.

A small model must never make an answer worse than no model.
"""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace

from glossator.errors import GlossatorError, Problem
from glossator.explain.cite import check
from glossator.explain.draft import Draft
from glossator.explain.explanation import Argument, Meta, Sentence
from glossator.explain.options import ExplainOptions, Report
from glossator.explain.prompt import prompt_for
from glossator.models.base import Prompt, RememberingModel, Usage
from glossator.research.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Synthesis:
    """The sentences, who wrote them, and what went wrong on the way."""

    sentences: tuple[Sentence, ...]
    meta: Meta = Meta()
    problems: tuple[Problem, ...] = ()


async def write(draft: Draft, model: RememberingModel | None, options: ExplainOptions, report: Report) -> Synthesis:
    """The synthesis of a draft."""
    extracts = Synthesis(extractive(draft))
    if options.synthesis == "none" or model is None or not draft.bibliography.evidence:
        return extracts
    evidence = draft.bibliography.evidence
    prompt = replace(
        prompt_for(
            draft.code, [*draft.answers, *draft.summary], draft.arguments, evidence, options.question, options.priority
        ),
        fresh=options.fresh,
    )
    try:
        if options.synthesis == "cached":
            remembered = await model.recall(prompt)
            if remembered is None:
                return extracts
            return _checked(*remembered, draft, extracts)
        report("Writing the synthesis")
        return _checked(*await _read(model, prompt, report), draft, extracts)
    except GlossatorError as error:
        return Synthesis(extracts.sentences, Meta(), (Problem.of(error),))


def extractive(draft: Draft) -> tuple[Sentence, ...]:
    """The sentences that answer the question; without one, the draft's own in reading order: what it is, what these
    arguments do, what comes back."""
    if draft.answers:
        return tuple(draft.answers)
    sentences = [
        *draft.summary,
        *(_telling(argument) for argument in draft.arguments if argument.sentences),
        *draft.conclusion,
    ]
    return tuple({sentence.text: sentence for sentence in sentences}.values())


def _telling(argument: Argument) -> Sentence:
    """What is said of the very value, else what is said first."""
    last = argument.sentences[-1]
    return last if argument.value.strip("'\"") in last.text.partition(":")[0] else argument.sentences[0]


def _checked(text: str, usage: Usage | None, draft: Draft, extracts: Synthesis) -> Synthesis:
    verdicts = check(text, _quotable(draft), draft.code)
    faults = [f"{verdict.sentence.text!r} {verdict.fault}" for verdict in verdicts if verdict.fault]
    if not verdicts or faults:
        reason = faults[0] if faults else "the model wrote nothing"
        return Synthesis(extracts.sentences, Meta(options={"model_text_refused": reason}))
    meta = Meta() if usage is None else Meta(usage.backend, usage.model, usage.adapter, usage.cached)
    return Synthesis(tuple(verdict.sentence for verdict in verdicts), meta)


def _quotable(draft: Draft) -> list[Evidence]:
    """The evidence as the answer shows it: a sentence must be supported by what the reader can see. A link
    says nothing."""
    shown = {reference.id: reference.snippet for reference in draft.bibliography.references()}
    quotable = (one for one in draft.bibliography.evidence if one.kind != "documentation")
    return [replace(one, text=shown[one.id]) for one in quotable]


async def _read(model: RememberingModel, prompt: Prompt, report: Report) -> tuple[str, Usage | None]:
    parts: list[str] = []
    usage = None
    async with aclosing(model.stream(prompt)) as pieces:
        async for piece in pieces:
            parts.append(piece.text)
            usage = piece.usage or usage
            if piece.text:
                report(f"Writing the synthesis: {len(''.join(parts).split())} words")
    return "".join(parts), usage
