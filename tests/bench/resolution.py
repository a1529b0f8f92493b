"""``python -m tests.bench.resolution``: is the right thing explained, at places of real code that nobody chose?

Places: names and attributes in released packages' source, drawn by a fixed seed. Truth: the module is imported here
and the expression evaluated from its globals; what it gives says of itself ``__module__`` and ``__qualname__``. So the
truth comes from running the code, and the answer from reading it: the two share nothing.
"""

from __future__ import annotations

import argparse
import ast
import asyncio
import importlib
import inspect
import random
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from rich.console import Console
from rich.progress import track
from rich.table import Table

from glossator.assemble import assemble
from glossator.explain.options import ExplainOptions
from glossator.settings import Settings
from glossator.text import Position, Snapshot

SEED = 20261122
PACKAGES = ("httpx2", "rich", "huggingface_hub", "peft", "accelerate", "starlette", "jinja2", "openai", "safetensors")
FILES_OF_ONE_PACKAGE = 40


@dataclass(frozen=True, slots=True)
class Place:
    """An expression in a file and the name that running it gives."""

    file: Path
    line: int
    column: int
    written: str
    truth: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said of a place."""

    place: Place
    name: str
    filled: bool

    @property
    def right(self) -> bool:
        """Whether the names are the same, or the same but for where a package keeps what it exports."""
        if self.name == self.place.truth:
            return True
        same_end = self.name.rpartition(".")[2] == self.place.truth.rpartition(".")[2]
        return same_end and _object(self.name) is not None and _object(self.name) is _object(self.place.truth)


def main() -> None:
    """Draw, ask, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=300)
    arguments = parser.parse_args()
    places = draw(arguments.places)
    answers = asyncio.run(ask(places))
    _print(answers)


def draw(count: int) -> list[Place]:
    """``count`` places, the same ones each time for the same packages."""
    chooser = random.Random(SEED)
    found: list[Place] = []
    for package in PACKAGES:
        folder = Path(str(importlib.import_module(package).__file__)).parent
        files = sorted(folder.rglob("*.py"))
        for file in chooser.sample(files, min(FILES_OF_ONE_PACKAGE, len(files))):
            found.extend(_places(file, folder.parent))
    return chooser.sample(found, min(count, len(found)))


async def ask(places: list[Place]) -> list[Answer]:
    """What Glossator's hover says, without a model."""
    answers = []
    environment = Path(sys.prefix)
    parts = assemble(Settings(), environment)
    try:
        for place in track(places, "asking", console=Console(stderr=True)):
            snapshot = Snapshot(place.file.as_uri(), "python", place.file.read_text("utf-8"))
            explanation = await parts.explain(snapshot, Position(place.line, place.column), ExplainOptions("none"))
            name = explanation.symbol.qualified_name if explanation.symbol else ""
            answers.append(Answer(place, name, bool(explanation.summary)))
    finally:
        await parts.close()
    return answers


def _places(file: Path, root: Path) -> Iterator[Place]:
    name = ".".join(file.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = importlib.import_module(name)
            text = file.read_text("utf-8")
            tree = ast.parse(text)
    except Exception:  # a module that wants what is not installed, or runs a program when imported
        return
    lines = text.splitlines()
    for node, local in _expressions(tree, frozenset()):
        truth = _truth(node, local, module)
        if truth:
            column = (node.end_col_offset or 0) - len(node.attr if isinstance(node, ast.Attribute) else node.id)
            written = lines[(node.end_lineno or 1) - 1].encode()
            place = len(written[:column].decode("utf-8", "ignore"))
            yield Place(file, (node.end_lineno or 1) - 1, place, ast.unparse(node), truth)


def _expressions(node: ast.AST, local: frozenset[str]) -> Iterator[tuple[ast.Name | ast.Attribute, frozenset[str]]]:
    """Names and attributes that are read, each with the names that functions around it bind for themselves."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        local = local | {one.arg for one in ast.walk(node) if isinstance(one, ast.arg)}
        local = local | {one.id for one in ast.walk(node) if isinstance(one, ast.Name) and not _is_read(one)}
    if isinstance(node, ast.Name | ast.Attribute) and _is_read(node):
        yield node, local
    for child in ast.iter_child_nodes(node):
        yield from _expressions(child, local)


def _is_read(node: ast.Name | ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Load)


def _truth(node: ast.expr, local: frozenset[str], module: ModuleType) -> str:
    """The name of the function or class that an expression stands for, empty if it is something else."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id in local:
        return ""
    found: object = vars(module).get(node.id)
    for part in parts:
        found = inspect.getattr_static(found, part, None) if inspect.isclass(found) else getattr(found, part, None)
        found = getattr(found, "__func__", found)
    if not (inspect.isfunction(found) or inspect.isclass(found)):
        return ""
    return f"{found.__module__}.{found.__qualname__}" if "<" not in found.__qualname__ else ""


def _object(name: str) -> object:
    """The object at a dotted name, by importing as much of it as is a module."""
    parts = name.split(".")
    for count in range(len(parts) - 1, 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:count]))
        except Exception:  # not a module
            continue
        for part in parts[count:]:
            found = getattr(found, part, None)
        return found
    return None


def _print(answers: list[Answer]) -> None:
    console = Console()
    table = Table(title=f"{len(answers)} places of {', '.join(PACKAGES)}; seed {SEED}")
    table.add_column("what")
    table.add_column("share", justify="right")
    table.add_row("right qualified name", f"{sum(one.right for one in answers) / len(answers):.3f}")
    table.add_row("something is said", f"{sum(one.filled for one in answers) / len(answers):.3f}")
    console.print(table)
    for one in answers:
        if not (one.right and one.filled):
            place = one.place
            console.print(f"{place.file.name}:{place.line + 1}:{place.column + 1}", highlight=False, end="  ")
            console.print(
                f"{place.written}: {place.truth}, answered {one.name or 'nothing'}", highlight=False, markup=False
            )


if __name__ == "__main__":
    main()
