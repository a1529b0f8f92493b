"""The index of an installed distribution: built in a process of its own, interrupted, shared, broken, searched."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from glossator.child import environment as child_environment
from glossator.errors import PartMissing
from glossator.research.evidence import Evidence, Partial, Query
from glossator.research.index import build as building
from glossator.research.index import shelf
from glossator.research.index.contents import Edition, edition, files
from glossator.research.index.database import BROKEN, BUILDING, is_whole, size
from glossator.research.index.source import DocumentationIndex
from glossator.resolve.distributions import Installed
from tests.research.toolbox import TOOLS, install_toolbox

MODULES = 10  # those of the toolbox that are read: not its tests, not the stub of a module with source
MANY = 120


class Interrupted(Exception):
    """Raised where a process could be killed."""


def nobody(_done: int, _total: int) -> None:
    """Who is told, and does not care."""


def installed(folder: Path, version: str = "1.0", more: int = 0) -> Installed:
    return Installed(install_toolbox(folder, version, more), folder)


def toolbox(folder: Path, version: str = "1.0", more: int = 0) -> Edition:
    found = edition(installed(folder, version, more), "toolbox")
    assert found is not None
    return found


def rows(path: Path, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


def start(one: Edition, folder: Path, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*prefix, sys.executable, "-m", "glossator.research.index.build", str(folder)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=child_environment())
    assert child.stdin is not None
    child.stdin.write(one.to_json() + "\n")
    child.stdin.flush()
    return child


def ended(child: subprocess.Popen[str]) -> tuple[int, str]:
    """How it ended, and what it said. The pipe to it stays open until then: it ends when that closes."""
    assert child.stdin is not None and child.stdout is not None
    with child.stdin, child.stdout:
        told = child.stdout.read()
        return child.wait(), told


async def found(index: DocumentationIndex, question: str, name: str = "toolbox") -> list[Evidence]:
    await index.prepare([name], None)
    return list(await index.search(Query((), distribution=name, question=question)))


def names(evidence: list[Evidence]) -> list[str]:
    return [one.title.partition(": ")[2] for one in evidence]


@pytest.fixture
async def index(tmp_path: Path):
    one = DocumentationIndex(installed(tmp_path), lambda: tmp_path / "index")
    yield one
    await one.close()


CASES = [
    ("How do I cut a board?", "toolbox.wood.Saw.cut"),
    ("sharpen the blade", "toolbox.wood.Saw.Blade.sharpen"),
    ("Which angle between blade and stone?", "toolbox.wood.Saw.Blade.sharpen"),
    ("gluing boards", "toolbox.wood.glueBoards"),
    ("glueBoards", "toolbox.wood.glueBoards"),
    ("glue_boards", "toolbox.wood.glueBoards"),
    ("nail", "toolbox.wood.hammer"),
    ("kilograms", "toolbox.wood.Saw.weight"),
    ("lathe", "toolbox.compiled.turn"),
    ("drill a hole", "toolbox.drill"),
    ("what must I wear", "Safety"),
    ("späne", "toolbox.latin"),
    ("spane", "toolbox.latin"),
    ("glass", "toolbox.stub.glass"),
    ("undocumented", "toolbox.wood.Saw.undocumented"),
    ("NEAR", "toolbox.odd.NEAR"),
    ('He said "AND" OR NOT', "toolbox.odd.NEAR"),
    ("name:NEAR* ^ {odd} -- \\x00 ' \"", "toolbox.odd.NEAR"),
]


async def test_each_question_finds_what_answers_it_first(index: DocumentationIndex) -> None:
    answers = {question: (names(await found(index, question)) or [""])[0] for question, _ in CASES}
    assert answers == dict(CASES)


@pytest.mark.parametrize("question", ["", "?!", '"', "zebra", "\0", "🙂", "zebra OR bystander"])
async def test_what_nothing_speaks_of_is_not_found(question: str, index: DocumentationIndex) -> None:
    assert await found(index, question) == []


async def test_a_passage_can_be_cited(index: DocumentationIndex, tmp_path: Path) -> None:
    first, *_ = await found(index, "cut a board")
    assert (first.title, first.kind) == ("toolbox 1.0: toolbox.wood.Saw.cut", "docstring")
    assert first.text.startswith("Cut a board in two.")
    path, _, line = first.url.removeprefix("file://").partition("#L")
    assert Path(path).name == "wood.py"
    assert TOOLS.split("\n")[int(line) - 1].strip() == "def cut("


async def test_what_is_not_installed_is_not_found(index: DocumentationIndex) -> None:
    assert await found(index, "cut", "nothing") == []
    assert await index.prepare(["", "nothing"], None) == ()


def test_only_the_distributions_own_source_is_read(tmp_path: Path) -> None:
    modules = {one.module: one.path.suffix for one in files(toolbox(tmp_path))}
    assert len(modules) == MODULES
    assert (modules["toolbox.wood"], modules["toolbox.stub"]) == (".py", ".pyi")
    assert not {"bystander", "toolbox.tests.test_wood"} & {*modules}


def test_what_cannot_be_read_is_noted_and_delays_nothing(tmp_path: Path) -> None:
    one = toolbox(tmp_path)
    building.build(one, tmp_path / "index", nobody)
    path = tmp_path / "index" / one.file_name
    faults = {
        Path(str(name)).name: fault for name, fault in rows(path, "SELECT path, fault FROM files WHERE fault <> ''")
    }
    assert {*faults} == {"broken.py", "null.py", "huge.py"}
    assert faults["huge.py"] == "too large"
    assert size(path).faults == 3


def test_an_interrupted_build_goes_on_where_it_was(tmp_path: Path) -> None:
    one, folder = toolbox(tmp_path, more=MANY), tmp_path / "index"
    total = MODULES + MANY + 1

    def interrupt(_done: int, _total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        building.build(one, folder, interrupt)
    path = folder / one.file_name
    assert not path.exists()
    assert size(Path(f"{path}{BUILDING}")).done == building.BATCH
    told: list[tuple[int, int]] = []
    building.build(one, folder, lambda *progress: told.append(progress))
    assert told[0] == (2 * building.BATCH, total)
    assert told[-1] == (total, total)
    assert is_whole(path) and not Path(f"{path}{BUILDING}").exists()
    assert rows(path, "SELECT count(*), count(DISTINCT path) FROM files") == [(total, total)]
    assert rows(path, "SELECT count(*) FROM entries GROUP BY qualified_name, file HAVING count(*) > 1") == []


@pytest.mark.parametrize("way", ["kill", "close the pipe"])
def test_whatever_ends_the_process_leaves_nothing_half(way: str, tmp_path: Path) -> None:
    one, folder = toolbox(tmp_path, more=6 * MANY), tmp_path / "index"
    child = start(one, folder)
    assert child.stdin is not None and child.stdout is not None
    child.stdout.readline()
    if way == "kill":
        os.kill(child.pid, signal.SIGKILL)
    child.stdin.close()
    child.wait(60)
    child.stdout.close()
    path = folder / one.file_name
    assert not path.exists() or is_whole(path)
    building.build(one, folder, nobody)
    total = MODULES + 6 * MANY + 1
    assert size(path).done == total == rows(path, "SELECT count(DISTINCT path) FROM files")[0][0]
    assert rows(path, "SELECT count(*) FROM words")[0] == rows(path, "SELECT count(*) FROM entries")[0]


def test_two_processes_build_once(tmp_path: Path) -> None:
    one, folder = toolbox(tmp_path, more=6 * MANY), tmp_path / "index"
    children = [start(one, folder) for _ in range(2)]
    assert [ended(child)[0] for child in children] == [0, 0]
    path = folder / one.file_name
    total = MODULES + 6 * MANY + 1
    assert rows(path, "SELECT count(*), count(DISTINCT path) FROM files") == [(total, total)]
    assert sorted(one.name for one in folder.iterdir()) == [path.name, f"{path.name}.lock"]


async def test_a_search_takes_what_is_there_and_says_so(tmp_path: Path) -> None:
    environment = installed(tmp_path, more=MANY)
    one = edition(environment, "toolbox")
    assert one is not None

    def interrupt(_done: int, _total: int) -> None:
        raise Interrupted

    with pytest.raises(Interrupted):
        building.build(one, tmp_path / "index", interrupt)
    index = DocumentationIndex(environment, lambda: tmp_path / "index")
    partial = await index.search(Query((), distribution="toolbox", question="piece"))
    assert isinstance(partial, Partial) and partial
    told: list[str] = []
    assert await index.prepare(["toolbox"], None, told.append) == ()
    assert any(text.startswith("Indexing toolbox 1.0") for text in told)
    whole = await index.search(Query((), distribution="toolbox", question="piece"))
    assert not isinstance(whole, Partial)
    await index.close()


async def test_who_does_not_wait_is_told_what_is_missing(index: DocumentationIndex) -> None:
    (problem,) = await index.prepare(["toolbox"], 0.0)
    assert problem.what.startswith("The index of toolbox 1.0 is still being built")
    assert await index.prepare(["toolbox"], None) == ()


async def test_another_version_is_another_index(tmp_path: Path) -> None:
    old, folder = toolbox(tmp_path), tmp_path / "index"
    building.build(old, folder, nobody)
    index = DocumentationIndex(installed(tmp_path, "2.0"), lambda: folder)
    first, *_ = await found(index, "cut a board")
    assert first.title.startswith("toolbox 2.0: ")
    assert len(list(folder.glob("*.sqlite"))) == 2
    month = time.time() - 31 * shelf.DAY
    os.utime(folder / old.file_name, (month, month))
    shelf.prune(folder)
    assert [one.name for one in shelf.shelved(folder)] == ["toolbox-2.0"]
    shelf.prune(folder, largest=0)
    assert shelf.shelved(folder) == ()
    await index.close()


def test_files_that_may_change_under_one_version_are_told_apart_by_time(tmp_path: Path) -> None:
    environment = installed(tmp_path)
    folder = next(environment.folders[0].glob("toolbox-*"))
    (folder / "RECORD").unlink()
    before = edition(environment, "toolbox")
    assert before is not None and before.stamp.startswith("m")
    assert {one.module for one in files(before)} >= {"toolbox.wood", "toolbox.stub"}
    later = time.time() + 100
    os.utime(environment.folders[0] / "toolbox" / "wood.py", (later, later))
    after = edition(environment, "toolbox")
    assert after is not None and after.file_name != before.file_name


def test_an_editable_distribution_is_read_where_it_lies(tmp_path: Path) -> None:
    environment = installed(tmp_path)
    site = environment.folders[0]
    information = next(site.glob("toolbox-*"))
    source = tmp_path / "project" / "src"
    source.mkdir(parents=True)
    shutil.move(site / "toolbox", source / "toolbox")
    (source / "setup.py").write_text("", "utf-8")
    (information / "RECORD").write_text("toolbox.pth,,\n", "utf-8")
    url = (tmp_path / "project").as_uri()
    (information / "direct_url.json").write_text(f'{{"url": "{url}", "dir_info": {{"editable": true}}}}', "utf-8")
    for written in (f"{source}\n", "import toolbox_finder\n"):
        (site / "toolbox.pth").write_text(written, "utf-8")
        one = edition(environment, "toolbox")
        assert one is not None and one.stamp.startswith("m")
        assert len(files(one)) == MODULES


@pytest.mark.parametrize("damage", [b"no database at all", b"SQLite format 3\0" + b"\xff" * 5000, b""])
async def test_a_broken_file_is_moved_aside_and_said_once(damage: bytes, tmp_path: Path) -> None:
    environment, folder = installed(tmp_path), tmp_path / "index"
    one = edition(environment, "toolbox")
    assert one is not None
    folder.mkdir()
    (folder / one.file_name).write_bytes(damage)
    index = DocumentationIndex(environment, lambda: folder)
    assert await index.search(Query((), distribution="toolbox", question="cut")) == ()
    problems = await index.prepare(["toolbox"], None)
    assert ["was broken" in problem.what for problem in problems] == [True]
    assert await index.prepare(["toolbox"], None) == ()
    assert names(await found(index, "cut a board"))[0] == "toolbox.wood.Saw.cut"
    assert (folder / f"{one.file_name}{BROKEN}").read_bytes() == damage
    await index.close()


def test_a_broken_beginning_is_begun_anew(tmp_path: Path) -> None:
    one, folder = toolbox(tmp_path), tmp_path / "index"
    folder.mkdir()
    Path(f"{folder / one.file_name}{BUILDING}").write_bytes(b"nonsense" * 1000)
    building.build(one, folder, nobody)
    assert is_whole(folder / one.file_name)


async def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    index = DocumentationIndex(installed(tmp_path), lambda: tmp_path / "file" / "index")
    (problem,) = await index.prepare(["toolbox"], None)
    assert "cannot be used" in problem.what and "GLOSSATOR_CACHE_DIR" in problem.next_step
    assert await found(index, "cut") == []
    await index.close()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of the shell")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    child = start(toolbox(tmp_path, more=MANY), tmp_path / "index", ("sh", "-c", 'ulimit -f 40; exec "$@"', "sh"))
    code, told = ended(child)
    assert code == 3
    assert told.splitlines()[-1].startswith(f"{building.FAILED} The index of documentation in")


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    one, folder = toolbox(tmp_path), tmp_path / "index"
    building.build(one, folder, nobody)
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / one.file_name)]
    assert sys.platform == "win32" or modes == [0o700, 0o600]


async def test_what_is_cleared_is_built_again(index: DocumentationIndex, tmp_path: Path) -> None:
    assert await found(index, "cut")
    assert shelf.clear(tmp_path / "index") > 10
    assert not list((tmp_path / "index").glob("*.sqlite"))
    assert await found(index, "cut")


async def test_closing_ends_the_process(tmp_path: Path) -> None:
    index = DocumentationIndex(installed(tmp_path, more=6 * MANY), lambda: tmp_path / "index")
    await index.prepare(["toolbox"])
    await asyncio.sleep(0.2)
    await index.close()
    one = toolbox(tmp_path, more=6 * MANY)
    building.build(one, tmp_path / "index", nobody)  # nobody holds the lock
    assert is_whole(tmp_path / "index" / one.file_name)


def test_a_search_of_a_folder_that_is_gone_fails_as_ours(tmp_path: Path) -> None:
    with pytest.raises(PartMissing):
        size(tmp_path / "nothing.sqlite")
