"""Where the project's own code uses a name."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from glossator.research.evidence import Evidence, Query
from glossator.research.project import MOST_USAGES, ProjectUsages

GET = Query((), "requests.api.get", "requests.api", "requests", "2.34.2")
SEND = Query((), "requests.sessions.Session.send", "requests.sessions", "requests", "2.34.2")
OWN = Query((), "ours.billing.charge", "ours.billing")
SECONDS = 30.0  # a busy machine must not make a test fail


def write(root: Path, **files: str) -> None:
    for name, text in files.items():
        file = root / f"{name.replace('__', '/')}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


async def found_in(root: Path, query: Query = GET) -> list[tuple[str, str]]:
    found = await ProjectUsages(root, SECONDS).search(query)
    assert all(one.kind == "project" and not one.retrieved_at for one in found)
    return [(one.title, one.text) for one in found]


async def test_usages_come_with_path_and_line_and_tests_come_first(tmp_path: Path) -> None:
    write(
        tmp_path,
        app="import requests\n\npage = requests.get('x')  # get it\n",
        tests__test_app="import requests\n\ndef test_it():\n    assert requests.get('y').ok\n",
    )
    assert await found_in(tmp_path) == [
        ("tests/test_app.py:4", "assert requests.get('y').ok"),
        ("app.py:3", "page = requests.get('x')  # get it"),
    ]
    (first, _) = await ProjectUsages(tmp_path, SECONDS).search(GET)
    assert first.url == f"{(tmp_path / 'tests' / 'test_app.py').as_uri()}#L4"


NO_USES = [
    "from requests import get\n",
    "import requests\n# requests.get('x')\n",
    'import requests\n"""Call\nrequests.get(x)\n"""\n',
    "import requests\ndef get(x):\n    pass\n",
    "import requests\nx = {'get': 1}\n",
    "import requests\nf(get=1)\n",
    "import requests\nforget(1)\n",
    "import urllib3\nget('x')\n",
    "import urllib3\nprint('requests'); get('x')\n",
    "import requests\nprint('get(x)')\nprint(\"don't get(x)\")\n",
    "import requests\nx = 'it\\'s get(x)'  # don't get(x)\n",
]


@pytest.mark.parametrize("text", NO_USES)
async def test_what_is_no_use_is_not_shown(tmp_path: Path, text: str) -> None:
    write(tmp_path, app=text)
    assert await found_in(tmp_path) == []


async def test_a_method_is_used_where_it_is_called_on_something(tmp_path: Path) -> None:
    write(tmp_path, app="from requests import Session\nsend(1)\nsession.send(request)\n")
    assert await found_in(tmp_path, SEND) == [("app.py:3", "session.send(request)")]


async def test_a_method_that_builtins_have_too_needs_its_class_beside_it(tmp_path: Path) -> None:
    query = Query((), "requests.sessions.Session.get", "requests.sessions", "requests")
    write(tmp_path, a="import requests\n{}.get(1)\n", b="from requests import Session\nSession().get('x')\n")
    assert await found_in(tmp_path, query) == [("b.py:2", "Session().get('x')")]


async def test_the_projects_own_names_are_found_too(tmp_path: Path) -> None:
    write(tmp_path, app="from ours.billing import charge\ncharge(5)\n", ours__billing="def charge(x): ...\n")
    assert await found_in(tmp_path, OWN) == [("app.py:2", "charge(5)")]


@pytest.mark.parametrize(
    "query",
    [
        Query(("with",)),
        Query((), "requests", "requests", "requests"),
        Query((), "requests.api.C.__init__", "requests.api", "requests"),
        Query((), "builtins.len", "builtins", "python"),
        Query((), "requests.api.a-b", "requests.api", "requests"),
    ],
)
async def test_what_would_be_found_everywhere_is_not_looked_for(query: Query, tmp_path: Path) -> None:
    write(tmp_path, app="import requests\nrequests(1)\nlen(2)\nwith x: pass\n")
    assert await ProjectUsages(tmp_path, SECONDS).search(query) == []


async def test_few_in_a_file_and_few_in_all(tmp_path: Path) -> None:
    for number in range(9):
        write(tmp_path, **{f"app{number}": "import requests\n" + "requests.get('x')\n" * 9})
    found = await found_in(tmp_path)
    assert len(found) == MOST_USAGES
    assert [title for title, _ in found][:3] == ["app0.py:2", "app0.py:3", "app1.py:2"]


USE = "import requests\nrequests.get('x')\n"


async def test_environments_and_hidden_large_binary_and_linked_files_are_left_out(tmp_path: Path) -> None:
    root = tmp_path / "project"
    write(root, node_modules__a=USE, venv__a=USE, odd__lib__a=USE, build__a=USE)
    (root / "odd" / "pyvenv.cfg").write_text("")
    write(root / ".hidden", a=USE)
    write(root, large=USE + "#" * 500_000, binary=USE + "\0")
    write(tmp_path, secret=USE)
    (root / "linked.py").symlink_to(tmp_path / "secret.py")
    (root / "broken.py").symlink_to(tmp_path / "nowhere.py")
    assert await found_in(root) == []


@pytest.mark.skipif(shutil.which("git") is None, reason="needs git")
async def test_what_git_ignores_is_left_out_and_no_program_of_the_workspace_runs(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True, capture_output=True)

    git("init", "-q")
    write(tmp_path, app=USE, ignored__a=USE, untracked=USE)
    (tmp_path / ".gitignore").write_text("ignored/\n")
    git("add", "app.py")
    trap = tmp_path / "trap.sh"
    trap.write_text("#!/bin/sh\ntouch sprung\n")
    trap.chmod(0o755)
    git("config", "core.fsmonitor", str(trap))
    assert [title for title, _ in await found_in(tmp_path)] == ["app.py:2", "untracked.py:2"]
    assert not (tmp_path / "sprung").exists()


async def test_without_time_there_is_what_was_found_so_far(tmp_path: Path) -> None:
    write(tmp_path, app=USE)
    usages = ProjectUsages(tmp_path, 0.0)
    assert isinstance(await usages.search(GET), tuple)
    usages.seconds = SECONDS
    assert await usages.search(GET) != (), "the list of files is made all the same, for the next question"


async def test_a_folder_that_is_none_and_text_that_is_none(tmp_path: Path) -> None:
    assert await found_in(tmp_path / "nowhere") == []
    (tmp_path / "latin.py").write_bytes(b"import requests\nrequests.get('\xe9')\n")
    found: list[Evidence] = list(await ProjectUsages(tmp_path, SECONDS).search(GET))
    assert [one.title for one in found] == ["latin.py:2"]
