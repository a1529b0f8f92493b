"""`python -m tests.bench.quoted FOLDER`: whether what we quote of Python's documentation stands there word for word.

FOLDER holds the documentation's own sources: `html/_sources` of Debian's `python3.11-doc`, or `Doc` of CPython's source
distribution. A sentence that a newer edition has, and that one not, is listed too; it is for a reader to decide.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from glossator.research.language_table import DATE_CODES, OTHER_DATE_CODES, PERCENT, QUOTED
from glossator.research.sentences import split

_BORDER = re.compile(r"^\s*\+[-=+]+\+\s*$", re.MULTILINE)


def main() -> int:
    """List what is not found; 1 where anything is."""
    if len(sys.argv) != 2 or not Path(sys.argv[1]).is_dir():
        print((__doc__ or "").split("\n\n")[0], file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    said = (*_said(folder / "library", "stdtypes", "datetime"), *_said(folder / "reference", "*"))
    quoted = list(quotations())
    missing = [one for one in quoted if not any(_plain(one[1]) in page for page in said)]
    for name, told in missing:
        print(f"{name}: {told}")
    print(f"{len(quoted)} sentences, {len(missing)} not found.")
    return 1 if missing else 0


def quotations() -> Iterator[tuple[str, str]]:
    """Each sentence that is quoted, under what it is about."""
    tables = {**PERCENT, **DATE_CODES, "other codes": OTHER_DATE_CODES}
    for name, told in (*tables.items(), *((name, words) for name, (_, words) in QUOTED.items())):
        yield from ((name, sentence) for sentence in split(told))


def _said(folder: Path, *names: str) -> tuple[str, ...]:
    """The pages' words, and those of each cell of their tables, which are broken over lines."""
    files = [file for name in names for file in sorted(folder.glob(f"{name}.rst*"))]
    texts = [file.read_text("utf-8") for file in files]
    cells = [
        cell for text in texts for row in _BORDER.split(text) if row.strip().startswith("|") for cell in _cells(row)
    ]
    return tuple(_plain(one) for one in (*texts, *cells))


def _cells(row: str) -> Iterator[str]:
    lines = [line.strip().strip("|").split("|") for line in row.strip().splitlines()]
    for number in range(max(map(len, lines))):
        yield " ".join(line[number].strip() for line in lines if number < len(line))


def _plain(text: str) -> str:
    text = re.sub(r":\w+:`[!~]?(?:[\w-]+:)?([^`<]*?)(?: *<[^>]*>)?`", r"\1", text)
    text = re.sub(r":\w+:`~[\w-]+:(\w+)`", r"\1", text)
    text = re.sub(r"[`*~]|\(\)", "", text)
    for typographic, typed in (("“", '"'), ("”", '"'), ("’", "'"), ("–", "--")):
        text = text.replace(typographic, typed)
    return " ".join(text.split()).rstrip(".").lower()


if __name__ == "__main__":
    sys.exit(main())
