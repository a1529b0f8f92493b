"""A question to the sentences of the documentation that speak of it: an answer without a model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from glossator.explain.bibliography import Bibliography
from glossator.explain.cite import telling_words
from glossator.explain.explanation import Sentence
from glossator.explain.extract import passage_evidence
from glossator.research.docstring import read_docstring, read_parameters
from glossator.research.evidence import Evidence
from glossator.resolve.documentation import Documented, Passage

MOST_SENTENCES = 4
LEAST_SHARE = 0.34
# Words of questions, not of what is asked about.
_ASKING = telling_words(
    "what which how why who does do did should could would is are there happens mean means work call"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, and what it is about where that is not in it: the parameter that it describes."""

    text: str
    subject: str
    evidence: Evidence


def answer(question: str, documented: Documented, bibliography: Bibliography) -> tuple[Sentence, ...]:
    """The sentences that share most words with the question, best first; none, if none shares enough."""
    asked = telling_words(question) - _ASKING
    if not asked:
        return ()
    scored = [(_share(asked, one), -number, one) for number, one in enumerate(candidates(documented))]
    best = sorted((one for one in scored if one[0] >= LEAST_SHARE), key=lambda one: one[:2], reverse=True)
    chosen = {candidate.text: candidate for _, _, candidate in best[:MOST_SENTENCES]}
    return tuple(bibliography.cite(one.text, one.evidence) for one in chosen.values())


def candidates(documented: Documented) -> Iterator[Candidate]:
    """Every sentence of a symbol's documentation."""
    for passage in documented.passages:
        evidence = passage_evidence(documented.symbol, passage)
        docstring = read_docstring(passage.text)
        if not passage.appended:
            yield from (Candidate(sentence, "", evidence) for sentence in docstring.summary)
        for name, sentence in _about_parameters(passage):
            yield Candidate(sentence, re.sub(r"_+", " ", name) + f" {name}", evidence)
        yield from (Candidate(sentence, "returns result", evidence) for sentence in docstring.returns)


def _share(asked: set[str], candidate: Candidate) -> float:
    return len(asked & telling_words(f"{candidate.subject} {candidate.text}")) / len(asked)


def _about_parameters(passage: Passage) -> Iterator[tuple[str, str]]:
    appended = read_parameters(passage.text) if passage.appended else {}
    for name, parameter in {**appended, **read_docstring(passage.text).parameters}.items():
        yield from ((name, sentence) for sentence in parameter.sentences)
