"""A model's answer, while it grows, to sentences with the numbers behind them. The answer is text, or the JSON of
``prompt.SCHEMA``; which, it shows itself, since an endpoint may ignore what it was asked for."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import takewhile

from glossator.research.sentences import plain, split

Cited = tuple[str, tuple[str, ...]]

MOST_SENTENCES = 40
_CITATION = re.compile(r"\s*\[(\d+(?:\s*,\s*\d+)*)\]")
_ADDRESS = re.compile(r"https?://\S+")
_MARKS_BEHIND = re.compile(r"([.!?])((?:\s*\[\d+(?:\s*,\s*\d+)*\])+)")
_HALF_A_MARK = re.compile(r"\s*\[[\d,\s]*$")
_OPEN_MARKUP = re.compile(r"[*\[<]")
_JSON = re.compile(r'\s*(?:```\w*\s*)?\{(?:\s*"sentences"\s*:\s*\[)?')


def cited_sentences(text: str) -> list[Cited]:
    """All sentences; addresses are dropped, for those come from the store only."""
    structured = _JSON.match(text)
    if structured is None:
        return list(_sentences(text))
    found = [one for item in _items(text, structured.end()) for one in _of_item(item)]
    return found[:MOST_SENTENCES]


def complete_sentences(text: str) -> list[Cited]:
    """Those that stay as they are, whatever else is yet to come: of a text all but the last, which may go on."""
    if _JSON.match(text):
        return cited_sentences(text)
    found = cited_sentences(_HALF_A_MARK.sub("", text))[:-1]
    # Markup that is still open would change the sentence when it closes.
    return list(takewhile(lambda one: not _OPEN_MARKUP.search(one[0]) and one[0].count("`") % 2 == 0, found))


def _sentences(text: str) -> Iterator[Cited]:
    for line in _ADDRESS.sub("", text).splitlines():
        # The marker goes before the full stop, so that the sentence splitter sees one sentence.
        for sentence in split(plain(_MARKS_BEHIND.sub(r"\2\1", line))):
            ids = tuple(dict.fromkeys(re.findall(r"\d+", " ".join(_CITATION.findall(sentence)))))
            written = _CITATION.sub("", sentence).strip(" -*#")
            if re.search(r"\w", written):
                yield written, ids


def _items(text: str, start: int) -> Iterator[object]:
    """The members of the list that are complete; what was cut off at the end is left out."""
    decoder = json.JSONDecoder()
    while start < len(text):
        gap = re.compile(r"[\s,]*").match(text, start)
        start = gap.end() if gap else start
        try:
            item, start = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return
        yield item


def _of_item(item: object) -> Iterator[Cited]:
    """The sentences of one member: its numbers are those of each that has none of its own."""
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return
    listed = item.get("citations")
    numbers = [one for one in listed if isinstance(one, int | str)] if isinstance(listed, list) else []
    ids = tuple(dict.fromkeys(str(one).strip(" []") for one in numbers))
    for written, own in _sentences(item["text"]):
        yield written, own or ids
