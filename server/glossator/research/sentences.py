"""Documentation markup to plain sentences: what an extract shows and what a citation is checked against."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

LONGEST_TEXT = 60_000
LONGEST_HEADING = 3
_ABBREVIATIONS = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Fig|Eq|No|approx|al|incl|resp)|\b[A-Z])\.$")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*(?=\s+[A-Z0-9`\"'(\[*_<]|\s*$)")
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"</?[A-Za-z][\w-]*(?: [^<>]*)?/?>", ""),  # <Tip warning={true}>
        (r"!\[[^\]]*\]\([^)]*\)", ""),  # images
        (r"\[`~?([^`\]]+)`\](?:\([^)]*\))?", r"`\1`"),  # [`~PreTrainedModel.generate`]
        (r"\[([^\]\[]+)\]\([^)\s]*(?:\s[^)]*)?\)", r"\1"),  # [text](address)
        (r":[\w:+.-]+:`[~!]?([^`<]+?)(?: *<[^>`]*>)?`", r"`\1`"),  # :class:`~torch.Tensor`
        (r"`([^`<]+?) *<[^>`]*>`__?", r"\1"),  # `text <address>`_
        (r"``([^`]+)``", r"`\1`"),
        (r"^\s*\.\. (?:note|warning|tip|important|caution|seealso)::", ""),
        (r"^\s*\.\. [\w:+-]+::.*$", ""),  # other directives
        (r"^\s*\.\. _.*$", ""),  # link targets
        (r"\*\*([^*\n]+)\*\*", r"\1"),
        (r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"\1"),
        (r"::\s*$", ":"),
    )
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a documentation text in order, without markup, examples, tables and code blocks.

    A sentence that ends in a colon takes the next one along, for neither says anything alone; a heading goes.
    """
    found: list[str] = []
    for sentence in (sentence for block in blocks(text) for sentence in split(block)):
        if found and found[-1].endswith(":"):
            introduction = found.pop()
            heading = len(introduction.split()) <= LONGEST_HEADING and " be" not in introduction
            sentence = sentence if heading else f"{introduction} {sentence}"
        found.append(sentence)
    return tuple(sentence for sentence in found if not sentence.endswith(":"))


def blocks(text: str) -> Iterator[str]:
    """Paragraphs and list items as single lines of plain text."""
    text = _FENCE.sub("", text[:LONGEST_TEXT])
    for paragraph in re.split(r"\n\s*\n", text):
        if ">>>" in paragraph or re.search(r"^\s*[+|=-]{3,}", paragraph, re.MULTILINE):
            continue
        for item in re.split(r"\n\s*(?=[-*+•] |\d+[.)] )", "\n" + paragraph):
            plain_item = re.sub(r"^(?:[-*+•] |\d+[.)] )", "", plain(item))
            if plain_item:
                yield plain_item


def plain(text: str) -> str:
    """One line without markup, control, direction and zero-width characters."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    text = "".join(letter for letter in text if letter in "\n\t " or unicodedata.category(letter)[0] != "C")
    return " ".join(text.split())


def split(block: str) -> Iterator[str]:
    """The sentences of one line; a full stop inside backticks, or after an abbreviation, ends none."""
    start = 0
    for match in _SENTENCE_END.finditer(block):
        sentence = block[start : match.end()]
        if sentence.count("`") % 2 or _ABBREVIATIONS.search(sentence):
            continue
        yield sentence.strip()
        start = match.end()
    rest = block[start:].strip()
    if rest:
        yield rest
