"""The Python language reference by construct: what it says of an operator, a keyword in its place, a part of a literal.

A topic of pydoc begins with syntax and history, so that its first sentences seldom speak of what stands under the
cursor: the passage that does is looked for instead, see ``language_table``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from glossator.research.evidence import Evidence
from glossator.research.language_table import PASSAGES, QUOTED, REFERENCE
from glossator.research.sentences import plain, split

_ROW = re.compile(r"^\|(?P<option>[^|]*(?:\|(?=\")[^|]*)?)\|(?P<meaning>[^|]*)(?:\|[^|]*)?\|$")
LONGEST_PASSAGE = 1_500


@lru_cache(maxsize=256)
def language_passage(construct: str) -> Evidence | None:
    """What the reference says of a construct of ``language_table``; None if this Python's has nothing."""
    if construct in QUOTED:
        page, words = QUOTED[construct]
        return Evidence("", f"Python language reference: {construct}", words, "topic", REFERENCE + page)
    topic, beginning = PASSAGES.get(construct, ("", ""))
    text = plain(_from(topic, beginning)) if topic else ""
    text = f"{text[:1].upper()}{text[1:]}"
    return Evidence("", f"Python language reference: {construct}", text, "topic") if text else None


def told(evidence: Evidence) -> tuple[str, ...]:
    """The sentences of a passage of this module, which is plain already: ``(?P<name>...)`` is no markup."""
    return tuple(split(evidence.text))


@lru_cache(maxsize=16)
def options(topic: str) -> Mapping[str, str]:
    """The rows of a topic's tables, by what stands in the first column: ``'>'`` and what it does to a format."""
    from pydoc_data.topics import topics

    found: dict[str, str] = {}
    last = ""
    for line in topics.get(topic, "").splitlines():
        row = _ROW.match(line.strip())
        if row is None:
            last = ""
            continue
        option, meaning = row["option"].strip(), row["meaning"].strip()
        if option.startswith('"') or (option and not last):
            last = option.strip('"').strip("'") or option
            found[last] = meaning
        elif last:
            found[last] = f"{found[last]} {meaning}".strip()
    return found


@lru_cache(maxsize=256)
def special_method(name: str) -> Evidence | None:
    """What the reference says of ``__add__`` and its like."""
    from pydoc_data.topics import topics

    topic = topics.get("specialnames", "")
    match = re.search(rf"^object\.{re.escape(name)}\(.*(?:\n[^\n]+)*", topic, re.MULTILINE)
    if match is None:
        return None
    for paragraph in re.split(r"\n\s*\n", topic[match.end() :])[1:4]:
        text = " ".join(paragraph.split())
        if text and not text.startswith("object."):
            return Evidence("", f"Python language reference: {name}", plain(text[:LONGEST_PASSAGE]), "topic")
    return None


def _from(topic: str, beginning: str) -> str:
    from pydoc_data.topics import topics

    found = [" ".join(one.split()) for one in re.split(r"\n\s*\n", topics.get(topic, "")) if "::=" not in one]
    if not beginning:
        return "\n".join(found[1:4])[:LONGEST_PASSAGE]
    for number, paragraph in enumerate(found):
        place = paragraph.find(beginning)
        if place >= 0:
            told = paragraph[place:].removeprefix("* ")
            return _without_example(told, found[number + 1 : number + 2])[:LONGEST_PASSAGE]
    return ""


def _without_example(told: str, following: list[str]) -> str:
    """A passage that introduces something in its last sentence, with that; without that sentence, where it is code."""
    told = told.removesuffix("Syntax:").rstrip()
    if not told.endswith(":"):
        return told
    if following and ">>>" not in following[0] and "=" not in following[0] and not following[0].endswith(":"):
        return f"{told} {following[0].removeprefix('* ')}"
    end = max(told.rfind(". "), told.rfind(".) "))
    return told[: end + 1] if end > 0 else told
