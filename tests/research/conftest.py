"""An environment without proxies and keys, so that no test leaves this machine or knows the user's."""

import os
from collections.abc import Iterator

import pytest

KEYS = ("BRAVE_API_KEY", "TAVILY_API_KEY", "STACKEXCHANGE_KEY")


@pytest.fixture(autouse=True)
def environment() -> Iterator[dict[str, str]]:
    """The process's environment without proxies, keys and Glossator's own variables; put back at the end."""
    before = dict(os.environ)
    for name in before:
        if name.lower().endswith("_proxy") or name in KEYS or name.startswith("GLOSSATOR_SEARCH_"):
            del os.environ[name]
    yield os.environ  # type: ignore[misc]
    os.environ.clear()
    os.environ.update(before)
