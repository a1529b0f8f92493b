"""Keywords, strings, numbers and comments to a draft: what has no name that could be resolved."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace

from tree_sitter import Node

from glossator.explain import extract
from glossator.explain.call import BoundArgument
from glossator.explain.command import describe_command
from glossator.explain.constructs.comments import describe_comment
from glossator.explain.constructs.describe import (
    describe_grammar,
    describe_group,
    describe_interpolation,
    group_under,
    use_of,
)
from glossator.explain.constructs.grammar import grammar_of
from glossator.explain.constructs.mentions import mentioned
from glossator.explain.draft import Draft
from glossator.explain.explanation import Sentence, SymbolFacts
from glossator.explain.focus import Focus
from glossator.research.evidence import Query, Source
from glossator.research.gather import gather
from glossator.research.hub_api import looks_public
from glossator.resolve.definition import literal
from glossator.resolve.documentation import Documented, document
from glossator.resolve.symbol import Workspace, find_written
from glossator.syntax.tree import ancestors

MOST_ON_A_HUB_ID = 10
LONGEST_VALUE = 80
# Only where a file speaks with the hub at all, a string with a slash is taken for an id of it.
_USES_THE_HUB = re.compile(
    r"^\s*(?:from|import)\s+(?:transformers|datasets|peft|huggingface_hub|diffusers|sentence_transformers|accelerate|"
    r"tokenizers|evaluate|timm|trl|vllm|setfit)\b",
    re.MULTILINE,
)


async def describe_text(focus: Focus, workspace: Workspace, sources: Sequence[Source], draft: Draft) -> None:
    """Describe a focus without a name."""
    if focus.kind == "field":
        describe_interpolation(focus.node, focus.offset, workspace, draft)
    elif focus.kind == "comment":
        await _describe_comment(focus, workspace, sources, draft)
    elif focus.kind == "string":
        await _describe_string(focus, workspace, sources, draft)
    else:
        constructs = await describe_grammar(focus.node, workspace, draft)
        if constructs and not draft.summary:
            await _describe_topic(constructs[0], sources, draft)
        if focus.node.is_named:
            draft.conclusion.extend(_use(focus.node, workspace, draft))


async def describe_value(focus: Focus, workspace: Workspace, sources: Sequence[Source], draft: Draft) -> None:
    """Of an argument whose function is unknown: the literal under the cursor, by itself."""
    leaf = workspace.tree.leaf_at(focus.offset)
    string = _string_at(focus, workspace)
    if string is not None:
        await describe_text(Focus("string", string, offset=focus.offset), workspace, sources, draft)
    elif leaf.is_named and leaf.type != "identifier" and grammar_of(leaf):
        await describe_text(Focus("number", leaf, offset=focus.offset), workspace, sources, draft)


async def describe_given_string(
    focus: Focus,
    documented: Documented,
    bound: Sequence[BoundArgument],
    workspace: Workspace,
    sources: Sequence[Source],
    draft: Draft,
) -> None:
    """Of a string that is given for a parameter: the construct in it that the cursor is on, before what the parameter
    is, and behind it what the string names."""
    string = _string_at(focus, workspace)
    if string is None:
        return
    one = next((argument for argument in bound if focus.argument and argument.node.id == focus.argument.id), None)
    group = group_under(
        string, focus.offset, workspace.tree, documented.symbol.qualified_name, one.name if one is not None else ""
    )
    if group is not None:
        about, draft.summary, draft.arguments = draft.summary, [], []
        if describe_group(group, focus.offset, workspace, draft):
            draft.conclusion[:0] = about[:1]
            draft.problems.clear()
            return
        draft.summary = about
    if documented.symbol.qualified_name.startswith(("subprocess.", "os.system", "os.popen")):
        about = draft.summary[:1]
        await describe_command(_command_in(string, workspace), draft)
        if draft.symbol is not None and draft.symbol.kind == "command":
            draft.summary = [one for one in draft.summary if one not in about]
            draft.problems.clear()
    draft.conclusion.extend(await _named_in(string, workspace, sources, draft))


async def add_evidence(query: Query, sources: Sequence[Source], draft: Draft, most: int) -> list[Sentence]:
    """The sentences of what the sources know of a query, cited."""
    found, problems = await gather(replace(query, offline=draft.offline, fresh=draft.fresh), sources)
    draft.problems.extend(problems)
    added: list[Sentence] = []
    for evidence in found:
        passages = await asyncio.to_thread(extract.readable, evidence)
        added.extend(draft.bibliography.extract(passages, evidence, most))
    return added


async def _describe_topic(word: str, sources: Sequence[Source], draft: Draft) -> None:
    """A keyword of which the reference has no passage that we know: the beginning of its topic."""
    found = await add_evidence(Query((word,)), sources, draft, most=2)
    if found:
        draft.symbol = SymbolFacts(word, f"python.{word}", "keyword", distribution="python")
    draft.summary.extend(found)


async def _describe_comment(focus: Focus, workspace: Workspace, sources: Sequence[Source], draft: Draft) -> None:
    text = workspace.tree.text_of(focus.node)
    for name in await describe_command(text, draft, focus.offset - focus.node.start_byte):
        query = Query((), module=name, distribution=name)
        draft.summary.extend(await add_evidence(query, sources, draft, most=1))
    if draft.symbol is None:
        await describe_comment(focus, workspace, draft)
    if draft.symbol is None:
        draft.summary.extend(await asyncio.to_thread(mentioned, _word_at(focus, workspace), workspace, draft))


async def _describe_string(focus: Focus, workspace: Workspace, sources: Sequence[Source], draft: Draft) -> None:
    string = _string_at(focus, workspace) or focus.node
    group = group_under(string, focus.offset, workspace.tree, "", "")
    if group is not None and describe_group(group, focus.offset, workspace, draft):
        return
    if await _describe_annotation(string, focus, workspace, draft):
        return
    draft.summary.extend(await _named_in(string, workspace, sources, draft))
    if draft.symbol is None and not draft.summary:
        await describe_command(workspace.tree.text_of(string).strip("'\"rbfu \n"), draft)
    draft.summary.extend(_use(string, workspace, draft))


async def _describe_annotation(string: Node, focus: Focus, workspace: Workspace, draft: Draft) -> bool:
    """A forward reference: the name in a string that is a type."""
    if not any(outer.type == "type" for outer in ancestors(string)):
        return False
    word = _word_around(workspace.tree.text, focus.offset)
    symbol = await find_written(word[0], word[1], workspace) if word is not None else None
    if symbol is None:
        return False
    draft.symbol = extract.facts(symbol)
    draft.summary.extend(extract.summarise(await document(symbol, workspace), draft.bibliography))
    return True


async def _named_in(string: Node, workspace: Workspace, sources: Sequence[Source], draft: Draft) -> list[Sentence]:
    """What a string names: a model or data set, a file of the project, an address, a variable of the environment."""
    written = literal(workspace.tree.source[string.start_byte : string.end_byte])
    if not written:
        return []
    found = await add_evidence(Query((written,)), sources, draft, MOST_ON_A_HUB_ID) if "/" in written else []
    found = found or await asyncio.to_thread(mentioned, written, workspace, draft)
    if not found and looks_public(written) and _USES_THE_HUB.search(workspace.snapshot.text):
        draft.named = written
    return found


def _string_at(focus: Focus, workspace: Workspace) -> Node | None:
    """The one string literal that the cursor is in."""
    leaf = workspace.tree.leaf_at(focus.offset)
    return next((node for node in ancestors(leaf) if node.type == "string"), None)


def _command_in(string: Node, workspace: Workspace) -> str:
    """A command as a program is given it: one string, or a list of words."""
    tree, holder = workspace.tree, string.parent
    words = [one for one in holder.named_children if one.type == "string"] if holder and holder.type == "list" else []
    return f"$ {' '.join(literal(tree.text_of(one)) for one in words or [string])}"


def _use(node: Node, workspace: Workspace, draft: Draft) -> list[Sentence]:
    told = use_of(node, workspace.tree)
    if not told:
        return []
    statement = next((one for one in ancestors(node) if one.type.endswith("statement")), node)
    evidence = extract.own_line(workspace, statement)
    return [draft.bibliography.cite(told, evidence, "supported")]


def _word_at(focus: Focus, workspace: Workspace) -> str:
    """The word of a comment under the cursor, between spaces and brackets."""
    text = workspace.tree.text
    found = re.finditer(r"[^\s<>()\[\]\"'`,]+", text[focus.node.start_byte : focus.node.end_byte])
    place = focus.offset - focus.node.start_byte
    return next((one[0].rstrip(".:;") for one in found if one.start() <= place <= one.end()), "")


def _word_around(text: str, offset: int) -> tuple[str, int] | None:
    line = text.rfind("\n", 0, offset) + 1
    for match in re.finditer(r"[^\W\d]\w*", text[line : offset + LONGEST_VALUE]):
        if match.start() <= offset - line <= match.end():
            return match[0], line + match.start()
    return None
