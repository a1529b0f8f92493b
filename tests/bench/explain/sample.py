"""`python -m tests.bench.explain.sample`: a hundred sentences of explanations for a person to read.

Calls are drawn by a fixed seed from released packages' source; of each call's explanation (without a model) one
sentence is drawn, with the code it is about and the text of the source it cites, as that source has it: not the
snippet, which is made of the very sentences taken. `--write` makes the table in `sentences.md` anew, and with it empty
verdicts; without it the verdicts that stand there are counted, and compared with what the citation check says.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import importlib.util
import random
import re
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from sysconfig import get_path
from urllib.parse import unquote, urlsplit

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from glossator.assemble import Parts, assemble
from glossator.explain.cite import check
from glossator.explain.explanation import Explanation, Reference, Sentence
from glossator.explain.options import ExplainOptions
from glossator.research.evidence import Evidence
from glossator.settings import Settings
from glossator.text import Position, Snapshot

SEED = 20261123
COUNT = 100
PACKAGES = """
accelerate anyio fsspec httpx2 huggingface_hub jinja2 openai peft pydantic pygls requests rich starlette transformers
"""
FILES_OF_ONE_PACKAGE = 30
AROUND = 240
VERDICTS = ("right", "wrong")
FILE = Path(__file__).with_name("sentences.md")
_INSTALLED = Path(get_path("purelib"))
_COLUMNS = ("No.", "Place", "Code", "Sentence", "Source", "What the source says there", "Verdict", "Why")


@dataclass(frozen=True, slots=True)
class Call:
    """Where a call's function is named: lines from 0, columns in code points."""

    file: Path
    line: int
    column: int
    code: str


@dataclass(frozen=True, slots=True)
class Row:
    """A sentence as the reader gets it; ``verdict`` is one of ``VERDICTS`` once there is one."""

    place: str
    code: str
    sentence: str
    source: str
    passage: str
    verdict: str = ""
    why: str = ""

    @property
    def checked(self) -> bool:
        """Whether the citation check lets the sentence stand on that passage."""
        said = self.sentence.rpartition("` → ")[2].rstrip(".")
        # A docstring's quotes and headings end sentences that in one line have no other end.
        passage = re.sub(r'"""|\b\w+(?: \([^()]*\))?: |\.\. \w+::', ". ", self.passage) + self.passage
        verdicts = check(f"{said} [1].", (Evidence("1", self.source, passage, "docstring"),), self.code)
        return bool(verdicts) and not any(one.fault for one in verdicts)


def main() -> int:
    """Write the sample, or count its verdicts; 1 while some are missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.explain.sample", description=__doc__)
    parser.add_argument("--write", action="store_true", help=f"draw anew and write {FILE.name}, with empty verdicts")
    if parser.parse_args().write:
        rows = asyncio.run(draw())
        FILE.write_text(written(rows), "utf-8")
        print(f"{len(rows)} sentences of as many calls: {FILE}")
    return count(read(FILE.read_text("utf-8")))


async def draw() -> list[Row]:
    """A hundred sentences of as many calls, no two alike."""
    chooser = random.Random(SEED)
    drawn = calls(chooser)
    rows: list[Row] = []
    parts = assemble(Settings(), Path(sys.prefix))
    try:
        with Progress(console=Console(stderr=True)) as progress:
            task = progress.add_task("drawing", total=COUNT)
            async for row in _rows(drawn, parts, chooser):
                if row.sentence not in {one.sentence for one in rows}:
                    rows.append(row)
                    progress.advance(task)
                if len(rows) == COUNT:
                    return rows
    finally:
        await parts.close()
    return rows


def calls(chooser: random.Random) -> list[Call]:
    """The calls of some files of each package, in turns: one of each package, then the next of each."""
    piles = []
    for package in PACKAGES.split():
        specification = importlib.util.find_spec(package)  # to import them took minutes on a busy machine
        if specification is None or specification.origin is None:
            raise SystemExit(f"{package} is not installed here. Next step: make .venv/.installed-bench")
        folder = Path(specification.origin).parent
        files = sorted(folder.rglob("*.py"))
        found = [one for file in chooser.sample(files, min(FILES_OF_ONE_PACKAGE, len(files))) for one in _calls(file)]
        piles.append(chooser.sample(found, len(found)))
    longest = max(len(pile) for pile in piles)
    return [pile[index] for index in range(longest) for pile in piles if index < len(pile)]


def written(rows: list[Row]) -> str:
    """The table as markdown, under a heading that says what a verdict means."""
    head = f"""# Sentences of explanations, read one by one

`python -m tests.bench.explain.sample --write` drew these {len(rows)} sentences (seed {SEED}), each from the explanation
of another call in released packages' source, without a model. Before an arrow stands the argument that the sentence
was shown for. *Right* means: the source says this, and says it of what stands in the code; *wrong*, anything else.
`python -m tests.bench.explain.sample` counts the verdicts and compares them with the citation check.
"""
    return f"{head}\n{table(rows)}"


def table(rows: list[Row]) -> str:
    """The rows as a table of markdown."""
    lines = [f"| {' | '.join(_COLUMNS)} |", f"|{' --- |' * len(_COLUMNS)}"]
    for number, row in enumerate(rows, 1):
        cells = (str(number), row.place, row.code, row.sentence, row.source, row.passage, row.verdict, row.why)
        lines.append(f"| {' | '.join(cell.replace('|', '¦') for cell in cells)} |")
    return "\n".join(lines) + "\n"


def relative(file: Path | None) -> str:
    """A file's path as it is installed, or its name."""
    if file is None:
        return ""
    return file.relative_to(_INSTALLED).as_posix() if file.is_relative_to(_INSTALLED) else file.name


def read(text: str) -> list[Row]:
    """The rows of the table."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if line.startswith("| ") and cells[0].isdigit():
            found.append(Row(*cells[1:], *[""] * (len(_COLUMNS) - len(cells))))
    return found


def count(rows: list[Row]) -> int:
    """Print how the reading went; 1 while verdicts are missing."""
    judged = [row for row in rows if row.verdict.lower() in VERDICTS]
    table = Table(title=f"{len(rows)} sentences of explanations, {len(judged)} read")
    table.add_column("share of sentences that")
    table.add_column("measured", justify="right")
    table.add_row("the citation check accepts", _share([row.checked for row in rows]))
    table.add_row("the reader found right", _share(verdicts(rows)))
    agreed = [row.checked is (row.verdict.lower() == "right") for row in judged]
    table.add_row("check and reader agree on", _share(agreed))
    Console().print(table)
    return 0 if len(judged) == len(rows) else 1


def verdicts(rows: list[Row]) -> list[bool]:
    """Whether each sentence that was read is right."""
    return [row.verdict.lower() == "right" for row in rows if row.verdict.lower() in VERDICTS]


def _share(found: list[bool]) -> str:
    return f"{sum(found) / len(found):.2f}" if found else "–"


async def _rows(drawn: list[Call], parts: Parts, chooser: random.Random) -> AsyncIterator[Row]:
    for call in drawn:
        snapshot = Snapshot(call.file.as_uri(), "python", call.file.read_text("utf-8"))
        explanation = await parts.explain(snapshot, Position(call.line, call.column), ExplainOptions("none"))
        said = list(_said(explanation))
        if said:
            label, sentence = chooser.choice(said)
            reference = next(one for one in explanation.sources if one.id in sentence.citations)
            place = f"{call.file.relative_to(_INSTALLED).as_posix()}:{call.line + 1}"
            passage = _passage(reference, sentence.text)
            yield Row(place, f"`{call.code}`", f"{label}{_line(sentence.text)}", reference.title, passage)


def _said(explanation: Explanation) -> Iterator[tuple[str, Sentence]]:
    """Every cited sentence that the hover shows, with the argument it is about."""
    for sentence in explanation.synthesis or explanation.summary:
        yield "", sentence
    for argument in explanation.arguments:
        for sentence in argument.sentences:
            yield f"`{_line(argument.spelled)}` → ", sentence


def _passage(reference: Reference, sentence: str) -> str:
    """The cited file's own text around the sentence, from the cited line on; the snippet where it is no file."""
    parts = urlsplit(reference.url)
    if parts.scheme != "file":
        return _line(reference.snippet)
    lines = Path(unquote(parts.path)).read_text("utf-8", "replace").splitlines()
    line = int(parts.fragment.removeprefix("L") or 1)
    text = _line(" ".join(lines[line - 1 :]))
    if reference.kind != "docstring":
        return f"line {line}: {text[: 2 * AROUND]}"
    words = [re.escape(word) for word in re.findall(r"\w+", sentence)]
    for number in (6, 4, 3):
        found = re.search(r"\W+".join(words[:number]), text)
        if found:
            return text[max(found.start() - AROUND // 2, 0) : found.start() + len(sentence) + AROUND]
    return text[: 2 * AROUND]


def _calls(file: Path) -> Iterator[Call]:
    try:
        text = file.read_text("utf-8")
        tree = ast.parse(text)
    except (SyntaxError, UnicodeDecodeError):
        return
    lines = text.splitlines()
    encoded = [line.encode() for line in lines]
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            line = (node.func.end_lineno or 1) - 1
            name = node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id
            end = len(lines[line].encode()[: node.func.end_col_offset].decode())
            yield Call(file, line, end - len(name), _line(_segment(encoded, node))[:200])


def _segment(lines: list[bytes], node: ast.Call) -> str:
    """A node's source. ``ast.get_source_segment`` splits the whole text for each: two minutes for these packages."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    written = lines[first : last + 1]
    written[-1] = written[-1][: node.end_col_offset]
    written[0] = written[0][node.col_offset :]
    return b"\n".join(written).decode()


def _line(text: str) -> str:
    return " ".join(text.split())


if __name__ == "__main__":
    sys.exit(main())
