"""What is deliberately absent: patched objects, threads that cannot be cancelled, heavy imports."""

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from tests.house.tree import Module, all_modules, modules, package_modules

PATCHING = {"monkeypatch", "mocker", "MonkeyPatch", "mock", "unittest.mock", "pytest_mock"}

LIGHT = """
import importlib, sys
for name in sys.argv[2:]:
    importlib.import_module(name)
print(*(name for name in sys.argv[1].split() if name in sys.modules))
"""


def patching(module: Module) -> Iterator[str]:
    """Uses of `unittest.mock` and pytest's `monkeypatch`: fakes are wrappers of our own ports instead."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.arg):
            names = {node.arg}
        elif isinstance(node, ast.Attribute):
            names = {node.attr}
        elif isinstance(node, ast.ImportFrom):
            names = {node.module or "", *(alias.name for alias in node.names)}
        elif isinstance(node, ast.Import):
            names = {alias.name for alias in node.names}
        else:
            continue
        yield from (f"{module.path}:{getattr(node, 'lineno', 0)} {name}" for name in sorted(names & PATCHING))


def threaded_features(module: Module) -> Iterator[str]:
    """`@server.thread()`: it cannot be cancelled, and takes threads from the pool that reads the editor's messages."""
    for function in module.functions():
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(called, ast.Attribute) and called.attr == "thread":
                yield f"{module.path}:{function.lineno} {function.name}"


@pytest.mark.parametrize("module", modules("tests"), ids=lambda module: module.path)
def test_nothing_is_patched(module: Module) -> None:
    assert list(patching(module)) == []


@pytest.mark.parametrize("module", package_modules(), ids=lambda module: module.path)
def test_no_feature_runs_in_a_thread(module: Module) -> None:
    assert list(threaded_features(module)) == []


@pytest.mark.parametrize("entry", ["glossator.lsp.server", "glossator.cli", "glossator.__main__", "glossator_cache"])
def test_what_starts_at_every_keystroke_or_window_stays_light(entry: str) -> None:
    assert loaded_by(entry, "torch", "transformers", "openai", "httpx2", "numpy", "pydantic") == []


def test_the_rules_see_what_is_planted() -> None:
    def found(rule: Callable[[Module], Iterator[str]], text: str) -> list[str]:
        return list(rule(Module("p.py", text)))

    assert found(patching, "def test_it(monkeypatch): pass") == ["p.py:1 monkeypatch"]
    assert found(patching, "from unittest import mock") == ["p.py:1 mock"]
    assert found(patching, "import unittest.mock") == ["p.py:1 unittest.mock"]
    assert found(patching, "from unittest.mock import patch") == ["p.py:1 unittest.mock"]
    assert found(patching, "with pytest.MonkeyPatch.context() as m: pass") == ["p.py:1 MonkeyPatch"]
    assert found(threaded_features, "@server.thread()\ndef f(): pass") == ["p.py:2 f"]
    assert found(threaded_features, "@server.thread\nasync def f(): pass") == ["p.py:2 f"]
    assert loaded_by("json", "json", "torch") == ["json"]
    assert len(all_modules()) > len(package_modules()) > 20


def loaded_by(entry: str, *heavy: str) -> list[str]:
    """Which of the heavy modules importing the entry brings along, in a process of its own."""
    command = [sys.executable, "-c", LIGHT, " ".join(heavy), entry]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()
