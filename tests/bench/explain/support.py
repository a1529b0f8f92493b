"""Whether what explanations say is cited, by sources that exist and say so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from glossator.explain.cite import check
from glossator.explain.explanation import Explanation, Reference, Sentence
from glossator.research.evidence import Evidence

_FACT = re.compile(r"`[^`]+`|\bline \d+")


@dataclass(frozen=True, slots=True)
class Support:
    """Of ``citations``: ``validity``, the share whose source is listed; ``precision``, whose source says so. Of
    ``sentences``: ``recall``, the share that some cited source supports."""

    sentences: int
    citations: int
    validity: float
    recall: float
    precision: float


def of(explanations: Sequence[Explanation], codes: Sequence[str] = ()) -> Support:
    """The support of every sentence that the explanations show; what the code of each names, it may name."""
    sentences = citations = existing = holding = supported = 0
    for explanation, code in zip_longest(explanations, codes, fillvalue=""):
        assert isinstance(explanation, Explanation)
        sources = {one.id: one for one in explanation.sources}
        for sentence in shown(explanation):
            listed = [sources[one] for one in sentence.citations if one in sources]
            held = sum(_says(one, sentence, explanation, code) for one in listed)
            sentences += 1
            citations += len(sentence.citations)
            existing += len(listed)
            holding += held
            supported += held > 0
    return Support(sentences, citations, existing / citations, supported / sentences, holding / max(existing, 1))


def shown(explanation: Explanation) -> list[Sentence]:
    """Each sentence of an explanation once, those of its arguments too."""
    told = [*explanation.synthesis, *explanation.summary]
    told += [sentence for argument in explanation.arguments for sentence in argument.sentences]
    return list({(one.text, one.citations): one for one in told}.values())


def _says(source: Reference, sentence: Sentence, explanation: Explanation, code: str) -> bool:
    """Whether the snippet holds the sentence word for word; of a statement that a rule makes (where a thing stands,
    what type it has), all it quotes and counts; of a model's text, whether the citation check accepts it."""
    snippet = _words(f"{source.title} {source.snippet}")
    if _words(sentence.text) in snippet:
        return True
    facts = _FACT.findall(sentence.text)
    if sentence.support == "supported" and explanation.meta.backend == "extractive":
        return bool(facts) and all(_words(fact) in snippet for fact in facts)
    evidence = Evidence("1", source.title, source.snippet, source.kind)
    verdicts = check(f"{sentence.text.rstrip('.')} [1].", (evidence,), code)
    return bool(verdicts) and not any(one.fault for one in verdicts)


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.lower()))
