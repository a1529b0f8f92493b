"""The cases of notices, counted, and the verdicts of `notices_read.md`, by its sections."""

from __future__ import annotations

import re
from pathlib import Path

CASES = Path(__file__).parents[2] / "server/notices"
NOW = "the rules as they are now"  # in the titles of sections that were read with them
READ = Path(__file__).parents[1] / "notices_read.md"
_ROW = re.compile(r"\| (right|wrong)(?: \((\d+)\))? \|")


def cases() -> dict[str, tuple[int, int]]:
    """Of each kind, how many texts deserve a warning and how many look alike and do not."""
    kinds = sorted({file.name.split(".")[0] for file in CASES.glob("*.positive.txt")})
    return {kind: (_count(kind, "positive"), _count(kind, "negative")) for kind in kinds}


def verdicts() -> dict[str, list[bool]]:
    """Of each section of the reading, whether each notice was right."""
    found: dict[str, list[bool]] = {}
    title = ""
    for line in READ.read_text("utf-8").splitlines():
        if line.startswith("#"):
            title = line.lstrip("# ")
        row = _ROW.search(line)
        if row is not None:
            found.setdefault(title, []).extend([row[1] == "right"] * int(row[2] or 1))
    return found


def _count(kind: str, side: str) -> int:
    text = (CASES / f"{kind}.{side}.txt").read_text("utf-8")
    return len(re.split(r"^=====\n", text, flags=re.MULTILINE))
