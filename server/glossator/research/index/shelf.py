"""The folder of indexes: how much they take, which of them nobody used for long, and none at all.

A file's time of change is when it was last of use: each search touches it, at most once a day.
"""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from glossator.errors import PartMissing
from glossator.research.index.contents import FORMAT
from glossator.research.index.database import BUILDING, BrokenIndex, size

FOLDER = "index"
DAY = 86400.0
OLDEST = 30 * DAY
LARGEST = 2_000_000_000  # bytes of all; torch and transformers take 70 MB
_LEFT_OVER = 7 * DAY  # what was being built then, nobody waits for
_OWN = re.compile(r".+\.v\d+\.sqlite(?P<rest>|\.building|\.building-journal|\.lock|(?:\.building)?\.broken)")


@dataclass(frozen=True, slots=True)
class Shelved:
    """One index as ``glossator cache stats`` shows it; ``age`` is seconds since it was last of use."""

    name: str
    entries: int
    bytes: int
    age: float
    whole: bool


def shelved(folder: Path) -> tuple[Shelved, ...]:
    """The indexes that can be searched, the whole ones and those being built."""
    found = []
    for path, bytes_, changed in _files(folder):
        rest = path.name.partition(".sqlite")[2]
        if rest in ("", BUILDING):
            try:
                entries = size(path).entries
            except (BrokenIndex, PartMissing):
                continue
            name = re.sub(r"-[rms][0-9a-f]+\.v\d+\.sqlite.*", "", path.name)
            found.append(Shelved(name, entries, bytes_, max(time.time() - changed, 0.0), not rest))
    return tuple(sorted(found, key=lambda one: one.name))


def clear(folder: Path) -> int:
    """Forget all; how many entries went. Who is building one notices at its end, and ends."""
    gone = sum(one.entries for one in shelved(folder))
    for path, _, _ in _files(folder):
        with contextlib.suppress(OSError):
            path.unlink()
    return gone


def prune(folder: Path, oldest: float = OLDEST, largest: int = LARGEST) -> None:
    """Remove what nobody used for ``oldest`` seconds, other formats, then the longest unused down to ``largest``."""
    now = time.time()
    kept = []
    for path, bytes_, changed in _files(folder):
        age = now - changed
        of_another_make = f".v{FORMAT}.sqlite" not in path.name
        left_over = not path.name.endswith((".sqlite", ".lock")) and age > _LEFT_OVER
        if age > oldest or left_over or (of_another_make and age > DAY):
            with contextlib.suppress(OSError):
                path.unlink()
        elif path.name.endswith(".sqlite"):
            kept.append((changed, bytes_, path))
    total = sum(bytes_ for _, bytes_, _ in kept)
    for _, bytes_, path in sorted(kept):
        if total <= largest:
            return
        with contextlib.suppress(OSError):
            path.unlink()
            total -= bytes_


def touch(path: Path) -> None:
    """Note that an index was of use."""
    with contextlib.suppress(OSError):
        if time.time() - path.stat().st_mtime > DAY:
            path.touch()


def _files(folder: Path) -> Iterator[tuple[Path, int, float]]:
    """Our own files with size and time, nobody else's."""
    for path in folder.glob("*.sqlite*") if folder.is_dir() else ():
        with contextlib.suppress(OSError):
            if _OWN.fullmatch(path.name):
                status = path.lstat()
                yield path, status.st_size, status.st_mtime
