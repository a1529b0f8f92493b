"""The only shape in which a row may be on disk: text under a text key, inside the database.

diskcache unpickles whatever row says that it is a pickle, so whoever can write the file can run code in every process
that reads it (CVE-2025-69872). Its own ``JSONDisk`` does not help: it decodes after the base class has unpickled. Here
nothing is decoded but text, and no row can name a file.
"""

from __future__ import annotations

import sys
from typing import Any

import diskcache
from diskcache.core import MODE_RAW, UNKNOWN

from glossator_cache.key import NotPlain


class Refused(ValueError):
    """A row has a shape that this library never writes, such as a pickle. It is dropped and never leaves us."""


class TextDisk(diskcache.Disk):  # type: ignore[misc]  # diskcache has no types
    """Writes text only, and refuses to read anything else."""

    def __init__(self, directory: str, **_: Any) -> None:
        # Settings that stand in the database are not trusted: whatever they say, values stay inside of it.
        super().__init__(directory, min_file_size=sys.maxsize)

    def put(self, key: Any) -> tuple[str, bool]:
        """The key as it is."""
        if type(key) is not str:
            raise NotPlain(f"A key is text here, not {type(key).__name__}.")
        return key, True

    def get(self, key: Any, raw: Any) -> str:
        """The key as it stands in the row.

        Raises:
            Refused: it is no text, a pickled key for instance.
        """
        if raw and type(key) is str:
            return key
        raise Refused("A row's key is no text.")

    def store(self, value: Any, read: bool, key: Any = UNKNOWN) -> tuple[int, int, None, str]:
        """Size, mode, file name and value for the row; files are never used."""
        if read or type(value) is not str:
            raise NotPlain(f"A value is text here, not {type(value).__name__}.")
        return 0, MODE_RAW, None, value

    def fetch(self, mode: Any, filename: Any, value: Any, read: Any) -> str:
        """The value as it stands in the row.

        Raises:
            Refused: the row is a pickle, names a file, or holds no text.
        """
        if mode == MODE_RAW and filename is None and type(value) is str and not read:
            return value
        raise Refused("A row's value is no text.")

    def remove(self, file_path: Any) -> None:
        """Nothing: no file was ever made, and a planted name would have us delete somebody else's."""
