"""Nothing in the repository tells of the machine that it was written on."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.house.tree import ROOT

SKIPPED = {".git", ".venv", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", "__pycache__", "node_modules"}
# Not behind another slash: the file:/// of a test is nobody's.
OWN_FOLDER = re.compile(r"(?<![\w.~}/])/(?:home|Users|root|work|tmp)/\w")
INDEXES = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX")
OWN_HOSTS = (None, "localhost", "127.0.0.1")


def test_no_file_names_a_folder_of_somebodys_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path, text in files()
        for number, line in enumerate(text.splitlines(), 1)
        if OWN_FOLDER.search(line)
    ]
    assert found == []


def test_no_file_names_the_package_index_in_use() -> None:
    hosts = index_hosts()
    assert [f"{path.relative_to(ROOT)}: {host}" for path, text in files() for host in hosts if str(host) in text] == []


@pytest.mark.parametrize("start", ["home", "tmp", "work"])
def test_the_rule_sees_what_is_planted(start: str) -> None:
    assert OWN_FOLDER.search(f"see /{start}/somebody")
    assert not OWN_FOLDER.search(f"see ./{start}/x and a/{start}/x and /{start}")
    assert len(files()) > 30


def files() -> list[tuple[Path, str]]:
    """Every text file that belongs to the repository, whether or not it is committed yet."""
    found = []
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in SKIPPED and not name.endswith(".egg-info")]
        for path in (Path(folder) / name for name in names if name not in SKIPPED):
            content = path.read_bytes()
            if b"\0" not in content:
                found.append((path, content.decode("utf-8", "replace")))
    return found


def index_hosts() -> set[str | None]:
    """The hosts that pip is configured to ask, but for this machine."""
    done = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, timeout=60)
    urls = re.findall(r"https?://[^\s'\"]+", done.stdout + " ".join(os.environ.get(name, "") for name in INDEXES))
    return {host for host in (urlsplit(url).hostname for url in urls) if host not in OWN_HOSTS}
