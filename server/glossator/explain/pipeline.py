"""Snapshot and target to explanation: the stages in order."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from glossator.errors import GlossatorError, Problem
from glossator.explain import further, other_language, place, synthesis, wider
from glossator.explain.draft import Draft
from glossator.explain.explanation import Explanation, Meta, Notice, Sentence
from glossator.explain.notices import ahead
from glossator.explain.options import ExplainOptions, Report, Target, ignore
from glossator.models.base import Priority, RememberingModel
from glossator.research.evidence import Source
from glossator.research.index.source import DocumentationIndex
from glossator.resolve.base import Resolver
from glossator.resolve.distributions import Installed
from glossator.resolve.symbol import Workspace
from glossator.syntax.tree import Tree, parse
from glossator.text import Position, Snapshot, Span

__all__ = ["ExplainOptions", "ExplainTools", "Report", "Target", "explain", "ignore", "spell"]


PATIENCE = 0.01  # seconds


@dataclass(frozen=True, slots=True)
class ExplainTools:
    """Who is asked: the symbol server, the installed packages, the sources of evidence, and a model if there is one.

    ``nearby`` sources are asked about every symbol and are quick; ``web`` ones only for an explanation asked for, and
    the ``index`` where a question or a symbol is left without an answer.
    """

    resolver: Resolver
    installed: Installed
    sources: Sequence[Source] = ()
    model: RememberingModel | None = None
    nearby: Sequence[Source] = ()
    web: Sequence[Source] = ()
    index: DocumentationIndex | None = None


async def explain(
    snapshot: Snapshot,
    target: Target,
    tools: ExplainTools,
    options: ExplainOptions = ExplainOptions(),
    report: Report = ignore,
) -> Explanation:
    """The explanation of a place, of some lines, or (target None) of the whole file.

    Raises:
        WrongUse: the target is outside the text.
    """
    started = time.monotonic()
    outside = target.start if isinstance(target, Span) else target
    if outside is not None:
        snapshot.offset(outside)
    draft = await _draft(snapshot, target, tools, options, report)
    await wider.look(draft, snapshot, tools.index, options, report)
    searched = await further.look(
        draft, snapshot, tools.installed, further.Sources(tools.nearby, tools.web), options, report
    )
    written = await synthesis.write(draft, tools.model, options, report)
    meta = replace(
        written.meta,
        duration_ms=round((time.monotonic() - started) * 1000, 1),
        created_at=datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        options={**asdict(options), "priority": options.priority.name.lower(), **searched, **written.meta.options},
    )
    return _finish(snapshot, target, draft, written.sentences, (*draft.problems, *written.problems), meta)


async def _draft(
    snapshot: Snapshot, target: Target, tools: ExplainTools, options: ExplainOptions, report: Report
) -> Draft:
    """Everything that is known without a model."""
    if snapshot.language != "python":
        return await other_language.describe(snapshot, target, tools.installed.root)
    report("Reading the code")
    tree = await asyncio.to_thread(parse, snapshot.text)
    line = (target.start if isinstance(target, Span) else target or Position(0, 0)).line
    workspace = Workspace(snapshot, tree, tools.resolver, tools.installed, line)
    draft = Draft(question=options.question, offline=options.offline, fresh=options.fresh)
    try:
        if isinstance(target, Position):
            await place.describe_place(target, workspace, tools.sources, draft, report)
        else:
            await place.describe_lines(target, workspace, tools.sources, draft, report)
    except GlossatorError as error:
        draft.problems.append(Problem.of(error))
    draft.notices = (*await _notices(tree, options), *draft.notices)
    return draft


async def _notices(tree: Tree, options: ExplainOptions) -> tuple[Notice, ...]:
    """The notices of a text, looked for when all else is known, for they would compete with it. A hover waits but a
    moment: they take 30 ms for 1,000 lines after each edit, and what is found later is there for the next hover."""
    looking = ahead.look(tree)
    await asyncio.wait({looking}, timeout=PATIENCE if options.priority >= Priority.HOVER else None)
    return looking.result() if looking.done() else ()


def _finish(
    snapshot: Snapshot,
    target: Target,
    draft: Draft,
    sentences: Sequence[Sentence],
    problems: Sequence[Problem],
    meta: Meta,
) -> Explanation:
    return Explanation(
        target=spell(snapshot, target),
        symbol=draft.symbol,
        summary=tuple(draft.summary),
        arguments=tuple(draft.arguments),
        notices=draft.notices,
        constructs=tuple(draft.constructs),
        synthesis=tuple(sentences),
        sources=draft.bibliography.references(),
        problems=tuple(problems),
        meta=meta,
        span=draft.span,
    )


def spell(snapshot: Snapshot, target: Target) -> str:
    """The target as the command line writes it."""
    name = str(snapshot.path or snapshot.uri)
    if isinstance(target, Position):
        return f"{name}:{target.line + 1}:{target.column + 1}"
    if isinstance(target, Span):
        return f"{name}:{target.start.line + 1}-{target.end.line + 1}"
    return name
