"""Names that say something, docstrings on everything public, the most important first."""

import ast
import re
from collections.abc import Callable, Iterator

import pytest

from tests.house.tree import Definition, Function, Module, all_modules, package_modules

EMPTY_WORDS = re.compile(r"(?i)(?<![a-z])(utils?|helpers?|commons?|misc|managers?|handlers?)(?![a-z])")


def empty_names(module: Module) -> Iterator[str]:
    """Files and classes named by a word that would fit any of them."""
    classes = [node.name for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)]
    for name in [*module.path.split("/"), *classes]:
        if EMPTY_WORDS.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)):
            yield f"{module.path}: {name}"


def private_above_public(module: Module) -> Iterator[str]:
    """Private classes and functions that a reader meets before the first public one."""
    definitions = module.definitions
    public = next((index for index, node in enumerate(definitions) if _is_public(node)), 0)
    for node in definitions[:public]:
        yield f"{module.path}:{node.lineno} {node.name}"


def undocumented(module: Module) -> Iterator[str]:
    """Modules, public classes and functions, and their public methods, without a docstring."""
    if not ast.get_docstring(module.tree):
        yield module.path
    inner = [
        node
        for parent in module.definitions
        if isinstance(parent, ast.ClassDef) and _is_public(parent)
        for node in parent.body
        if isinstance(node, Function)
    ]
    for node in [*module.definitions, *inner]:
        if _is_public(node) and not ast.get_docstring(node):
            yield f"{module.path}:{node.lineno} {node.name}"


@pytest.mark.parametrize("module", all_modules(), ids=lambda module: module.path)
def test_names_say_something(module: Module) -> None:
    assert list(empty_names(module)) == []


@pytest.mark.parametrize("module", all_modules(), ids=lambda module: module.path)
def test_the_most_important_comes_first(module: Module) -> None:
    assert list(private_above_public(module)) == []


@pytest.mark.parametrize("module", package_modules(), ids=lambda module: module.path)
def test_everything_public_says_what_it_is(module: Module) -> None:
    assert list(undocumented(module)) == []


PLANTED = """
class _Private: pass
class ModelManager:
    '''A docstring.'''
    def method(self): pass
    def __repr__(self): pass
def public(): pass
async def awaited(): pass
"""


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (empty_names, ["a/string_utils.py: string_utils.py", "a/string_utils.py: ModelManager"]),
        (private_above_public, ["a/string_utils.py:2 _Private"]),
        (
            undocumented,
            ["a/string_utils.py", *(f"a/string_utils.py:{n}" for n in ("7 public", "8 awaited", "5 method"))],
        ),
    ],
)
def test_the_rules_see_what_is_planted(rule: Callable[[Module], Iterator[str]], found: list[str]) -> None:
    assert list(rule(Module("a/string_utils.py", PLANTED))) == found


@pytest.mark.parametrize("name", ["commonplace.py", "Exhandlers", "utility.py", "summary.py", "LoginCommand"])
def test_words_that_merely_contain_one_are_free(name: str) -> None:
    assert not EMPTY_WORDS.search(name)


def _is_public(node: Definition) -> bool:
    return not node.name.startswith("_")
