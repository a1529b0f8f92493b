"""A draft's symbol to what stands elsewhere about it: its documentation's page, uses in the project, the web.

The web is asked only for an explanation that somebody asked for, and only with consent (else there are no sources to
ask). A hover never asks it: hovering is not asking, 300 questions a day would be gone in an hour, and the text that a
hover remembers must not depend on what a search found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from glossator.explain import extract
from glossator.explain.draft import Draft
from glossator.explain.options import ExplainOptions, Report, ignore
from glossator.models.base import Priority
from glossator.research.evidence import Evidence, Query, Source
from glossator.research.gather import gather
from glossator.research.journal import recording
from glossator.resolve.distributions import Installed
from glossator.text import Snapshot

NEARBY_SECONDS = 5.0  # never reached: these sources limit themselves to a fraction of it
WEB_SECONDS = 5.0
MOST_USAGES = 5
FROM_THE_WEB = 2
_USED = {"function", "method", "class", "property"}
_NAMED = _USED | {"module", "variable", "parameter"}  # and no keyword, no command, no word of another language


@dataclass(frozen=True, slots=True)
class Sources:
    """Who is asked beyond the documentation itself."""

    nearby: Sequence[Source] = ()
    web: Sequence[Source] = ()


async def look(
    draft: Draft,
    snapshot: Snapshot,
    installed: Installed,
    sources: Sources,
    options: ExplainOptions,
    report: Report = ignore,
) -> dict[str, object]:
    """Add links, usages and web results to a draft; the answer is what was sent where, under ``searched``."""
    query = query_of(draft, options)
    if query is None or snapshot.language != "python":
        return {}
    # That a link or a usage was not found in time is no trouble of the reader's; bugs are in the log.
    found, _ = await gather(query, sources.nearby, NEARBY_SECONDS)
    _add_nearby(found, draft, snapshot)
    return await search_web(query, draft, installed, sources.web, options, report)


async def search_web(
    query: Query,
    draft: Draft,
    installed: Installed,
    sources: Sequence[Source],
    options: ExplainOptions,
    report: Report = ignore,
) -> dict[str, object]:
    """Add web results to a draft; the answer is what was sent where, under ``searched``."""
    asked_for = options.synthesis == "model" and options.priority <= Priority.EXPLANATION
    web = allowed(sources, options)
    if not (web and asked_for):
        return {}
    if not await asyncio.to_thread(is_public, query, installed):
        return {}
    report("Searching")
    with recording() as sent:
        found, problems = await gather(query, web, WEB_SECONDS)
        searched = [asdict(one) for one in sent]
    draft.problems.extend(problems)
    _add_found(found, draft)
    return {"searched": searched}


def query_of(draft: Draft, options: ExplainOptions) -> Query | None:
    """The symbol's public names; the parameter's too, where an argument is explained. Never a word of the source."""
    symbol = draft.symbol
    if symbol is None or symbol.kind not in _NAMED:
        return None
    name, _, argument = symbol.qualified_name.partition("(")
    # Only a name that the documentation has: another may be a key of the user's own.
    documented = any(one.name == symbol.name and one.sentences for one in draft.arguments)
    terms = (symbol.name,) if argument and documented else ()
    return Query(
        terms, name, symbol.module, symbol.distribution, symbol.version, offline=options.offline, fresh=options.fresh
    )


def allowed(web: Sequence[Source], options: ExplainOptions) -> Sequence[Source]:
    """The web sources that these options leave: offline, those that replay what they remember, and ask nobody."""
    return [one for one in web if getattr(one, "replays", False)] if options.offline else web


def is_public(query: Query, installed: Installed) -> bool:
    """Whether others know the symbol: the standard library's, or of a distribution that came from a package index.

    One that was installed from a folder or a repository may be the user's own.
    """
    if query.distribution == "python":
        return True
    found = installed.distribution(query.module.split(".")[0]) if query.distribution else None
    return found is not None and not found.origin


def _add_nearby(found: Sequence[Evidence], draft: Draft, snapshot: Snapshot) -> None:
    """Links that are not there yet, and the usages that the reader does not see anyway: those in this document."""
    known = {one.url for one in draft.bibliography.evidence}
    usable = draft.symbol is not None and draft.symbol.kind in _USED
    here = snapshot.path.as_uri() if snapshot.path else ""
    usages = [one for one in found if one.kind == "project" and usable and one.url.partition("#")[0] != here]
    links = [one for one in found if one.kind != "project"]
    for one in (*links, *usages[:MOST_USAGES]):
        if one.url not in known:
            draft.bibliography.add(one)


def _add_found(found: Sequence[Evidence], draft: Draft) -> None:
    """Web results join the sources; they speak for themselves only where the documentation says nothing."""
    for one in found:
        draft.bibliography.add(one)
    told = (*draft.summary, *draft.conclusion, *(one for argument in draft.arguments for one in argument.sentences))
    if any(sentence.support == "extracted" for sentence in told):
        return
    for one in found[:FROM_THE_WEB]:
        draft.conclusion.extend(draft.bibliography.extract(extract.readable(one), one, 1))
