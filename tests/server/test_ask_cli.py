"""``glossator ask``: further about what was explained before, in another process; and text that grows on a terminal."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from glossator.cli import main
from glossator.cli.growing import growing
from tests.server.test_cli import explain, file, folders  # noqa: F401  the fixtures


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["ask", *arguments, "--no-model"])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_last_explanation_or_a_named_one_is_asked(file: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    _, shown, _ = explain(f"{file}:3:13", capsys, "--format", "json")
    first = json.loads(shown)
    explain(f"{file}:1:8", capsys)
    code, shown, _ = ask(capsys, "What does sort_keys do?", "--about", first["id"])
    assert code == 0
    assert "**What does sort\\_keys do?**" in shown or "**What does sort_keys do?**" in shown
    assert "sorted by key" in shown
    code, shown, _ = ask(capsys, "And allow_nan?", "--format", "json")
    answer = json.loads(shown)
    assert (code, answer["symbol"]["qualified_name"]) == (0, "json.dumps")
    assert "allow_nan" in answer["synthesis"][0]["text"]


def test_what_the_sources_do_not_say_ends_with_1(file: Path, capsys: pytest.CaptureFixture[str]) -> None:  # noqa: F811
    explain(f"{file}:3:13", capsys)
    code, shown, _ = ask(capsys, "Who won the match?")
    assert code == 1
    assert "These sources do not say." in shown


@pytest.mark.parametrize("about", ["last", "nonsense"])
def test_with_nothing_to_ask_about_the_next_step_is_said(about: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, complaints = ask(capsys, "Why?", "--about", about)
    assert (code, shown) == (2, "")
    assert complaints.startswith("glossator: There is no explanation")
    assert "xplain" in complaints.rpartition(". ")[2] or "Explain" in complaints


GROWING = """
from glossator.cli.growing import growing
from glossator.explain.explanation import Explanation, Meta, Sentence
from glossator.models.progress import Progress

with growing("markdown") as watching:
    watching.loading(Progress("Loading weights"))
    for sentences in ((), ("Apples fall.",), ("Apples fall.", "Pears fall.")):
        told = tuple(Sentence(one, (), "supported") for one in sentences)
        watching.show(Explanation("", None, synthesis=told, meta=Meta("m", "m") if told else Meta()))
        watching.loading(Progress("Loading weights", 1, 2))
        watching.stage("Writing: 3 words")
print("The end.")
"""


def test_a_terminal_shows_each_sentence_when_it_is_there() -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen([sys.executable, "-c", GROWING], stdin=theirs, stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 4096):
            seen += part
    except OSError:  # the other end was closed
        pass
    os.close(ours)
    text = seen.decode()
    assert process.wait(60) == 0, text
    one, two, end = text.index("Apples fall."), text.index("Pears fall."), text.index("The end.")
    assert one < two < end
    assert "\x1b[2K" in text[two:end], "what grew is taken away again: the whole answer follows"


def test_where_there_is_no_terminal_nothing_grows() -> None:
    with growing("markdown") as watching:
        assert watching.show is None
