"""What of the extension needs no editor: its types, and the unit tests that stand beside it, run by Node."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from filelock import FileLock

from tests.clients.vscode.tools import EXTENSION, NODE, cache_folder, extension_folder, run, vsix

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place() -> Path:
    """The extension's sources with what builds them."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        return extension_folder(folder)


def test_the_unit_tests_pass(place: Path) -> None:
    run([NODE / "node", "build.mjs", "--tests"], place)
    printed = run([NODE / "node", "--test", *sorted((place / "out/test").glob("*.js"))], place)
    assert int(re.findall(r"pass (\d+)", printed)[0]) > 40 and "fail 0" in printed


def test_it_packages_small(place: Path) -> None:
    assert vsix(place.parents[2].parent).stat().st_size < 400_000


def test_its_files_are_short() -> None:
    sources = [*EXTENSION.glob("src/**/*.ts"), *EXTENSION.glob("test/*.ts")]
    assert len(sources) > 20
    assert [file.name for file in sources if file.read_text("utf-8").count("\n") > 400] == []
