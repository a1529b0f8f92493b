"""``python -m tests.bench.synthesis``: how well the sentences of an answer are supported by the sources that they cite.

By the definitions of ALCE (Gao et al. 2023), with our deterministic check in the place of their language model:
*validity*: the share of citations that name a source of the answer; *recall*: the share of sentences that what they
cite supports, taken together; *precision*: the share of citations that support their sentence alone, or without which
the others do not. Where the check itself was used to choose the sentences, recall says only that it was.

Then what becomes of a text if one of its sentences falls: of a model's own (``--model``), and of texts of three
sentences put together from installed docstrings, of which none or one was made wrong on purpose.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from glossator.assemble import assemble
from glossator.cli.demo import EXAMPLE
from glossator.explain.cite import judge
from glossator.explain.explanation import Explanation, Sentence
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import explain
from glossator.explain.synthesis import LEAST_SURVIVING, survivors
from glossator.research.evidence import Evidence
from glossator.settings import ExplainSettings, Settings
from glossator.text import Position, Snapshot
from tests.bench import citations, resolution
from tests.cursor import CURSOR
from tests.server.test_hero import PLACES

SEED = 20261122
OTHERS = 7  # sources beside the right one, when a sentence cites none
TEXTS = 200
SENTENCES = 3


@dataclass
class Tally:
    """What was counted of one kind of answer."""

    answers: int = 0
    sentences: int = 0
    supported: int = 0
    cited: int = 0
    valid: int = 0
    supporting: int = 0
    whole: int = 0
    partly: int = 0
    notes: list[str] = field(default_factory=list)


def main() -> None:
    """Ask, count, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=40, help="of installed packages, beside the example's")
    parser.add_argument("--model", type=int, default=0, metavar="N", help="let the model write about N of the places")
    parser.add_argument("--texts", action="store_true", help="only the texts that were put together")
    arguments = parser.parse_args()
    console = Console()
    if not arguments.texts:
        places = [*hero_places(), *package_places(arguments.places)]
        extracts, written = asyncio.run(ask(places, arguments.model))
        console.print(_support_table(extracts, written))
        for note in written.notes:
            console.print(note, highlight=False, markup=False)
    chooser = random.Random(SEED)
    said = list(citations._collect())
    console.print(_policy_table(chooser, said))
    console.print(_attribution_table(chooser, said))


def hero_places() -> list[tuple[Snapshot, Position]]:
    """The places of the example script that its own test asks about."""
    text = EXAMPLE.read_text("utf-8")
    snapshot = Snapshot(EXAMPLE.as_uri(), "python", text)
    found = []
    for marked, _, _ in PLACES:
        before, _, after = marked.partition(CURSOR)
        found.append((snapshot, snapshot.position(text.index(before + after) + len(before))))
    return found


def package_places(count: int) -> list[tuple[Snapshot, Position]]:
    """Places of installed packages' own code, drawn by a fixed seed."""
    return [
        (Snapshot(one.file.as_uri(), "python", one.file.read_text("utf-8")), Position(one.line, one.column))
        for one in resolution.draw(count)
    ]


async def ask(places: Sequence[tuple[Snapshot, Position]], by_model: int) -> tuple[Tally, Tally]:
    """What is said of the places without a model, and with the embedded one of a sample of them."""
    extracts, written = Tally(), Tally()
    settings = Settings(explain=ExplainSettings("always"))
    parts = assemble(settings, Path(sys.prefix))
    tools = replace(parts.explain_tools, small=frozenset(), shelf=None)
    sample = random.Random(SEED).sample(places, min(by_model, len(places)))
    try:
        for snapshot, position in track(places, "extracting", console=Console(stderr=True)):
            count(await explain(snapshot, position, tools, ExplainOptions("none")), extracts)
        for snapshot, position in track(sample, "writing", console=Console(stderr=True)):
            count(await explain(snapshot, position, tools, ExplainOptions("model", fresh=True)), written, True)
    finally:
        await parts.close()
    return extracts, written


def count(answer: Explanation, tally: Tally, by_model: bool = False) -> None:
    """Add one answer. Of a model only what it wrote itself counts, where that stands."""
    refused: Any = answer.meta.options.get("refused") or []
    stands = answer.meta.model is not None
    if not by_model or stands:
        _count_support(answer.synthesis, answer, tally)
    tally.answers += bool(answer.sources)
    tally.whole += stands and not refused
    tally.partly += stands and bool(refused)
    if by_model:
        name = answer.symbol.qualified_name if answer.symbol else answer.target
        tally.notes += [f"{'stands' if stands else '-'} | {name} | {one.text}" for one in answer.synthesis if stands]
        tally.notes += [f"refused | {name} | {one['text']} | {one['why']}" for one in refused]


def _count_support(sentences: Iterable[Sentence], answer: Explanation, tally: Tally) -> None:
    known = {one.id: Evidence(one.id, one.title, one.snippet, one.kind) for one in answer.sources}
    for sentence in sentences:
        there = [one for one in sentence.citations if one in known]
        whole = _supports(sentence.text, there, known)
        tally.sentences += 1
        tally.supported += whole
        tally.cited += len(sentence.citations)
        tally.valid += len(there)
        for one in there:
            rest = [other for other in there if other != one]
            needed = whole and not (rest and _supports(sentence.text, rest, known))
            tally.supporting += _supports(sentence.text, [one], known) or needed


def _supports(text: str, ids: Sequence[str], known: dict[str, Evidence]) -> bool:
    if not ids:
        return False
    (verdict,) = judge([(text, tuple(ids))], list(known.values()))
    return not verdict.fault


def _support_table(extracts: Tally, written: Tally) -> Table:
    table = Table(title=f"Support of the sentences, by the check; seed {SEED}")
    for column in (
        "answers",
        "how many",
        "sentences",
        "validity",
        "recall",
        "precision",
        "stand whole",
        "stand partly",
    ):
        table.add_column(column, justify="right" if column != "answers" else "left")
    for name, one in (("extracts", extracts), ("embedded model", written)):
        if one.answers:
            shares = (_share(one.valid, one.cited), _share(one.supported, one.sentences))
            fates = (str(one.whole), str(one.partly)) if one is written else ("", "")
            precise = _share(one.supporting, one.cited)
            table.add_row(name, str(one.answers), str(one.sentences), *shares, precise, *fates)
    return table


def _policy_table(chooser: random.Random, said: Sequence[citations.Said]) -> Table:
    """Texts of three sentences, each citing its own source: how many stand, and how much of what is shown is wrong."""
    title = f"{TEXTS} texts of {SENTENCES} sentences each: all or none, against single sentences dropped"
    table = Table(title=title)
    for column in ("one sentence is", "all: stand", "all: wrong shown", "dropped: stand", "dropped: wrong shown"):
        table.add_column(column, justify="right" if column != "one sentence is" else "left")
    kinds: tuple[tuple[str, Callable[[Any, Any], tuple[str, str] | None] | None], ...] = (
        ("as true as the others", None),
        ("of another source", lambda one, other: (citations.reword(other.sentence), one.source)),
        ("with a wrong identifier", citations._wrong_identifier),
        ("contradicting", citations._contrary),
        ("with a detail added", citations._added_detail),
    )
    for name, spoil in kinds:
        counts = [_fate(chooser, said, spoil) for _ in range(TEXTS)]
        cells = []
        for strict in (True, False):
            standing = [(true, wrong) for true, wrong, fell in counts if _stands(true + wrong, fell, strict)]
            shown = sum(true + wrong for true, wrong in standing)
            cells += [_share(len(standing), TEXTS), _share(sum(wrong for _, wrong in standing), shown)]
        table.add_row(name, *cells)
    return table


def _stands(kept: int, fell: int, strict: bool) -> bool:
    return kept > 0 and (not fell if strict else kept >= LEAST_SURVIVING * (kept + fell))


def _fate(
    chooser: random.Random,
    said: Sequence[citations.Said],
    spoil: Callable[[Any, Any], tuple[str, str] | None] | None,
) -> tuple[int, int, int]:
    """Of one text: how many true and wrong sentences stand, and how many fell."""
    while True:
        *chosen, other = chooser.sample(list(said), SENTENCES + 1)
        place = chooser.randrange(SENTENCES)
        made = [(citations.reword(one.sentence), one.source) for one in chosen]
        spoiled = spoil(chosen[place], other) if spoil else made[place]
        if spoiled is None or (spoil and spoiled[0] == made[place][0]):
            continue
        made[place] = spoiled
        evidence = [Evidence(str(number), "", source, "docstring") for number, (_, source) in enumerate(made, 1)]
        verdicts = judge([(text, (str(number),)) for number, (text, _) in enumerate(made, 1)], evidence)
        kept, _ = survivors(verdicts)
        wrong = sum(one.text == spoiled[0] for one in kept) if spoil else 0
        return len(kept) - wrong, wrong, len(verdicts) - len(kept)


def _attribution_table(chooser: random.Random, said: Sequence[citations.Said]) -> Table:
    """True sentences that cite nothing, among sources of which one is theirs, or none is."""
    fates = {"right": 0, "wrong": 0, "refused": 0}
    without = 0
    for one in chooser.sample(list(said), citations.COUNT):
        others = [other for other in chooser.sample(list(said), OTHERS + 1) if other.source != one.source][:OTHERS]
        place = chooser.randrange(len(others) + 1)
        sources = [*(other.source for other in others[:place]), one.source, *(other.source for other in others[place:])]
        evidence = [Evidence(str(number), "", text, "docstring") for number, text in enumerate(sources, 1)]
        (verdict,) = judge([(citations.reword(one.sentence), ())], evidence)
        right = verdict.sentence.citations == (str(place + 1),)
        fates["refused" if verdict.fault else "right" if right else "wrong"] += 1
        (verdict,) = judge(
            [(citations.reword(one.sentence), ())], [each for each in evidence if each.text != one.source]
        )
        without += bool(verdict.fault)
    table = Table(title=f"{citations.COUNT} true sentences that cite nothing, given to one of {OTHERS + 1} sources")
    for column in ("given to the right one", "to a wrong one", "refused", "refused, the right one missing"):
        table.add_column(column, justify="right")
    table.add_row(*(_share(number, citations.COUNT) for number in (*fates.values(), without)))
    return table


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"


if __name__ == "__main__":
    main()
