"""A question that the symbol's own documentation does not answer, put to the index of what else is installed.

First the symbol's distribution is asked, then what else the file imports. And a symbol without a word of its own is
looked up there by its name: the documentation of compiled functions often stands in another file.
"""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Sequence

from glossator.errors import GlossatorError, Problem
from glossator.explain import question
from glossator.explain.draft import Draft
from glossator.explain.options import ExplainOptions, Report
from glossator.models.base import Priority
from glossator.research.docstring import read_docstring
from glossator.research.evidence import Evidence, Query
from glossator.research.index.contents import PYTHON
from glossator.research.index.source import DocumentationIndex
from glossator.resolve.distributions import Installed
from glossator.text import Snapshot

PATIENCE = 2.0  # seconds that a question waits for an index to be built, where nobody said to wait for all of it
HOVER_SECONDS = 0.1
MOST_DISTRIBUTIONS = 8
SENTENCES_ON_A_NAME = 2
_IMPORT = re.compile(r"^[ \t]*(?:from[ \t]+([\w.]+)[ \t]+import|import[ \t]+([\w., \t]+))", re.MULTILINE)


async def look(
    draft: Draft, snapshot: Snapshot, index: DocumentationIndex | None, options: ExplainOptions, report: Report
) -> None:
    """Add to a draft what the index knows, where its own documentation left something open."""
    if snapshot.language == "python" and index is not None:
        try:
            if draft.question:
                await _answer(draft, snapshot, index, options, report)
            else:
                await _describe(draft, index, options)
        except GlossatorError as error:
            draft.problems.append(Problem.of(error))
    if draft.question and not draft.answers:
        named = f"`{draft.symbol.name}`" if draft.symbol else "these lines"
        told = f"Nothing that is installed speaks of that for {named}."
        draft.problems.append(draft.unanswered or Problem(told, "Ask in the words of its documentation."))


async def _answer(
    draft: Draft, snapshot: Snapshot, index: DocumentationIndex, options: ExplainOptions, report: Report
) -> None:
    if draft.answered >= question.ENOUGH:
        return
    names = await asyncio.to_thread(_distributions, draft, snapshot, index)
    own = draft.symbol.qualified_name.partition("(")[0] if draft.symbol else ""
    for group in (names[:1], names[1:]):  # the others are built, and waited for, only if the first knows no answer
        draft.problems += await index.prepare(group, None if options.wait_for_index else PATIENCE, report)
        for name in group:
            found = await index.search(Query((), distribution=name, question=draft.question))
            others = [one for one in found if not one.title.endswith(f": {own}")]
            told, share = await asyncio.to_thread(
                question.answer_from, draft.question, others, draft.bibliography, draft.answered
            )
            draft.answers.extend(told)
            draft.answered = max(draft.answered, share)
            if draft.answered >= question.ENOUGH:
                return


async def _describe(draft: Draft, index: DocumentationIndex, options: ExplainOptions) -> None:
    """A symbol of which nothing is said: by its name. A hover takes what is there at once, and has nothing built."""
    symbol = draft.symbol
    told = (*draft.summary, *draft.conclusion, *(one for argument in draft.arguments for one in argument.sentences))
    if symbol is None or not symbol.distribution or any(one.support == "extracted" for one in told):
        return
    if symbol.kind not in {"function", "method", "class", "property"}:
        return
    asked_for = options.priority < Priority.HOVER and options.synthesis != "cached"
    if asked_for:
        await index.prepare([symbol.distribution])
    query = Query((), symbol.qualified_name, symbol.module, symbol.distribution, symbol.version)
    try:
        found = await asyncio.wait_for(index.named(query, symbol.name), None if asked_for else HOVER_SECONDS)
    except asyncio.TimeoutError:
        return
    path = symbol.qualified_name.removeprefix(f"{symbol.module}.").split(".")
    for one in found:
        if _is_of(one, path):
            docstring = await asyncio.to_thread(read_docstring, one.text)
            draft.summary.extend(draft.bibliography.extract(docstring.summary, one, SENTENCES_ON_A_NAME))
            return


def _is_of(evidence: Evidence, path: Sequence[str]) -> bool:
    """Whether an entry of the same name is of the same class, or of none where the symbol has none."""
    holder = evidence.title.partition(": ")[2].rpartition(".")[0].rpartition(".")[2]
    owner = path[-2] if len(path) > 1 else ""
    return holder == owner if owner else holder.islower()


def _distributions(draft: Draft, snapshot: Snapshot, index: DocumentationIndex) -> list[str]:
    """The symbol's own distribution, then those that the file imports: what the lines asked about name comes first."""
    own = [draft.symbol.distribution] if draft.symbol and draft.symbol.distribution else []
    imported = imported_distributions(snapshot.text, index.installed, draft.code)
    return list(dict.fromkeys((*own, *imported)))[:MOST_DISTRIBUTIONS]


def imported_distributions(text: str, installed: Installed, code: str = "") -> tuple[str, ...]:
    """The distributions that a text imports from: those first whose names the ``code`` holds, the standard library
    last, for everybody imports something of it, and few questions are about it."""
    tops = sorted(imports(text), key=lambda one: not re.search(rf"\b{one}\b", code))
    found = [installed.distribution(top) for top in tops if top not in sys.stdlib_module_names]
    library = [PYTHON] if any(top in sys.stdlib_module_names for top in tops) else []
    return tuple(dict.fromkeys((*(one.name for one in found if one is not None), *library)))


def imports(text: str) -> tuple[str, ...]:
    """The top-level names that a text imports, also a broken one."""
    found: dict[str, None] = {}
    for match in _IMPORT.finditer(text):
        for one in (match[1] or match[2]).split(","):
            top = one.split()[0].partition(".")[0] if one.split() else ""
            if top.isidentifier():
                found[top] = None
    return tuple(found)
