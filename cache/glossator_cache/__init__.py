"""A small cache on disk for what can be asked for again: plain JSON values in versioned buckets.

It knows nothing of Glossator. A ``Cache`` has a ``Bucket`` for each kind of value; a ``Memory`` over one asks what is
not remembered, as its ``Policy`` says; ``export_bucket`` and ``import_bucket`` make a file of one.
"""

from glossator_cache.bucket import Bucket, Entry, Row, Stats
from glossator_cache.cache import Cache
from glossator_cache.freshness import Answer, Ask, Mode, NotRemembered, Policy, Remembered, Unavailable
from glossator_cache.key import NotPlain, Plain, digest
from glossator_cache.memory import Memory, Shelf
from glossator_cache.notes import Note
from glossator_cache.session import SessionBucket
from glossator_cache.single_flight import SingleFlight
from glossator_cache.transfer import BadFile, Header, Imported, export_bucket, import_bucket, read_header

__all__ = [
    "Answer",
    "Ask",
    "BadFile",
    "Bucket",
    "Cache",
    "Entry",
    "Header",
    "Imported",
    "Memory",
    "Mode",
    "NotPlain",
    "NotRemembered",
    "Note",
    "Plain",
    "Policy",
    "Remembered",
    "Row",
    "SessionBucket",
    "Shelf",
    "SingleFlight",
    "Stats",
    "Unavailable",
    "digest",
    "export_bucket",
    "import_bucket",
    "read_header",
]
