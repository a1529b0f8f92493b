"""A draft to its synthesis: those sentences of the model's text that survive the check, else the extracts.

A small model must never make an answer worse than no model. So a sentence falls alone only where most of the text
stands, and takes along the next one if that leans on it ("It also …"); a model that is known to be too small may only
say the extracts again, see ``rewording``. Measured by ``tests/bench/synthesis.py`` and ``tests.bench.explain.written``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from glossator.errors import GlossatorError, Problem
from glossator.explain.cite import Verdict, judge
from glossator.explain.draft import Draft
from glossator.explain.explanation import Argument, Meta, Sentence
from glossator.explain.options import ExplainOptions, Report
from glossator.explain.prompt import Asking, prompt_for
from glossator.explain.reading import cited_sentences, complete_sentences
from glossator.explain.rewording import reworded
from glossator.explain.search_tool import MOST_ROUNDS, SearchTool
from glossator.models.base import Prompt, RememberingModel, ToolCall, Usage
from glossator.research.evidence import Evidence

LEAST_SURVIVING = 0.5  # of all sentences; research/explanations.md §5.3
Told = Callable[[tuple[Sentence, ...], Usage], None]
# How a sentence begins that says nothing without the one before it.
_LEANS = re.compile(
    r"(?i)(?:it|its|they|them|their|this|that|these|those|he|she|such|also|additionally|furthermore|moreover|however"
    r"|then|thus|therefore|otherwise|instead|for example|in this case|if so|by default it)\b"
)


@dataclass(frozen=True, slots=True)
class Synthesis:
    """The sentences, who wrote them, and what went wrong on the way."""

    sentences: tuple[Sentence, ...]
    meta: Meta = Meta()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Manner:
    """How a model is let write: which are too ``small`` for more than saying the extracts again, what it may search
    with, and who is ``told`` each time when another checked sentence is there."""

    small: frozenset[str] = frozenset()
    search: SearchTool | None = None
    told: Told | None = None

    def is_strict(self, usage: Usage | None) -> bool:
        """Whether who answered may say nothing but the extracts again."""
        return usage is not None and usage.model in self.small


async def write(
    draft: Draft, model: RememberingModel | None, options: ExplainOptions, report: Report, manner: Manner = Manner()
) -> Synthesis:
    """The synthesis of a draft."""
    extracts = Synthesis(extractive(draft))
    if options.synthesis == "none" or model is None or not draft.bibliography.evidence:
        return extracts
    try:
        if options.synthesis == "cached":
            remembered = await model.recall(prompt_of(draft, options))
            if remembered is None:
                return extracts
            return _checked(Answer(*remembered), draft, extracts, manner)
        report("Writing the synthesis")
        return _checked(await _answer(draft, model, options, report, manner), draft, extracts, manner)
    except GlossatorError as error:
        return Synthesis(extracts.sentences, Meta(), (Problem.of(error),))


def prompt_of(draft: Draft, options: ExplainOptions, search: SearchTool | None = None) -> Prompt:
    """What a model is asked about a draft."""
    asking = Asking(
        draft.code,
        [*draft.answers, *draft.summary, *draft.background],
        draft.arguments,
        draft.bibliography.evidence,
        draft.question,
        search.found if search else (),
        draft.turns,
    )
    return prompt_for(asking, options.priority, (search.tool,) if search else (), options.fresh)


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


def survivors(verdicts: Sequence[Verdict]) -> tuple[list[Sentence], list[dict[str, str]]]:
    """The sentences that stand, and those that do not, with the reason."""
    kept: list[Sentence] = []
    refused: list[dict[str, str]] = []
    fell = False
    for verdict in verdicts:
        text = verdict.sentence.text
        repeated = "was said already" if text in {one.text for one in kept} else ""
        leaning = "leans on the sentence before it, which was refused" if fell and _LEANS.match(text) else ""
        fault = verdict.fault or repeated or leaning
        fell = bool(fault)
        if fault:
            refused.append({"text": text, "why": fault})
        else:
            kept.append(verdict.sentence)
    return kept, refused


@dataclass
class Answer:
    """What a model wrote, as far as it is; ``calls`` are what it asked for instead."""

    text: str = ""
    usage: Usage | None = None
    calls: tuple[ToolCall, ...] = field(default=())


def _telling(argument: Argument) -> Sentence:
    """What is said of the very value, else what is said first."""
    last = argument.sentences[-1]
    return last if argument.value.strip("'\"") in last.text.partition(":")[0] else argument.sentences[0]


def _checked(answer: Answer, draft: Draft, extracts: Synthesis, manner: Manner) -> Synthesis:
    cut_off = answer.usage is not None and answer.usage.finish_reason == "length"
    written = complete_sentences(answer.text) if cut_off else cited_sentences(answer.text)
    verdicts = judge(written, _quotable(draft), draft.code)
    kept, refused = survivors(verdicts)
    told: dict[str, object] = {"refused": refused} if refused else {}
    if manner.is_strict(answer.usage):
        titles = {one.id: one.title for one in draft.bibliography.evidence}
        said_again = reworded(extracts.sentences, kept, titles, draft.code)
        if said_again == extracts.sentences:
            reason = "it says nothing of the extracts again"
            return Synthesis(extracts.sentences, Meta(options={"model_text_refused": reason, **told}))
        return Synthesis(said_again, replace(meta_of(answer.usage), options=told))
    if len(kept) < max(1, LEAST_SURVIVING * len(verdicts)):
        reason = f"{refused[0]['text']!r} {refused[0]['why']}" if refused else "the model wrote nothing"
        return Synthesis(extracts.sentences, Meta(options={"model_text_refused": reason, **told}))
    return Synthesis(tuple(kept), replace(meta_of(answer.usage), options=told))


def meta_of(usage: Usage | None) -> Meta:
    """Who wrote."""
    return Meta() if usage is None else Meta(usage.backend, usage.model, usage.adapter, usage.cached)


def _quotable(draft: Draft) -> list[Evidence]:
    """The evidence as the answer shows it: a sentence must be supported by what the reader can see. A link
    says nothing."""
    shown = {reference.id: reference.snippet for reference in draft.bibliography.references()}
    quotable = (one for one in draft.bibliography.evidence if one.kind != "documentation")
    return [replace(one, text=shown[one.id]) for one in quotable]


async def _answer(
    draft: Draft, model: RememberingModel, options: ExplainOptions, report: Report, manner: Manner
) -> Answer:
    """The answer, after as many searches as the model asks for and is allowed."""
    search = manner.search
    prompt = prompt_of(draft, options, search)
    answer = await _read(model, prompt, draft, report, manner)
    for number in range(1, MOST_ROUNDS + 1):
        if search is None or not answer.calls:
            break
        report("Searching what the model asked for")
        said = await search.reply(answer.calls)
        # Whoever takes the plain spelling finds the results among the facts.
        plain = prompt_of(draft, options, search)
        prompt = search.continued(prompt, plain, answer.calls, said, last=number == MOST_ROUNDS or search.exhausted)
        answer = await _read(model, prompt, draft, report, manner)
    return answer


async def _read(model: RememberingModel, prompt: Prompt, draft: Draft, report: Report, manner: Manner) -> Answer:
    answer, told = Answer(), 0
    evidence = _quotable(draft)
    async with aclosing(model.stream(prompt)) as pieces:
        async for piece in pieces:
            answer.text += piece.text
            answer.usage = piece.usage or answer.usage
            answer.calls += piece.tool_calls
            if not piece.text:
                continue
            report(f"Writing the synthesis: {len(answer.text.split())} words")
            if manner.told is not None and not manner.is_strict(answer.usage):
                kept, _ = survivors(judge(complete_sentences(answer.text), evidence, draft.code))
                if len(kept) > told:
                    told = len(kept)
                    manner.told(tuple(kept), answer.usage or Usage("model", "model"))
    return answer
