"""A question to the sentences of the documentation that speak of it: an answer without a model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from glossator.explain.bibliography import Bibliography
from glossator.explain.explanation import Sentence
from glossator.explain.extract import passage_evidence
from glossator.research.docstring import Docstring, read_docstring, read_parameters
from glossator.research.evidence import Evidence
from glossator.research.index.words import alike, stems, terms
from glossator.resolve.documentation import Documented, Passage

MOST_SENTENCES = 4
LEAST_SHARE = 0.34
# Elsewhere more must agree: what is said of another symbol is an answer only if it is about the very thing.
LEAST_SHARE_ELSEWHERE = 0.6
ENOUGH = 0.75
LONGEST_SENTENCE = 500
FIRST_SENTENCES = 6


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence, and what it is about where that is not in it: the parameter that it describes, the symbol."""

    text: str
    subject: str
    evidence: Evidence
    name: str = ""


Answer = tuple[tuple[Sentence, ...], float]


def answer(question: str, documented: Documented, bibliography: Bibliography) -> Answer:
    """The sentences that share most words with the question, best first, and the share of the best; none, if none
    shares enough."""
    best = _best(question, candidates(documented), LEAST_SHARE)[:MOST_SENTENCES]
    cited = tuple(bibliography.cite(one.text, one.evidence) for _, one in best)
    return cited, best[0][0] if best else 0.0


def answer_among(question: str, used: Iterable[Documented], bibliography: Bibliography) -> Answer:
    """The same from all that a file uses; each sentence is said of its symbol by name, for none was asked about."""
    material = [
        replace(one, subject=f"{one.subject} {documented.symbol.definition.name}", name=_spoken(documented, one))
        for documented in used
        for one in candidates(documented)
    ]
    best = _best(question, material, LEAST_SHARE_ELSEWHERE)[:MOST_SENTENCES]
    return _named(best, bibliography), best[0][0] if best else 0.0


def answer_from(question: str, found: Sequence[Evidence], bibliography: Bibliography, told: float = 0.0) -> Answer:
    """The same from what an index found: of each passage its best sentence, and only where that says more of the
    question than what is ``told`` already. Each is said of its symbol by name, since the reader asked about another."""
    # A word that none of them holds ("for a moment") tells nothing of which of them answers.
    spoken = stems(" ".join(f"{one.title} {one.text}" for one in found))
    words = terms(question)
    telling = [word for word in words if alike(word) & spoken]
    if 2 * len(telling) <= len(words):
        return (), 0.0
    chosen = []
    for evidence in found:
        best = _best(" ".join(telling), _candidates_of(evidence), max(LEAST_SHARE_ELSEWHERE, told + 0.01))[:1]
        chosen += best
    chosen.sort(key=lambda one: -one[0])  # equal ones stay in the index's order
    return _named(chosen[: MOST_SENTENCES - 1], bibliography), chosen[0][0] if chosen else 0.0


def _named(chosen: Iterable[tuple[float, Candidate]], bibliography: Bibliography) -> tuple[Sentence, ...]:
    quoted = [(one, bibliography.cite(one.text, one.evidence)) for _, one in chosen]
    return tuple(Sentence(f"`{one.name}`: {one.text}", sentence.citations, "supported") for one, sentence in quoted)


def _spoken(documented: Documented, candidate: Candidate) -> str:
    """How a reader knows it: a function by its name, a parameter behind it in brackets."""
    name = documented.symbol.definition.name
    return f"{name}({candidate.subject})" if candidate.subject.isidentifier() else name


def _best(question: str, among: Iterable[Candidate], least: float) -> list[tuple[float, Candidate]]:
    """Candidates that share enough words with the question, best first, each text once."""
    asked = [alike(word) for word in terms(question)]
    shared = [(_share(asked, one), one) for one in among if len(one.text) <= LONGEST_SENTENCE]
    enough = sorted((one for one in shared if one[0] >= least), key=lambda one: -one[0])
    return list({one.text: (share, one) for share, one in reversed(enough)}.values())[::-1]


def _share(asked: Sequence[frozenset[str]], candidate: Candidate) -> float:
    there = stems(f"{candidate.subject} {candidate.text}")
    return sum(bool(words & there) for words in asked) / len(asked) if asked else 0.0


def candidates(documented: Documented) -> Iterator[Candidate]:
    """Every sentence of a symbol's documentation."""
    for passage in documented.passages:
        evidence = passage_evidence(documented.symbol, passage)
        docstring = read_docstring(passage.text)
        if not passage.appended:
            yield from (Candidate(sentence, "", evidence) for sentence in docstring.summary)
        for name, sentence in _about_parameters(passage):
            yield Candidate(sentence, name, evidence)
        yield from (Candidate(sentence, "returns result", evidence) for sentence in docstring.returns)


def _candidates_of(evidence: Evidence) -> Iterator[Candidate]:
    """What a passage of the index says. Its first sentence is about what its name says, too."""
    if evidence.kind != "docstring":
        return
    name = evidence.title.partition(": ")[2]
    short = ".".join(name.split(".")[-2:])
    docstring: Docstring = read_docstring(evidence.text)
    yield from (Candidate(sentence, short, evidence, short) for sentence in docstring.summary[:1])
    yield from (Candidate(sentence, "", evidence, short) for sentence in docstring.summary[1:FIRST_SENTENCES])
    for parameter, documented in docstring.parameters.items():
        yield from (Candidate(one, parameter, evidence, f"{short}({parameter})") for one in documented.sentences)
    yield from (Candidate(one, "returns result", evidence, short) for one in docstring.returns)


def _about_parameters(passage: Passage) -> Iterator[tuple[str, str]]:
    appended = read_parameters(passage.text) if passage.appended else {}
    for name, parameter in {**appended, **read_docstring(passage.text).parameters}.items():
        yield from ((name, sentence) for sentence in parameter.sentences)
