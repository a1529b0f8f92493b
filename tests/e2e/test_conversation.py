"""Explanations in parts, further questions, the same anew, forgetting: as an editor's plugin calls them."""

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.test_real_parts import CODE
from tests.e2e.wire import FILE, Wire, at, command, place, serving, without_settings

EXECUTE = "workspace/executeCommand"


async def run(wire: Wire, name: str, *arguments: Any) -> Any:
    return await wire.request(EXECUTE, command(name, *arguments))


def parts(wire: Wire, token: str) -> list[Any]:
    return [one["value"] for one in wire.notifications("$/progress") if one["token"] == token]


@pytest.mark.parametrize(
    ("name", "arguments"), [("explain", (FILE, at(0, 2))), ("regenerate", (FILE, at(0, 2))), ("followUp", ("id", "?"))]
)
async def test_parts_come_under_the_client_s_token(wire: Wire, name: str, arguments: tuple[Any, ...]) -> None:
    wire.open("easy\n")
    await run(wire, f"glossator.{name}", *arguments, {"partialResultToken": "mine"})
    known, grown = parts(wire, "mine")
    assert known["sentence"] is None and "A fact." in known["markdown"]
    assert grown["sentence"] == {"text": "Written.", "citations": ["1"], "support": "supported"}
    await run(wire, f"glossator.{name}", *arguments)
    assert len(parts(wire, "mine")) == 2, "who gives no token gets no parts"


async def test_regenerate_asks_anew(wire: Wire) -> None:
    wire.open("easy\n")
    for name, fresh in (("explain", False), ("regenerate", True)):
        answer = await run(wire, f"glossator.{name}", FILE, at(0, 2))
        assert answer["explanation"]["meta"]["options"]["fresh"] is fresh
    assert await run(wire, "glossator.regenerate", "file:///nowhere.py") is None


async def test_a_follow_up_needs_no_document(wire: Wire) -> None:
    answer = await run(wire, "glossator.followUp", "abc", "Why?", {"search": True, "synthesis": "none"})
    assert answer["explanation"]["target"] == "abc"
    assert answer["explanation"]["id"] == "next"
    assert answer["explanation"]["meta"]["options"] == {"search": True, "synthesis": "none", "fresh": False}
    assert "Why?" in answer["markdown"]


async def test_clear_tells_how_much_was_forgotten(wire: Wire) -> None:
    wire.open("easy\n")
    assert await run(wire, "glossator.clear", FILE, at(0, 2)) == {"forgotten": 1}
    assert await run(wire, "glossator.clear", FILE, {"start": at(0, 0), "end": at(0, 2)}) == {"forgotten": 2}
    assert await run(wire, "glossator.clear", FILE) == {"forgotten": 0}
    assert await run(wire, "glossator.clear", "file:///nowhere.py", at(0, 0)) is None


async def test_after_clearing_a_hover_has_the_model_write_again(wire: Wire) -> None:
    wire.open("easy\n")
    for expected in (1, 1, 2):
        if expected == 2:
            await run(wire, "glossator.clear", FILE, at(0, 2))
        await wire.request("textDocument/hover", place(0, 2))
        await wire.count("explained_model", expected)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("followUp", []),
        ("followUp", ["id"]),
        ("followUp", [1, "Why?"]),
        ("followUp", ["id", "Why?", "x"]),
        ("followUp", ["id", "Why?", {"search": 1}]),
        ("followUp", ["id", "Why?", {"synthesis": "much"}]),
        ("followUp", ["id", "Why?", {"partialResultToken": []}]),
        ("followUp", ["id", "Why?", {}, 4]),
        ("explain", [FILE, None, {"partialResultToken": True}]),
        ("regenerate", [FILE, 3]),
        ("clear", [None]),
    ],
)
async def test_wrong_wishes_are_refused_with_the_right_use(wire: Wire, name: str, arguments: list[Any]) -> None:
    error = await wire.refused(EXECUTE, command(f"glossator.{name}", *arguments))
    assert f"glossator.{'followUp' if name == 'followUp' else 'explain'} takes" in error["message"]


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Wire]:
    """The server on folders of its own, without a model."""
    folders = {f"GLOSSATOR_{name}_DIR": str(tmp_path / name.lower()) for name in ("DATA", "CACHE", "CONFIG", "RUNTIME")}
    environment = {**without_settings(), **folders, "GLOSSATOR_EXPLAIN_MODEL": "never"}
    async with serving([sys.executable, "-m", "glossator", "serve"], environment) as wire:
        await wire.initialize(rootUri=tmp_path.as_uri())
        yield wire


async def test_a_conversation_about_a_call(real: Wire, tmp_path: Path) -> None:
    uri = (tmp_path / "demo.py").as_uri()
    real.open(CODE, uri)
    first = (await run(real, "glossator.explain", uri, at(2, 13)))["explanation"]
    answer = (await run(real, "glossator.followUp", first["id"], "What about sort_keys?"))["explanation"]
    assert "sort_keys" in " ".join(one["text"] for one in answer["synthesis"])
    assert [one["id"] for one in answer["sources"]][: len(first["sources"])] == [one["id"] for one in first["sources"]]
    assert not (tmp_path / "cache" / "conversations-v1").exists(), "an editor's conversations are not on disk"
    again = (await run(real, "glossator.followUp", answer["id"], "Does it cost money?"))["explanation"]
    assert (again["synthesis"], again["problems"][0]["what"]) == ([], "These sources do not say.")
    assert (await run(real, "glossator.clear", uri, at(2, 13)))["forgotten"] == 3
    error = await real.refused(EXECUTE, command("glossator.followUp", first["id"], "Why?"))
    assert f"There is no explanation '{first['id']}'" in error["message"]
