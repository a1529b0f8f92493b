"""Keys: stable where they can be, refused where they cannot."""

import enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator_cache import NotPlain, digest
from glossator_cache.key import canonical

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(PLAIN, PLAIN)
def test_equal_spellings_are_equal_digests_and_no_others(left: Any, right: Any) -> None:
    assert (digest(left) == digest(right)) == (canonical(left) == canonical(right))
    assert len(digest(left)) == 64


def test_the_order_of_a_mapping_does_not_matter_and_that_of_a_list_does() -> None:
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest([1, 2]) != digest([2, 1])
    assert digest([1, 2]) == digest((1, 2))


def test_values_that_merely_look_alike_differ() -> None:
    alike: list[Any] = [1, "1", 1.0, True, [1], None, "", [], {}]
    assert len({digest(one) for one in alike}) == len(alike)


def test_a_digest_is_the_same_in_every_process_and_version() -> None:
    assert digest({"name": "é", "list": [1, 2.5]}) == "30db32a0a702f293a94f6417b1b20e20f8fe1602595f7770d6ea3da25fb57288"


class Colour(str, enum.Enum):
    """An enum that passes for text."""

    RED = "red"


@pytest.mark.parametrize(
    "key",
    [
        {1, 2},
        b"x",
        float("nan"),
        float("inf"),
        object(),
        {1: 2},
        [object()],
        {"a": (set(),)},
        Colour.RED,
        {Colour.RED: 1},
    ],
    ids=lambda key: type(key).__name__,
)
def test_what_has_no_stable_spelling_is_refused(key: Any) -> None:
    with pytest.raises(NotPlain):
        digest(key)
