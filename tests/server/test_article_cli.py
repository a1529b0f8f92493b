"""`glossator explain FILE --article`: where the article goes, and what is said when it cannot."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from glossator.cli import main
from glossator.cli.output import write_file
from glossator.errors import WrongUse
from tests.engine.own_engine import own_folders

CODE = "import json\n\ntext = json.dumps({'é': '🙂'}, indent=2)\n"
WRITE = """
import sys
from pathlib import Path
from glossator.cli.output import write_file
write_file(Path(sys.argv[1]), "x" * 4096)
"""


@pytest.fixture(autouse=True)
def folders():
    with own_folders() as root:
        yield root


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "code.py"
    path.write_text(CODE, "utf-8")
    return path


def article(target: object, capsys: pytest.CaptureFixture[str], *options: str) -> tuple[int, str, str]:
    code = main(["explain", str(target), "--article", "--no-model", *options])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def process(arguments: Sequence[str], **more: object) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    command = [sys.executable, *arguments]
    return subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, encoding="utf-8", **more)  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("form", "start", "words"),
    [
        ("markdown", "# code.py, explained\n", "Serialize `obj` to a JSON formatted `str`."),
        ("html", "<!doctype html>\n", "Serialize <code>obj</code> to a JSON formatted <code>str</code>."),
        ("json", "{\n", '"contents"'),
    ],
)
def test_each_form_goes_to_standard_output_or_to_a_file(
    form: str, start: str, words: str, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, shown, complaints = article(file, capsys, "--format", form)
    assert code == 0 and shown.startswith(start) and words in shown
    assert "section 2 of 2: text = json.dumps" in complaints
    output = tmp_path / "out"
    output.write_text("what stood there before")
    output.chmod(0o640)
    code, shown, complaints = article(file, capsys, "--format", form, "--output", str(output))
    written = output.read_text("utf-8")
    assert (code, shown) == (0, "") and written.startswith(start) and words in written
    assert "2 sections" in complaints
    assert output.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir() if path != output) == ["code.py"]


def test_json_has_contents_and_sections(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, shown, _ = article(file, capsys, "--format", "json")
    fields = json.loads(shown)
    assert [one["title"] for one in fields["contents"]] == ["", "text = json.dumps({'é': '🙂'}, indent=2)"]
    assert fields["sections"][1]["items"][0]["symbol"]["qualified_name"] == "json.dumps"


def wrong_uses(folder: Path) -> dict[str, tuple[list[str], int, str]]:
    (folder / "empty.py").write_bytes(b"")
    (folder / "trivial.py").write_text("x = 1\n")
    (folder / "words.txt").write_text("only words\n")
    (folder / "code.py").write_text(CODE, "utf-8")
    return {
        "missing": (["nothing.py"], 2, "There is no file"),
        "empty": (["empty.py"], 2, "is empty"),
        "line": (["code.py:3"], 2, "about a whole file"),
        "trivial": (["trivial.py"], 1, "An article needs calls"),
        "words": (["words.txt"], 1, "cannot resolve names in txt"),
        "folder": (["code.py", "--output", "."], 2, "is a folder"),
        "no folder": (["code.py", "--output", "no/where.md"], 2, "There is no folder"),
        "file as folder": (["code.py", "--output", "trivial.py/x.md"], 2, "There is no folder"),
    }


@pytest.mark.parametrize(
    "name", ["missing", "empty", "line", "trivial", "words", "folder", "no folder", "file as folder"]
)
def test_what_cannot_be_done_is_one_clear_line(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (target, *options), expected, words = wrong_uses(tmp_path)[name]
    options = [option if option.startswith("--") else str(tmp_path / option) for option in options]
    code, shown, complaints = article(tmp_path / target, capsys, *options)
    assert (code, shown) == (expected, "")
    assert words in complaints.splitlines()[-1]
    assert "Traceback" not in complaints


@pytest.mark.parametrize("options", [["--format", "html"], ["--output", "x"]])
def test_what_belongs_to_articles_says_so(options: list[str], file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", str(file), "--no-model", *options]) == 2
    assert "Add --article" in capsys.readouterr().err


def test_unsaved_text_is_read_from_standard_input(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO(b"import os\r\nos.getcwd()\r\n"))
    try:
        code, shown, _ = article(file, capsys, "--stdin")
    finally:
        sys.stdin = before
    assert code == 0 and "os.getcwd" in shown and "\r" not in shown


def test_a_full_disk_is_said_in_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, complaints = article(file, capsys, "--output", "/dev/full")
    assert code == 2 and "No space left" in complaints.splitlines()[-1]
    assert Path("/dev/full").is_char_device()
    with Path("/dev/full").open("w") as full:
        arguments = ["-m", "glossator", "explain", str(file), "--article", "--no-model"]
        done = subprocess.run([sys.executable, *arguments], stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert "Standard output cannot be written" in done.stderr.splitlines()[-1]


def test_a_file_that_cannot_be_written_whole_leaves_the_old_one(tmp_path: Path) -> None:
    output = tmp_path / "article.md"
    output.write_text("before")
    limited = f'ulimit -f 1; exec {sys.executable} -c "$0" "$1"'
    done = subprocess.run(["bash", "-c", limited, WRITE, str(output)], stderr=subprocess.PIPE, text=True)
    assert "WrongUse" in done.stderr and "cannot be written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["article.md"]
    assert output.read_text() == "before"


def test_a_folder_that_takes_no_file_is_said_in_one_line(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``/proc`` takes no file from anybody, root included."""
    code, _, complaints = article(file, capsys, "--output", "/proc/x.md")
    assert code == 2
    assert complaints.splitlines()[-1].startswith("glossator: /proc/x.md cannot be written")


def test_a_link_stays_and_its_target_changes(tmp_path: Path) -> None:
    (tmp_path / "real.md").write_text("before")
    (tmp_path / "link.md").symlink_to(tmp_path / "real.md")
    write_file(tmp_path / "link.md", "after")
    assert (tmp_path / "link.md").is_symlink() and (tmp_path / "real.md").read_text() == "after"
    with pytest.raises(WrongUse):
        write_file(tmp_path / "no" / "where.md", "x")


def test_an_interrupt_ends_it_cleanly(tmp_path: Path) -> None:
    path = tmp_path / "long.py"
    path.write_text("import json\n" + "".join(f"x{n} = json.dumps({n})\n" for n in range(450)), "utf-8")
    output = tmp_path / "out.md"
    arguments = ["-m", "glossator", "explain", str(path), "--article", "--no-model", "--output", str(output)]
    # A shell without job control has what it starts in the background ignore interrupts, and that is inherited.
    heard = {"preexec_fn": lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)} if os.name == "posix" else {}
    writing = process(arguments, env=dict(os.environ), **heard)
    assert writing.stderr is not None
    while "section 1 of" not in (line := writing.stderr.readline()):
        assert line, "it ended before"
    writing.send_signal(signal.SIGINT)
    _, complaints = writing.communicate(timeout=60)
    assert writing.returncode == 130
    assert complaints.splitlines()[-1].startswith("glossator: Interrupted.")
    assert "Traceback" not in complaints
    assert not output.exists()
