"""A question that the symbol's own documentation leaves open is answered from the index of what else is installed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from filelock import FileLock

from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.explain.wider import imported_distributions, imports
from glossator.models.base import Priority
from glossator.research.index.contents import edition
from glossator.research.index.source import DocumentationIndex
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from tests.cursor import cursor, selection
from tests.research.toolbox import install_toolbox
from tests.server.toy import install_toys

SOURCE = "from toys import Toy\nfrom toolbox.wood import Saw\nToy<CURSOR>('red')\nSaw().undocumented()\n"


@pytest.fixture
async def tools(tmp_path: Path) -> AsyncIterator[ExplainTools]:
    environment = install_toys(tmp_path)
    install_toolbox(tmp_path)
    resolver = TyResolver(tmp_path, environment)
    installed = Installed(environment, tmp_path)
    index = DocumentationIndex(installed, lambda: tmp_path / "index")
    yield ExplainTools(resolver, installed, index=index)
    await index.close()
    await resolver.close()


async def asked(question: str, tools: ExplainTools, folder: Path, source: str = SOURCE) -> Explanation:
    snapshot, position = cursor(source, path=folder / "place.py")
    options = ExplainOptions("none", question=question, wait_for_index=True)
    return await explain(snapshot, position, tools, options)


@pytest.mark.parametrize(
    ("question", "expected", "title"),
    [
        ("Does it roll?", "A toy that rolls.", "toys 1.2.3: toys.Toy"),
        ("carry it to another room", "`Base.to`: Carry the toy to another room.", "toys 1.2.3: toys.Base.to"),
        ("how to sharpen a blade", "`Blade.sharpen`: Make the blade sharp again.", "wood.Saw.Blade.sharpen"),
        ("length from the left end", "`Saw.cut(length)`: Where, in centimetres from the left end.", "wood.Saw.cut"),
        ("wear goggles for a moment", "`Safety`: Wear goggles at all times.", "toolbox 1.0: Safety"),
    ],
)
async def test_the_symbol_then_its_distribution_then_the_imports_answer(
    question: str, expected: str, title: str, tools: ExplainTools, tmp_path: Path
) -> None:
    answer = await asked(question, tools, tmp_path)
    assert answer.synthesis[0].text == expected
    (cited,) = [one for one in answer.sources if one.id in answer.synthesis[0].citations]
    assert cited.title.endswith(title)
    assert expected.rpartition("`: ")[2] in cited.snippet
    assert answer.problems == ()


async def test_what_nothing_installed_speaks_of_is_said(tools: ExplainTools, tmp_path: Path) -> None:
    answer = await asked("Which warranty applies to zebras?", tools, tmp_path)
    assert [one.what for one in answer.problems] == ["Nothing that `Toy` says of itself speaks of that."]


async def test_lines_can_be_asked_about(tools: ExplainTools, tmp_path: Path) -> None:
    source = SOURCE.replace("<CURSOR>", "")
    snapshot, span = selection(f"{source[:20]}\n<START>{source[21:]}<END>", path=tmp_path / "place.py")
    options = ExplainOptions("none", question="stick boards together", wait_for_index=True)
    answer = await explain(snapshot, span, tools, options)
    assert answer.synthesis[0].text == "`wood.glueBoards`: Stick two boards together."


async def test_a_symbol_without_words_gets_those_under_its_name(tools: ExplainTools, tmp_path: Path) -> None:
    compiled = tmp_path / "environment" / "lib" / "python3.11" / "site-packages" / "toolbox" / "fast.pyi"
    compiled.write_text("def drill(wood: str) -> int: ...\n", "utf-8")
    snapshot, position = cursor("from toolbox.fast import drill\ndrill<CURSOR>('oak')\n", path=tmp_path / "place.py")
    hovering = ExplainOptions("none", priority=Priority.HOVER)
    before = await explain(snapshot, position, tools, hovering)
    assert "round hole" not in str(before.summary)
    assert not (tmp_path / "index").exists()
    assert tools.index is not None
    await tools.index.prepare(["toolbox"], None)
    for options in (hovering, ExplainOptions("none")):
        after = await explain(snapshot, position, tools, options)
        assert after.summary[-1].text == "Bore a round hole, {deep}."


async def test_who_does_not_wait_is_told_that_there_will_be_more(tools: ExplainTools, tmp_path: Path) -> None:
    one = edition(tools.installed, "toolbox")
    assert one is not None
    (tmp_path / "index").mkdir()
    snapshot, position = cursor(SOURCE, path=tmp_path / "place.py")
    told: list[str] = []
    with FileLock(tmp_path / "index" / f"{one.file_name}.lock"):  # as if another window were building it
        answer = await explain(
            snapshot, position, tools, ExplainOptions("none", question="sharpen a blade"), told.append
        )
    assert "Indexing toolbox 1.0" in told
    assert "The index of toolbox 1.0 is still being built." in [problem.what for problem in answer.problems]
    assert (await asked("sharpen a blade", tools, tmp_path)).problems == ()


async def test_an_index_that_cannot_be_kept_spoils_nothing(tools: ExplainTools, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    broken = DocumentationIndex(tools.installed, lambda: tmp_path / "file" / "index")
    without = ExplainTools(tools.resolver, tools.installed, index=broken)
    answer = await asked("Does it squeak or roll about loudly?", without, tmp_path)
    assert answer.summary[0].text == "A toy that rolls."
    assert any("cannot be used" in one.what for one in answer.problems)
    await broken.close()


def test_imports_are_seen_in_broken_files_too() -> None:
    text = (
        "import os, toys.inner as t\nfrom toolbox.wood import (\n  x = (\n    import json\nfrom . import own\nimport\n"
    )
    assert imports(text) == ("os", "toys", "toolbox", "json")


def test_what_the_code_names_is_asked_first_and_the_standard_library_last(tmp_path: Path) -> None:
    environment = install_toys(tmp_path)
    install_toolbox(tmp_path)
    text = "import json\nimport toys\nimport toolbox\nimport nothing\n"
    installed = Installed(environment, tmp_path)
    assert imported_distributions(text, installed) == ("toys", "toolbox", "python")
    assert imported_distributions(text, installed, "toolbox.cut(json)") == ("toolbox", "toys", "python")
