"""A cache in a folder of its own, a clock that is set, and what was reported."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator_cache import Bucket, Cache
from tests.cache.clock import Clock


@pytest.fixture
def reports() -> list[str]:
    """What the cache said, in order."""
    return []


@pytest.fixture
def clock() -> Clock:
    """What time it is: as in the system at first, then as told."""
    return Clock()


@pytest.fixture
def cache(tmp_path: Path, reports: list[str], clock: Clock) -> Iterator[Cache]:
    """An empty cache, closed at the end."""
    cache = Cache(tmp_path / "cache", report=reports.append, clock=clock)
    yield cache
    cache.close()


@pytest.fixture
def bucket(cache: Cache) -> Bucket:
    """An empty bucket."""
    return cache.bucket("answers", 1)
