"""`python -m tests.bench.explain.written [--places N] [--into FILE]`: what is shown where the embedded model may write.

Shown is what a user with `explain.model = "always"` gets: the extracts, of which the model may have said some again
(see `explain/rewording.py`); whatever else it wrote is dropped, and without any of it the extracts stand alone. Places:
the example script's, and names and calls of released packages' source in turns, by fixed seeds. *Validity*, *recall*
and *precision* are those of `support.py`. In `written.md` stand sentences of the model that were shown, with what a
reader says of them; `--write` makes it anew, with empty verdicts. Each place is kept in FILE once it was asked about:
a run that was interrupted, or one that asks about more places, goes on from there. Without `--into` nothing is kept.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from glossator.assemble import assemble
from glossator.explain.explanation import Explanation, Sentence
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.settings import AdapterSettings, ExplainSettings, Settings
from glossator.text import Position, Snapshot
from tests.bench import synthesis
from tests.bench.explain import kept, sample, support
from tests.bench.explain.kept import Asked

SEED = 7
PLACES = 60
FILE = Path(__file__).with_name("written.md")
HEAD = """# Sentences of the embedded model that were shown, read one by one

Each is what SmolLM2-135M-Instruct made of a sentence of the extracts, at another place of released packages' source;
`python -m tests.bench.explain.written` says how. *Right* means: the source says this, and says it of what stands in the
code; *wrong*, anything else, as a sentence that says less than its source where that matters.

These 39 are all that was shown at 790 places (9 of the example script, 280 names, 501 calls), beside 1,527 extracts.
The rules of `explain/rewording.py` were written when 34 of them had been read, so only the last five are new to them.
Before there were such rules, 100 sentences that passed the citation check were read, too: 46 of them were wrong.
"""


def main() -> int:
    """Ask, print the table; or write the sentences to be read."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.explain.written", description=__doc__)
    parser.add_argument("--places", type=int, default=PLACES, help="beside those of the example script")
    parser.add_argument("--into", type=Path, help="a file that keeps what was asked, to go on from")
    parser.add_argument(
        "--calls", action="store_true", help="calls only, for which nothing is imported: begins at once"
    )
    parser.add_argument("--write", action="store_true", help=f"write {FILE.name} anew, with empty verdicts")
    parser.add_argument("--adapter", default="", help="a registered one, with which the model writes")
    arguments = parser.parse_args()
    if not arguments.calls:
        print("drawing names: hundreds of modules are imported to know what is right", file=sys.stderr, flush=True)
    asked = asyncio.run(ask(places(arguments.places, arguments.calls), arguments.into, arguments.adapter))
    if arguments.write:
        FILE.write_text(HEAD + "\n" + sample.table(rows(asked)), "utf-8")
    Console().print(measured(asked))
    return 0


def places(count: int, only_calls: bool = False) -> list[tuple[Snapshot, Position]]:
    """The example script's, and so many of released packages' source: a name, a call, and so on."""
    number = count if only_calls else count // 2
    calls = (
        (Snapshot(one.file.as_uri(), "python", one.file.read_text("utf-8")), Position(one.line, one.column))
        for one in sample.calls(random.Random(SEED))[:number]
    )
    names = synthesis.package_places(count - number) if count > number else []
    turns = itertools.chain.from_iterable(itertools.zip_longest(names, calls))
    return [*synthesis.hero_places(), *(one for one in turns if one is not None)]


async def ask(drawn: Sequence[tuple[Snapshot, Position]], into: Path | None, adapter: str = "") -> list[Asked]:
    """What is shown of each place of which anything is; those that the file has are not asked about again."""
    chosen = Settings(explain=ExplainSettings("always"), adapters=AdapterSettings(explain=adapter))
    parts = assemble(chosen, Path(sys.prefix))
    tools = replace(parts.explain_tools, shelf=None)
    done = kept.read(into)
    found: list[Asked] = []
    began, new = time.monotonic(), 0
    try:
        for number, (snapshot, position) in enumerate(drawn, 1):
            place = f"{sample.relative(snapshot.path)}:{position.line + 1}:{position.column + 1}"
            if place not in done:
                done[place] = await _asked(snapshot, position, place, tools)
                kept.add(into, place, done[place])
                new += 1
                each = (time.monotonic() - began) / new
                left = sum(f"{sample.relative(s.path)}:{p.line + 1}:{p.column + 1}" not in done for s, p in drawn)
                told = f"{number} of {len(drawn)} places, {each:.1f} s each, about {each * left / 60:.0f} min left"
                print(told, file=sys.stderr, flush=True)
            one = done[place]
            if one is not None:
                found.append(one)
    finally:
        await parts.close()
    return found


async def _asked(snapshot: Snapshot, position: Position, place: str, tools: ExplainTools) -> Asked | None:
    without = await explain(snapshot, position, tools, ExplainOptions("none"))
    if not without.synthesis:
        return None
    shown = await explain(snapshot, position, tools, ExplainOptions("model"))
    return Asked(snapshot.line(position.line).strip(), place, shown, without)


def rows(asked: Sequence[Asked]) -> list[sample.Row]:
    """The model's sentences for a reader, each text once."""
    found: dict[str, sample.Row] = {}
    for one in asked:
        titles = {source.id: source.title for source in one.shown.sources}
        for said, original in one.own:
            source = ", ".join(titles[number] for number in said.citations)
            row = sample.Row(one.place.rpartition(":")[0], f"`{one.code[:120]}`", said.text, source, original.text)
            found.setdefault(said.text, row)
    return list(found.values())


def measured(asked: Sequence[Asked]) -> Table:
    """How well what is shown is supported, and how much of it the model wrote."""
    own = [pair for one in asked for pair in one.own]
    syntheses = [_only(one.shown, one.shown.synthesis) for one in asked]
    written = [_only(one.shown, [said for said, _ in one.own]) for one in asked if one.own]
    table = Table(title=f"What is shown at {len(asked)} places where the embedded model is asked; seed {SEED}")
    for column in ("", "sentences", "characters", "validity", "recall", "precision"):
        table.add_column(column, justify="right" if column else "left")
    letters = sum(len(one.text) for each in asked for one in each.shown.synthesis)
    codes = [one.code for one in asked], [one.code for one in asked if one.own]
    for name, explanations, told, length in (
        ("all that is shown", syntheses, codes[0], letters),
        ("of it the model's", written, codes[1], sum(len(said.text) for said, _ in own)),
    ):
        if explanations:
            found = support.of(explanations, told)
            shares = (f"{share:.3f}" for share in (found.validity, found.recall, found.precision))
            table.add_row(name, str(found.sentences), f"{length:,}", *shares)
    return table


def _only(explanation: Explanation, sentences: Sequence[Sentence]) -> Explanation:
    return replace(explanation, synthesis=tuple(sentences), summary=(), arguments=())


if __name__ == "__main__":
    sys.exit(main())
