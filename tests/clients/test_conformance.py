"""The client library of the specification's authors, against `glossator serve` as a user starts it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients import node
from tests.e2e.wire import without_settings

pytestmark = pytest.mark.slow

FOLDER = Path(__file__).with_name("conformance")
SERVE = [sys.executable, "-m", "glossator", "serve"]
READING = [sys.executable, str(Path(__file__).with_name("reading_server.py"))]
SUITES = {path.name.removesuffix(".test.mjs"): path for path in sorted(FOLDER.glob("*.test.mjs"))}


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tests, beside the packages that they import."""
    folder = tmp_path_factory.mktemp("conformance")
    modules = node.packages(FOLDER / "package.json")
    for path in FOLDER.iterdir():
        shutil.copy(path, folder)
    (folder / "node_modules").symlink_to(modules, target_is_directory=True)
    return folder


@pytest.mark.parametrize("name", SUITES)
def test_the_authors_client_finds_nothing(suite: Path, tmp_path: Path, name: str) -> None:
    command = READING if name == "edits" else SERVE
    folders = {f"GLOSSATOR_{kind}_DIR": str(tmp_path / kind) for kind in ("DATA", "CACHE", "RUNTIME", "CONFIG")}
    environment = {**without_settings(), **folders, "CONFORMANCE_SERVER": json.dumps(command)}
    program, _ = node.node_and_npm()
    run = [program, "--test", f"{name}.test.mjs"]
    done = subprocess.run(run, cwd=suite, env=environment, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    passed = re.search(r"^\S+ pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed and int(passed.group(1)) > 0, done.stdout
    assert re.search(r"^\S+ skipped 0$", done.stdout, re.MULTILINE), done.stdout
