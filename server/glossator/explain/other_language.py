"""A text in another language than Python: what the word under the cursor is declared as, the comment above it, and
where it stands. By syntax alone, so nothing is claimed of types."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from glossator.errors import Problem
from glossator.explain.draft import Draft
from glossator.explain.explanation import Construct, SymbolFacts
from glossator.explain.options import Target
from glossator.research.evidence import Evidence
from glossator.research.sentences import sentences
from glossator.resolve.declarations import Declaration, declarations, find_declaration
from glossator.syntax.grammars import knows
from glossator.text import Position, Snapshot, Span

MOST_LINES = 5
MOST_CONSTRUCTS = 40
LONGEST_LINE = 160
SUMMARY_SENTENCES = 3
_TAGS = re.compile(r"^\s*[@\\](?:param|returns?|throws|brief|see|since|author|exception)\b", re.MULTILINE)
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
    word = next((one for one in re.finditer(r"\w+", written) if one.start() <= position.column <= one.end()), None)
    if word is None:
        return
    draft.span = Span(Position(position.line, word.start()), Position(position.line, word.end()))
    draft.code = written.strip()
    draft.symbol = SymbolFacts(word[0], word[0], "word")
    if knows(snapshot.language):
        ask = (word[0], snapshot.text, snapshot.language, snapshot.path, root)
        found = await asyncio.to_thread(find_declaration, *ask)
        if found is not None:
            _describe_declaration(found, snapshot, draft)
    if not draft.summary:
        _describe_lines_with(word[0], snapshot, draft)


def _describe_declaration(found: Declaration, snapshot: Snapshot, draft: Draft) -> None:
    file = found.file or snapshot.path
    module = file.stem if file is not None else ""
    qualified_name = f"{module}.{found.name}" if module else found.name
    draft.symbol = SymbolFacts(found.name, qualified_name, found.kind, found.signature, module)
    evidence = _evidence(found, snapshot)
    told = sentences(_TAGS.split(found.comment)[0]) or sentences(found.comment)
    draft.summary.extend(draft.bibliography.extract(told, evidence, SUMMARY_SENTENCES))
    if not draft.summary:
        place = f"{file.name if file else 'this file'}, line {found.line + 1}"
        text = f"`{found.signature.replace('`', chr(39))}` is a {found.kind} declared in {place}, without a comment."
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


def _describe_lines_with(word: str, snapshot: Snapshot, draft: Draft) -> None:
    pattern = re.compile(rf"\b{re.escape(word)}\b")
    lines = [number for number in range(snapshot.line_count) if pattern.search(snapshot.line(number))]
    for number in lines[:MOST_LINES]:
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
