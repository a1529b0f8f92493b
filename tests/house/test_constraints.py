"""constraints.txt pins what pyproject.toml asks for, and nothing but versions."""

import importlib
import re
import sys

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.house.tree import ROOT

tomllib = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")


def pins() -> list[Requirement]:
    """The lines of constraints.txt."""
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith("#")]


def asked_for() -> list[Requirement]:
    """Everything in pyproject.toml, the extras included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [one for extra in project["optional-dependencies"].values() for one in extra]
    return [Requirement(one) for one in [*project["dependencies"], *extras]]


def test_every_dependency_is_pinned_to_a_version_that_it_allows() -> None:
    pinned: dict[str, list[str]] = {}
    for pin in pins():
        pinned.setdefault(canonicalize_name(pin.name), []).append(str(pin.specifier).removeprefix("=="))
    wrong = [
        f"{one} is {pinned.get(canonicalize_name(one.name))}"
        for one in asked_for()
        if not all(one.specifier.contains(version) for version in pinned.get(canonicalize_name(one.name), ["0"]))
    ]
    assert wrong == []


def test_pins_are_plain_versions() -> None:
    """No hashes, addresses or builds: the same file serves every machine and every index."""
    assert [str(pin) for pin in pins() if not re.fullmatch(r"==[0-9.]+", str(pin.specifier)) or pin.url] == []


def test_each_python_has_one_version_of_each() -> None:
    for version in ("3.10", "3.11", "3.12", "3.13", "3.14"):
        marked = [pin.name for pin in pins() if not pin.marker or pin.marker.evaluate({"python_version": version})]
        assert sorted(set(marked)) == sorted(marked)
