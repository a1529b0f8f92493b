"""What is kept of an explanation, so that one can ask further about it: its evidence under its numbers, and the rest of
what these sources say."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from glossator.explain.bibliography import Bibliography
from glossator.explain.draft import Draft
from glossator.explain.explanation import Sentence, SymbolFacts
from glossator.explain.extract import readable
from glossator.explain.question import Candidate, candidates
from glossator.research.evidence import Evidence
from glossator.text import Snapshot

MOST_SENTENCES = 600  # generate() has 300 with those of all its parameters
LONGEST_SENTENCE = 700
LONGEST_TEXT = 20_000
LONGEST_CODE = 2_000
MOST_TURNS = 20


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of the source ``citation``; ``subject`` is what it is about where it does not say so itself. A passage
    that was read but not cited yet has no number: ``+0`` is the first of the ``reserve``."""

    text: str
    subject: str
    citation: str


@dataclass(frozen=True, slots=True)
class Kept:
    """An explanation to ask further about. ``evidence`` is numbered, ``reserve`` was read but not cited yet; ``quoted``
    are the sentences that were taken from each, ``material`` is all that they say; ``told`` is what the reader has
    seen, ``turns`` are questions and answers."""

    id: str
    uri: str
    target: str
    code: str
    symbol: SymbolFacts | None
    evidence: tuple[Evidence, ...]
    quoted: Mapping[str, tuple[str, ...]]
    material: tuple[Said, ...]
    reserve: tuple[Evidence, ...] = ()
    told: tuple[str, ...] = ()
    turns: tuple[tuple[str, str], ...] = ()

    def bibliography(self) -> Bibliography:
        """The sources again, under their numbers."""
        return Bibliography.restored(self.evidence, self.quoted)


class Shelf(Protocol):
    """Where explanations are kept: a few, the newest."""

    async def put(self, kept: Kept) -> None:
        """Keep one, as the latest."""
        ...

    async def get(self, identity: str) -> Kept | None:
        """The one of that id, or the latest for "last"; None if there is none."""
        ...

    async def forget(self, uri: str, start: str) -> int:
        """Let go of those about a text whose targets start so; how many there were."""
        ...


def keep(draft: Draft, snapshot: Snapshot, target: str, sentences: tuple[Sentence, ...], question: str) -> Kept:
    """What to keep of an explanation that was just made."""
    material, reserve = _material(draft)
    answer = " ".join(one.text for one in sentences)
    return Kept(
        id=secrets.token_hex(4),
        uri=snapshot.uri,
        target=target,
        code=draft.code[:LONGEST_CODE],
        symbol=draft.symbol,
        evidence=tuple(_shortened(one) for one in draft.bibliography.evidence),
        quoted=draft.bibliography.quoted,
        material=_limited(material),
        reserve=tuple(_shortened(one) for one in reserve),
        told=tuple({one for shown in draft.bibliography.quoted.values() for one in shown}),
        turns=((question, answer),) if question else (),
    )


def grown(kept: Kept, draft: Draft, sentences: tuple[Sentence, ...], question: str) -> Kept:
    """The same after another question: with what was added, and an id of its own."""
    known = {one.id for one in kept.evidence}
    new = tuple(_shortened(one) for one in draft.bibliography.evidence if one.id not in known)
    answer = " ".join(one.text for one in sentences)
    return replace(
        kept,
        id=secrets.token_hex(4),
        evidence=(*kept.evidence, *new),
        quoted=draft.bibliography.quoted,
        material=_limited((*kept.material, *(one for each in new for one in _sentences(each)))),
        told=(*kept.told, *(one.text for one in sentences))[-MOST_SENTENCES:],
        turns=(*kept.turns, (question, answer))[-MOST_TURNS:],
    )


def to_plain(kept: Kept) -> dict[str, Any]:
    """As JSON holds it."""
    fields = asdict(kept)
    fields["quoted"] = {name: list(shown) for name, shown in kept.quoted.items()}
    fields["turns"] = [list(turn) for turn in kept.turns]
    return {**fields, **{name: list(fields[name]) for name in ("evidence", "reserve", "material", "told")}}


def from_plain(value: Any) -> Kept | None:
    """Read it back; None where it is of another make."""
    try:
        return Kept(
            id=str(value["id"]),
            uri=str(value["uri"]),
            target=str(value["target"]),
            code=str(value["code"]),
            symbol=SymbolFacts(**value["symbol"]) if value["symbol"] else None,
            evidence=tuple(Evidence(**one) for one in value["evidence"]),
            quoted={str(name): tuple(map(str, shown)) for name, shown in value["quoted"].items()},
            material=tuple(Said(**one) for one in value["material"]),
            reserve=tuple(Evidence(**one) for one in value["reserve"]),
            told=tuple(map(str, value["told"])),
            turns=tuple((str(asked), str(answer)) for asked, answer in value["turns"]),
        )
    except (TypeError, KeyError, ValueError, AttributeError):
        return None


def offered(kept: Kept, bibliography: Bibliography) -> Iterator[Candidate]:
    """The kept material as what an answer may be chosen from."""
    known = {one.id: one for one in bibliography.evidence}
    known.update({f"+{number}": one for number, one in enumerate(kept.reserve)})
    for one in kept.material:
        if one.citation in known:
            yield Candidate(one.text, one.subject, known[one.citation])


def _material(draft: Draft) -> tuple[list[Said], list[Evidence]]:
    """What the sources of an answer say, all of it, sentence by sentence with what each is about; and the passages that
    were read for it and have no number."""
    said: list[Said] = []
    names: dict[Evidence, str] = {}
    reserve: list[Evidence] = []
    for candidate in (one for documented in draft.documented for one in candidates(documented)):
        evidence = candidate.evidence
        if evidence not in names:
            numbered = draft.bibliography.find(evidence)
            names[evidence] = numbered.id if numbered is not None else f"+{len(reserve)}"
            reserve += [evidence] if numbered is None else []
        said.append(Said(candidate.text, candidate.subject, names[evidence]))
    read = set(names.values())
    said += [one for each in draft.bibliography.evidence if each.id not in read for one in _sentences(each)]
    return said, reserve


def _sentences(evidence: Evidence) -> Iterator[Said]:
    if evidence.kind != "documentation":
        yield from (Said(text, "", evidence.id) for text in readable(evidence))


def _limited(material: Iterable[Said]) -> tuple[Said, ...]:
    found = {(one.text, one.citation): one for one in material if len(one.text) <= LONGEST_SENTENCE}
    return tuple(found.values())[:MOST_SENTENCES]


def _shortened(evidence: Evidence) -> Evidence:
    return replace(evidence, text=evidence.text[:LONGEST_TEXT])
