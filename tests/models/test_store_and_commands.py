"""What is on this machine, and the commands that show and change it."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

from glossator.cli import engine, models
from glossator.errors import GlossatorError, NothingToSay, PartMissing, WrongUse
from glossator.models.catalog import SMOLLM2
from glossator.models.conversion import convert
from glossator.models.engine_address import EngineAddress, address_file, read_address, write_address
from glossator.models.store import model_folder, require


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    subparsers = parser.add_subparsers()
    models.register(subparsers)
    engine.register(subparsers)
    arguments = parser.parse_args(words)
    return int(arguments.run(arguments))


def test_list_shows_license_origin_and_state(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "list") == 0
    shown = "".join(capsys.readouterr().out.split())
    for word in ("smollm2", "Apache", "HuggingFaceTB", "pulled"):
        assert word in shown


def test_list_as_json_is_for_programs(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("models", "list", "--format", "json") == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["name"], first["state"]) == (SMOLLM2.name, "not pulled")


def test_what_is_not_here_cannot_be_removed(folders: Path) -> None:
    for name in (SMOLLM2.name, "large", "..", "../..", ""):
        with pytest.raises(WrongUse, match="no model"):
            run("models", "remove", name)
    assert folders.exists()


def test_remove_deletes_weights_and_conversion(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = model_folder(SMOLLM2.name)
    (folder / "converted").mkdir(parents=True)
    (folder / "model.gguf").write_bytes(b"x" * 2000)
    assert run("models", "remove", SMOLLM2.name) == 0
    assert "2.0 kB" in capsys.readouterr().out
    assert not folder.exists()


def test_conversion_of_a_missing_model_says_how_to_get_it(folders: Path) -> None:
    with pytest.raises(GlossatorError, match="glossator models pull"):
        convert(SMOLLM2.name)


def test_commands_without_an_engine_say_so(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NothingToSay, match="No engine runs"):
        run("engine", "status")
    with pytest.raises(NothingToSay, match="printed nothing"):
        run("engine", "logs")
    assert run("engine", "stop") == 0
    assert "No engine runs" in capsys.readouterr().out
    with pytest.raises(PartMissing, match="models pull"):
        run("engine", "run")


def test_model_folders_are_recognised_by_their_config(folders: Path) -> None:
    own = folders / "own"
    own.mkdir()
    with pytest.raises(PartMissing, match=r"config\.json"):
        require(str(own))
    (own / "config.json").write_text("{}")
    assert require(str(own)) == own.resolve()


def test_address_is_read_as_written_and_private(folders: Path) -> None:
    address = EngineAddress(7, "1.0", 4711, "secret")
    write_address(address)
    assert read_address() == address
    assert address_file().stat().st_mode & 0o077 == 0
    address_file().write_text("{nonsense")
    assert read_address() is None
