"""Files to gaps: places at which somebody may be typing, with what belongs there; where it ends is completion's to say.

So a gap is a line or what is left of it, a statement of several lines, or the body behind a line that opens one, and
never more than completion would offer there. Where somebody types inside of brackets, the editor has closed them.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path, PurePosixPath
from typing import Literal

from glossator.adapt.collect import SourceFile
from glossator.complete.brackets import PAIRS, open_brackets
from glossator.complete.decide import cut, reason_not_to_ask
from glossator.complete.pipeline import CompleteOptions, Task
from glossator.syntax.grammars import language_of
from glossator.text import Snapshot

Kind = Literal["rest of a line", "line", "statement", "block"]
# Most suggestions are asked for in the middle of a line: there is one for each key, and one for a new line.
SHARES: dict[Kind, int] = {"rest of a line": 4, "line": 3, "statement": 2, "block": 2}
LONGEST, SHORTEST, MOST_LINES = 240, 3, 8  # characters; what 64 tokens can hold
LONGEST_FILE = 200_000  # a tree is made of it for each gap
TRIES = 24
DOCSTRINGS = ('"""', "'''")  # nobody could know the words, and they are no code


@dataclass(frozen=True, slots=True)
class Gap:
    """A text with a part of it taken out: ``before`` + ``middle`` + ``after`` is the file's."""

    path: str
    kind: Kind
    before: str
    middle: str
    after: str

    def task(self, root: Path, options: CompleteOptions) -> Task:
        """The place as completion sees it."""
        text = self.before + self.after
        snapshot = Snapshot((root / self.path).as_uri(), language_of(PurePosixPath(self.path).suffix), text)
        return Task.at(snapshot, snapshot.position(len(self.before)), options)


def make_gaps(files: Sequence[SourceFile], count: int, seed: int) -> tuple[Gap, ...]:
    """At most so many gaps, as evenly from the files as they have places; the same for the same seed."""
    fitting = [one for one in files if len(one.text) <= LONGEST_FILE]
    order = sorted(fitting, key=lambda one: random.Random(f"{seed}:{one.path}").random())
    waiting = deque(_gaps_of(one, seed) for one in order)
    found: list[Gap] = []
    while waiting and len(found) < count:
        gap = next(waiting[0], None)
        if gap is None:
            waiting.popleft()
        else:
            found.append(gap)
            waiting.rotate(-1)
    return tuple(found)


def _gaps_of(file: SourceFile, seed: int) -> Iterator[Gap]:
    """Gaps of one file in the order in which they are drawn, each place once."""
    chance = random.Random(f"{seed}:{file.path}:gaps")
    lines = [number for number, line in enumerate(file.text.split("\n")) if len(line.strip()) >= SHORTEST and number]
    taken: set[int] = set()
    kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
    chance.shuffle(kinds)
    without = 0
    for kind in cycle(kinds):
        gap = next((one for one in _drawn(file, kind, lines, taken, chance)), None) if lines else None
        without = 0 if gap is not None else without + 1
        if without >= len(kinds):
            return
        if gap is not None:
            taken.update(_lines_of(gap))
            yield gap


def _drawn(file: SourceFile, kind: Kind, lines: Sequence[int], taken: set[int], chance: random.Random) -> Iterator[Gap]:
    for _ in range(TRIES):
        number = chance.choice(lines)
        gap = _rest(file, number, chance) if kind == "rest of a line" else _whole(file, number)
        if gap is not None and gap.kind == kind and taken.isdisjoint(_lines_of(gap)):
            yield gap


def _lines_of(gap: Gap) -> range:
    first = gap.before.count("\n")
    return range(first, first + gap.middle.count("\n") + 1)


def _whole(file: SourceFile, number: int) -> Gap | None:
    """A new line, indented as it will be: what is wanted there begins with the line that stands there now."""
    lines = file.text.split("\n")
    indentation = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
    before = "\n".join(lines[:number]) + "\n" + indentation
    text = "\n".join(lines[number : number + MOST_LINES + 1])[len(indentation) :]
    first = Gap(file.path, "line", before, text.split("\n")[0], file.text[len(before) + len(text.split("\n")[0]) :])
    task = _asked(first)
    if task is None:
        return None
    middle = cut(text, task.wish).rstrip()
    kind: Kind = "block" if task.wish.extent == "block" else "statement" if "\n" in middle else "line"
    return _fitting(Gap(file.path, kind, before, middle, file.text[len(before) + len(middle) :]))


def _rest(file: SourceFile, number: int, chance: random.Random) -> Gap | None:
    """From inside a line to its end, or to the brackets that the editor has closed behind the cursor."""
    line = file.text.split("\n")[number].rstrip()
    start = sum(len(one) + 1 for one in file.text.split("\n")[:number])
    first = len(line) - len(line.lstrip())
    if len(line) - first < 2 * SHORTEST:
        return None
    column = chance.randrange(first + 1, len(line) - 1)
    middle = line[column:]
    closers = len(middle) - len(middle.rstrip("".join(PAIRS)))
    kept = min(closers, len(open_brackets(line[:column], "#")))
    middle = middle[: len(middle) - kept] if chance.random() < 0.5 else middle
    before = file.text[: start + column]
    return _fitting(Gap(file.path, "rest of a line", before, middle, file.text[len(before) + len(middle) :]))


def _fitting(gap: Gap) -> Gap | None:
    """The gap, if completion would be asked there for just that."""
    size, count = len(gap.middle.strip()), gap.middle.count("\n") + 1
    task = _asked(gap) if SHORTEST <= size <= LONGEST and count <= MOST_LINES else None
    if task is None or cut(gap.middle, task.wish).rstrip() != gap.middle:
        return None
    return gap


def _asked(gap: Gap) -> Task | None:
    """The place, if it is one of code at which completion asks by itself."""
    task = gap.task(Path("/"), CompleteOptions())
    line = (task.context.line_before + gap.middle).lstrip()
    is_prose = line.startswith(DOCSTRINGS) or gap.middle.lstrip().startswith(task.place.comment_mark)
    if task.place.kind != "code" or is_prose or reason_not_to_ask(task.place, manual=False) is not None:
        return None
    return task
