"""Which files are learnt from, and which are held out: half of those the newest, half by their names.

What a repository gets next looks like its newest files; those alone would be of one kind. A file is never in both, and
is held out by its name whatever else comes or goes, so that a later training does not see what an earlier one was
judged by.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from glossator.adapt.collect import SourceFile
from glossator.errors import WrongUse

FEWEST_FILES = 4


@dataclass(frozen=True, slots=True)
class Split:
    """``cut``: files first committed from this second on are held out; 0 where no time decided."""

    training: tuple[SourceFile, ...]
    held_out: tuple[SourceFile, ...]
    cut: int = 0


def split(files: Sequence[SourceFile], share: float, seed: int) -> Split:
    """Hold out a share of the files, at least one.

    Raises:
        WrongUse: there are too few to split.
    """
    if len(files) < FEWEST_FILES:
        what = f"There are {len(files)} files to learn from, and at least {FEWEST_FILES} are needed."
        raise WrongUse(what, "See in the table what was left out; name a larger folder.")
    wanted = max(round(len(files) * share), 1)
    cut = _cut(files, wanted // 2)
    newest = {one.path for one in files if cut and one.added >= cut}
    rest = sorted((one.path for one in files if one.path not in newest), key=lambda path: _order(path, seed))
    held = newest | set(rest[: max(wanted - len(newest), 0)])
    training = tuple(one for one in files if one.path not in held)
    return Split(training, tuple(one for one in files if one.path in held), cut)


def _cut(files: Sequence[SourceFile], wanted: int) -> int:
    """The time from which on at most so many files were added; 0 if none is: most came with one commit."""
    times = sorted({one.added for one in files if one.added}, reverse=True)
    cut = 0
    for time in times:
        if sum(one.added >= time for one in files) > wanted:
            break
        cut = time
    return cut


def _order(path: str, seed: int) -> str:
    return hashlib.sha256(f"{seed}:{path}".encode("utf-8", "surrogateescape")).hexdigest()
