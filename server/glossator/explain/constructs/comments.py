"""Comments that programs read: the first line of a script, its encoding, what a checker is told to ignore."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from glossator.explain import extract
from glossator.explain.draft import Draft
from glossator.explain.explanation import SymbolFacts
from glossator.explain.focus import Focus
from glossator.research.evidence import Evidence
from glossator.research.language import language_passage
from glossator.research.lint_codes import noqa_meaning, type_error_meaning
from glossator.research.man_pages import man_page
from glossator.resolve.symbol import Workspace

Meaning = Callable[[str, Sequence[Path]], Evidence | None]
_ENCODING = re.compile(r"^[ \t\f]*#.*?coding[:=][ \t]*([-_.a-zA-Z0-9]+)")  # PEP 263
_SHEBANG = re.compile(r"#!\s*(\S+)(?:\s+(.*))?")
_NOQA = re.compile(r"#\s*noqa(?::\s*(?P<codes>[A-Z]+\d+(?:[,\s]+[A-Z]+\d+)*))?", re.IGNORECASE)
_TYPE_IGNORE = re.compile(r"#\s*type:\s*ignore(?:\[(?P<codes>[\w\-, ]+)\])?")


async def describe_comment(focus: Focus, workspace: Workspace, draft: Draft) -> None:
    """Describe a comment that a program reads, if it is one."""
    text = workspace.tree.text_of(focus.node)
    line = workspace.tree.line_of(focus.node)
    shebang = _SHEBANG.match(text) if line == 0 else None
    encoding = _ENCODING.match(text) if line < 2 else None
    if shebang is not None:
        await _describe_shebang(shebang, focus, workspace, draft)
    elif encoding is not None:
        _describe_encoding(encoding[1], draft)
    else:
        await _describe_ignored(text, focus.offset - focus.node.start_byte, workspace, draft)


async def _describe_shebang(match: re.Match[str], focus: Focus, workspace: Workspace, draft: Draft) -> None:
    program, rest = match[1], (match[2] or "").strip()
    draft.symbol = SymbolFacts(match[0], "#!", "comment", match[0])
    told = f"Run as a program, this file is given to `{program}{f' {rest}' if rest else ''}`."
    draft.summary.append(draft.bibliography.cite(told, extract.own_line(workspace, focus.node), "supported"))
    page = await asyncio.to_thread(man_page, program.rpartition("/")[2])
    if page is not None and page.description:
        evidence = Evidence("", page.title, " ".join(page.description), "help")
        draft.summary.extend(draft.bibliography.extract(page.description, evidence, 1))


def _describe_encoding(name: str, draft: Draft) -> None:
    evidence = language_passage("encoding")
    assert evidence is not None
    draft.symbol = SymbolFacts(name, "python.encoding", "comment", distribution="python")
    draft.summary.append(draft.bibliography.cite(f"This names `{name}` as the encoding.", evidence, "supported"))
    draft.summary.extend(draft.bibliography.extract(extract.readable(evidence), evidence, 1))


async def _describe_ignored(text: str, offset: int, workspace: Workspace, draft: Draft) -> None:
    """Codes of a checker: the one under the cursor, else all of the first list of them."""
    known: tuple[tuple[re.Pattern[str], Meaning, str], ...] = (
        (_NOQA, noqa_meaning, "noqa"),
        (_TYPE_IGNORE, type_error_meaning, "type: ignore"),
    )
    for pattern, meaning, name in known:
        match = pattern.search(text)
        if match is None or not match["codes"]:
            continue
        start = match.start("codes")
        codes = list(re.finditer(r"[\w-]+", match["codes"]))
        under = [one for one in codes if start + one.start() <= offset <= start + one.end()]
        if under or draft.symbol is None:
            await _describe_codes([one[0] for one in under or codes], meaning, name, workspace, draft)
        if under:
            return


async def _describe_codes(
    codes: Sequence[str], meaning: Meaning, name: str, workspace: Workspace, draft: Draft
) -> None:
    draft.summary.clear()
    for code in codes:
        evidence = await asyncio.to_thread(meaning, code, tuple(workspace.installed.folders))
        if evidence is not None:
            draft.symbol = SymbolFacts(code, f"{name}: {code}", "comment")
            draft.summary.append(draft.bibliography.cite(evidence.text, evidence))
