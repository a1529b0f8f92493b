"""A bucket as one file, so that a team can share a warmed cache.

::

    {"format": "glossator-cache", "library": "1", "bucket": "answers", "version": 3, "rows": 2, "sha256": "…"}
    {"name": "<SHA-256 of the key>", "stored_at": 1750000000.0, "expires_at": null, "value": …}
    {"name": …

The checksum is over all that follows the first line. It tells of accidents, not of malice: whoever can change the file
can count anew. What is taken over is plain JSON under a digest, and is to be trusted as far as who gave the file.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from glossator_cache.bucket import Bucket, Row
from glossator_cache.key import NotPlain, require_plain

FORMAT = "glossator-cache"
LIBRARY = "1"  # raised when the shape of the file changes
HEADER_LENGTH = 400  # it is written last, over the spaces that kept its place
_NAME = re.compile(r"[0-9a-f]{64}")


class BadFile(ValueError):
    """A file that cannot be imported, or not here; one sentence says why. Nothing of it was taken over."""


@dataclass(frozen=True, slots=True)
class Header:
    """The first line: which bucket it is, how much follows, and its checksum."""

    bucket: str
    version: int
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Imported:
    """How many entries came, and how many did not: what is here is newer, or they have expired."""

    added: int
    left: int


def export_bucket(bucket: Bucket, path: Path | str) -> int:
    """Write a bucket's entries to a file that only this user can read; how many there are.

    Failures, counts and claims stay: they are this machine's. The same entries give the same file.

    Raises:
        OSError: it cannot be written; what stood there before is untouched.
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
            file.write(b" " * HEADER_LENGTH + b"\n")
            checksum, count = hashlib.sha256(), 0
            for count, row in enumerate(bucket.rows(), 1):  # noqa: B007
                line = json.dumps(asdict(row)).encode("ascii") + b"\n"
                checksum.update(line)
                file.write(line)
            name, _, version = bucket.name.rpartition("-v")
            file.seek(0)
            file.write(_spell(Header(name, int(version), count, checksum.hexdigest())))
        part.replace(path)
    finally:
        with contextlib.suppress(OSError):
            part.unlink()
    return count


def import_bucket(bucket: Bucket, path: Path | str) -> Imported:
    """Take over a file's entries, all or none; where both have one, the newer stays.

    Raises:
        BadFile: it was cut off or changed, is another bucket's or version's, or holds what this bucket would not.
    """
    path = Path(path)
    header = read_header(path)
    if f"{header.bucket}-v{header.version}" != bucket.name:
        raise BadFile(f"{path} holds {header.bucket} of version {header.version}, and {bucket.name} is wanted here.")
    if path.stat().st_size > bucket.size_limit:
        raise BadFile(f"{path} is larger than the {bucket.size_limit} bytes that {bucket.name} may take.")
    done = bucket.put_rows(lambda: _rows(path, header, bucket.largest_value))
    if done is None:
        raise BadFile(f"{path} could not be imported, since the cache cannot be written to now.")
    return Imported(*done)


def read_header(path: Path | str) -> Header:
    """What a file says that it is.

    Raises:
        BadFile: it cannot be read, or was not written by this library's ``export_bucket``.
    """
    with _opened(Path(path)) as file:
        return _header(file, Path(path))


def _header(file: IO[bytes], path: Path) -> Header:
    line = file.readline(HEADER_LENGTH + 1)
    fields = _object(line)
    if fields is None or fields.get("format") != FORMAT:
        raise BadFile(f"{path} was not exported from a cache of this kind.")
    if fields.get("library") != LIBRARY:
        raise BadFile(f"{path} was exported by another version of the library; export it again with this one.")
    header = [fields.get(name) for name in ("bucket", "version", "rows", "sha256")]
    if [type(one) for one in header] != [str, int, int, str] or len(line) != HEADER_LENGTH + 1:
        raise BadFile(f"{path} has a first line that is not complete; export it again.")
    return Header(*header)  # type: ignore[arg-type]


def _rows(path: Path, header: Header, largest: int) -> Iterator[Row]:
    """Every row, checked; raises at the end, too, where it is not the end that was written."""
    checksum, count = hashlib.sha256(), 0
    with _opened(path) as file:
        _header(file, path)
        while line := file.readline(largest + 1024):
            count += 1
            if not line.endswith(b"\n"):
                raise BadFile(f"{path} is cut off, or too long, in row {count}; export it again.")
            checksum.update(line)
            row = _row(line, largest)
            if row is None:
                raise BadFile(f"{path} holds no entry of this cache in row {count}; export it again.")
            yield row
    if count != header.rows:
        raise BadFile(f"{path} has {count} rows of {header.rows}; export it again.")
    if checksum.hexdigest() != header.sha256:
        raise BadFile(f"{path} was changed since it was exported: its checksum is another; export it again.")


def _row(line: bytes, largest: int) -> Row | None:
    fields = _object(line)
    if fields is None or {*fields} != {"name", "stored_at", "expires_at", "value"}:
        return None
    name, stored_at, expires_at = fields["name"], fields["stored_at"], fields["expires_at"]
    times = [stored_at] if expires_at is None else [stored_at, expires_at]
    if type(name) is not str or not _NAME.fullmatch(name):
        return None
    if not all(type(one) in (int, float) and math.isfinite(one) for one in times):
        return None
    try:
        require_plain(fields["value"], tuples=False)
    except (NotPlain, RecursionError):
        return None
    too_long = len(json.dumps([*times, fields["value"]])) > largest
    return None if too_long else Row(name, stored_at, fields["value"], expires_at)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if type(found) is dict else None


def _spell(header: Header) -> bytes:
    fields = {"format": FORMAT, "library": LIBRARY, **asdict(header)}
    return json.dumps(fields).ljust(HEADER_LENGTH).encode("ascii")


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file; what goes wrong with it is not taken for trouble with the cache."""
    try:
        with path.open("rb") as file:
            yield file
    except OSError as error:
        raise BadFile(f"{path} cannot be read ({error.strerror or error}).") from error
