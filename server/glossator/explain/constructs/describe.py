"""A construct that is no name, to a draft: the language reference's words, and what is known of this place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from tree_sitter import Node

from glossator.explain import extract
from glossator.explain.constructs.formats import (
    date_groups,
    field_groups,
    interpolation_group,
    percent_groups,
    specification_groups,
)
from glossator.explain.constructs.grammar import grammar_of, in_annotation
from glossator.explain.constructs.literals import Content, Group, Part, content_of, literal_group
from glossator.explain.constructs.operand import method_of
from glossator.explain.constructs.patterns import pattern_groups
from glossator.explain.draft import Draft
from glossator.explain.explanation import Argument, Sentence, SymbolFacts
from glossator.research.evidence import Evidence
from glossator.research.language import language_passage, told
from glossator.resolve.documentation import document
from glossator.resolve.symbol import Workspace, find_named
from glossator.syntax.tree import Tree, ancestors
from glossator.text import Span

_BY_CLASS = {"union type": "types.UnionType", "generic type": "types.GenericAlias"}
_LOGGED = {"debug", "info", "warning", "error", "critical", "exception", "log"}
_NUMBERS = {"integer": "an integer", "float": "a floating point number", "imaginary": "an imaginary number"}
_PLAIN_NUMBERS = {("integer",), ("float",)}  # the reference speaks of how they are spelled
MOST_OF_THE_FIRST = 2


async def describe_grammar(leaf: Node, workspace: Workspace, draft: Draft) -> tuple[str, ...]:
    """Describe a keyword, an operator or a literal by the reference; answers its constructs, most particular first."""
    constructs = grammar_of(leaf)
    word = workspace.tree.text_of(leaf.parent if leaf.parent and leaf.parent.type in {"not in", "is not"} else leaf)
    for number, construct in enumerate(constructs if constructs[-1:] not in _PLAIN_NUMBERS else constructs[:-1]):
        evidence = await _passage(construct, workspace)
        if evidence is not None:
            most = 1 if number else MOST_OF_THE_FIRST
            draft.summary.extend(draft.bibliography.extract(told(evidence), evidence, most))
    draft.summary[:0] = list(_number_told(leaf, constructs, workspace, draft))
    if draft.summary:
        kind = "keyword" if word.isidentifier() else "syntax"
        draft.symbol = SymbolFacts(word, f"python.{constructs[0]}", kind, distribution="python")
    draft.conclusion.extend(await _method_told(leaf, workspace, draft))
    return constructs


def group_under(string: Node, offset: int, tree: Tree, called: str, parameter: str) -> Group | None:
    """The part of a string literal under the cursor that has a meaning of its own. ``called`` is the qualified name of
    the function whose ``parameter`` the string is given for; empty, where it is no argument."""
    found = literal_group(string, offset, tree)
    if found is not None:
        return found
    content = content_of(string, tree)
    language = _language_of(string, tree, called, parameter) if content is not None else None
    if content is None or language is None:
        return None
    return next((one for one in language(content) if one.start <= offset < one.end), None)


def describe_group(group: Group, offset: int, workspace: Workspace, draft: Draft) -> bool:
    """Describe a part of a literal, by what the cursor is on first; answers whether anything is known of it."""
    part = next((one for one in group.parts if one.holds(offset)), None)
    known = [one.evidence for one in (part,) if one is not None and one.evidence is not None]
    known += [group.about] if group.about is not None else []
    known = known or [one.evidence for one in group.parts if one.evidence is not None]
    if not known:
        return False
    start, end = (workspace.snapshot.position(place) for place in (group.start, group.end))
    draft.span = Span(start, end)
    name = f"python.{group.kind}"
    draft.symbol = SymbolFacts(group.text, name, "syntax", group.text, distribution="python")
    draft.summary.extend(draft.bibliography.extract(told(known[0]), known[0], MOST_OF_THE_FIRST))
    if len(group.parts) > 1:
        draft.arguments.extend(_argument(one, draft) for one in group.parts)
    return True


def describe_interpolation(node: Node, offset: int, workspace: Workspace, draft: Draft) -> None:
    """A replacement field of an f-string, without its expression."""
    describe_group(interpolation_group(node, workspace.tree), offset, workspace, draft)


def use_of(node: Node, tree: Tree) -> str:
    """What is done with a literal that is no argument, in one sentence; empty where that is not plain."""
    for outer in ancestors(node.parent):
        use = _use(node, outer, tree)
        if use or outer.type.endswith(("statement", "definition", "clause")):
            return use
    return ""


def _use(node: Node, outer: Node, tree: Tree) -> str:
    def written(field: str) -> str:
        child = outer.child_by_field_name(field)
        inside = child is not None and child.start_byte <= node.start_byte and node.end_byte <= child.end_byte
        return "" if child is None or inside else " ".join(tree.text_of(child).split())[:60].replace("`", "'")

    line = tree.line_of(outer) + 1
    if outer.type in {"assignment", "augmented_assignment"} and (name := written("left")):
        return f"This value is assigned to `{name}` on line {line}."
    if outer.type in {"default_parameter", "typed_default_parameter"} and (name := written("name")):
        return f"This is the default value of the parameter `{name}`."
    if outer.type == "pair" and (key := written("key")):
        return f"This is the value under the key `{key}`."
    if outer.type == "pair" and (value := written("value")):
        return f"This is the key of the value `{value}`."
    if outer.type == "subscript" and re.search(r"(?:^|\.)Literal$", written("value")):
        return f"This is a value that the type `{written('value')}` allows."
    if outer.type == "subscript" and (value := written("value")):
        return f"This selects an item of `{value}`."
    if outer.type == "comparison_operator":
        others = [one for one in outer.named_children if not _inside(node, one)]
        return f"This is compared with `{' '.join(tree.text_of(others[0]).split())[:60]}`." if others else ""
    if outer.type == "expression_statement" and outer.named_children[:1] == [node]:
        first = outer.parent is not None and outer.parent.type == "module" and outer.prev_named_sibling is None
        return "This is the docstring of the module." if first else "This is a statement of its own: it has no effect."
    if outer.type == "slice":
        return _bound(node, outer, tree)
    if outer.type == "return_statement":
        return f"This is returned on line {line}."
    return ""


def _bound(node: Node, slice_node: Node, tree: Tree) -> str:
    """Which end of a slice a number is, by the colons before it."""
    colons = sum(one.type == ":" and one.start_byte < node.start_byte for one in slice_node.children)
    value = slice_node.parent.child_by_field_name("value") if slice_node.parent is not None else None
    of = f" of `{' '.join(tree.text_of(value).split())[:60]}`" if value is not None else ""
    return f"This is the {('lower bound', 'upper bound', 'step')[min(colons, 2)]} of a slice{of}."


def _inside(node: Node, outer: Node) -> bool:
    return outer.start_byte <= node.start_byte and node.end_byte <= outer.end_byte


async def _passage(construct: str, workspace: Workspace) -> Evidence | None:
    if construct not in _BY_CLASS:
        return language_passage(construct)
    symbol = await find_named(_BY_CLASS[construct], workspace)
    documented = await document(symbol, workspace) if symbol is not None else None
    if documented is None or not documented.passages:
        return None
    passage = documented.passages[0]
    return replace(extract.passage_evidence(documented.symbol, passage), text=passage.text)


def _number_told(leaf: Node, constructs: tuple[str, ...], workspace: Workspace, draft: Draft) -> Iterator[Sentence]:
    if not constructs or constructs[-1] not in _NUMBERS:
        return
    written = workspace.tree.text_of(leaf)
    kind = _NUMBERS[constructs[-1]]
    value = _decimal(written) if kind == "an integer" else ""
    text = f"`{written}` is {kind}" + (f": {value}." if value and value != written else ".")
    evidence = language_passage(constructs[-1])
    if evidence is not None:
        yield draft.bibliography.cite(text, evidence, "supported")


def _decimal(written: str) -> str:
    try:
        return f"{int(written, 0):,}" if len(written) < 40 and not written.isdecimal() else ""
    except ValueError:
        return ""


async def _method_told(leaf: Node, workspace: Workspace, draft: Draft) -> list[Sentence]:
    method = await method_of(leaf, workspace) if not in_annotation(leaf) else None
    if method is None:
        return []
    documented = await document(method, workspace)
    summary = extract.summarise(documented, draft.bibliography, 1)
    name = method.qualified_name.removeprefix("builtins.")
    cited = replace(summary[0], text=f"By the operand's type, this is `{name}`.", support="supported")
    extracted = summary if summary[0].support == "extracted" else ()
    return [cited, *extracted]


def _language_of(string: Node, tree: Tree, called: str, parameter: str) -> Callable[[Content], Iterator[Group]] | None:
    """What a string is written in, beside Python: by the function that it is given to, or what is done with it."""
    module, _, function = called.rpartition(".")
    if module == "re" and parameter == "pattern":
        return pattern_groups
    if function in {"strftime", "strptime"}:
        return date_groups
    if called == "builtins.format" and parameter == "format_spec":
        return specification_groups
    holder = string.parent
    while holder is not None and holder.type in {"concatenated_string", "parenthesized_expression"}:
        string, holder = holder, holder.parent
    if holder is None:
        return None
    if holder.type == "attribute" and (name := holder.child_by_field_name("attribute")) is not None:
        return field_groups if tree.text_of(name) in {"format", "format_map"} else None
    if holder.type == "binary_operator" and holder.child_by_field_name("left") == string:
        sign = holder.child_by_field_name("operator")
        return percent_groups if sign is not None and sign.type == "%" else None
    return percent_groups if module.startswith("logging") and function in _LOGGED and parameter == "msg" else None


def _argument(part: Part, draft: Draft) -> Argument:
    evidence = part.evidence
    sentences = draft.bibliography.extract(told(evidence), evidence, 1) if evidence is not None else ()
    return Argument(part.text, "", sentences)
