"""``python -m tests.bench.citations``: what the citation check lets through, on sentences made wrong on purpose.

True sentences are sentences of installed docstrings in other words (``Return the x`` becomes ``It returns the x``,
asides in brackets go). Each is made wrong in four ways: held against another symbol's documentation, with an identifier
of another sentence, turned into its contrary, and with a clause added that its source does not have.
"""

from __future__ import annotations

import ast
import importlib
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from glossator.explain.cite import check
from glossator.research.docstring import read_docstring
from glossator.research.evidence import Evidence

SEED = 20261122
COUNT = 400
PACKAGES = ("httpx2", "rich", "huggingface_hub", "peft", "accelerate", "starlette", "jinja2", "transformers")
SHORTEST, LONGEST = 7, 30
IDENTIFIER = re.compile(r"`[^`]+`|\b\w+_\w+\b")
CONTRARIES = (
    (r"\bis\b", "is not"),
    (r"\bare\b", "are not"),
    (r"\bcan\b", "cannot"),
    (r"\bwill\b", "will not"),
    (r"\bIt (\w+)s\b", r"It does not \1"),
    (r"\bmust\b", "must not"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence of a docstring, and the whole of what that docstring says."""

    sentence: str
    source: str
    name: str


@dataclass(frozen=True, slots=True)
class Share:
    """Of so many sentences of a kind, the share that was accepted, or else rejected, as it should be."""

    kind: str
    count: int
    accepted: bool
    goal: float
    right: float


def main() -> None:
    """Make the set, check it, print the table."""
    table = Table(title=f"The citation check on {COUNT} sentences of {', '.join(PACKAGES)}; seed {SEED}")
    for column in ("sentences", "how many", "goal", "measured"):
        table.add_column(column, justify="right" if column != "sentences" else "left")
    for one in shares():
        verb = "accepted" if one.accepted else "rejected"
        table.add_row(one.kind, str(one.count), f"{verb} ≥ {one.goal:.2f}", f"{one.right:.3f}")
    Console().print(table)


def shares() -> Iterator[Share]:
    """The check on true sentences, and on those made wrong in each way."""
    chooser = random.Random(SEED)
    said = chooser.sample(list(_collect()), COUNT)
    kinds: tuple[tuple[str, Callable[[Said, Said], tuple[str, str] | None], bool, float], ...] = (
        ("true, in other words", lambda one, _: (reword(one.sentence), one.source), True, 0.85),
        ("of another source", lambda one, other: (reword(one.sentence), other.source), False, 0.95),
        ("with a wrong identifier", _wrong_identifier, False, 0.80),
        ("contradicting", _contrary, False, 0.75),
        ("with a detail added", _added_detail, False, 0.85),
    )
    for kind, make, accepted, goal in kinds:
        others = chooser.sample(said, len(said))
        made = [
            pair
            for one, other in zip(said, others, strict=True)
            if one.name != other.name and (pair := make(one, other))
        ]
        right = sum(_stands(*pair) is accepted for pair in made)
        yield Share(kind, len(made), accepted, goal, right / len(made))


def reword(sentence: str) -> str:
    """The sentence as somebody might say it again."""
    sentence = re.sub(r"\s*\([^()]*\)", "", sentence)
    sentence = re.sub(r"\bwill return\b", "returns", sentence)
    match = re.match(
        r"(Return|Create|Get|Set|Convert|Load|Add|Remove|Compute|Check|Save|Apply|Generate|Build)\b ?", sentence
    )
    return f"It {match[1].lower()}s {sentence[match.end() :]}" if match else sentence


def _stands(sentence: str, source: str) -> bool:
    verdicts = check(f"{sentence.rstrip('.')} [1].", (Evidence("1", "", source, "docstring"),))
    return bool(verdicts) and not any(verdict.fault for verdict in verdicts)


def _wrong_identifier(one: Said, other: Said) -> tuple[str, str] | None:
    mine, theirs = IDENTIFIER.search(reword(one.sentence)), IDENTIFIER.search(other.source)
    if mine is None or theirs is None or theirs[0].strip("`") in one.source:
        return None
    return reword(one.sentence).replace(mine[0], theirs[0]), one.source


def _contrary(one: Said, _other: Said) -> tuple[str, str] | None:
    for pattern, replacement in CONTRARIES:
        turned = re.sub(pattern, replacement, reword(one.sentence), count=1)
        if turned != reword(one.sentence):
            return turned, one.source
    return None


def _added_detail(one: Said, other: Said) -> tuple[str, str]:
    clause = " ".join(reword(other.sentence).rstrip(".").split()[:8])
    return f"{reword(one.sentence).rstrip('.')}, and {clause[:1].lower()}{clause[1:]}.", one.source


def _collect() -> Iterator[Said]:
    for package in PACKAGES:
        folder = Path(str(importlib.import_module(package).__file__)).parent
        for file in sorted(folder.rglob("*.py"))[:400]:
            tree = ast.parse(file.read_text("utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    yield from _sentences(ast.get_docstring(node) or "", f"{file.name}:{node.name}")


def _sentences(docstring: str, name: str) -> Iterator[Said]:
    summary = read_docstring(docstring).summary[:4]
    for sentence in summary[:2]:
        if SHORTEST <= len(sentence.split()) <= LONGEST and sentence.endswith("."):
            yield Said(sentence, " ".join(summary), name)


if __name__ == "__main__":
    main()
