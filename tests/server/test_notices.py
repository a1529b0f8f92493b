"""Notices are certain or silent: the cases are texts in `notices/`, the lines that deserve a warning marked in them."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from glossator.explain.explanation import Notice
from glossator.explain.focus import constructs
from glossator.explain.notices import find_notices
from glossator.explain.notices.resolved import resolved_notices
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.resolve.distributions import Installed
from glossator.resolve.documentation import document
from glossator.resolve.symbol import Workspace, find_symbol
from glossator.resolve.ty import TyResolver
from glossator.syntax.tree import parse
from glossator.text import Snapshot
from tests.cursor import cursor
from tests.server.toy import install_toys

CASES = Path(__file__).parent / "notices"
MARK = re.compile(r"[ \t]*# !$", re.MULTILINE)
# A text of both kinds, by its notices' prefix.
LEFT_OPEN = ("string_", "bracket_")
TEXTUAL = ["overwritten_before_use", "result_dropped", "name_shadowed", "mutable_default", "not_awaited", "left_open"]
RESOLVED = ["deprecated", "unknown_keyword", "not_awaited_elsewhere"]


def cases(kind: str, side: str) -> list[str]:
    """The texts of a file, apart by lines of `=`."""
    return re.split(r"^=====\n", (CASES / f"{kind}.{side}.txt").read_text("utf-8"), flags=re.MULTILINE)


def marked(text: str) -> list[int]:
    """The lines, from 1, that end in the mark."""
    return [number for number, line in enumerate(text.split("\n"), 1) if MARK.search(line)]


def lines_of(kind: str, notices: tuple[Notice, ...]) -> list[int]:
    """The lines of the notices of a kind."""
    prefixes = LEFT_OPEN if kind == "left_open" else (kind.removesuffix("_elsewhere"),)
    return sorted({one.line for one in notices if one.kind.startswith(prefixes)})


@pytest.mark.parametrize("side", ["positive", "negative"])
@pytest.mark.parametrize("kind", [*TEXTUAL, *RESOLVED])
def test_there_are_cases_enough(kind: str, side: str) -> None:
    found = cases(kind, side)
    assert len(set(found)) == len(found) >= 20
    assert all(bool(marked(text)) == (side == "positive") for text in found)


@pytest.mark.parametrize(
    ("kind", "text"),
    [(kind, text) for kind in TEXTUAL for side in ("positive", "negative") for text in cases(kind, side)],
)
def test_what_the_text_alone_tells(kind: str, text: str) -> None:
    assert lines_of(kind, find_notices(parse(MARK.sub("", text)))) == marked(text)


@pytest.fixture
async def resolver(tmp_path: Path) -> AsyncIterator[TyResolver]:
    resolver = TyResolver(tmp_path, install_notable(tmp_path))
    yield resolver
    await resolver.close()


def install_notable(folder: Path) -> Path:
    """An environment with the toys and the module `notable`, which the cases import."""
    environment = install_toys(folder)
    packages = next(environment.rglob("toys*.dist-info")).parent
    (packages / "notable.py").write_text((CASES / "notable.txt").read_text("utf-8"), "utf-8")
    return environment


@pytest.mark.parametrize("side", ["positive", "negative"])
@pytest.mark.parametrize("kind", RESOLVED)
async def test_what_the_installed_definition_tells(kind: str, side: str, resolver: TyResolver, tmp_path: Path) -> None:
    wrong = {}
    for text in cases(kind, side):
        found = lines_of(kind, await resolved(MARK.sub("", text), resolver, tmp_path))
        if found != marked(text):
            wrong[text] = found
    assert wrong == {}


async def resolved(text: str, resolver: TyResolver, folder: Path) -> tuple[Notice, ...]:
    """What is told of every call and import of a text, each asked about alone."""
    tree = parse(text)
    snapshot = Snapshot((folder / "place.py").as_uri(), "python", text)
    workspace = Workspace(snapshot, tree, resolver, Installed(folder / "environment", folder))
    notices: list[Notice] = []
    for focus in constructs(tree, 0, len(tree.line_starts)):
        symbol = await find_symbol(focus.node, workspace)
        if symbol is not None:
            notices.extend(await resolved_notices(await document(symbol, workspace), focus, workspace))
    return tuple(notices)


async def test_only_the_place_asked_about_is_resolved(resolver: TyResolver, tmp_path: Path) -> None:
    text = "import notable\nnotable.<CURSOR>old(1, y=2)\nnotable.older(1)\n"
    snapshot, position = cursor(text, path=tmp_path / "place.py")
    tools = ExplainTools(resolver, Installed(tmp_path / "environment", tmp_path))
    answer = await explain(snapshot, position, tools, ExplainOptions("none"))
    assert [(one.line, one.kind) for one in answer.notices] == [(2, "deprecated"), (2, "unknown_keyword")]
    assert answer.near_notices == answer.notices
    assert "Use `new` instead." in answer.notices[0].message
    assert "has no parameter `y`. It takes `x`." in answer.notices[1].message
    whole = await explain(snapshot, None, tools, ExplainOptions("none"))
    assert [(one.line, one.kind) for one in whole.notices] == [
        *[(2, "deprecated"), (2, "unknown_keyword")],
        (3, "deprecated"),
    ]


async def test_stubs_are_believed_where_they_say_since_when(resolver: TyResolver, tmp_path: Path) -> None:
    text = "from types import CodeType\ndef table(code: CodeType):\n    return code.<CURSOR>co_lnotab\n"
    snapshot, position = cursor(text, path=tmp_path / "place.py")
    tools = ExplainTools(resolver, Installed(tmp_path / "environment", tmp_path))
    (notice,) = (await explain(snapshot, position, tools, ExplainOptions("none"))).notices
    assert "`co_lnotab` is deprecated, say the type stubs of python: “Deprecated since Python 3.10" in notice.message


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('a = 1\nb = f("x\ny")\n', 2, "goes on to line 3"),
        ("a = (1,\n", 1, "`(` is never closed"),
        ("a = 1]\n", 1, "`]` closes a bracket that was not opened"),
        ("a = [1)\n", 1, "`)` closes another kind"),
        ("a = '''x\n", 1, "never closed"),
        ("list = [1]\nlist('a')\n", 2, "line 1 made it a `list`, which cannot be called"),
        ("def f(a=[]):\n    a.append(1)\n", 1, "line 2 changes it"),
        ("async def f(): pass\nf()\nx = 1\n", 2, "Write `await` before it"),
        ("'a'.strip()\nx = 1\n", 1, "which is dropped here"),
    ],
)
def test_a_notice_says_what_is_wrong_and_what_to_do(text: str, line: int, words: str) -> None:
    (notice,) = find_notices(parse(text))
    assert notice.line == line
    assert words in notice.message


def test_an_overwritten_value_concerns_both_lines() -> None:
    (notice,) = find_notices(parse("m = load(a)\nm = load(b)\n"))
    assert (notice.line, notice.related) == (2, (1,))
    assert "`load(…)`" in notice.message


@pytest.mark.parametrize("text", ['s = f("a\nb")\nm = load(a)\nm = load(b)\n', "m = load(a)\r\nm = load(b)\r\n"])
def test_lines_are_those_the_user_sees(text: str) -> None:
    assert [one.line for one in find_notices(parse(text)) if one.kind == "overwritten_before_use"] == [text.count("\n")]
