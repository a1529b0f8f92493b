"""An explanation to JSON (the contract of the command line) and to markdown that is safe to show."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from urllib.parse import unquote, urlparse

from glossator.explain.explanation import Argument, Construct, Explanation, Meta, Notice, Reference, Sentence

LONGEST_SIGNATURE = 120
LIMIT = 20_000
OWN_BACKENDS = ("The engine", "engine", "scripted")
# As little as is needed: Neovim shows the backslashes. An underscore inside a word, or a lone bracket, is only text.
_SPECIAL = re.compile(r"[\\*\[<$]|(?<![^\W_])_|_(?![^\W_])|~(?=~)|(?<=~)~|&(?=#?\w+;)|!(?=\[)")
_LINE_START = re.compile(r"^\s*(?:[#>|]|[-+](?=\s)|[-=_]{2,}|\d+(?=[.)]\s))")
# Marks as in a printed gloss. Brackets were rejected: Neovim takes [1] for a link and hides them.
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_CODE = re.compile(r"(`[^`\n]+`)")
# Control, zero-width and direction-changing characters: they make a text look like another one.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)
# No userinfo, no other script's letters in the host, nothing that ends a link in markdown or HTML.
_WEB = re.compile(r"https://([A-Za-z0-9.-]+)(?::\d+)?(?:[/?#][A-Za-z0-9!#$%&*+,./:;=?@_~-]*)?")
LONGEST_ADDRESS = 2_000


def to_json(explanation: Explanation) -> dict[str, Any]:
    """The explanation as the one JSON object that ``glossator explain --format json`` prints."""
    fields = asdict(explanation)
    fields.pop("span")
    return {**fields, "notices": [_notice_fields(one) for one in explanation.notices]}


def to_markdown(explanation: Explanation, *, limit: int = LIMIT) -> str:
    """The explanation as a tooltip shows it, at most ``limit`` characters long.

    Every retrieved or generated text is made inert: no links but those listed as sources, no images, no markup.
    """
    question = str(explanation.meta.options.get("question") or "")
    known = "follow_up" in explanation.meta.options
    parts = [
        "" if known else _heading(explanation),
        *(f"⚠ **Line {one.line}:** {inert(one.message)}" for one in explanation.near_notices if not question),
        *(_answer(question, explanation) if question else _whole(explanation)),
        *(f"*{inert(f'{one.what} {one.next_step}'.strip())}*" for one in explanation.problems),
        _sources(explanation),
    ]
    return _clip("\n\n".join(part for part in parts if part), limit)


def inert(text: str) -> str:
    """One line of text that markdown shows as it is. Code in backticks stays code; an address is no link."""
    parts = _CODE.split(" ".join(without_hidden(text).split()))
    return "".join(part if _CODE.fullmatch(part) else _escape(part) for part in parts)


def ended(text: str) -> str:
    """A sentence with a full stop, for where another one follows it on the line; headings of docstrings have none."""
    return text if text.endswith((".", "!", "?", ":", ";", "…")) or text[-2:-1] in {".", "!", "?"} else f"{text}."


def without_hidden(text: str) -> str:
    """The text without characters that nobody sees and that change what others look like."""
    return _HIDDEN.sub("", text)


def with_hidden_shown(code: str) -> str:
    """Code, in which nothing may silently go, with such characters spelled."""
    return _HIDDEN.sub(lambda match: f"⟨U+{ord(match[0]):04X}⟩", code.replace("\r\n", "\n"))


def whereabouts(reference: Reference) -> tuple[str, str]:
    """Where a source is, in words, and the address to link to: only https, with the host shown, since the words
    before it are not ours. Empty where there is nothing to say or to link to."""
    try:
        url = urlparse(reference.url)
    except ValueError:
        return "", ""
    if url.scheme == "file":
        name = unquote(url.path.rpartition("/")[2])
        line = url.fragment.removeprefix("L")
        return (f"{name}, line {line}" if line.isdigit() else name), ""
    match = _WEB.fullmatch(reference.url) if len(reference.url) <= LONGEST_ADDRESS else None
    return (match[1], reference.url) if match else ("", "")


def brief_signature(signature: str) -> str:
    """The signature as it is, or, where it is long, names and defaults without annotations."""
    if len(signature) <= LONGEST_SIGNATURE:
        return signature
    try:
        function = ast.parse(f"def {signature}: ...").body[0]
    except SyntaxError:
        return f"{signature[:LONGEST_SIGNATURE]} …"
    assert isinstance(function, ast.FunctionDef)
    for argument in ast.walk(function.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    returns = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    brief = f"{function.name}({ast.unparse(function.args)}){returns}"
    return brief if len(brief) <= 3 * LONGEST_SIGNATURE else f"{brief[: 3 * LONGEST_SIGNATURE]} …"


def _escape(text: str) -> str:
    escaped = _SPECIAL.sub(lambda match: f"\\{match[0]}", text.replace("`", "'"))
    escaped = re.sub(r"(?i)\b(https?|file|command|javascript|data|mailto|vscode\S*):", r"\1&#58;", escaped)
    escaped = re.sub(r"(?i)\bwww\.", "www&#46;", escaped).replace("@", "&#64;")
    start = _LINE_START.match(escaped)
    if start is None:
        return escaped
    digits = start[0][-1].isdigit()
    place = start.end() if digits else start.start() + len(start[0]) - len(start[0].lstrip())
    return f"{escaped[:place]}\\{escaped[place:]}"


def _answer(question: str, explanation: Explanation) -> list[str]:
    """The answer alone: who asks has read the rest."""
    return [f"**{inert(question)}**", _paragraph(explanation.synthesis)]


def _whole(explanation: Explanation) -> list[str]:
    return [
        _paragraph(explanation.synthesis) if _by_model(explanation) else "",
        _constructs(explanation.constructs) or _paragraph(explanation.summary),
        _arguments(explanation),
        _paragraph(_conclusion(explanation)),
    ]


def _notice_fields(notice: Notice) -> dict[str, Any]:
    return {"line": notice.line, "kind": notice.kind, "message": notice.message}


def _heading(explanation: Explanation) -> str:
    symbol = explanation.symbol
    if symbol is None:
        return ""
    origin = f"{symbol.distribution} {symbol.version}".strip()
    shown = brief_signature(symbol.signature)
    code = f"```{symbol.language}\n{shown.replace('```', '')}\n```\n\n" if shown else ""
    return f"{code}**{inert(symbol.qualified_name)}**" + (f" · {inert(origin)}" if origin else "")


def _by_model(explanation: Explanation) -> bool:
    return explanation.meta.model is not None


def _conclusion(explanation: Explanation) -> list[Sentence]:
    """What the extracts say beyond summary and arguments."""
    if _by_model(explanation):
        return []
    told = {sentence.text for sentence in explanation.summary}
    told.update(sentence.text for argument in explanation.arguments for sentence in argument.sentences)
    return [sentence for sentence in explanation.synthesis if sentence.text not in told]


def _paragraph(sentences: Iterable[Sentence]) -> str:
    return "  \n".join(_cited(sentence) for sentence in sentences)


def _cited(sentence: Sentence) -> str:
    return f"{inert(sentence.text)}{','.join(one.translate(_SUPERSCRIPT) for one in sentence.citations)}"


def _constructs(constructs: Iterable[Construct]) -> str:
    lines = []
    for one in constructs:
        told = " ".join(_cited(sentence) for sentence in one.sentences)
        lines.append(f"- line {one.line}: `{one.code.replace('`', chr(39))}` — {told}")
    return "\n".join(lines)


def _arguments(explanation: Explanation) -> str:
    """A line for each argument; for those of which the same is said, one together. What the summary says is not said
    again."""
    told = set(explanation.summary) if not _by_model(explanation) else set()
    groups: dict[tuple[str, str], list[Argument]] = {}
    for number, one in enumerate(explanation.arguments):
        said = " ".join(_cited(sentence) for sentence in one.sentences if sentence not in told)
        alone = "" if one.taken_by and said else str(number)
        groups.setdefault((said, alone), []).append(one)
    lines = []
    for (said, _), arguments in groups.items():
        shown = ", ".join(f"`{one.spelled.replace('`', chr(39))}`" for one in arguments)
        taken = f"in `**{arguments[0].taken_by}`: " if arguments[0].taken_by and said else ""
        lines.append(f"- {shown}" + (f" — {taken}{said}" if said else ""))
    return "\n".join(lines)


def _sources(explanation: Explanation) -> str:
    if not explanation.sources:
        return ""
    backend = _writer(explanation.meta)
    uses = _uses(explanation)
    lines = [f"{one.id}. {_source(one)}" for one in explanation.sources if one not in uses]
    used = f"\n\nUsed at {', '.join(inert(f'`{one.title}`') for one in uses)}" if uses else ""
    made = f"*{inert(backend)}{', remembered' if explanation.meta.cached else ''}{_searched(explanation)}*"
    return "---\n" + "\n".join(lines) + f"{used}\n\n{made}"


def _writer(meta: Meta) -> str:
    """Who wrote: the model, and whose it is unless it is this machine's own."""
    if meta.model is None:
        return "extracted, no model"
    return meta.model if meta.backend in OWN_BACKENDS else f"{meta.model}, by {meta.backend}"


def _uses(explanation: Explanation) -> list[Reference]:
    """Lines of the project on which no sentence rests: they take one line together."""
    told = (*explanation.summary, *explanation.synthesis, *(s for one in explanation.arguments for s in one.sentences))
    told = (*told, *(s for one in explanation.constructs for s in one.sentences))
    cited = {one for sentence in told for one in sentence.citations}
    return [one for one in explanation.sources if one.kind == "project" and one.id not in cited]


def _searched(explanation: Explanation) -> str:
    """The very words that left this machine, and where they went."""
    searched = explanation.meta.options.get("searched")
    if not isinstance(searched, list):
        return ""
    return "".join(f"; sent to {inert(one['source'])}: {inert(one['words'])}" for one in searched)


def _source(reference: Reference) -> str:
    """Title and place."""
    place, address = whereabouts(reference)
    shown = f"[{inert(place)}]({address})" if address else inert(place)
    return f"{inert(reference.title)} · {shown}" if place else inert(reference.title)


def _clip(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    return f"{text[: text.rfind(chr(10), 0, limit)]}\n\n…"
