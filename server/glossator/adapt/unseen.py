"""Which files an adapter is judged by: those that its training held out, and those that came since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from glossator.adapt.collect import SourceFile, collect
from glossator.adapt.listing import committed_at
from glossator.complete.sources.words import jaccard, words
from glossator.errors import WrongUse
from glossator.syntax.grammars import language_of
from glossator.text import Snapshot

MOST_OPEN = 8  # as many files as somebody may have open beside the one that they type in
IMPORTS = ("import ", "from ", "use ", "#include", "require", "package ")


@dataclass(frozen=True, slots=True)
class Unseen:
    """Files to be judged by, all files of the repository, and what the user should know of them."""

    root: Path
    files: tuple[SourceFile, ...]
    every: tuple[SourceFile, ...]
    commit: str = ""
    notes: tuple[str, ...] = ()


def unseen_files(name: str, record: Mapping[str, Any], path: Path | None, patterns: Sequence[str] = ()) -> Unseen:
    """By an adapter's ``training.json``, which may be missing.

    Raises:
        WrongUse: the repository is not there, or holds none of these files any more.
    """
    root = path or (Path(record["root"]) if record.get("root") else None)
    if root is None:
        what = f"The adapter {name} does not say what it was trained on: it has no training.json."
        raise WrongUse(what, "Name a repository with --path; its files may then have been among them.")
    found = collect(root, patterns)
    if "held_out" not in record:
        note = f"{name} has no training.json: it may have seen these files, and the figures may flatter it."
        return Unseen(found.root, found.taken, found.taken, found.commit, (*found.notes, note))
    held, since = set(record["held_out"]), committed_at(found.root, str(record.get("commit", "")))
    files = tuple(one for one in found.taken if one.path in held or (since and one.added > since))
    if not files:
        what = f"{found.root} has none of the {len(held)} files that the training of {name} held out."
        raise WrongUse(what, "Name the repository that it was trained on with --path.")
    return Unseen(found.root, files, found.taken, found.commit, (*found.notes, *_notes(files, held)))


def _notes(files: Sequence[SourceFile], held: set[str]) -> list[str]:
    here = sum(one.path in held for one in files)
    notes = ["The files that were held out also decided when the training stopped, which flatters it a little."]
    if here < len(held):
        notes.append(f"Of {len(held)} files that were held out, {len(held) - here} are gone.")
    if here < len(files):
        notes.append(f"{len(files) - here} files came to the repository after the training, and were not seen either.")
    return notes


class Neighbours:
    """The files that somebody may have open: those that are imported, then those with the most words in common."""

    def __init__(self, unseen: Unseen) -> None:
        self._root = unseen.root
        self._every = unseen.every
        self._words = {one.path: words(one.text) for one in unseen.every}

    def around(self, path: str, text: str) -> tuple[Snapshot, ...]:
        """For a text that is being written in the file of that path."""
        own = words(text)
        lines = (line for line in text.split("\n") if line.lstrip().startswith(IMPORTS))
        imported = words("\n".join(lines))
        suffix = PurePosixPath(path).suffix

        def rank(one: SourceFile) -> tuple[bool, float, str]:
            return PurePosixPath(one.path).stem not in imported, -jaccard(own, self._words[one.path]), one.path

        others = [one for one in self._every if one.path != path and one.path.endswith(suffix)]
        return tuple(self._snapshot(one) for one in sorted(others, key=rank)[:MOST_OPEN])

    def _snapshot(self, one: SourceFile) -> Snapshot:
        return Snapshot((self._root / one.path).as_uri(), language_of(PurePosixPath(one.path).suffix), one.text)
