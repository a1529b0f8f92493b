"""What of the extension needs no editor: its types, and the unit tests that stand beside it, run by Node."""

from __future__ import annotations

import re

import pytest

from tests.clients.vscode.tools import EXTENSION, NODE, alone, extension_folder, run, vsix

pytestmark = pytest.mark.slow


def test_the_unit_tests_pass() -> None:
    with alone() as folder:
        place = extension_folder(folder)
        run([NODE / "node", "build.mjs", "--tests"], place)
        printed = run([NODE / "node", "--test", *sorted((place / "out/test").glob("*.js"))], place)
    assert int(re.findall(r"pass (\d+)", printed)[0]) > 40 and "fail 0" in printed


def test_it_packages_small() -> None:
    with alone() as folder:
        assert vsix(folder).stat().st_size < 400_000


def test_its_files_are_short() -> None:
    sources = [*EXTENSION.glob("src/**/*.ts"), *EXTENSION.glob("test/*.ts")]
    assert len(sources) > 20
    assert [file.name for file in sources if file.read_text("utf-8").count("\n") > 400] == []
