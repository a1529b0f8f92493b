"""Buckets of JSON values on disk, shared by every process of one user.

::

    <directory>                  0700
    └── <name>-v<version>        one bucket: a database of its own, so that a broken one costs the others nothing
        ├── cache.db             0600, as are its -wal and -shm
        └── …
    └── <name>-v<version>.broken the last one that could not be read

A cache must never be the reason why something fails: what cannot be read is a miss, what cannot be written is not
remembered, and the reason is said once.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from pathlib import Path

from glossator_cache.bucket import Bucket, Stats
from glossator_cache.database import Report

LOG = logging.getLogger(__name__)
MEBIBYTE = 1024 * 1024
BUCKET_NAME = re.compile(r"[a-z][a-z0-9-]*-v[0-9]+")


class Cache:
    """A directory of buckets. One bucket may take ``size_limit`` bytes, and an entry grow ``age_limit`` seconds old;
    ``report`` is told of trouble."""

    def __init__(
        self,
        directory: Path | str,
        size_limit: int = 64 * MEBIBYTE,
        report: Report = LOG.warning,
        age_limit: float | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.directory = Path(directory).absolute()
        self.size_limit = size_limit
        self.age_limit = age_limit
        self.clock = clock
        self._report = report
        self._said: set[str] = set()
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, name: str, version: int) -> Bucket:
        """The bucket of that name. A new version starts empty: raise it when the meaning of keys or values changes."""
        full_name = f"{name}-v{version}"
        if not BUCKET_NAME.fullmatch(full_name):
            raise ValueError(f"{full_name!r} is no bucket's name: small letters, digits and hyphens, please.")
        if full_name not in self._buckets:
            directory = self.directory / full_name
            self._buckets[full_name] = Bucket(directory, self.size_limit, self._say_once, self.age_limit, self.clock)
        return self._buckets[full_name]

    def buckets(self) -> list[Bucket]:
        """Every bucket on disk or in use, those of other versions included."""
        on_disk = {path.name for path in self.directory.glob("*-v*") if BUCKET_NAME.fullmatch(path.name)}
        names = sorted(on_disk | set(self._buckets))
        return [self.bucket(name, int(version)) for name, _, version in (one.rpartition("-v") for one in names)]

    def stats(self) -> dict[str, Stats]:
        """What every bucket holds, and how it fared."""
        return {bucket.name: bucket.stats() for bucket in self.buckets()}

    def clear(self) -> int:
        """Empty every bucket; how many entries went."""
        return sum(bucket.clear() for bucket in self.buckets())

    def close(self) -> None:
        """Let go of the databases that this thread has open."""
        for bucket in self._buckets.values():
            bucket.close()

    def _say_once(self, message: str) -> None:
        # A full disk is one trouble, however many buckets meet it and whatever SQLite calls it each time.
        trouble = message.partition(" (")[0]
        if trouble not in self._said:
            self._said.add(trouble)
            self._report(message)
