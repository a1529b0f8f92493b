"""A question about a whole file to its answer: from what the file uses, and else from the index of what it imports."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from glossator.explain import question, synthesis, wider
from glossator.explain.draft import Draft
from glossator.explain.options import ExplainOptions, Report, ignore
from glossator.explain.pipeline import ExplainTools
from glossator.resolve.documentation import Documented
from glossator.text import Snapshot


async def answer_of(
    used: Iterable[Documented], snapshot: Snapshot, tools: ExplainTools, options: ExplainOptions, report: Report
) -> tuple[Draft, synthesis.Synthesis]:
    """The answer to the options' question, and the draft that holds its sources and problems."""
    report("Looking for an answer")
    draft = Draft(question=options.question, offline=options.offline, fresh=options.fresh)
    told, draft.answered = await asyncio.to_thread(question.answer_among, options.question, used, draft.bibliography)
    draft.answers.extend(told)
    await wider.look(draft, snapshot, tools.index, options, report)
    if not draft.answers:
        return draft, synthesis.Synthesis(())
    return draft, await synthesis.write(draft, tools.model, options, ignore, synthesis.Manner(tools.small))
