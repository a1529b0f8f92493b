"""``glossator cache``: what is remembered is shown, forgotten, given away and taken over."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path

import pytest

from glossator.assemble import BUCKETS, open_cache
from glossator.cli import main
from tests.engine.own_engine import own_folders


@pytest.fixture(autouse=True)
def folders():
    with own_folders() as root:
        yield root


@pytest.fixture
def warmed() -> None:
    """Two answers and a search."""
    with closing(open_cache()) as cache:
        for name, count in (("answers", 2), ("searches", 1)):
            bucket = cache.bucket(name, BUCKETS[name])
            for number in range(count):
                bucket.put(number, {"value": ["text"], "empty": False})
            bucket.get(0)
            bucket.get("other")


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    code = main(["cache", *map(str, words)])
    printed = capsys.readouterr()
    return code, " ".join(printed.out.split()), printed.err


def test_an_empty_cache_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "stats") == (0, "Nothing is remembered yet.", "")
    assert run(capsys, "clear") == (0, "Forgot 0 entries.", "")
    code, _, complaint = run(capsys, "clear", "answers")
    assert (code, complaint) == (2, "glossator: There is no bucket 'answers'. Nothing is remembered yet.\n")


def test_the_table_tells_each_bucket(warmed: None, capsys: pytest.CaptureFixture[str]) -> None:
    code, shown, _ = run(capsys, "stats")
    assert code == 0
    for word in ("answers-v1", "searches-v1", "stale hits", "oldest", "kB"):
        assert word in shown
    main(["cache", "stats", "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert {name: (one["entries"], one["hits"], one["misses"]) for name, one in told.items()} == {
        "answers-v1": (2, 1, 1),
        "searches-v1": (1, 1, 1),
    }


@pytest.mark.parametrize(
    ("words", "told", "left"),
    [
        (["answers"], "Forgot 2 entries.", {"answers-v1": 0, "searches-v1": 1}),
        (["searches-v1"], "Forgot 1 entry.", {"answers-v1": 2, "searches-v1": 0}),
        ([], "Forgot 3 entries.", {"answers-v1": 0, "searches-v1": 0}),
    ],
)
def test_one_bucket_is_forgotten_or_all(
    words: list[str], told: str, left: dict[str, int], warmed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "clear", *words) == (0, told, "")
    with closing(open_cache()) as cache:
        assert {name: one.entries for name, one in cache.stats().items()} == left


def test_a_bucket_is_given_away_and_taken_over(
    warmed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answers.jsonl"
    code, told, _ = run(capsys, "export", "answers", file)
    assert (code, told.startswith(f"Wrote 2 entries to {file}. It holds what a model said")) == (0, True)
    run(capsys, "clear")
    assert run(capsys, "import", file) == (0, "Took over 2 entries into answers.", "")
    _, told, _ = run(capsys, "import", file)
    assert told.startswith("Took over 0 entries into answers; 2 entries stayed out")


def test_what_cannot_be_done_is_one_clear_line(
    warmed: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, cut, foreign = tmp_path / "answers.jsonl", tmp_path / "cut", tmp_path / "foreign"
    run(capsys, "export", "answers", file)
    cut.write_bytes(file.read_bytes()[:-5])
    foreign.write_bytes(
        file.read_bytes().replace(b'"answers",  ', b'"answers2", ').replace(b'"answers",', b'"others", ')
    )
    for words, complaint in [
        (["export", "answers", file], f"{file} is there already. Choose another name, or remove it."),
        (["export", "nothing", cut], "There is no bucket 'nothing'. There are: answers, searches."),
        (["export", "answers", tmp_path / "no/file"], "cannot be written (No such file or directory)."),
        (["import", tmp_path / "none"], "cannot be read (No such file or directory). Nothing was imported."),
        (["import", cut], "is cut off, or too long, in row 2; export it again. Nothing was imported."),
        (["import", foreign], "is of a bucket 'others'. There are: answers, searches."),
        (["clear", "nothing"], "There is no bucket 'nothing'. There are: answers-v1, searches-v1."),
    ]:
        code, shown, told = run(capsys, *words)
        assert (code, shown, told.count("\n")) == (2, "", 1)
        assert complaint in told
