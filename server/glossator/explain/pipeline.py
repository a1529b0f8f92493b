"""Snapshot and target to explanation: the stages in order."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from glossator.errors import GlossatorError, Problem
from glossator.explain import further, other_language, place, synthesis, wider
from glossator.explain.conversation import Shelf, keep
from glossator.explain.draft import Draft
from glossator.explain.explanation import Explanation, Notice
from glossator.explain.notices import ahead
from glossator.explain.options import ExplainOptions, Report, Show, Target, ignore
from glossator.explain.search_tool import SearchTool
from glossator.explain.synthesis import Manner
from glossator.explain.whole import Whole, dated, merged, write_shown
from glossator.models.base import Priority, RememberingModel
from glossator.research.evidence import Source
from glossator.research.index.source import DocumentationIndex
from glossator.resolve.base import Resolver
from glossator.resolve.distributions import Installed
from glossator.resolve.symbol import Workspace
from glossator.syntax.near import parse_near
from glossator.syntax.tree import Tree, parse
from glossator.text import Position, Snapshot, Span

__all__ = ["ExplainOptions", "ExplainTools", "Report", "Target", "explain", "ignore", "spell"]


PATIENCE = 0.01  # seconds
LONGEST_AT_ONCE = 12_000  # characters, some 350 lines


@dataclass(frozen=True, slots=True)
class ExplainTools:
    """Who is asked: the symbol server, the installed packages, the sources of evidence, and a model if there is one.

    ``nearby`` sources are asked about every symbol and are quick; ``web`` ones only for an explanation asked for, and
    the ``index`` where a question or a symbol is left without an answer. ``small`` names models whose text stands whole
    or not at all. The ``shelf`` keeps what one may ask further about.
    """

    resolver: Resolver
    installed: Installed
    sources: Sequence[Source] = ()
    model: RememberingModel | None = None
    nearby: Sequence[Source] = ()
    web: Sequence[Source] = ()
    small: frozenset[str] = frozenset()
    shelf: Shelf | None = None
    index: DocumentationIndex | None = None


async def explain(
    snapshot: Snapshot,
    target: Target,
    tools: ExplainTools,
    options: ExplainOptions = ExplainOptions(),
    report: Report = ignore,
    show: Show | None = None,
) -> Explanation:
    """The explanation of a place, of some lines, or (target None) of the whole file. ``show`` gets it as it grows.

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
    search = _search_tool(draft, tools, options) if snapshot.language == "python" else None
    whole = Whole(spell(snapshot, target), draft)
    written = await write_shown(whole, tools.model, options, report, Manner(tools.small, search), show)
    meta = dated(written.meta, options, merged(searched, search), started)
    explanation = whole.with_sentences(written.sentences, meta, written.problems)
    if tools.shelf is None or options.priority > Priority.EXPLANATION or not draft.bibliography.evidence:
        return explanation
    kept = keep(draft, snapshot, explanation.target, explanation.synthesis, options.question)
    await tools.shelf.put(kept)
    return replace(explanation, id=kept.id)


async def forget(snapshot: Snapshot, target: Target, tools: ExplainTools) -> int:
    """Forget what was remembered of a place: what a model wrote about it, and what was kept to ask further about; of a
    whole text only the latter. How much that was."""
    gone = await tools.shelf.forget(snapshot.uri, _start(snapshot, target)) if tools.shelf else 0
    if tools.model is None or target is None:
        return gone
    options = ExplainOptions("none", offline=True)
    draft = await _draft(snapshot, target, tools, options, ignore)
    await wider.look(draft, snapshot, tools.index, options, ignore)
    prompts = [synthesis.prompt_of(draft, options)]
    # With what the web said, too, which a model may have been told: as far as that is remembered itself.
    replay = ExplainOptions("model", offline=True)
    await further.look(draft, snapshot, tools.installed, further.Sources(tools.nearby, tools.web), replay)
    prompts.append(synthesis.prompt_of(draft, options))
    return gone + sum([await tools.model.forget(prompt) for prompt in prompts])


async def _draft(
    snapshot: Snapshot, target: Target, tools: ExplainTools, options: ExplainOptions, report: Report
) -> Draft:
    """Everything that is known without a model."""
    if snapshot.language != "python":
        return await other_language.describe(snapshot, target, tools.installed.root)
    report("Reading the code")
    tree = await asyncio.to_thread(_tree, snapshot, target, options)
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


def _tree(snapshot: Snapshot, target: Target, options: ExplainOptions) -> Tree:
    """The tree of the text; for a hover, in a long text that was just edited, of what is around it."""
    if options.priority < Priority.HOVER or not isinstance(target, Position) or len(snapshot.text) <= LONGEST_AT_ONCE:
        return parse(snapshot.text)
    return parse_near(snapshot.text, snapshot.offset(target))


async def _notices(tree: Tree, options: ExplainOptions) -> tuple[Notice, ...]:
    """The notices of a text, looked for when all else is known, for they would compete with it: 14 ms of processor time
    for 1,000 lines. A hover in a long text has those that are looked for already, once the text rests, and waits but a
    moment for them."""
    hovering = options.priority >= Priority.HOVER
    if hovering and len(tree.text) > LONGEST_AT_ONCE and not ahead.is_looked_for(tree):
        return ()
    looking = ahead.look(tree)
    await asyncio.wait({looking}, timeout=PATIENCE if hovering else None)
    return looking.result() if looking.done() else ()


def _search_tool(draft: Draft, tools: ExplainTools, options: ExplainOptions) -> SearchTool | None:
    """What a model may search with, in an explanation that somebody asked for."""
    query = further.query_of(draft, options)
    if tools.model is None or query is None or options.priority > Priority.EXPLANATION:
        return None
    names = frozenset(one.name for documented in draft.documented for one in documented.parameters)
    local = (*tools.sources, *([tools.index] if tools.index else []))
    return SearchTool(draft, query, tools.installed, local, further.allowed(tools.web, options), names)


def _start(snapshot: Snapshot, target: Target) -> str:
    """How the targets begin that are about the same place: a line's, wherever in it the cursor is."""
    if target is None:
        return ""
    return (
        spell(snapshot, Position(target.line, 0)).rpartition(":")[0] + ":"
        if isinstance(target, Position)
        else (spell(snapshot, target))
    )


def spell(snapshot: Snapshot, target: Target) -> str:
    """The target as the command line writes it."""
    name = str(snapshot.path or snapshot.uri)
    if isinstance(target, Position):
        return f"{name}:{target.line + 1}:{target.column + 1}"
    if isinstance(target, Span):
        return f"{name}:{target.start.line + 1}-{target.end.line + 1}"
    return name
