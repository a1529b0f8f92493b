"""A model's text to checked sentences: what no source supports does not stand.

The checks are deterministic: the cited ids exist, every identifier and number of the sentence occurs in what it cites,
it speaks of what its source is about (see ``subject``), a negation stands there too, and enough of its words do, in one
sentence of the source. Word overlap alone was measured to accept three of four wrong identifiers, so it is only the
last of the checks; over the whole passage it accepted sentences put together from the words of several.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from glossator.explain.explanation import Sentence
from glossator.explain.reading import Cited, cited_sentences
from glossator.explain.subject import fault_of_subject, is_named
from glossator.research.evidence import Evidence
from glossator.research.sentences import split

LEAST_OVERLAP = 0.75
FEWEST_WORDS = 2
LEAST_VARIETY = 0.5
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*(?:\.\w+)+|\w*_\w+|[a-z]+[A-Z]\w*|[A-Z][a-z]+[A-Z]\w*|`[^`]+`|\b[A-Z]{2,}\b")
_CLAUSE_END = re.compile(r",? (?:and|but|while|then) |; ")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)*")
_NEGATION = re.compile(r"\b(?:not|no|never|cannot|without|neither|nor|none|n't|un(?:able|supported))\b|n't\b", re.I)
# What makes a statement hold sometimes only. "Can" and "may" alone: what can be done is done, by whoever does it.
_CONDITION = re.compile(r"\b(?:if|unless|when|whenever|until|only|either|except|might|in case)\b", re.I)
_LITTLE_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "do",
        "does",
        "each",
        "for",
        "from",
        "has",
        "have",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "of",
        "on",
        "or",
        "so",
        "such",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "to",
        "used",
        "using",
        "uses",
        "was",
        "when",
        "where",
        "which",
        "will",
        "with",
        "you",
        "your",
    ]
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A sentence as the check leaves it, and why it fell, if it did."""

    sentence: Sentence
    fault: str = ""


def check(text: str, evidence: Sequence[Evidence], code: str = "") -> tuple[Verdict, ...]:
    """Each sentence of a model's text with its verdict. A sentence that cites nothing is given to the passage that
    shares most words with it, and then checked like the others. What the ``code`` names may be named."""
    return judge(cited_sentences(text), evidence, code)


def judge(sentences: Iterable[Cited], evidence: Sequence[Evidence], code: str = "") -> tuple[Verdict, ...]:
    """The same, of sentences that were read already."""
    known = {one.id: one for one in evidence}
    return tuple(_judge(written, ids, known, code) for written, ids in sentences)


def overlap(sentence: str, passage: str) -> float:
    """The share of the sentence's telling words that occur in the passage, word endings aside."""
    words = telling_words(sentence)
    return len(words & telling_words(passage)) / len(words) if words else 0.0


def telling_words(text: str) -> set[str]:
    """The words that carry meaning, without their endings."""
    return {_stem(word) for word in _telling(text)}


def ordered_words(text: str) -> list[tuple[str, int, int]]:
    """The same in their order, each with its place in the text."""
    found = re.finditer(r"[a-z][a-z0-9]+", text.lower())
    return [(_stem(one[0]), one.start(), one.end()) for one in found if one[0] not in _LITTLE_WORDS]


def holds_sometimes(text: str) -> bool:
    """Whether what a text says depends on something."""
    return _CONDITION.search(text) is not None


def _judge(written: str, ids: tuple[str, ...], known: Mapping[str, Evidence], code: str) -> Verdict:
    if not ids:
        best = max(known.values(), key=lambda one: overlap(written, _passage(one)), default=None)
        ids = (best.id,) if best is not None else ()
    missing = [one for one in ids if one not in known]
    cited = [known[one] for one in ids if one in known]
    fault = f"cites [{missing[0]}], which does not exist" if missing else _fault(written, cited, code)
    return Verdict(Sentence(written, ids, "weak" if fault else "supported"), fault)


def _fault(written: str, cited: Sequence[Evidence], code: str) -> str:
    """Why the passages do not support the sentence, or nothing."""
    passage = " ".join(map(_passage, cited))
    if written.count("`") % 2 or written.count("(") > written.count(")") or written.endswith("["):
        return "breaks off"
    for identifier in _IDENTIFIER.findall(written):
        if not is_named(identifier, f"{passage} {code}"):
            return f"names {identifier}, which its source does not"
    for number in _NUMBER.findall(written):
        if not re.search(rf"(?<![\w.]){re.escape(number)}(?![\w.]*\d)", f"{passage} {code}"):
            return f"says {number}, which its source does not"
    if fault := fault_of_subject(written, passage, [one.title for one in cited]):
        return fault
    if not _agrees(written, passage):
        return "denies what its source does not, or leaves a denial out"
    if holds_sometimes(_nearest(written, passage)) and not holds_sometimes(written):
        return "leaves out when that is so"
    words = telling_words(written)
    if len(words) < FEWEST_WORDS:
        return "says too little to be checked"
    if len(words) < LEAST_VARIETY * _count(written):
        return "goes round in circles"
    return "" if _shares_enough(written, cited, code) else "shares too few words with its source"


def _shares_enough(written: str, cited: Sequence[Evidence], code: str) -> bool:
    """Whether one sentence of a source says it, numbers and all, or another for each clause. A title belongs to each
    sentence."""
    sources = [(one.title, sentence) for one in cited for sentence in (*split(one.text), "")]

    def said(clause: str) -> bool:
        numbers = set(_NUMBER.findall(clause)) - set(_NUMBER.findall(code))
        return any(
            overlap(clause, f"{title}. {sentence}") >= LEAST_OVERLAP and numbers <= set(_NUMBER.findall(sentence))
            for title, sentence in sources
        )

    clauses = [clause for clause in _CLAUSE_END.split(written) if clause.strip()]
    return said(written) or (len(clauses) > 1 and all(map(said, clauses)))


def _agrees(written: str, passage: str) -> bool:
    """Whether the sentence denies where its source does: as a whole, or else clause by clause."""
    if _denies(written) == _denies(_nearest(written, passage)):
        return True
    clauses = [clause for clause in _CLAUSE_END.split(written) if clause.strip()]
    return len(clauses) > 1 and all(
        _denies(clause) == _denies(_nearest(clause, passage))
        and overlap(clause, _nearest(clause, passage)) >= LEAST_OVERLAP
        for clause in clauses
    )


def _denies(text: str) -> bool:
    """Whether a text denies something; two denials take each other back."""
    return len(_NEGATION.findall(text)) % 2 == 1


def _nearest(written: str, passage: str) -> str:
    """The sentence of the passage that speaks of the same thing: a denial elsewhere in it is about something else."""
    return max(split(passage), key=lambda sentence: overlap(written, sentence), default="")


def _passage(evidence: Evidence) -> str:
    """Title and text: much evidence leaves its own name out of its text."""
    return f"{evidence.title}. {evidence.text}"


def _count(text: str) -> int:
    return len(_telling(text))


def _telling(text: str) -> list[str]:
    return [word for word in re.findall(r"[a-z][a-z0-9]+", text.lower()) if word not in _LITTLE_WORDS]


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ies", "ers", "er", "ed", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word[: -len(ending)]
    return word
