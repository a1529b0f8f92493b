"""What tools check: lints, formatting, types."""

import subprocess
import sys

import pytest

from tests.house.tree import ROOT, package_modules

LINTERS = {"lints": ["ruff", "check", "."], "formatting": ["ruff", "format", "--check", "."]}


@pytest.mark.parametrize("command", LINTERS.values(), ids=LINTERS.keys())
def test_ruff_finds_nothing(command: list[str]) -> None:
    done = run(*command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_mypy_finds_nothing_in_any_module() -> None:
    done = run("mypy")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"no issues found in {len(package_modules())} source files" in done.stdout


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a tool as this interpreter's module, from the repository's root, where its configuration is."""
    return subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=900)
