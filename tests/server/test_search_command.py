"""``glossator search``: what is installed is searched from the command line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator.cli import main
from tests.engine.own_engine import own_folders
from tests.research.toolbox import install_toolbox


@pytest.fixture(autouse=True)
def project(tmp_path: Path) -> Iterator[Path]:
    """A folder with a file that imports the toolbox of its environment, and in which we are."""
    install_toolbox(tmp_path).rename(tmp_path / ".venv")
    (tmp_path / "own.py").write_text("from toolbox import Saw\n", "utf-8")
    before = Path.cwd()
    os.chdir(tmp_path)
    with own_folders():
        yield tmp_path
    os.chdir(before)


def search(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    code = main(["search", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_what_the_project_imports_is_searched(capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, _ = search(capsys, "cut", "a", "board", "--format", "json")
    first, *_ = json.loads(shown)
    assert (code, first["title"], first["kind"]) == (0, "toolbox 1.0: toolbox.wood.Saw.cut", "docstring")
    assert first["snippet"] == "Cut a board in two."
    code, shown, complaints = search(capsys, "cut a board", "--in", "toolbox", "--most", "1")
    assert (code, complaints) == (0, "")
    for word in ("Saw", "toolbox 1.0", "Cut a board", "wood"):
        assert word in shown


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (("zebra", "--in", "toolbox"), 1, "Nothing in toolbox speaks of that."),
        (("?!", "--in", "TOOLBOX"), 1, "Nothing in toolbox speaks of that."),
        (("cut", "--in", "nothing"), 2, "'nothing' is not installed in"),
        (('"OR NEAR(', "--in", "toolbox", "--most", "-3"), 0, ""),
    ],
)
def test_there_is_an_answer_or_one_clear_line(
    words: tuple[str, ...], code: int, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _, complaints = search(capsys, *words)
    assert found == code
    assert complaint in complaints


def test_the_index_is_shown_and_cleared_like_a_bucket(capsys: pytest.CaptureFixture[str]) -> None:
    search(capsys, "cut", "--in", "toolbox")
    main(["cache", "stats"])
    assert "The index is of the documentation of toolbox-1.0." in " ".join(capsys.readouterr().out.split())
    main(["cache", "stats", "--format", "json"])
    (one,) = json.loads(capsys.readouterr().out)["index"]["indexes"]
    assert (one["name"], one["whole"]) == ("toolbox-1.0", True)
    assert main(["cache", "clear", "index"]) == 0
    assert capsys.readouterr().out == f"Forgot {one['entries']} entries.\n"
    assert main(["cache", "stats"]) == 0
    assert "Nothing is remembered yet." in capsys.readouterr().out
