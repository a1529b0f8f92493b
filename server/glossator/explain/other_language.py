"""A text in a language that has no resolver yet: where the word under the cursor stands, and nothing invented."""

from __future__ import annotations

import re

from glossator.errors import Problem
from glossator.explain.draft import Draft
from glossator.explain.explanation import SymbolFacts
from glossator.explain.options import Target
from glossator.research.evidence import Evidence
from glossator.text import Position, Snapshot, Span

MOST_LINES = 5
LONGEST_LINE = 160
MOST_DEFINITIONS = 100
LAST_LINE = 3_000
_DEFINES = re.compile(
    r"\s*(?:(?:export|default|pub|public|private|protected|static|async|abstract|final|unsafe|inline)\b\S*\s+){0,4}"
    r"(?:fn|func|function|class|struct|enum|trait|interface|type|impl|module|namespace)\s+([A-Za-z_]\w*)"
)


def describe(snapshot: Snapshot, target: Target) -> Draft:
    """The lines on which the word at the cursor stands."""
    draft = Draft()
    told = f"Glossator cannot resolve names in {snapshot.language or 'this language'} yet."
    draft.problems.append(Problem(told, "Completion works; explanations are for Python files."))
    if not isinstance(target, Position):
        return draft
    word = next((one for one in re.finditer(r"\w+", snapshot.line(target.line)) if _at(one, target)), None)
    if word is None:
        return draft
    pattern = re.compile(rf"\b{re.escape(word[0])}\b")
    lines = [number for number in range(snapshot.line_count) if pattern.search(snapshot.line(number))]
    draft.symbol = SymbolFacts(word[0], word[0], "word")
    draft.span = Span(Position(target.line, word.start()), Position(target.line, word.end()))
    for number in lines[:MOST_LINES]:
        written = snapshot.line(number).strip()[:LONGEST_LINE]
        evidence = Evidence("", f"line {number + 1}", written, "project", f"{snapshot.uri}#L{number + 1}")
        quoted = written.replace("`", "'")
        draft.summary.append(draft.bibliography.cite(f"Line {number + 1}: `{quoted}`", evidence, "supported"))
    return draft


def definitions(snapshot: Snapshot) -> tuple[Position, ...]:
    """Where words stand that a text defines, as far as a look at its lines tells."""
    lines = enumerate(snapshot.line(number) for number in range(min(snapshot.line_count, LAST_LINE)))
    found = ((number, match) for number, line in lines if (match := _DEFINES.match(line[:LONGEST_LINE])))
    return tuple(Position(number, match.start(1)) for number, match in found)[:MOST_DEFINITIONS]


def _at(word: re.Match[str], position: Position) -> bool:
    return word.start() <= position.column <= word.end()
