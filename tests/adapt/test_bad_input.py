"""What a training may be given that is of no use, and what may happen to it: a clear sentence, and nothing broken."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator.adapt.collect import collect
from glossator.adapt.gaps import make_gaps
from glossator.adapt.listing import list_files
from glossator.adapt.train import Order, begin, finish, is_begun, run_folder
from glossator.adapt.unseen import unseen_files
from glossator.cli import main
from glossator.errors import GlossatorError, WrongUse
from glossator.models.adapters import add, registered
from glossator.models.training import Hyperparameters
from glossator.settings import ModelSettings, Settings
from tests.adapt.test_collect import CODE, commit, git
from tests.engine.own_engine import own_folders
from tests.models.test_adapter_registry import written

MANY, CODE_FILES = 100_000, 50  # one in so many is code


@pytest.fixture(autouse=True)
def folders() -> Iterator[Path]:
    with own_folders() as root:
        yield root


def trained_by_command(*arguments: str) -> int:
    return main(["adapters", "train", *arguments])


@pytest.mark.parametrize("with_git", [False, True])
def test_an_empty_repository_teaches_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], with_git: bool
) -> None:
    if with_git:
        git(tmp_path, "init", "-q")
    assert trained_by_command(str(tmp_path), "--name", "mine") == 2
    told = capsys.readouterr()
    assert "There are 0 files to learn from" in told.err and "taken (0 characters)" in told.out
    assert not is_begun("mine") and registered() == ()


def test_one_huge_file_and_binaries_are_left_out_by_their_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "huge.py").write_text(CODE * 20_000)
    (tmp_path / "image.py").write_bytes(b"\x89PNG\0\0" + bytes(range(256)) * 40)
    assert trained_by_command(str(tmp_path), "--name", "mine", "--list-files") == 2
    told = capsys.readouterr()
    assert "too big: huge.py" in told.out and "binary: image.py" in told.out and "There are 0 files" in told.err


def test_a_folder_that_is_none_and_a_name_that_is_taken_are_said_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(written(tmp_path / "mine"))
    assert trained_by_command(str(tmp_path / "nowhere"), "--name", "other") == 2
    assert "There is no folder" in capsys.readouterr().err
    assert trained_by_command(str(tmp_path), "--name", "mine") == 2
    assert "There is an adapter 'mine' already" in capsys.readouterr().err
    assert trained_by_command(str(tmp_path), "--name", "../mine") == 2
    assert "is no name for an adapter" in capsys.readouterr().err


def test_a_repository_without_a_commit_and_one_with_a_detached_head_are_read(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    for number in range(5):
        (tmp_path / f"f{number}.py").write_text(CODE + f"# {number}\n")
    git(tmp_path, "add", "-A")
    found = collect(tmp_path)
    assert len(found.taken) == 5 and "not by their age" in found.notes[0]
    commit(tmp_path, 1_000_000_000, {"f9.py": CODE + "# 9\n"})
    git(tmp_path, "checkout", "-q", "--detach")
    found = collect(tmp_path)
    assert len(found.taken) == 6 and found.commit and not found.notes


@pytest.mark.slow
def test_a_hundred_thousand_files_are_listed_and_judged(tmp_path: Path) -> None:
    """In git's index only, with the few that lie on the disk among them."""
    git(tmp_path, "init", "-q")
    (tmp_path / "real.py").write_text(CODE)
    blob = subprocess.run(
        ["git", "hash-object", "-w", "real.py"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.strip()
    names = (f"deep/{number % 500}/f{number}.{'dat' if number % CODE_FILES else 'py'}" for number in range(MANY))
    rows = "".join(f"100644 {blob}\t{name}\n" for name in names)
    rows += f"100644 {blob}\treal.py\n"
    subprocess.run(["git", "update-index", "--index-info"], cwd=tmp_path, input=rows, text=True, check=True)
    assert len(list_files(tmp_path).files) == MANY + 1
    found = collect(tmp_path)
    assert [one.path for one in found.taken] == ["real.py"]
    assert found.reasons == {"no code": MANY - MANY // CODE_FILES, "no regular file": MANY // CODE_FILES}


def test_a_base_that_is_not_here_is_said_before_anything_is_written(tmp_path: Path) -> None:
    for number in range(6):
        (tmp_path / f"f{number}.py").write_text(CODE + f"# {number}\n")
    settings = Settings(model=ModelSettings("nobody/nothing", device="cpu"))
    with pytest.raises(GlossatorError, match="nobody/nothing"):
        begin(Order("mine", "nobody/nothing", Hyperparameters()), collect(tmp_path), settings)
    assert not is_begun("mine")


def test_who_was_killed_right_before_the_end_has_its_adapter_registered(tmp_path: Path) -> None:
    """All was learnt, and only what comes behind the training's process was missing."""
    folder = run_folder("mine")
    folder.mkdir(parents=True)
    written(folder / "result", base_model_name_or_path="some/base")
    record = {
        **{"base": "some/base", "files": 3, "characters": 50, "held_out": ["a.py"], "cut": 0, "commit": "", "steps": 1},
        **{"licenses": {}, "left_out": {}, "parameters": {"rank": 4}, "root": str(tmp_path)},
    }
    (folder / "training.json").write_text(json.dumps(record))
    (folder / "task.json").write_text("{}")
    events = [{"event": "step", "step": 1, "loss": 2.0}, {"event": "held_out", "step": 1, "loss": 3.0}]
    (folder / "events.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in events) + '{"event": "st')
    adapter = finish("mine", lambda event: None)
    assert (registered(), is_begun("mine")) == ((adapter,), False)
    assert json.loads((adapter.folder / "training.json").read_text())["losses"] == [[1, 2.0]]


def test_a_half_written_adapter_is_in_no_list(tmp_path: Path) -> None:
    whole = add(written(tmp_path / "whole"))
    for name in (".mine.partial", "cut-off"):
        (whole.folder.parent / name).mkdir()
        (whole.folder.parent / name / "adapter_config.json").write_text("{}")
    (whole.folder / "evaluation.json").write_text('{"verdict": "hel')
    assert registered() == (whole,)
    assert main(["adapters", "list"]) == 0


def test_what_cannot_be_evaluated_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(written(tmp_path / "mine"))
    for arguments, told in {
        ("nobody",): "There is no adapter 'nobody'",
        ("mine",): "has no training.json",
        ("mine", "--path", str(tmp_path / "nowhere")): "There is no folder",
        ("mine", "--examples", "0"): "0 places are none",
        ("mine", "--control", "mine", "--train-control"): "Give one of the two",
        ("mine", "--output", str(tmp_path / "page.txt")): "neither a page nor a chart",
        ("mine", "--path", str(tmp_path), "--train-control"): "not known how mine was trained",
    }.items():
        assert main(["adapters", "eval", *arguments]) in (2, 3)
        assert told in capsys.readouterr().err


def test_texts_in_which_nobody_types_code_give_no_gaps(tmp_path: Path) -> None:
    (tmp_path / "long.py").write_text("x = [" + "1, " * 300 + "]\n" + "\n" * 200)
    found = collect(tmp_path)
    assert make_gaps(found.taken, 5, 7) == ()
    with pytest.raises(WrongUse, match="none of the 1 files"):
        unseen_files("mine", {"root": str(tmp_path), "held_out": ["gone.py"]}, None)
