"""One place, or some lines, to a draft: what stands there, resolved, documented, cited."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from glossator.errors import Problem
from glossator.explain import extract
from glossator.explain.call import BoundArgument, bind
from glossator.explain.command import describe_command
from glossator.explain.draft import Draft
from glossator.explain.explanation import Construct, Sentence, SymbolFacts
from glossator.explain.focus import Focus, constructs, find_focus, principal
from glossator.explain.notices.resolved import resolved_notices
from glossator.explain.options import Report
from glossator.explain.question import answer
from glossator.research.evidence import Query, Source
from glossator.research.gather import gather
from glossator.resolve.definition import literal
from glossator.resolve.documentation import Documented, document
from glossator.resolve.symbol import Symbol, Workspace, find_symbol
from glossator.syntax.tree import ancestors
from glossator.text import Position, Span

MOST_CONSTRUCTS = 40
LONGEST_CODE = 80
MOST_ON_A_HUB_ID = 10
SENTENCES_ON_ONE_ARGUMENT = 4


async def describe_place(
    position: Position, workspace: Workspace, sources: Sequence[Source], draft: Draft, report: Report
) -> None:
    """Describe what stands at a position, if anything does."""
    focus = find_focus(workspace.tree, workspace.snapshot.offset(position))
    if focus is not None:
        await _describe(focus, workspace, sources, draft, report)


async def describe_lines(
    span: Span | None, workspace: Workspace, sources: Sequence[Source], draft: Draft, report: Report
) -> None:
    """Describe a line by its principal construct, several lines (or, for None, the file) construct by construct."""
    first = span.start.line if span else 0
    last = span.end.line if span else workspace.snapshot.line_count - 1
    draft.span = Span(Position(first, 0), Position(last, len(workspace.snapshot.line(last))))
    found = constructs(workspace.tree, first, last)
    if first == last:
        focus = principal(workspace.tree, first, last) or _first_word(workspace, first)
        if focus is not None:
            await _describe(focus, workspace, sources, draft, report)
        return
    draft.code = workspace.snapshot.slice(draft.span)
    for number, focus in enumerate(found[:MOST_CONSTRUCTS], 1):
        report(f"Reading documentation: {number} of {len(found)}")
        symbol = await find_symbol(focus.node, workspace)
        if symbol is not None:
            documented = await document(symbol, workspace)
            draft.documented.append(documented)
            draft.notices += await resolved_notices(documented, focus, workspace)
            sentences = extract.summarise(documented, draft.bibliography, 1)
            code = " ".join(_spelled(focus, workspace).split())[:LONGEST_CODE]
            draft.constructs.append(Construct(workspace.tree.line_of(focus.node) + 1, code, sentences))
            draft.summary.extend(sentences)
    if len(found) > MOST_CONSTRUCTS:
        more = len(found) - MOST_CONSTRUCTS
        draft.problems.append(Problem(f"{more} further constructs were left out.", "Ask about fewer lines at once."))
    draft.summary = list({sentence.text: sentence for sentence in draft.summary}.values())


def _spelled(focus: Focus, workspace: Workspace) -> str:
    """The call; of a definition or an import, the name."""
    return workspace.tree.text_of(focus.call or focus.node)


def _first_word(workspace: Workspace, line: int) -> Focus | None:
    written = workspace.snapshot.line(line)
    column = len(written) - len(written.lstrip())
    return find_focus(workspace.tree, workspace.snapshot.line_starts[line] + column) if written.strip() else None


async def _describe(
    focus: Focus, workspace: Workspace, sources: Sequence[Source], draft: Draft, report: Report
) -> None:
    draft.span = _span(focus.node, workspace)
    draft.code = _statement(focus.node, workspace)
    if focus.name is None:
        await _describe_text(focus, workspace, sources, draft)
        return
    report("Resolving the name")
    symbol = await find_symbol(focus.name, workspace)
    if symbol is None:
        word = workspace.tree.text_of(focus.name)
        draft.problems.append(Problem(f"No definition of `{word}` was found.", _advice(workspace, word)))
        return
    report("Reading documentation")
    documented = await document(symbol, workspace)
    draft.documented.append(documented)
    if symbol.assumed:
        told = f"The type of the object before `.{symbol.definition.name}` is not declared;"
        draft.problems.append(Problem(f"{told} methods that return their own object were followed.", ""))
    bound = bind(workspace.tree, focus.call, documented.parameters) if focus.call is not None else ()
    _answer(documented, draft)
    draft.notices += await resolved_notices(documented, focus, workspace)
    if focus.kind == "argument":
        _describe_argument(focus, documented, bound, draft)
        value = focus.argument.child_by_field_name("value") or focus.argument if focus.argument else None
        if value is not None and value.type == "string":
            draft.conclusion.extend(await _named_in_string(value, workspace, sources, draft))
    else:
        await _describe_symbol(documented, bound, workspace, sources, draft)


def _answer(documented: Documented, draft: Draft) -> None:
    if not draft.question:
        return
    draft.answers.extend(answer(draft.question, documented, draft.bibliography))
    if not draft.answers:
        name = documented.symbol.definition.name
        told = f"Nothing that `{name}` says of itself speaks of that."
        draft.problems.append(Problem(told, "Ask in the words of its documentation."))


async def _describe_symbol(
    documented: Documented,
    bound: Sequence[BoundArgument],
    workspace: Workspace,
    sources: Sequence[Source],
    draft: Draft,
) -> None:
    symbol = documented.symbol
    draft.symbol = extract.facts(symbol)
    draft.summary.extend(extract.summarise(documented, draft.bibliography))
    draft.summary.extend(await _type_of(symbol, workspace, draft))
    draft.arguments.extend(extract.explain_arguments(documented, bound, draft.bibliography))
    draft.conclusion.extend(extract.returned(documented, draft.bibliography))
    if symbol.definition.kind in {"module", "class"}:
        query = Query((), symbol.qualified_name, symbol.owner.module, symbol.owner.distribution)
        draft.conclusion.extend(await _add_evidence(query, sources, draft, most=1))


def _describe_argument(focus: Focus, documented: Documented, bound: Sequence[BoundArgument], draft: Draft) -> None:
    """An argument: its parameter's own documentation first, then what it is an argument of."""
    function = extract.facts(documented.symbol)
    one = next((argument for argument in bound if focus.argument and argument.node.id == focus.argument.id), None)
    if one is None:
        draft.symbol = function
        draft.summary.extend(extract.summarise(documented, draft.bibliography))
        return
    parameter = next((known for known in documented.parameters if known.name == one.name), None)
    annotation = f": {' '.join(parameter.annotation.split())}" if parameter and parameter.annotation else ""
    default = f" = {parameter.default}" if parameter and parameter.default else ""
    draft.symbol = SymbolFacts(
        one.name,
        f"{function.qualified_name}({one.name})",
        "parameter",
        f"{one.name}{annotation}{default}",
        function.module,
        function.distribution,
        function.version,
    )
    arguments = extract.explain_arguments(documented, [one], draft.bibliography, SENTENCES_ON_ONE_ARGUMENT)
    draft.summary.extend(arguments[0].sentences)
    draft.arguments.extend(arguments)
    about = extract.summarise(documented, draft.bibliography)[:1]
    (draft.conclusion if draft.summary else draft.summary).extend(about)
    if not arguments[0].sentences:
        told = f"The documentation of `{function.name}` does not describe `{one.name}`."
        draft.problems.append(Problem(told, "" if one.known else "Check the name: the signature does not have it."))


async def _describe_text(focus: Focus, workspace: Workspace, sources: Sequence[Source], draft: Draft) -> None:
    """Keywords, from the language reference; comments, by the distributions that they install."""
    if focus.kind == "keyword":
        found = await _add_evidence(Query((focus.word,)), sources, draft, most=2)
        if found:
            draft.symbol = SymbolFacts(focus.word, f"python.{focus.word}", "keyword", distribution="python")
        draft.summary.extend(found)
    elif focus.kind == "comment":
        for name in await describe_command(workspace.tree.text_of(focus.node), draft):
            query = Query((), module=name, distribution=name)
            draft.summary.extend(await _add_evidence(query, sources, draft, most=1))
    elif focus.kind == "string":
        draft.summary.extend(await _named_in_string(focus.node, workspace, sources, draft))
        draft.summary.extend(_uses(focus.node, workspace, draft))


async def _named_in_string(node: Node, workspace: Workspace, sources: Sequence[Source], draft: Draft) -> list[Sentence]:
    """A model or data set whose id the string is."""
    written = literal(workspace.tree.source[node.start_byte : node.end_byte])
    return await _add_evidence(Query((written,)), sources, draft, MOST_ON_A_HUB_ID) if written else []


def _uses(node: Node, workspace: Workspace, draft: Draft) -> list[Sentence]:
    """A string that a variable holds: the assignment, as the only thing known of it."""
    assignment = next((outer for outer in ancestors(node) if outer.type == "assignment"), None)
    left = assignment.child_by_field_name("left") if assignment is not None else None
    path = workspace.snapshot.path
    if assignment is None or left is None or left.type != "identifier" or path is None:
        return []
    line = workspace.tree.line_of(assignment)
    evidence = extract.own_line(path, line, workspace.tree.text_of(assignment))
    told = f"This value is assigned to `{workspace.tree.text_of(left)}` on line {line + 1}."
    return [draft.bibliography.cite(told, evidence, "supported")]


async def _type_of(symbol: Symbol, workspace: Workspace, draft: Draft) -> list[Sentence]:
    """The type of a variable, as the symbol server infers it."""
    if symbol.definition.kind != "variable" or not symbol.display or "Unknown" in symbol.display:
        return []
    shown = " ".join(symbol.display.split())
    evidence = extract.inferred(symbol.definition.name, shown)
    return [draft.bibliography.cite(f"Its type is `{shown}`.", evidence, "supported")]


async def _add_evidence(query: Query, sources: Sequence[Source], draft: Draft, most: int) -> list[Sentence]:
    found, problems = await gather(replace(query, offline=draft.offline, fresh=draft.fresh), sources)
    draft.problems.extend(problems)
    added: list[Sentence] = []
    for evidence in found:
        passages = await asyncio.to_thread(extract.readable, evidence)
        added.extend(draft.bibliography.extract(passages, evidence, most))
    return added


def _span(node: Node, workspace: Workspace) -> Span:
    return Span(workspace.snapshot.position(node.start_byte), workspace.snapshot.position(node.end_byte))


def _statement(node: Node, workspace: Workspace) -> str:
    """The statement around a node; of a compound one, its first line."""
    outer = next(
        (one for one in ancestors(node) if one.parent is not None and one.parent.type in {"module", "block"}), node
    )
    text = workspace.tree.text_of(outer)
    return (
        text
        if outer.type.endswith("statement") and "block" not in {child.type for child in outer.children}
        else text.split("\n")[0]
    )


def _advice(workspace: Workspace, word: str) -> str:
    environment = workspace.installed.environment
    return f"If `{word}` comes from a package, install it in {environment}, or set python.environment."
