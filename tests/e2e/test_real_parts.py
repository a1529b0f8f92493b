"""``glossator serve`` as it is installed: the real parts, no model."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from tests.e2e.test_lifecycle import gone
from tests.e2e.wire import Wire, at, command, place, serving, without_settings

CODE = 'import json\n\ntext = json.dumps({"é": 1}, indent=2)\n'


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Wire]:
    """The server on folders of its own, told to ask no model."""
    folders = {f"GLOSSATOR_{name}_DIR": str(tmp_path / name.lower()) for name in ("DATA", "CACHE", "CONFIG", "RUNTIME")}
    environment = {**without_settings(), **folders, "GLOSSATOR_HOVER_SYNTHESIS": "cached"}
    async with serving([sys.executable, "-m", "glossator", "serve"], environment) as wire:
        await wire.initialize(rootUri=tmp_path.as_uri())
        yield wire


async def test_a_hover_without_a_model_explains_the_call(real: Wire, tmp_path: Path) -> None:
    uri = (tmp_path / "demo.py").as_uri()
    real.open(CODE, uri)
    hover = await real.request("textDocument/hover", place(2, 13, uri))
    text = hover["contents"]["value"]
    assert "json.dumps" in text.replace("\\", "") and "indent" in text
    server = psutil.Process(real.process.pid)
    children = server.children(recursive=True)
    assert await real.close() == 0
    await gone(server, *children)


async def test_explain_gives_the_object_of_the_contract(real: Wire, tmp_path: Path) -> None:
    uri = (tmp_path / "demo.py").as_uri()
    real.open(CODE, uri)
    wish = command("glossator.explain", uri, at(2, 13), {"synthesis": "none"})
    answer = await real.request("workspace/executeCommand", wish)
    explanation = answer["explanation"]
    assert explanation["symbol"]["qualified_name"].endswith("dumps")
    assert explanation["summary"] and explanation["sources"]
    assert answer["markdown"]


async def test_an_article_of_the_file_is_written_with_progress(real: Wire, tmp_path: Path) -> None:
    uri = (tmp_path / "demo.py").as_uri()
    real.open(CODE, uri)
    wish = command("glossator.article", uri, {"synthesis": "none", "html": True}, workDoneToken="article")
    answer = await real.request("workspace/executeCommand", wish)
    assert answer["markdown"].startswith("# demo.py, explained")
    assert answer["html"].startswith("<!doctype html>")
    assert [one["title"] for one in answer["article"]["contents"]] == ["", 'text = json.dumps({"é": 1}, indent=2)']
    told = [one["value"] for one in real.notifications("$/progress") if one["token"] == "article"]
    assert [one["kind"] for one in told] == ["begin", *["report"] * (len(told) - 2), "end"]
    assert any(one.get("message", "").startswith("section 2 of 2") for one in told)
    plain = await real.request("workspace/executeCommand", command("glossator.article", uri, {"synthesis": "none"}))
    assert plain["html"] is None
    assert await real.request("workspace/executeCommand", command("glossator.article", "file:///nowhere.py")) is None


@pytest.mark.parametrize("arguments", [[], [1], ["file:///x.py", 1], ["file:///x.py", {"html": 1}], ["a", {}, 3]])
async def test_a_wrong_wish_for_an_article_is_refused(real: Wire, arguments: list[object]) -> None:
    error = await real.refused("workspace/executeCommand", command("glossator.article", *arguments))
    assert "glossator.article takes a uri" in error["message"]


async def test_other_texts_are_answered_or_left_alone(real: Wire, tmp_path: Path) -> None:
    texts = {"empty.py": "", "broken.py": "def f(:\n  'x", "notes.md": "# Title\n", "odd.cbl": "MOVE A TO B.\n"}
    for name, text in texts.items():
        uri = (tmp_path / name).as_uri()
        real.open(text, uri, language={"py": "python", "md": "markdown"}.get(name[-2:], "cobol"))
        for character in (0, 3):
            await real.request("textDocument/hover", place(0, character, uri))
    real.open(CODE, "untitled:Untitled-1")
    assert await real.request("textDocument/hover", place(2, 13, "untitled:Untitled-1"))
    assert not real.messages()
