"""A cache in a folder of its own, and what it reported."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator_cache import Bucket, Cache


@pytest.fixture
def reports() -> list[str]:
    """What the cache said, in order."""
    return []


@pytest.fixture
def cache(tmp_path: Path, reports: list[str]) -> Iterator[Cache]:
    """An empty cache, closed at the end."""
    cache = Cache(tmp_path / "cache", report=reports.append)
    yield cache
    cache.close()


@pytest.fixture
def bucket(cache: Cache) -> Bucket:
    """An empty bucket."""
    return cache.bucket("answers", 1)
