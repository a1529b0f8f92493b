"""Plain values to stable keys: equal values have equal digests, in every process and on every machine."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import TypeAlias

# One level is checked by types, the rest by ``require_plain``: mypy joins what is mixed to a ``Collection`` too easily.
Plain: TypeAlias = bool | int | float | str | Sequence[object] | Mapping[str, object] | None


class NotPlain(TypeError):
    """A key or value is made of more than JSON's types: it would not come back as it went in."""


def digest(key: Plain) -> str:
    """The SHA-256 of the key's canonical JSON, in hexadecimal.

    Raises:
        NotPlain: the key holds something whose spelling is not stable: a set, a NaN, an object.
    """
    return hashlib.sha256(canonical(key).encode("ascii")).hexdigest()


def canonical(value: Plain) -> str:
    """The one JSON spelling of a value: keys sorted, no spaces, ASCII (so that a lone surrogate is no trouble).

    Raises:
        NotPlain: JSON cannot hold it.
    """
    require_plain(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def require_plain(value: object, *, tuples: bool = True) -> None:
    """Pass what JSON can hold; ``tuples=False`` refuses them, since they would come back as lists.

    Types are compared exactly: a subclass of ``str`` or ``dict`` (an enum, say) has more to it than JSON keeps.

    Raises:
        NotPlain: something else is in it.
    """
    if value is None or type(value) in (bool, int, str):
        return
    if type(value) is float:
        if not math.isfinite(value):
            raise NotPlain(f"{value} is not a number that JSON has.")
    elif type(value) is dict:
        for name, inner in value.items():
            if type(name) is not str:
                raise NotPlain(f"The key {name!r} of a mapping is no text.")
            require_plain(inner, tuples=tuples)
    elif type(value) is list or (type(value) is tuple and tuples):
        for inner in value:
            require_plain(inner, tuples=tuples)
    else:
        raise NotPlain(f"A {type(value).__name__} cannot be kept as JSON.")
