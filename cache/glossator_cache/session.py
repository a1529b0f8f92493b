"""A shelf that ends with the process: for answers that may not be written to disk."""

from __future__ import annotations

import json
import time
from collections import Counter, OrderedDict
from collections.abc import Callable

from glossator_cache.bucket import Entry
from glossator_cache.key import Plain, digest, require_plain
from glossator_cache.notes import Note


class SessionBucket:
    """The newest ``most`` values, in memory. Nobody else asks here, so that every claim is granted."""

    def __init__(self, most: int = 512, clock: Callable[[], float] = time.time) -> None:
        self.most = most
        self.counts: Counter[str] = Counter()
        self._clock = clock
        # As text: what is changed by who got it does not change for the next one.
        self._texts: OrderedDict[str, tuple[float, str, float | None]] = OrderedDict()
        self._failures: dict[str, tuple[float, str]] = {}

    def read(self, key: Plain) -> Entry | None:
        """What was put under the key, unless it has expired."""
        stored_at, text, expires_at = self._texts.get(digest(key), (0.0, "", 0.0))
        now = self._clock()
        if expires_at is not None and expires_at <= now:
            return None
        return Entry(json.loads(text), max(0.0, now - stored_at))

    def put(self, key: Plain, value: Plain, keep: float | None = None) -> bool:
        """Remember a value, for at most ``keep`` seconds.

        Raises:
            NotPlain: key or value is not made of JSON's types.
        """
        require_plain(value, tuples=False)
        now, name = self._clock(), digest(key)
        self._texts[name] = (now, json.dumps(value), None if keep is None else now + keep)
        self._texts.move_to_end(name)
        while len(self._texts) > self.most:
            self._texts.popitem(last=False)
        return True

    def clear(self) -> int:
        """Forget everything; how many entries went."""
        gone = len(self._texts)
        self._texts.clear()
        self._failures.clear()
        self.counts.clear()
        return gone

    def count(self, what: str) -> None:
        """Count one of ``hits``, ``misses`` and ``stale``."""
        self.counts[what] += 1

    def claim(self, name: str, owner: str, seconds: float) -> bool:
        """Yes: the tasks of one process are brought together by ``SingleFlight``."""
        return True

    def release(self, name: str, owner: str) -> None:
        """Nothing was claimed."""

    def write_failure(self, name: str, text: str, seconds: float) -> None:
        """Write down what failed, for so many seconds."""
        now = self._clock()
        self._failures = {name: note for name, note in self._failures.items() if note[0] > now}
        self._failures[name] = (now + seconds, text)

    def failure(self, name: str) -> Note | None:
        """What failed and is not to be tried yet."""
        until, text = self._failures.get(name, (0.0, ""))
        left = until - self._clock()
        return Note(text, left) if left > 0 else None
