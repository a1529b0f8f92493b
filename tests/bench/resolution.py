"""``python -m tests.bench.resolution``: is the right thing explained, at places of real code that nobody chose?

Places: names and attributes in released packages' source, drawn by a fixed seed. Truth: the module is imported here
and the expression evaluated from its globals; what it gives says of itself ``__module__`` and ``__qualname__``. So the
truth comes from running the code, and the answer from reading it: the two share nothing. Other servers name nothing;
of them it is asked whether the definition they lead to is the one where the truth begins.
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
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlparse

from rich.console import Console
from rich.progress import track
from rich.table import Table

from glossator.assemble import assemble
from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions
from glossator.settings import Settings
from glossator.text import Position, Snapshot
from tests.bench.client import Client, ServerGone

SEED = 20261122
PACKAGES = ("httpx2", "rich", "huggingface_hub", "peft", "accelerate", "starlette", "jinja2", "openai", "safetensors")
FILES_OF_ONE_PACKAGE = 40
PATIENCE = 10.0
_BESIDE = Path(sys.executable).parent
PEERS = {
    "jedi-language-server": [str(_BESIDE / "jedi-language-server")],
    "ty": [str(_BESIDE / "ty"), "server"],
}


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
    explanation: Explanation

    @property
    def name(self) -> str:
        """The qualified name it was given, empty where there is none."""
        return self.explanation.symbol.qualified_name if self.explanation.symbol else ""

    @property
    def filled(self) -> bool:
        """Whether something is said."""
        return bool(self.explanation.summary)

    @property
    def right(self) -> bool:
        """Whether the names are the same, or the same but for where a package keeps what it exports."""
        if self.name == self.place.truth:
            return True
        same_end = self.name.rpartition(".")[2] == self.place.truth.rpartition(".")[2]
        return same_end and _object(self.name) is not None and _object(self.name) is _object(self.place.truth)


@dataclass
class Share:
    """How one server did, place by place."""

    name: str
    right: list[bool] = field(default_factory=list)
    filled: list[bool] = field(default_factory=list)


def main() -> None:
    """Draw, ask, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--places", type=int, default=300)
    parser.add_argument("--peers", action="store_true", help="ask jedi-language-server and ty about the same places")
    arguments = parser.parse_args()
    places = draw(arguments.places)
    answers = asyncio.run(ask(places))
    shares = [Share("glossator", [one.right for one in answers], [one.filled for one in answers])]
    for name, command in PEERS.items() if arguments.peers else ():
        shares.append(asyncio.run(ask_peer(name, command, places)))
    _print(shares, answers)


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
            answers.append(Answer(place, explanation))
    finally:
        await parts.close()
    return answers


async def ask_peer(name: str, command: list[str], places: list[Place]) -> Share:
    """Another server's hovers, and whether its definition is where the truth says it is."""
    share = Share(name)
    async with Client(command, Path(sys.prefix), {}) as client:
        await client.initialize()
        opened: set[Path] = set()
        for place in track(places, name, console=Console(stderr=True)):
            text = place.file.read_text("utf-8")
            if place.file not in opened:
                client.open(place.file.as_uri(), text)
                opened.add(place.file)
            column = len(text.splitlines()[place.line][: place.column].encode("utf-16-le")) // 2
            where = {"textDocument": {"uri": place.file.as_uri()}}
            where |= {"position": {"line": place.line, "character": column}}
            hover = await _within(client.request("textDocument/hover", where))
            share.filled.append(bool(hover and hover.get("contents")))
            share.right.append(_leads_to(await _within(client.request("textDocument/definition", where)), place.truth))
    return share


async def _within(request: Awaitable[Any]) -> Any:
    try:
        return await asyncio.wait_for(request, PATIENCE)
    except (asyncio.TimeoutError, ServerGone):
        return None


def _leads_to(answer: Any, truth: str) -> bool:
    """Whether one of the places is in the definition of the object of that name, or in a stub on a line with it."""
    try:
        found: Any = _object(truth)
        file, (lines, first) = inspect.getsourcefile(found), inspect.getsourcelines(found)
    except (TypeError, OSError):
        return False
    for place in answer if isinstance(answer, list) else [answer] if answer else []:
        uri = place.get("targetUri") or place.get("uri") or ""
        area = place.get("targetSelectionRange") or place.get("range") or {"start": {"line": -1}}
        path, line = Path(unquote(urlparse(uri).path)), area["start"]["line"]
        if file and path.resolve() == Path(file).resolve() and 0 <= line + 1 - first < len(lines):
            return True
        if path.suffix == ".pyi" and truth.rpartition(".")[2] in path.read_text("utf-8").splitlines()[line]:
            return True
    return False


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


def _print(shares: list[Share], answers: list[Answer]) -> None:
    console = Console()
    table = Table(title=f"{len(answers)} places of {', '.join(PACKAGES)}; seed {SEED}")
    table.add_column("share of places where")
    for one in shares:
        table.add_column(one.name, justify="right")
    table.add_row("the right thing is found", *(f"{sum(one.right) / len(one.right):.3f}" for one in shares))
    table.add_row("something is said", *(f"{sum(one.filled) / len(one.filled):.3f}" for one in shares))
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
