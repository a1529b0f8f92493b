"""A further question about an explanation: answered from its sources alone, or with more of them if that is asked for.

The sources keep their numbers. Without a model the answer is taken from them; with one, each of its sentences is
checked against them like any other.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace

from glossator.errors import Problem, WrongUse
from glossator.explain import further
from glossator.explain.cite import telling_words
from glossator.explain.conversation import Kept, grown, offered
from glossator.explain.draft import Draft
from glossator.explain.explanation import Explanation, Sentence
from glossator.explain.extract import readable
from glossator.explain.options import ExplainOptions, FollowUp, Report, Show, ignore
from glossator.explain.pipeline import ExplainTools
from glossator.explain.question import LEAST_SHARE, MOST_SENTENCES, Candidate
from glossator.explain.search_tool import SearchTool
from glossator.explain.synthesis import Manner, Synthesis
from glossator.explain.whole import Whole, dated, merged, write_shown

MOST_BACKGROUND = 8
LEAST_BACKGROUND = 0.1  # of the question's words: a model may see an answer where words do not
LAST = "last"
# Words of questions, not of what is asked about.
_ASKING = telling_words(
    "what which how why who does do did should could would is are and there happens mean means work call"
)
# Of "tell me more about …": what is wanted is what was not said yet.
_MORE = telling_words("more further detail details elaborate expand else continue")
_NAME = re.compile(r"\b[A-Za-z]+(?:_[A-Za-z0-9]+)+\b|\b[a-z]+[A-Z]\w*\b|\b[A-Z][a-z0-9]+[A-Z]\w*\b")
# Parameters may have the word in their names (``return_tensors``), and lists may be "returned"; neither is meant.
_OF_RESULT = re.compile(r"\breturns?\b(?!_)|\bresult\b|\bgives? back\b", re.IGNORECASE)
_GIVING = re.compile(r"\b(?:returns?|returned|gives? back|yields?|instantiates?|creates?|builds?)\b", re.IGNORECASE)
_FILLING = telling_words("tell show give say explain about please only me this that these section part source sources")


async def follow_up(
    wish: FollowUp,
    tools: ExplainTools,
    options: ExplainOptions = ExplainOptions(),
    report: Report = ignore,
    show: Show | None = None,
) -> Explanation:
    """The answer, an explanation with an id of its own to ask further about.

    Raises:
        WrongUse: there is no question, or no explanation of that id.
    """
    started = time.monotonic()
    kept = await _kept(wish, tools)
    options = replace(options, question=wish.question.strip())
    draft = Draft(
        symbol=kept.symbol,
        code=kept.code,
        question=options.question,
        bibliography=kept.bibliography(),
        turns=kept.turns,
        offline=options.offline,
        fresh=options.fresh,
    )
    search = _search_tool(kept, draft, tools, options) if wish.search else None
    if search is not None:
        report("Searching")
        await search.look(options.question)
    _answer(kept, draft)
    whole = Whole(kept.target, draft)
    written = await write_shown(whole, tools.model, options, report, Manner(tools.small, search), show)
    return await _finished(whole, written, kept, tools, options, search, started)


async def _kept(wish: FollowUp, tools: ExplainTools) -> Kept:
    if not wish.question.strip():
        raise WrongUse("There is no question.", "Say what you want to know.")
    kept = await tools.shelf.get(wish.id) if tools.shelf is not None else None
    if kept is not None:
        return kept
    if wish.id == LAST:
        raise WrongUse("There is no explanation yet to ask further about.", "Explain a place first.")
    raise WrongUse(f"There is no explanation {wish.id!r} to ask further about.", "Explain the place again.")


def _answer(kept: Kept, draft: Draft) -> None:
    """The sentences that answer, and those that a model may need beside them."""
    known = {one.id for one in kept.evidence}
    new = (one for one in draft.bibliography.evidence if one.id not in known and one.kind != "documentation")
    material = list(offered(kept, draft.bibliography))
    material += [Candidate(text, "", one) for one in new for text in readable(one)]
    asked = telling_words(draft.question) - _ASKING
    if asked & _MORE:
        told = set(kept.told)
        material = [one for one in material if one.text not in told]
    about = asked - _MORE - _FILLING
    if not about:
        chosen = tuple(material[:MOST_SENTENCES])
    elif _names_a_stranger(draft.question, draft.code, material):
        chosen = ()
    elif _OF_RESULT.search(draft.question):
        results = _results(material)
        chosen = _nearest(about, results, MOST_SENTENCES, LEAST_SHARE) or tuple(results[:MOST_SENTENCES])
    else:
        chosen = _nearest(about, material, MOST_SENTENCES, LEAST_SHARE)
    draft.answers.extend(draft.bibliography.cite(one.text, one.evidence) for one in chosen)
    near = _nearest(about, material, MOST_BACKGROUND, LEAST_BACKGROUND)
    # Not quoted as the reader's: cited, so that what a model says of it can be checked against what is shown.
    draft.background.extend(draft.bibliography.cite(one.text, one.evidence) for one in near if one not in chosen)


def _results(offered: Sequence[Candidate]) -> list[Candidate]:
    """What is said of results: under that heading, else where a summary says what is returned or made."""
    under = [one for one in offered if one.subject.lower().split()[:1] == ["returns"]]
    return under or [one for one in offered if not one.subject and _GIVING.search(one.text)]


def _nearest(about: set[str], offered: Sequence[Candidate], most: int, least: float) -> tuple[Candidate, ...]:
    """The candidates that hold the largest, and at least the ``least``, share of the words, best first."""
    if not about:
        return ()
    shares = [len(about & telling_words(f"{one.subject} {one.text}")) / len(about) for one in offered]
    best = sorted((number for number, share in enumerate(shares) if share >= least), key=lambda one: -shares[one])
    return tuple({offered[number].text: offered[number] for number in best[:most]}.values())


def _names_a_stranger(question: str, code: str, offered: Sequence[Candidate]) -> bool:
    """Whether a question is about something with a name as code has it, which neither the place nor a source names."""
    spoken = " ".join((code, *(f"{one.subject} {one.evidence.title} {one.text}" for one in offered)))
    return any(name not in spoken for name in _NAME.findall(question))


def _search_tool(kept: Kept, draft: Draft, tools: ExplainTools, options: ExplainOptions) -> SearchTool | None:
    query = further.query_of(draft, options)
    if query is None:
        return None
    names = frozenset(one.subject.rpartition(" ")[2] for one in kept.material if one.subject)
    local = (*tools.sources, *([tools.index] if tools.index else []))
    return SearchTool(draft, query, tools.installed, local, further.allowed(tools.web, options), names)


async def _finished(
    whole: Whole,
    written: Synthesis,
    kept: Kept,
    tools: ExplainTools,
    options: ExplainOptions,
    search: SearchTool | None,
    started: float,
) -> Explanation:
    problems = list(written.problems)
    if not written.sentences:
        step = "" if search is not None else "Ask in their words, or let it search for more."
        problems.append(Problem("These sources do not say.", step))
    meta = dated(written.meta, options, {**merged({}, search), "follow_up": kept.id}, started)
    answer = whole.with_sentences(_unique(written.sentences), meta, problems)
    if tools.shelf is None:
        return answer
    next_one = grown(kept, whole.draft, answer.synthesis, options.question)
    await tools.shelf.put(next_one)
    return replace(answer, id=next_one.id)


def _unique(sentences: Sequence[Sentence]) -> tuple[Sentence, ...]:
    return tuple({sentence.text: sentence for sentence in sentences}.values())
