"""A small cache on disk for what can be asked for again: plain JSON values in versioned buckets.

It knows nothing of Glossator. ``Cache`` and ``Bucket`` are the whole of it; ``digest`` makes the keys, and
``SingleFlight`` lets equal questions asked at once share one answer.
"""

from glossator_cache.cache import Bucket, Cache, Entry, Stats
from glossator_cache.key import NotPlain, digest
from glossator_cache.single_flight import SingleFlight

__all__ = ["Bucket", "Cache", "Entry", "NotPlain", "SingleFlight", "Stats", "digest"]
