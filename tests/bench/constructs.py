"""Twenty real places of each kind of construct, and whether what is said of them is right.

    python -m tests.bench.constructs

Places are drawn by a fixed seed from the files of the installed packages. What stands there is told by Python's own
``ast`` and ``tokenize``, not by the syntax tree that Glossator reads; right is an explanation that names just that.
"""

from __future__ import annotations

import ast
import asyncio
import io
import random
import re
import sys
import sysconfig
import tokenize
import warnings
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.research.local import Distributions, LanguageTopics
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from glossator.text import Position, Snapshot
from tests.bench.fuzz import installed_files

SEED = 20
WANTED = 20
MOST_FILES = 3_000
_KEYWORDS = {
    ast.With: "with",
    ast.Raise: "raise",
    ast.Lambda: "lambda",
    ast.Yield: "yield",
    ast.Await: "await",
    ast.Assert: "assert",
    ast.Global: "global",
    ast.Return: "return",
    ast.While: "while",
    ast.Try: "try",
    ast.AsyncFunctionDef: "async def",
}
_DISPLAYS = {
    ast.ListComp: "list comprehension",
    ast.SetComp: "set comprehension",
    ast.DictComp: "dictionary comprehension",
    ast.List: "list",
    ast.Dict: "dictionary",
}


@dataclass(frozen=True)
class Place:
    """A position with what stands there: the answer's name must end so, or, with words, it must say them."""

    kind: str
    line: int
    column: int
    name: str = ""
    words: str = ""

    def right(self, answer: Explanation) -> bool:
        """Whether an explanation is about what stands here."""
        told = (*answer.summary, *(one for each in answer.arguments for one in each.sentences), *answer.synthesis)
        text = " ".join(one.text for one in told)
        named = answer.symbol is not None and re.search(rf"(?:^|[.(])(?:{self.name})\)?$", _name(answer))
        return bool(text) and (bool(named) if self.name else bool(re.search(self.words, text)))


@dataclass
class Count:
    """What came of the places of one kind."""

    asked: int = 0
    filled: int = 0
    right: int = 0
    wrong: list[str] = field(default_factory=list)


def places(text: str) -> Iterator[Place]:
    """Every place of a text that has a kind."""
    lines = text.split("\n")
    for node in ast.walk(ast.parse(text)):
        yield from _of_node(node, lines)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        yield from _of_token(token)


def _of_node(node: ast.AST, lines: list[str]) -> Iterator[Place]:
    if isinstance(node, ast.BinOp):
        yield from _operator(node.left, node.right, "binary operator", lines)
        if isinstance(node.op, ast.Mod) and isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
            yield from _within(node.left, r"%[sdrf]", "% format", "% conversion", lines)
    elif isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield from _operator(node.left, node.comparators[0], "comparison", lines)
    elif isinstance(node, ast.AugAssign):
        yield Place("augmented assignment", *_between(node.target, lines, r"\S"), name="augmented assignment")
    elif isinstance(node, ast.BoolOp):
        word = "and" if isinstance(node.op, ast.And) else "or"
        yield Place("boolean operator", *_between(node.values[0], lines, rf"\b{word}\b"), name=f"operator {word}")
    elif type(node) in _DISPLAYS and lines[node.lineno - 1][: _column(node, lines)].endswith(" = "):
        kind = "comprehension" if "comp" in _DISPLAYS[type(node)] else "display"
        yield Place(kind, node.lineno, _column(node, lines), name=_DISPLAYS[type(node)])
    elif isinstance(node, ast.IfExp):
        yield Place("conditional expression", *_between(node.body, lines, r"\bif\b"), name="conditional expression")
    elif isinstance(node, ast.NamedExpr):
        yield Place("walrus", *_between(node.target, lines, ":="), name="assignment expression")
    elif type(node) in _KEYWORDS:
        bare = isinstance(node, ast.Raise) and node.exc is None
        yield Place("keyword", node.lineno, _column(node, lines), name="re-raise" if bare else _KEYWORDS[type(node)])
    else:
        yield from _of_name(node, lines)


def _of_name(node: ast.AST, lines: list[str]) -> Iterator[Place]:
    if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name):
        yield Place("exception", node.type.lineno, _column(node.type, lines), name=node.type.id)
    elif isinstance(node, ast.arg) and isinstance(node.annotation, ast.Name):
        yield Place("annotation", node.annotation.lineno, _column(node.annotation, lines), name=node.annotation.id)
    elif isinstance(node, ast.keyword) and node.arg:
        yield Place("keyword argument", node.lineno, _column(node, lines), name=node.arg)
    elif isinstance(node, ast.ImportFrom):
        for one in node.names:
            if one.name != "*":
                yield Place("imported name", one.lineno, _column(one, lines), name=one.name)
    elif isinstance(node, ast.FunctionDef | ast.ClassDef):
        for one in node.decorator_list:
            if isinstance(one, ast.Name):
                yield Place("decorator", one.lineno, _column(one, lines), name=one.id)
        yield from _of_parameters(node, lines)
    elif isinstance(node, ast.Call):
        yield from _of_call(node, lines)
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
        kind = type(node.value.value).__name__
        column = _column(node.value, lines)
        if kind in {"str", "bytes"}:  # behind its prefix, which is explained by itself
            column += len(re.match(r"[a-zA-Z]*", lines[node.value.lineno - 1][column:])[0]) + 1  # type: ignore[index]
        yield Place(f"assigned {kind}", node.value.lineno, column, words=r"assigned to|It is|`")
    elif isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice) and node.slice.upper is not None:
        upper = node.slice.upper
        if isinstance(upper, ast.Constant):
            yield Place("slice", upper.lineno, _column(upper, lines), words="upper bound of a slice")


def _of_parameters(node: ast.FunctionDef | ast.ClassDef, lines: list[str]) -> Iterator[Place]:
    if not isinstance(node, ast.FunctionDef):
        return
    for one in node.args.args[:1]:
        if one.arg == "self":
            yield Place("self", one.lineno, _column(one, lines), name="self")
    if node.args.vararg is not None:
        star = node.args.vararg
        yield Place("*args", star.lineno, _column(star, lines), name=star.arg)
    if node.name in {"__enter__", "__len__", "__getitem__", "__call__", "__iter__", "__eq__", "__hash__"}:
        column = lines[node.lineno - 1].find(node.name)
        yield Place("special method", node.lineno, column, name=node.name)


def _of_call(node: ast.Call, lines: list[str]) -> Iterator[Place]:
    called = ast.unparse(node.func)
    for one in node.args[:1]:
        if not isinstance(one, ast.Constant):
            continue
        if called in {"re.compile", "re.sub", "re.match", "re.search"} and isinstance(one.value, str):
            yield from _within(one, r"\\[dws]|\(\?:|[*+]", "regular expression", "regular expression", lines)
        elif isinstance(one.value, int | float | str) and not called.startswith(("re.", "log")):
            yield Place("positional argument", one.lineno, _column(one, lines), words=r"\w")
    if called.endswith(".format") and isinstance(node.func, ast.Attribute):
        yield from _within(node.func.value, r"\{[^{}]*\}", "str.format", "replacement field", lines)


def _of_token(token: tokenize.TokenInfo) -> Iterator[Place]:
    line, column = token.start
    if token.type == tokenize.COMMENT:
        for pattern, kind in ((r"noqa: ?([A-Z]+\d+)", "# noqa"), (r"type: ?ignore\[([\w-]+)", "# type: ignore")):
            if (match := re.search(pattern, token.string)) is not None:
                yield Place(kind, line, column + match.start(1), words=re.escape(match[1]))
    if token.type != tokenize.STRING or token.start[0] != token.end[0]:
        return
    prefix = re.match(r"[a-zA-Z]*", token.string)[0].lower()  # type: ignore[index]
    if prefix and "u" not in prefix:
        yield Place("string prefix", line, column, name="string prefix")
    if "r" not in prefix and (match := re.search(r"(?<!\\)\\[nt]", token.string)) is not None:
        yield Place("escape sequence", line, column + match.start(), name="escape sequence")
    if "f" in prefix and (match := re.search(r"(?<!\{)\{\w+:[^{}]+\}(?!\})", token.string)) is not None:
        column += match[0].index(":") + match.start() + 1
        yield Place("format specification", line, column, words=r"`'|width|prec|zero|%|comma|sign")


def _operator(left: ast.expr, right: ast.expr, kind: str, lines: list[str]) -> Iterator[Place]:
    if left.end_lineno != right.lineno:
        return
    line, column = _between(left, lines, r"(?:[-+*/%@<>=!&|^]+|not in|is not|in|is)(?=[\s(]|\w)")
    match = re.match(r"[-+*/%@<>=!&|^]+|not in|is not|in|is", lines[line - 1][column:])
    if match is not None and lines[line - 1][column - 1 : column] == " ":
        name = r"(?:operator \||union type)" if match[0] == "|" else re.escape(f"operator {match[0]}")
        yield Place(kind, line, column, name=name)


def _between(node: ast.expr, lines: list[str], pattern: str) -> tuple[int, int]:
    """Where something stands behind a node; closing brackets may be between."""
    line, column = node.end_lineno or 1, node.end_col_offset or 0
    column = len(lines[line - 1].encode()[:column].decode("utf-8", "replace"))
    match = re.compile(pattern).search(re.sub(r"[)\]},]", " ", lines[line - 1]), column)
    return line, match.start() if match is not None else column


def _within(node: ast.expr, pattern: str, kind: str, name: str, lines: list[str]) -> Iterator[Place]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.lineno == node.end_lineno:
        start = _column(node, lines)
        match = re.search(pattern, lines[node.lineno - 1][start : node.end_col_offset])
        if match is not None and "\\" not in match[0][:1]:
            yield Place(kind, node.lineno, start + match.start(), name=name)


def _column(node: ast.AST, lines: list[str]) -> int:
    line = lines[node.lineno - 1].encode()  # type: ignore[attr-defined]
    return len(line[: node.col_offset].decode("utf-8", "replace"))  # type: ignore[attr-defined]


def _name(answer: Explanation) -> str:
    return answer.symbol.qualified_name if answer.symbol is not None else ""


def drawn(packages: Path) -> dict[str, list[tuple[Path, Place]]]:
    """Twenty places of each kind, at most one of a kind in a file."""
    chance = random.Random(SEED)
    files = installed_files(packages)
    chance.shuffle(files)
    found: dict[str, list[tuple[Path, Place]]] = defaultdict(list)
    for file in files[:MOST_FILES]:
        by_kind: dict[str, list[Place]] = defaultdict(list)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                for place in places(file.read_text("utf-8")):
                    by_kind[place.kind].append(place)
        except (SyntaxError, ValueError, RecursionError, tokenize.TokenError):
            continue
        for kind, known in by_kind.items():
            if len(found[kind]) < WANTED:
                found[kind].append((file, chance.choice(known)))
    return found


async def main() -> None:
    """Ask about every place and print the table."""
    packages = Path(sysconfig.get_path("purelib"))
    chosen = await asyncio.to_thread(drawn, packages)
    installed = Installed(Path(sys.prefix), packages)
    resolver = TyResolver(packages, Path(sys.prefix))
    tools = ExplainTools(resolver, installed, (LanguageTopics(), Distributions(installed)))
    counts: dict[str, Count] = defaultdict(Count)
    for kind, known in chosen.items():
        for file, place in known:
            await _ask(file, place, tools, counts[kind])
    await resolver.close()
    _print(counts)


async def _ask(file: Path, place: Place, tools: ExplainTools, count: Count) -> None:
    snapshot = Snapshot(file.as_uri(), "python", await asyncio.to_thread(file.read_text, "utf-8"))
    answer = await explain(snapshot, Position(place.line - 1, place.column), tools, ExplainOptions("none"))
    count.asked += 1
    count.filled += bool(answer.summary or answer.synthesis)
    count.right += place.right(answer)
    if not place.right(answer):
        line = snapshot.line(place.line - 1)
        marked = f"{line[: place.column]}▮{line[place.column :]}".strip()[:100]
        count.wrong.append(f"{file.name}:{place.line}: {marked} · wanted {place.name or place.words}, {_name(answer)}")


def _print(counts: dict[str, Count]) -> None:
    console = Console(width=160)
    table = Table(title=f"places of installed packages, seed {SEED}")
    for head in ("construct", "places", "something said", "right"):
        table.add_column(head)
    for kind, one in sorted(counts.items()):
        table.add_row(kind, str(one.asked), f"{one.filled / one.asked:.2f}", f"{one.right / one.asked:.2f}")
    asked = sum(one.asked for one in counts.values())
    filled, right = (sum(getattr(one, name) for one in counts.values()) for name in ("filled", "right"))
    table.add_row("all", str(asked), f"{filled / asked:.3f}", f"{right / asked:.3f}")
    console.print(table)
    for kind, one in sorted(counts.items()):
        for told in one.wrong:
            console.print(f"{kind}: {told}", highlight=False, markup=False)


if __name__ == "__main__":
    asyncio.run(main())
