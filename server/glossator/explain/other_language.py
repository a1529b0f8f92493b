"""A text in another language than Python: what the word under the cursor is declared as, the comment above it, and
where it stands. By syntax alone, so nothing is claimed of types."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from glossator.errors import Problem
from glossator.explain.command import describe_command
from glossator.explain.draft import Draft
from glossator.explain.explanation import Argument, Construct, SymbolFacts
from glossator.explain.options import Target
from glossator.research.evidence import Evidence, Query
from glossator.research.man_pages import man_page
from glossator.research.sentences import sentences, split
from glossator.resolve.declarations import Declaration, declarations, find_declaration
from glossator.resolve.foreign_imports import find_imported
from glossator.syntax.grammars import knows, parse_foreign
from glossator.text import Position, Snapshot, Span

MOST_LINES = 5
MOST_CONSTRUCTS = 40
LONGEST_LINE = 160
SUMMARY_SENTENCES = 3
# What ends the description: a tag, or a heading of Rust's documentation.
_TAGS = re.compile(r"^\s*(?:[@\\](?:param|returns?|throws|brief|see|since|author|exception)\b|#+ \w)", re.MULTILINE)
# The tags of JSDoc, Javadoc and Doxygen, each up to the next one.
_TAGGED = r"((?:(?!^\s*[@\\])[^\n]*(?:\n|\Z))*)"
_PARAMETER = re.compile(
    rf"^\s*[@\\]param(?:\[\w+\])?\s+(?:\{{[^}}]*\}}\s*)?\[?(\w+)[^\s]*[ \t]*(?:-[ \t]*)?{_TAGGED}", re.MULTILINE
)
_RETURNED = re.compile(rf"^\s*[@\\]returns?\s+(?:\{{[^}}]*\}}\s*)?{_TAGGED}", re.MULTILINE)
MOST_DEFINITIONS = 100
LAST_LINE = 3_000


async def describe(snapshot: Snapshot, target: Target, root: Path) -> Draft:
    """What is known of the word at a position, or of what some lines declare."""
    draft = Draft()
    if not knows(snapshot.language):
        told = f"Glossator cannot resolve names in {snapshot.language or 'this language'} yet."
        draft.problems.append(Problem(told, "Completion works here; where the word stands is shown."))
    if isinstance(target, Position):
        await _describe_word(snapshot, target, root, draft)
    elif knows(snapshot.language):
        await asyncio.to_thread(_describe_lines, snapshot, target, draft)
    return draft


def definitions(snapshot: Snapshot) -> tuple[Position, ...]:
    """Where words stand that a text declares; none, in a language without a grammar."""
    if not knows(snapshot.language):
        return ()
    found = (one for one in declarations(snapshot.text, snapshot.language) if one.line < LAST_LINE)
    places = (Position(one.line, one.column) for one in found if one.kind not in {"parameter", "variable", "field"})
    return tuple(places)[:MOST_DEFINITIONS]


async def _describe_word(snapshot: Snapshot, position: Position, root: Path, draft: Draft) -> None:
    written = snapshot.line(position.line)
    await describe_command(_comment_at(snapshot, position), draft)
    if draft.symbol is not None:
        return
    word = next((one for one in re.finditer(r"\w+", written) if one.start() <= position.column <= one.end()), None)
    if word is None:
        return
    draft.span = Span(Position(position.line, word.start()), Position(position.line, word.end()))
    draft.code = written.strip()
    if _is_keyword(snapshot, position):
        return
    draft.symbol = SymbolFacts(word[0], word[0], "word")
    if knows(snapshot.language):
        ask = (word[0], snapshot.text, snapshot.language, snapshot.path, root)
        found = await asyncio.to_thread(find_declaration, *ask)
        if found is not None:
            _describe_declaration(found, snapshot, draft)
    if not draft.summary:
        await asyncio.to_thread(_describe_imported, word[0], snapshot, root, draft)
    if not draft.summary and snapshot.language in {"c", "cpp"}:
        await asyncio.to_thread(_describe_by_manual, word[0], draft)
    if not draft.summary:
        _describe_lines_with(word[0], position.line, snapshot, draft)
        if not draft.summary and draft.symbol.kind == "word":
            draft.symbol = None
    else:
        _add_usages(word[0], position.line, snapshot, draft)


def _mentions(word: str, snapshot: Snapshot) -> Iterator[int]:
    """The lines that have a word, from 0; where the grammar is known, not those that have it only in comments, strings
    or where it is declared."""
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    known = knows(snapshot.language)
    tree = parse_foreign(snapshot.text, snapshot.language) if known else None
    declared = {(one.line, one.column) for one in _declared(snapshot) if one.name == word}
    for number in range(snapshot.line_count):
        for match in pattern.finditer(snapshot.line(number)):
            offset = snapshot.line_starts[number] + match.start()
            leaf = tree.root.descendant_for_byte_range(offset, offset + 1) if tree is not None else None
            told = leaf is not None and re.search("comment|string", leaf.type) is not None
            if not told and (number, match.start()) not in declared:
                yield number
                break


def _declared(snapshot: Snapshot) -> Iterator[Declaration]:
    return declarations(snapshot.text, snapshot.language) if knows(snapshot.language) else iter(())


def _is_keyword(snapshot: Snapshot, position: Position) -> bool:
    """Whether the grammar takes the word for one of its own, about which other lines say nothing."""
    if not knows(snapshot.language):
        return False
    offset = snapshot.offset(position)
    tree = parse_foreign(snapshot.text, snapshot.language)
    leaf = tree.root.descendant_for_byte_range(offset, min(offset + 1, len(snapshot.text)))
    return leaf is not None and not leaf.is_named and leaf.type.isalpha()


def _comment_at(snapshot: Snapshot, position: Position) -> str:
    """The words of a comment under the cursor; none where there is no comment."""
    if not knows(snapshot.language):
        return ""
    tree = parse_foreign(snapshot.text, snapshot.language)
    offset = snapshot.offset(position)
    leaf = tree.root.descendant_for_byte_range(offset, min(offset + 1, len(snapshot.text)))
    return snapshot.line(position.line).strip().lstrip("/*# ") if leaf is not None and "comment" in leaf.type else ""


def _describe_imported(word: str, snapshot: Snapshot, root: Path, draft: Draft) -> None:
    """A name from a package: what the package says of itself, where it is installed in the project."""
    found = find_imported(word, snapshot.text, snapshot.language, root)
    if found is None:
        return
    name = found.package if word == found.package else f"{found.package}.{word}"
    draft.symbol = SymbolFacts(word, name, "imported name", "", found.package, found.package, found.version)
    if found.summary:
        title = f"{found.package} {found.version} (installed package)"
        evidence = Evidence("", title, f"{found.package}: {found.summary.rstrip('.')}.", "distribution", found.address)
        draft.summary.extend(draft.bibliography.extract(sentences(evidence.text), evidence, 1))
    if found.public:
        module = "" if word == found.package else found.package
        draft.imported = Query((), name, module, found.package, language=snapshot.language)


def _describe_by_manual(word: str, draft: Draft) -> None:
    """A function of the system's libraries: its manual page, which is about C."""
    page = man_page(word, "3") or man_page(word, "2")
    if page is None:
        return
    draft.symbol = SymbolFacts(word, word, "function")
    evidence = Evidence("", page.title, " ".join(page.description), "help")
    told = [sentence for paragraph in page.description for sentence in split(paragraph)]
    draft.summary.extend(draft.bibliography.extract(told, evidence, SUMMARY_SENTENCES))


def _add_usages(word: str, line: int, snapshot: Snapshot, draft: Draft) -> None:
    """Other lines of the text that use the word, as sources."""
    name = snapshot.path.name if snapshot.path is not None else "line"
    found = (number for number in _mentions(word, snapshot) if number != line)
    for number in islice(found, MOST_LINES):
        written = snapshot.line(number).strip()[:LONGEST_LINE]
        draft.bibliography.add(
            Evidence("", f"{name}:{number + 1}", written, "project", f"{snapshot.uri}#L{number + 1}")
        )


def _describe_declaration(found: Declaration, snapshot: Snapshot, draft: Draft) -> None:
    file = found.file or snapshot.path
    module = file.stem if file is not None else ""
    qualified_name = f"{module}.{found.name}" if module else found.name
    draft.symbol = SymbolFacts(
        found.name, qualified_name, found.kind, found.signature, module, language=snapshot.language
    )
    evidence = _evidence(found, snapshot)
    told = sentences(_TAGS.split(found.comment)[0]) or sentences(found.comment)
    draft.summary.extend(draft.bibliography.extract(told, evidence, SUMMARY_SENTENCES))
    for name, text in _PARAMETER.findall(found.comment):
        cited = draft.bibliography.extract(sentences(text), evidence, 1)
        draft.arguments.append(Argument(name, "", cited))
    for text in _RETURNED.findall(found.comment):
        draft.conclusion.extend(draft.bibliography.extract(sentences(f"Returns {text.strip()}"), evidence, 1))
    if not draft.summary:
        place = f"{file.name if file else 'this file'}, line {found.line + 1}"
        kind = f"an {found.kind}" if found.kind[0] in "aeiou" else f"a {found.kind}"
        text = f"`{found.signature.replace('`', chr(39))}` is {kind} declared in {place}, without a comment."
        draft.summary.append(draft.bibliography.cite(text, evidence, "supported"))


def _describe_lines(snapshot: Snapshot, span: Span | None, draft: Draft) -> None:
    """What some lines, or the file, declare."""
    first, last = (span.start.line, span.end.line) if span else (0, snapshot.line_count - 1)
    draft.span = span or Span(Position(0, 0), Position(last, len(snapshot.line(last))))
    for one in declarations(snapshot.text, snapshot.language, snapshot.path):
        if first <= one.line <= last and one.kind not in {"parameter", "variable"}:
            told = sentences(_TAGS.split(one.comment)[0])
            cited = draft.bibliography.extract(told, _evidence(one, snapshot), 1)
            draft.constructs.append(Construct(one.line + 1, one.signature[:LONGEST_LINE], cited))
            draft.summary.extend(cited)
        if len(draft.constructs) == MOST_CONSTRUCTS:
            draft.problems.append(Problem("Further declarations were left out.", "Ask about fewer lines at once."))
            return


def _describe_lines_with(word: str, line: int, snapshot: Snapshot, draft: Draft) -> None:
    """Other lines of the text that have the word; the one asked about, the reader sees."""
    found = (number for number in _mentions(word, snapshot) if number != line)
    for number in islice(found, MOST_LINES):
        written = snapshot.line(number).strip()[:LONGEST_LINE]
        evidence = Evidence("", f"line {number + 1}", written, "project", f"{snapshot.uri}#L{number + 1}")
        quoted = written.replace("`", "'")
        draft.summary.append(draft.bibliography.cite(f"Line {number + 1}: `{quoted}`", evidence, "supported"))


def _evidence(found: Declaration, snapshot: Snapshot) -> Evidence:
    uri = found.file.as_uri() if found.file is not None else snapshot.uri
    name = found.file.name if found.file is not None else snapshot.uri
    return Evidence(
        "", f"{name}: {found.name}", found.comment or found.signature, "project", f"{uri}#L{found.line + 1}"
    )
