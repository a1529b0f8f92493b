"""The source tree as the house rules see it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("server/glossator", "cache/glossator_cache")

# The example that `glossator demo` explains; it does not parse, on purpose.
HERO = ROOT / "server/glossator/examples/hero.py"

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef


@dataclass(frozen=True)
class Module:
    """One file of Python."""

    path: str
    text: str

    @property
    def tree(self) -> ast.Module:
        """The parsed text."""
        return ast.parse(self.text, self.path)

    @property
    def definitions(self) -> list[Definition]:
        """Classes and functions at the top of the module, in order."""
        return [node for node in self.tree.body if isinstance(node, Definition)]

    def functions(self) -> Iterator[Function]:
        """Every function, the inner ones too."""
        return (node for node in ast.walk(self.tree) if isinstance(node, Function))


@cache
def modules(*folders: str) -> tuple[Module, ...]:
    """The modules below these folders of the repository."""
    files = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py")) if file != HERO]
    return tuple(Module(str(file.relative_to(ROOT)), file.read_text("utf-8")) for file in files)


def package_modules() -> tuple[Module, ...]:
    """The modules of the two packages."""
    return modules(*PACKAGES)


def all_modules() -> tuple[Module, ...]:
    """The modules of the packages and the tests."""
    return modules(*PACKAGES, "tests")
