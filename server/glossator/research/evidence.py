"""What is looked up, what is found, and the port in between. One method wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Query:
    """What to look up, in words that are public: names of packages and symbols, never the user's source.

    ``offline`` asks nobody, so that only what is remembered is found; ``fresh`` asks whatever is remembered.
    """

    terms: tuple[str, ...]
    qualified_name: str = ""
    module: str = ""
    distribution: str = ""
    version: str = ""
    question: str = ""
    language: str = "python"
    offline: bool = False
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage that can be cited. ``id`` is unique within one answer; ``kind`` is docstring, signature, topic,
    distribution, project, web, or documentation: a link, whose text says nothing that could be cited;
    ``retrieved_at`` is an ISO 8601 time; ``age`` is how many seconds ago that was, where it comes from memory."""

    id: str
    title: str
    text: str
    kind: str
    url: str = ""
    retrieved_at: str = ""
    age: float = 0.0


class Partial(tuple[Evidence, ...]):
    """What a source found while a part of it did not answer; it is not remembered."""

    __slots__ = ()


def symbol_path(query: Query) -> str:
    """The symbol's name within its module: ``GenerationMixin.generate``; empty for the module itself."""
    if not query.qualified_name.startswith(f"{query.module}."):
        return ""
    return query.qualified_name.removeprefix(f"{query.module}.")


class Source(Protocol):
    """Somewhere evidence comes from."""

    async def search(self, query: Query) -> Sequence[Evidence]:
        """What this source knows of the query, best first; empty if nothing."""
        ...
