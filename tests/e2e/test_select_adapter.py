"""``glossator.selectAdapter`` and ``glossator.models`` in ``glossator serve`` as it is installed."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.wire import Wire, command, serving, without_settings

EXECUTE = "workspace/executeCommand"


@pytest.fixture
async def real(tmp_path: Path) -> AsyncIterator[Wire]:
    """The server with two adapters registered, one of them chosen by the project's file."""
    folders = {f"GLOSSATOR_{name}_DIR": str(tmp_path / name.lower()) for name in ("DATA", "CACHE", "CONFIG", "RUNTIME")}
    for name, kind in {"mine": "LORA", "teacher": "IA3"}.items():
        folder = tmp_path / "data" / "adapters" / name
        folder.mkdir(parents=True)
        manifest = {"name": name, "type": kind.lower(), "base": "b", "source": "s", "sha256": "0", "size": 1}
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    (tmp_path / "glossator.toml").write_text('[adapters]\ncomplete = "mine"\nexplain = "/etc/passwd"\n', "utf-8")
    async with serving([sys.executable, "-m", "glossator", "serve"], {**without_settings(), **folders}) as wire:
        await wire.initialize(rootUri=tmp_path.as_uri())
        yield wire


async def test_adapters_are_listed_and_chosen(real: Wire) -> None:
    first = await real.request(EXECUTE, command("glossator.selectAdapter"))
    rows = [(one["name"], one["type"]) for one in first["adapters"]]
    assert rows == [("fill-in-the-middle", "lora"), ("mine", "lora"), ("teacher", "ia3")]
    assert first["chosen"] == {"complete": "mine", "explain": ""}, "a path is not an adapter"
    await real.until(lambda: any("names '/etc/passwd', which is no adapter's name" in text for text in real.messages()))
    second = await real.request(EXECUTE, command("glossator.selectAdapter", "explain", "teacher"))
    assert second["chosen"] == {"complete": "mine", "explain": "teacher"}
    third = await real.request(EXECUTE, command("glossator.selectAdapter", "complete", None))
    assert third["chosen"] == {"complete": "", "explain": "teacher"}


async def test_models_are_listed_with_the_memory_that_they_need(real: Wire) -> None:
    told = await real.request(EXECUTE, command("glossator.models"))
    assert told["chosen"] == "smollm2-135m-instruct"
    by_name = {one["name"]: one for one in told["models"]}
    assert by_name["smollm2-135m-instruct"]["state"] == "not pulled"
    largest, smallest = by_name["bigcode/starcoderbase"], by_name["bigcode/starcoderbase-1b"]
    assert largest["memory"] > smallest["memory"] > 10**9 and smallest["free"] > 0
    assert all(one["trouble"] for one in told["models"] if one["memory"] and one["memory"] > one["free"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["explain", "unknown"], "There is no adapter 'unknown'. Adapters here: fill-in-the-middle, mine, teacher."),
        (["paint", "mine"], "There is no purpose 'paint'."),
        (["explain"], "glossator.selectAdapter takes nothing, or a purpose"),
        ([1, "mine"], "glossator.selectAdapter takes nothing, or a purpose"),
    ],
)
async def test_a_wrong_choice_is_said(real: Wire, arguments: list[object], said: str) -> None:
    error = await real.refused(EXECUTE, command("glossator.selectAdapter", *arguments))
    assert said in error["message"]
