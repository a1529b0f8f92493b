"""Sphinx's ``objects.inv``, where documentation is installed beside the code: which page describes which name."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

LARGEST = 20_000_000
_HEADER = re.compile(
    rb"# Sphinx inventory version 2\n# Project: (?P<project>[^\n]*)\n# Version: (?P<version>[^\n]*)\n#[^\n]*\n"
)
_ENTRY = re.compile(r"^(\S+) py:\w+ -?\d+ (\S+) .*$", re.MULTILINE)
_PLACES = ("share/doc/*/objects.inv", "share/doc/*/html/objects.inv")


@dataclass(frozen=True, slots=True)
class Inventory:
    """The names that an installed documentation describes, each with its page, relative to ``folder``."""

    folder: Path
    project: str
    version: str
    pages: Mapping[str, str] = field(repr=False)


def inventories(environment: Path) -> Iterator[Inventory]:
    """The inventories in an environment, and in the installation that a virtual one was made from."""
    for prefix in dict.fromkeys((environment, _base(environment))):
        for file in (file for place in _PLACES for file in sorted(prefix.glob(place))):
            try:
                found = _read(file, file.stat().st_mtime_ns)
            except OSError:
                continue
            if found is not None:
                yield found


def read_inventory(content: bytes, folder: Path) -> Inventory | None:
    """The inventory in these bytes, if they are one."""
    header = _HEADER.match(content)
    if header is None:
        return None
    try:
        text = zlib.decompressobj().decompress(content[header.end() :], LARGEST).decode("utf-8", "replace")
    except zlib.error:
        return None
    # A page that ends in a dollar sign ends in the name: that is how Sphinx keeps the file small.
    pages = {name: f"{page[:-1]}{name}" if page.endswith("$") else page for name, page in _ENTRY.findall(text)}
    return Inventory(folder, header["project"].decode("utf-8", "replace"), header["version"].decode("latin-1"), pages)


@lru_cache(maxsize=8)
def _read(file: Path, _modified: int) -> Inventory | None:
    return read_inventory(file.read_bytes(), file.parent) if file.stat().st_size <= LARGEST else None


def _base(environment: Path) -> Path:
    """The prefix that a virtual environment was made from: the parent of its ``home``."""
    try:
        text = (environment / "pyvenv.cfg").read_text("utf-8")
    except OSError:
        return environment
    match = re.search(r"^home\s*=\s*(.+)$", text, re.MULTILINE)
    return Path(match[1].strip()).parent if match else environment
