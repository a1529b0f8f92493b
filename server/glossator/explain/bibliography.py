"""The sources of one answer: numbered when first cited, each quoted by the sentences taken from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

from glossator.explain.explanation import Reference, Sentence, Support
from glossator.research.evidence import Evidence

LONGEST_SNIPPET = 1500
LONGEST_SENTENCE = 700


class Bibliography:
    """Collects evidence while an answer is made. Ids count from 1 in the order of first citation."""

    def __init__(self) -> None:
        self._evidence: dict[tuple[str, str, str], Evidence] = {}
        self._quoted: dict[str, list[str]] = {}

    @classmethod
    def restored(cls, evidence: Iterable[Evidence], quoted: Mapping[str, Sequence[str]]) -> Bibliography:
        """One that goes on where another ended: numbered evidence, and what was quoted of each."""
        bibliography = cls()
        bibliography._evidence = {_key(one): one for one in evidence}
        bibliography._quoted = {identity: list(shown) for identity, shown in quoted.items()}
        return bibliography

    def cite(self, text: str, evidence: Evidence, support: Support = "extracted") -> Sentence:
        """A sentence resting on a passage."""
        numbered = self.add(evidence)
        quoted = self._quoted.setdefault(numbered.id, [])
        if support == "extracted" and text not in quoted:
            quoted.append(text)
        return Sentence(text, (numbered.id,), support)

    def extract(self, sentences: Iterable[str], evidence: Evidence, most: int) -> tuple[Sentence, ...]:
        """The first sentences of a passage that are of a readable length."""
        readable = [sentence for sentence in sentences if len(sentence) <= LONGEST_SENTENCE]
        return tuple(self.cite(sentence, evidence) for sentence in readable[:most])

    def add(self, evidence: Evidence) -> Evidence:
        """The passage with its number."""
        key = _key(evidence)
        if key not in self._evidence:
            self._evidence[key] = dataclasses.replace(evidence, id=str(len(self._evidence) + 1))
        return self._evidence[key]

    def find(self, evidence: Evidence) -> Evidence | None:
        """The passage with its number, if it is one of the sources."""
        return self._evidence.get(_key(evidence))

    def adopt(self, sentence: Sentence, other: Bibliography) -> Sentence:
        """A sentence of another bibliography under the numbers of this one."""
        known = {one.id: one for one in other.evidence}
        cited = [self.cite(sentence.text, known[one], sentence.support) for one in sentence.citations if one in known]
        return Sentence(sentence.text, tuple(one.citations[0] for one in cited), sentence.support)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """All passages, numbered."""
        return tuple(self._evidence.values())

    @property
    def quoted(self) -> dict[str, tuple[str, ...]]:
        """The sentences that were taken from each source."""
        return {identity: tuple(shown) for identity, shown in self._quoted.items()}

    def references(self) -> tuple[Reference, ...]:
        """All passages as the answer lists them; the snippet holds every sentence that was taken from it."""
        return tuple(
            Reference(one.id, one.title, one.url, one.kind, self._snippet(one), one.retrieved_at)
            for one in self.evidence
        )

    def _snippet(self, evidence: Evidence) -> str:
        quoted = " ".join(self._quoted.get(evidence.id, ()))
        return quoted or evidence.text[:LONGEST_SNIPPET]


def _key(evidence: Evidence) -> tuple[str, str, str]:
    """What makes two passages one source."""
    return evidence.title, evidence.url, evidence.kind
