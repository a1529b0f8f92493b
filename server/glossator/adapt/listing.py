"""The files of a folder: those that git tracks, or all that its ignore files leave."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from glossator.errors import WrongUse
from glossator.models.exclusions import Exclusions

GIT_SECONDS = 120
MOST_FILES = 200_000
# What a repository's own configuration could make git run.
HARMLESS = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false")
ATTRIBUTES = {"linguist-generated": "generated", "linguist-vendored": "vendored"}


@dataclass(frozen=True, slots=True)
class Listed:
    """A file by its path below the root, with ``/``. ``added``: when it was first committed, in seconds since 1970, 0
    if unknown. ``mark``: what ``.gitattributes`` says that it is, if that is a reason to leave it out."""

    path: str
    added: int = 0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder's files by path. ``commit`` is git's; ``ignored`` are files, and folders with ``/`` behind them."""

    root: Path
    files: tuple[Listed, ...]
    ignored: tuple[str, ...] = ()
    commit: str = ""
    notes: tuple[str, ...] = ()


def list_files(root: Path) -> Listing:
    """The files of a folder.

    Raises:
        WrongUse: there is no such folder.
    """
    root = root.expanduser().resolve()
    if not root.is_dir():
        raise WrongUse(f"There is no folder {root}.", "Name a repository's folder.")
    listing = _tracked(root)
    if listing is None:
        note = "Git knows nothing of this folder: files are held out by their names, not by their age."
        listing = Listing(root, tuple(Listed(path) for path in sorted(_walked(root))), notes=(note,))
    if len(listing.files) <= MOST_FILES:
        return listing
    note = f"Only the first {MOST_FILES:,} of {len(listing.files):,} files were looked at."
    return replace(listing, files=listing.files[:MOST_FILES], notes=(*listing.notes, note))


def committed_at(root: Path, commit: str) -> int:
    """When a commit was made, in seconds since 1970; 0 if git does not know it there."""
    told = _git(root, "show", "-s", "--format=%ct", "--end-of-options", commit) if commit.isalnum() else None
    return int(told) if told and told.strip().isdigit() else 0


def _tracked(root: Path) -> Listing | None:
    """What git tracks below the folder; None if it tracks nothing there."""
    names = _git(root, "ls-files", "-z", "--cached")
    if not names:
        return None
    paths = sorted(set(names.split("\0")) - {""})
    added, marks = _added(root), _marks(root, names)
    ignored = _git(root, "ls-files", "-z", "--others", "--ignored", "--exclude-standard", "--directory")
    return Listing(
        root,
        tuple(Listed(path, added.get(path, 0), marks.get(path, "")) for path in paths),
        tuple(sorted((ignored or "").split("\0")[:-1])),
        (_git(root, "rev-parse", "HEAD") or "").strip(),
        () if added else ("Git tells no commits: files are held out by their names, not by their age.",),
    )


def _added(root: Path) -> dict[str, int]:
    """When each file was added first, by its path below the root."""
    told = _git(root, "log", "--format=format:%x01%ct", "--name-only", "--diff-filter=A", "--relative", "-z") or ""
    times: dict[str, int] = {}
    for block in told.split("\1")[1:]:
        time, _, names = block.partition("\n")
        if time.strip("\0").isdigit():
            times |= {name: int(time.strip("\0")) for name in names.split("\0") if name}  # later blocks are older
    return times


def _marks(root: Path, names: str) -> dict[str, str]:
    told = _git(root, "check-attr", "-z", "--stdin", *ATTRIBUTES, given=names) or ""
    fields = told.split("\0")
    rows = zip(fields[::3], fields[1::3], fields[2::3], strict=False)
    return {path: ATTRIBUTES[name] for path, name, value in rows if value in ("set", "true")}


def _git(root: Path, *arguments: str, given: str = "") -> str | None:
    """What git says; None if there is no git, or it says no."""
    git = shutil.which("git")
    if git is None or Path(git).resolve().is_relative_to(root):
        return None
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            [git, *HARMLESS, *arguments],
            cwd=root,
            env=environment,
            input=os.fsencode(given),
            capture_output=True,
            timeout=GIT_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return os.fsdecode(done.stdout) if done.returncode == 0 else None


def _walked(root: Path) -> Iterator[str]:
    exclusions = Exclusions(root, gitignored=True)
    for folder, inner, names in os.walk(root):
        inner[:] = sorted(
            name for name in inner if not name.startswith(".") and not Path(folder, name, "pyvenv.cfg").exists()
        )
        for name in names:
            path = Path(folder, name)
            if exclusions.reason(path) != "git ignores it":
                yield path.relative_to(root).as_posix()
