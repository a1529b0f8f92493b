"""Small: functions that fit a screen, files that fit a sitting."""

import pytest

from tests.house.tree import Module, all_modules, package_modules

LONGEST_FUNCTION, USUAL_FUNCTION, LONGEST_FILE = 60, 30, 400


def lengths(modules: tuple[Module, ...]) -> dict[str, int]:
    """The lines of every function, from `def` to its last."""
    return {
        f"{module.path}:{function.lineno} {function.name}": (function.end_lineno or 0) - function.lineno + 1
        for module in modules
        for function in module.functions()
    }


def test_no_function_is_longer_than_a_screen() -> None:
    assert {name: length for name, length in lengths(all_modules()).items() if length > LONGEST_FUNCTION} == {}


@pytest.mark.parametrize("folder", ["server", "cache", "tests"])
def test_nine_functions_of_ten_are_short(folder: str) -> None:
    found = sorted(lengths(tuple(module for module in all_modules() if module.path.startswith(folder))).values())
    assert found[len(found) * 9 // 10] <= USUAL_FUNCTION


def test_no_file_is_longer_than_a_sitting() -> None:
    long = {module.path: module.text.count("\n") for module in all_modules()}
    assert {path: lines for path, lines in long.items() if lines > LONGEST_FILE} == {}


def test_lengths_are_counted() -> None:
    planted = Module("planted.py", "def f():\n    async def g():\n        pass\n\n    return g\n")
    assert lengths((planted,)) == {"planted.py:1 f": 5, "planted.py:2 g": 2}
    assert len(package_modules()) > 20
