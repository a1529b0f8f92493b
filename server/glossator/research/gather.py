"""Ask all sources at once, within a deadline; one that is slow or broken delays and spoils nothing."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from glossator.errors import GlossatorError, Problem
from glossator.research.evidence import Evidence, Query, Source

log = logging.getLogger(__name__)
DEADLINE = 2.0


async def gather(
    query: Query, sources: Sequence[Source], deadline: float = DEADLINE
) -> tuple[tuple[Evidence, ...], tuple[Problem, ...]]:
    """What the sources found within ``deadline`` seconds, in the order of the sources, and what went wrong."""
    tasks = [asyncio.create_task(_ask(source, query)) for source in sources]
    if not tasks:
        return (), ()
    try:
        _, late = await asyncio.wait(tasks, timeout=deadline)
    finally:
        for task in tasks:
            task.cancel()
    found: list[Evidence] = []
    problems: list[Problem] = []
    for task, source in zip(tasks, sources, strict=True):
        name = _name(source)
        if task in late:
            problems.append(Problem(f"{name} did not answer in {deadline:g} seconds.", "Ask again."))
            continue
        evidence, problem = task.result()
        found.extend(evidence)
        problems.extend([problem] if problem else [])
    return tuple(found), tuple(problems)


async def _ask(source: Source, query: Query) -> tuple[Sequence[Evidence], Problem | None]:
    try:
        return await source.search(query), None
    except GlossatorError as error:
        return (), Problem.of(error)
    except Exception:
        log.exception("the source %s failed", _name(source))
        return (), Problem(f"{_name(source)} met a bug.", "The log has the details.")


def _name(source: Source) -> str:
    """Its own, where it has one: a wrapper is named as what it wraps."""
    return str(getattr(source, "name", type(source).__name__))
