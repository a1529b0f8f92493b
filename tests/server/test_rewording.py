"""What a small model says stands only where it says an extract again."""

from __future__ import annotations

import pytest

from glossator.explain.explanation import Sentence
from glossator.explain.rewording import reworded, says_again

COUNTED = "Return the number of items in a container."
HINT = "Print a helpful hint to stderr (human: gray, json/agent: plain text)."
FUTURE = "If the argument is a Future, it is returned directly."
HOOK = "This will rewrite the `forward` method to include the hook, to restore it, use `remove_hook`."


@pytest.mark.parametrize(
    ("written", "original", "name", "code"),
    [
        ("`len` returns the number of items in the container `paths`.", COUNTED, "len", "len(paths)"),
        ("It returns the number of items in a container.", COUNTED, "len", "len(paths)"),
        ("`out.hint` prints a helpful hint to stderr.", HINT, "hint", "out.hint(x)"),
        ("`n = len(paths)` returns the number of items in a container.", COUNTED, "len", "n = len(paths)"),
        ("If the argument is a future, it is returned directly.", FUTURE, "ensure_future", ""),
        ("`f` adds a hook to the `module`.", "Adds a hook to a given module.", "f", "f(module, hook)"),
        ("`DataLoader` supports both styles.", "`DataLoader` supports both styles and memory pinning.", "dataset", ""),
    ],
)
def test_light_rewordings_stand(written: str, original: str, name: str, code: str) -> None:
    assert says_again(written, original, {name}, code)


@pytest.mark.parametrize(
    ("written", "original", "name", "code"),
    [
        ("`n` returns the number of items in a container.", COUNTED, "len", "n = len(paths)"),
        ("`len` returns the number of containers in an item.", COUNTED, "len", "len(paths)"),
        ("`len` returns the number of items in the `paths` container.", COUNTED, "len", "len(paths)"),
        ("`len` returns the number of big items in a container.", COUNTED, "len", "len(paths)"),
        ("`if len` returns the number of items in a container.", COUNTED, "len", "if len(paths):"),
        ("`len` returns items in a container.", COUNTED, "len", "len(paths)"),
        ("If it is, it returns the number of items in a container.", COUNTED, "len", "len(paths)"),
        ("It is returned directly.", FUTURE, "ensure_future", ""),
        ("This will rewrite the `forward` method to include the hook, to restore it.", HOOK, "add_hook", ""),
        ("`isinstance` returns whether an object is of a class.", "Return whether an object is of a class or of a "
         "subclass.", "isinstance", ""),
        ("`group` returns the whole match.", "For 0 returns the whole match.", "group", "m.group(1)"),
        ("`cast` casts a value to a type `int`.", "Cast a value to a type.", "cast", "cast(int, x)"),
        ("`getattr` is equivalent.", "`getattr` is equivalent to x.y.", "getattr", ""),
        ("`super().__init__` is the super object.", "Is the super object.", "super", "super().__init__()"),
    ],
)  # fmt: skip
def test_what_says_something_else_does_not(written: str, original: str, name: str, code: str) -> None:
    assert not says_again(written, original, {name}, code)


def test_each_extract_stays_and_is_said_again_at_most_once() -> None:
    extracts = [Sentence(COUNTED, ("1",), "extracted"), Sentence(HINT, ("2",), "extracted")]
    written = [
        Sentence("`len` returns the number of items in a container.", ("1",), "supported"),
        Sentence("It returns the number of items in a container.", ("1",), "supported"),
        Sentence("It is a fine day.", ("1",), "supported"),
    ]
    found = reworded(extracts, written, {"1": "python 3.11: builtins.len", "2": "hub 1.0: Output.hint"}, "len(paths)")
    assert found == (written[0], extracts[1])
