"""One place, or some lines, to a draft: what stands there, resolved, documented, cited."""

from __future__ import annotations

from collections.abc import Sequence

from tree_sitter import Node

from glossator.errors import Problem
from glossator.explain import extract
from glossator.explain.call import BoundArgument, bind
from glossator.explain.constructs.raised import raised_here
from glossator.explain.constructs.text import add_evidence, describe_given_string, describe_text, describe_value
from glossator.explain.draft import Draft
from glossator.explain.explanation import Construct, Sentence, SymbolFacts
from glossator.explain.focus import Focus, constructs, find_focus, principal
from glossator.explain.notices.resolved import resolved_notices
from glossator.explain.options import Report
from glossator.explain.outline import brief
from glossator.explain.overload import fitting
from glossator.explain.passed_on import explained, takers
from glossator.explain.question import answer
from glossator.explain.unresolved import unresolved
from glossator.research.evidence import Query, Source
from glossator.research.language import language_passage, special_method, told
from glossator.resolve.definition import spell
from glossator.resolve.documentation import Documented, class_of_instance, document
from glossator.resolve.symbol import Symbol, Workspace, find_member, find_symbol
from glossator.syntax.tree import ancestors
from glossator.text import Position, Span

MOST_CONSTRUCTS = 40
LONGEST_CODE = 80
SENTENCES_ON_ONE_ARGUMENT = 4
ARGUMENT_SENTENCES = 2


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
            code = brief(_spelled(focus, workspace), LONGEST_CODE)
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
        await describe_text(focus, workspace, sources, draft)
        return
    report("Resolving the name")
    symbol = await find_symbol(focus.name, workspace)
    if symbol is None:
        await _describe_unknown(focus.name, workspace, draft)
        if focus.kind == "argument":  # of the value itself something may be known
            await describe_value(focus, workspace, sources, draft)
        return
    report("Reading documentation")
    called = await _called(symbol, focus, workspace)
    if called is not None and focus.kind == "argument":
        symbol, called = called, None
    documented = fitting(await document(symbol, workspace), focus.call, workspace)
    draft.documented.append(documented)
    if symbol.assumed:
        before = f"The type of the object before `.{symbol.definition.name}` is not declared;"
        draft.problems.append(Problem(f"{before} methods that return their own object were followed.", ""))
    bound = bind(workspace.tree, focus.call, documented.parameters) if focus.call is not None else ()
    bound = () if called is not None else bound
    await _answer(documented, workspace, draft)
    draft.notices += await resolved_notices(documented, focus, workspace)
    if focus.kind == "argument":
        await _describe_argument(focus, documented, bound, workspace, draft)
        await describe_given_string(focus, documented, bound, workspace, sources, draft)
    else:
        await _describe_symbol(documented, bound, workspace, sources, draft)
        draft.conclusion.extend(await raised_here(focus.name, documented, workspace, draft.bibliography))
        if called is not None and focus.call is not None:
            await _describe_call(called, focus.call, workspace, draft)


async def _called(symbol: Symbol, focus: Focus, workspace: Workspace) -> Symbol | None:
    """The ``__call__`` of the object that a variable holds, where the variable is called like a function."""
    if symbol.definition.kind not in {"variable", "parameter"} or focus.call is None or focus.name is None:
        return None
    holder = focus.name.parent
    receiver = holder if holder is not None and holder.type == "attribute" else focus.name
    found = await find_member(receiver, "__call__", workspace)
    return found if found is not None and found.definition.kind == "method" else None


async def _describe_call(called: Symbol, call: Node, workspace: Workspace, draft: Draft) -> None:
    """What calling an object does, and with these arguments."""
    documented = fitting(await document(called, workspace), call, workspace)
    bound = bind(workspace.tree, call, documented.parameters)
    told = extract.summarise(documented, draft.bibliography, 1)
    draft.summary.extend(one for one in told if one.support == "extracted")
    draft.arguments.extend(await explained(documented, bound, draft.bibliography, workspace, ARGUMENT_SENTENCES))
    draft.conclusion.extend(extract.returned(documented, draft.bibliography))


async def _describe_unknown(name: Node, workspace: Workspace, draft: Draft) -> None:
    """A name without a definition: the language's own, or one that the reader has to look for."""
    word = workspace.tree.text_of(name)
    evidence = language_passage(f"name {word}")
    if evidence is None:
        draft.problems.append(await unresolved(name, workspace))
        return
    draft.symbol = SymbolFacts(word, f"python.{word}", "keyword", distribution="python")
    draft.summary.extend(draft.bibliography.extract(told(evidence), evidence, 2))


async def _answer(documented: Documented, workspace: Workspace, draft: Draft) -> None:
    """What the documentation says to the question, that of the classes that keywords are handed to, too."""
    if not draft.question:
        return
    answers = [answer(draft.question, documented, draft.bibliography)]
    answers += [answer(draft.question, one, draft.bibliography) async for one in takers(documented, workspace)]
    sentences, draft.answered = max(answers, key=lambda one: one[1])
    draft.answers.extend(sentences)
    told = f"Nothing that `{documented.symbol.definition.name}` says of itself speaks of that."
    draft.unanswered = Problem(told, "Ask in the words of its documentation.")


async def _describe_symbol(
    documented: Documented,
    bound: Sequence[BoundArgument],
    workspace: Workspace,
    sources: Sequence[Source],
    draft: Draft,
) -> None:
    symbol = documented.symbol
    draft.symbol = extract.facts(symbol)
    holder = class_of_instance(symbol, workspace)
    if holder is not None:
        draft.summary.append(extract.instance(symbol, holder, draft.bibliography))
        draft.summary.extend(extract.summarise(await document(holder, workspace), draft.bibliography, 1))
        return
    draft.summary.extend(extract.summarise(documented, draft.bibliography))
    draft.summary.extend(await _type_of(symbol, workspace, draft))
    draft.summary.extend(_told_by_the_language(symbol, draft))
    draft.arguments.extend(await explained(documented, bound, draft.bibliography, workspace, ARGUMENT_SENTENCES))
    draft.conclusion.extend(extract.returned(documented, draft.bibliography))
    if symbol.definition.kind in {"module", "class"}:
        query = Query((), symbol.qualified_name, symbol.owner.module, symbol.owner.distribution)
        draft.conclusion.extend(await add_evidence(query, sources, draft, most=1))


async def _describe_argument(
    focus: Focus, documented: Documented, bound: Sequence[BoundArgument], workspace: Workspace, draft: Draft
) -> None:
    """An argument: its parameter's own documentation first, then what it is an argument of."""
    function = extract.facts(documented.symbol)
    one = next((argument for argument in bound if focus.argument and argument.node.id == focus.argument.id), None)
    if one is None:
        draft.symbol = function
        draft.summary.extend(extract.summarise(documented, draft.bibliography))
        return
    parameter = next((known for known in documented.parameters if known.name == one.name), None)
    arguments = await explained(documented, [one], draft.bibliography, workspace, SENTENCES_ON_ONE_ARGUMENT)
    rest = arguments[0].taken_by
    draft.symbol = SymbolFacts(
        one.name,
        f"{function.qualified_name}({one.name})",
        "parameter",
        f"**{rest}" if rest else spell(parameter) if parameter is not None else one.name,
        function.module,
        function.distribution,
        function.version,
    )
    draft.summary.extend(arguments[0].sentences)
    draft.arguments.extend(arguments)
    about = extract.summarise(documented, draft.bibliography)[:1]
    (draft.conclusion if draft.summary else draft.summary).extend(about)
    if not arguments[0].sentences:
        draft.problems.append(_silence(documented, one))


def _silence(documented: Documented, one: BoundArgument) -> Problem:
    """That nothing is said of an argument; whether the name is wrong at all is for a notice, which is certain."""
    name = documented.symbol.definition.name
    if documented.symbol.definition.kind == "variable":
        return Problem(f"What `{name}` takes when it is called is not known.", "")
    if not documented.passages:
        return Problem(f"`{name}` has no documentation in a file that could be read, so `{one.name}` has none.", "")
    return Problem(f"The documentation of `{name}` does not describe `{one.name}`.", "")


def _told_by_the_language(symbol: Symbol, draft: Draft) -> list[Sentence]:
    """What the reference says of ``__init__`` and its like, where their authors say nothing."""
    if any(one.support == "extracted" for one in draft.summary):
        return []
    name, kind = symbol.definition.name, symbol.definition.kind
    evidence = None
    if kind in {"method", "function", "property"} and name.startswith("__"):
        evidence = special_method(name)
    elif kind == "parameter" and symbol.definition.signature.startswith("*"):
        double = symbol.definition.signature.startswith("**")
        evidence = language_passage("variadic keyword parameter" if double else "variadic parameter")
    elif kind == "variable":
        evidence = language_passage(f"name {name}")
    return list(draft.bibliography.extract(told(evidence), evidence, 2)) if evidence is not None else []


async def _type_of(symbol: Symbol, workspace: Workspace, draft: Draft) -> list[Sentence]:
    """The type of a variable, as the symbol server infers it."""
    if symbol.definition.kind != "variable" or not symbol.display or "Unknown" in symbol.display:
        return []
    shown = " ".join(symbol.display.split())
    evidence = extract.inferred(symbol.definition.name, shown)
    return [draft.bibliography.cite(f"Its type is `{shown}`.", evidence, "supported")]


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
