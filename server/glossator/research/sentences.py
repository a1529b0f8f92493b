"""Documentation markup to plain sentences: what an extract shows and what a citation is checked against."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import zip_longest

LONGEST_TEXT = 60_000
LONGEST_HEADING = 3
LONGEST_LISTED = 90
LONGEST_LIST = 360
_ABBREVIATIONS = re.compile(r"(?:\b(?:e\.g|i\.e|etc|vs|cf|Fig|Eq|No|approx|al|incl|resp)|\b[A-Z])\.$")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]*(?=\s+[A-Z0-9`\"'(\[*_<]|\s*$)")
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_TAGS = (
    "a|audio|b|base|br|button|code|details|div|em|embed|form|h[1-6]|hr|i|iframe|img|input|kbd|li|link|meta|object|ol|p|"
    "pre|s|script|span|strong|style|sub|summary|sup|svg|table|t[dhr]|u|ul|video"
)
_SIGNATURE = re.compile(r"^[A-Za-z_][\w.]*\(.*\)(?: -> \S+(?: \S+){0,2})?$")
_CODE = re.compile(r"^(?:@|>>>|(?:async |await |class |def |import |from \w|for |if |with )|[\w.]+ = )")
# An item of a list that is no part of a sentence: a value with what it does, a sentence.
_OF_ITS_OWN = re.compile(r"^[`'\"]|: |[.!?] ")
# What says nothing without the example behind it: "Protocol classes are defined as", "It is used like this".
_NEEDS_EXAMPLE = re.compile(
    r"\b(?:as|like|so|this|these|that|follows|following|example|e\.g|is|are|be|by|with|to|of|in|on|from|for|do|does|can|"
    r"use|using|write|call|via|instance|above|below|either|and|or)$"
)
# The line above the contents of an admonition of mkdocs, with them where they are but a link.
_ADMONITION = re.compile(r"^( *)(?:!!!|\?\?\?\+?) [^\n]*(?:\n+\1 {4}\[[^\n]*\][(\[][^\n]*[)\]] *$)?", re.MULTILINE)
# A line that ends so goes on; so does one before a word that its own line had no room for.
_GOES_ON = re.compile(r"(?:[.,;:!?(\[/&|+=-]|\b(?:a|an|and|as|at|by|for|from|in|is|of|on|or|the|to|with))$")
_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.MULTILINE), replacement)
    for pattern, replacement in (
        (r"</?[A-Za-z][\w-]* [^<>]*=[^<>]*>", ""),  # <Tip warning={true}>; <first argument> is no tag
        (rf"</?(?:{_TAGS}|[A-Z]\w*)\s*/?>", ""),
        (r"!\[[^\]]*\]\([^)]*\)", ""),  # images
        (r"\[`~?([^`\]]+)`\](?:\([^)]*\))?", r"`\1`"),  # [`~PreTrainedModel.generate`]
        (r"\[([^\]\[]+)\]\([^)\s]*(?:\s[^)]*)?\)", r"\1"),  # [text](address)
        (r"(?<![\w\]`])\[(?!\d+\])([^\]\[]+)\]\[[\w.-]*\]", r"\1"),  # [text][reference]
        (r"^\s*\[[\w.-]+\]: \S+.*$", ""),  # [reference]: address
        (r":[\w:+.-]+:`[~!]?([^`<]+?)(?: *<[^>`]*>)?`", r"`\1`"),  # :class:`~torch.Tensor`
        (r"`([^`<]+?) *<[^>`]*>`__?", r"\1"),  # `text <address>`_
        (r"``([^`]+)``", r"`\1`"),
        (r"^\s*\.\. (?:note|warning|tip|important|caution|seealso)::", ""),
        (r"^\s*\.\. [\w:+-]+::.*$", ""),  # other directives
        (r"^\s*\.\. _.*$", ""),  # link targets
        (r"\*\*([^*\n]+)\*\*", r"\1"),
        (r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"\1"),
        (r" ?<https?://[^<>\s]+>", ""),
        (r"::\s*$", ":"),
    )
)


def sentences(text: str) -> tuple[str, ...]:
    """The sentences of a documentation text in order, without markup, examples, tables and code blocks.

    A sentence that ends in a colon takes the next one along, for neither says anything alone; a heading goes. Where an
    example followed, which is left out, it ends there.
    """
    found: list[str] = []
    for sentence in (
        sentence for block in blocks(text, joined=True) for sentence in (split(block) if block else ("",))
    ):
        if not sentence:
            _end(found)
        elif found and found[-1].endswith(":"):
            introduction = found.pop()
            heading = len(introduction.split()) <= LONGEST_HEADING and " be" not in introduction
            found.append(sentence if heading else f"{introduction} {sentence}")
        else:
            found.append(sentence)
    return tuple(sentence for sentence in found if not sentence.endswith(":"))


def _end(found: list[str]) -> None:
    """End the last sentence, which introduced what is left out, unless it says too little: "Examples:"."""
    if not found or not found[-1].endswith(":"):
        return
    told = found[-1][:-1]
    if _NEEDS_EXAMPLE.search(told):
        found.pop()
    elif len(told.split()) > LONGEST_HEADING:
        found[-1] = f"{told}."


def blocks(text: str, joined: bool = False) -> Iterator[str]:
    """Paragraphs, list items and lines that stand for themselves, as single lines of plain text; an empty one where an
    example is left out."""
    text = _ADMONITION.sub("", _FENCE.sub("", text[:LONGEST_TEXT]))
    lead = ""  # the last words before a paragraph
    announced: int | None = None  # the indentation of a text that ended in "::"; what is indented deeper is code
    for paragraph in re.split(r"\n\s*\n", text):
        indentation = _indentation(paragraph.strip("\n"))
        if announced is not None and indentation > announced:
            yield ""
            continue
        last = paragraph.rstrip().rpartition("\n")[2]
        announced = _indentation(last) if last.endswith("::") and not last.lstrip().startswith("..") else None
        if ">>>" in paragraph or re.search(r"^\s*[+|=-]{3,}", paragraph, re.MULTILINE):
            yield ""
            continue
        items = re.split(r"\n\s*(?=[-*+•] |\d+[.)] )", "\n" + paragraph)
        listed = _listed(items, lead) if joined else ""
        if listed:
            lead = ""
            yield listed
            continue
        for item in items:
            for run in _runs(item):
                plain_run = re.sub(r"^(?:[-*+•] |\d+[.)] )", "", plain(run))
                if plain_run:
                    lead = plain_run
                    yield plain_run


def _listed(items: Sequence[str], before: str) -> str:
    """The short items of a list as one sentence, with the lead that stands in their paragraph, or behind one ``before``
    it; nothing where they are sentences of their own."""
    lead, *rest = (plain(re.sub(r"^\s*(?:[-*+•] |\d+[.)] )", "", one)) for one in items)
    short = all(len(one) <= LONGEST_LISTED and not _OF_ITS_OWN.search(one) for one in rest)
    if len(rest) < 2 or not short or sum(map(len, rest)) > LONGEST_LIST:
        return ""
    told = f"{'; '.join(one.rstrip('.,;') for one in rest)}."
    if not lead:
        return told if before.endswith(":") else ""
    return f"{lead.rstrip(':')}: {told}" if not lead.endswith((".", "!", "?")) else ""


def is_signature(text: str) -> bool:
    """Whether a text is nothing but how something is called: ``iter(callable, sentinel) -> iterator``."""
    return _SIGNATURE.match(text) is not None


def _runs(item: str) -> Iterator[str]:
    """The lines of an item, joined where they were only wrapped: a line that had room for the next word was ended on
    purpose. Code behind a colon goes."""
    lines = [line.strip() for line in item.split("\n") if line.strip()]
    longest = max(map(len, lines), default=0)
    run: list[str] = []
    for line, following in zip_longest(lines, lines[1:], fillvalue=""):
        if run and run[-1].endswith(":") and _CODE.match(line):
            break
        run.append(line)
        word = re.match(r"[A-Z][a-z]*\b", following)
        room = word is not None and len(line) + 1 + word.end() <= longest
        if is_signature(line) or (room and not _GOES_ON.search(line)):
            yield "\n".join(run)
            run = []
    yield "\n".join(run)


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


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
