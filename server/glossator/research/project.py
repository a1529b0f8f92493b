"""The project's own code: where a name is used in the workspace, in tests first, for those show how it is meant.

Found by reading, not by resolving: a name counts where its package is imported, and a method where it is called on
something. That is quick enough for a hover; ty's references took seconds in a large workspace. Comments, docstrings
and definitions do not count. Files are those that git tracks or would; without git, those outside hidden folders.
"""

from __future__ import annotations

import asyncio
import math
import os
import re
import shutil
import stat
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from glossator.research.evidence import Evidence, Query

MOST_USAGES = 6  # one more than is shown: the place that is asked about may be among them
MOST_IN_ONE_FILE = 2
MOST_FILES = 20_000
LARGEST_FILE = 400_000
LONGEST_LINE = 200
LISTING_SECONDS = 1.5
LISTING_LASTS = 30.0
_SKIPPED = {"node_modules", "venv", "__pycache__", "site-packages", "build", "dist"}
# What is no code: long strings, short strings, comments; each begins where none of the others has begun.
_TEXT = re.compile(r'''("""|\'{3}).*?\1|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|#[^\n]*''', re.DOTALL)
_BUILTIN_METHODS = frozenset(name for kind in (str, bytes, list, dict, set, tuple) for name in dir(kind))
# Programs that a workspace's configuration could name would otherwise be started by merely listing its files.
_HARMLESS = ("-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")


@dataclass
class ProjectUsages:
    """Lines of the workspace that use a symbol. ``seconds`` is all the time a search takes; what it has then counts."""

    root: Path
    seconds: float = 0.1
    _files: tuple[Path, ...] = field(default=(), repr=False)
    _listed: float = field(default=-math.inf, repr=False)
    _listing: threading.Lock = field(default_factory=threading.Lock, repr=False)

    async def search(self, query: Query) -> Sequence[Evidence]:
        """Usages, tests before other code."""
        wanted = wanted_name(query)
        if wanted is None:
            return []
        until = time.monotonic() + self.seconds
        found: list[Evidence] = []
        # The thread ends by itself at its deadline, or, while it lists files, goes on for the next question's good.
        work = asyncio.ensure_future(asyncio.to_thread(self._scan, wanted, until, found))
        await asyncio.wait({work}, timeout=self.seconds)
        if work.done():
            work.result()
        return tuple(found[:MOST_USAGES])

    def _scan(self, wanted: Wanted, until: float, found: list[Evidence]) -> None:
        for file in self._current_files(until):
            if time.monotonic() > until or len(found) >= MOST_USAGES:
                return
            for line, written in usages(read_file(file), wanted):
                title = f"{file.relative_to(self.root).as_posix()}:{line}"
                found.append(Evidence("", title, written, "project", f"{file.as_uri()}#L{line}"))

    def _current_files(self, until: float) -> tuple[Path, ...]:
        """The workspace's Python files. Of several threads that want them one looks; the others take an old list, and
        wait, while there is time, only where there is none."""
        if time.monotonic() - self._listed < LISTING_LASTS:
            return self._files
        patience = 0.0 if self._files else max(until - time.monotonic(), 0.0)
        if self._listing.acquire(timeout=patience):
            try:
                if time.monotonic() - self._listed > LISTING_LASTS:
                    self._files = project_files(self.root)
                    self._listed = time.monotonic()
            finally:
                self._listing.release()
        return self._files


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: what a use looks like, and what the file must hold for the use to be of this symbol."""

    name: str
    use: re.Pattern[str]
    context: re.Pattern[str]


def wanted_name(query: Query) -> Wanted | None:
    """What a use of the symbol looks like; nothing for modules, private names, and what is not from a package."""
    path = query.qualified_name.removeprefix(f"{query.module}.") if query.module else query.qualified_name
    if not path or path == query.qualified_name or query.distribution == "python":
        return None
    owner, _, name = path.rpartition(".")
    if not name.isidentifier() or name.startswith("__"):
        return None
    use = rf"\.{name}\s*\(" if owner else rf"(?<!\w)(?:\w+\.)*{name}(?![\w=])"
    if owner and name in _BUILTIN_METHODS:  # `.encode(` may be anybody's
        context = rf"\b{re.escape(owner.rpartition('.')[2])}\b"
    elif query.distribution:
        context = rf"^\s*(?:from|import)\b.*\b{re.escape(query.module.split('.')[0])}\b"
    else:
        context = rf"\b{re.escape(query.module.rpartition('.')[2])}\b"
    return Wanted(name, re.compile(use), re.compile(context, re.MULTILINE))


def usages(text: str, wanted: Wanted) -> Iterator[tuple[int, str]]:
    """The first lines of a file that use what is wanted, each with its number from 1."""
    if wanted.name not in text:
        return
    code = _TEXT.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    if not wanted.context.search(code):
        return
    lines = text.split("\n")
    count = 0
    for number, line in enumerate(code.split("\n"), 1):
        used = wanted.use.search(line)
        if used is None or re.match(r"\s*(?:from|import|def|class|async\s+def)\b", line):
            continue
        yield number, lines[number - 1].strip()[:LONGEST_LINE]
        count += 1
        if count == MOST_IN_ONE_FILE:
            return


def is_test(file: Path) -> bool:
    """Whether a file holds tests, by the names that pytest and unittest look for."""
    return file.name.startswith("test_") or file.stem.endswith("_test") or "tests" in file.parts[:-1]


def project_files(root: Path) -> tuple[Path, ...]:
    """The workspace's Python files, tests first."""
    names = _tracked(root)
    files = (root / name for name in names) if names is not None else _walked(root)
    python = list(islice((file for file in files if file.suffix == ".py"), MOST_FILES))
    return tuple(sorted(python, key=lambda file: (not is_test(file.relative_to(root)), file)))


def read_file(file: Path) -> str:
    """The text of a file that is one: no link that leads elsewhere, not large, not binary."""
    try:
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > LARGEST_FILE:
            return ""
        text = file.read_text("utf-8", "replace")
    except OSError:
        return ""
    return "" if "\0" in text else text


def _tracked(root: Path) -> list[str] | None:
    """What git lists; nothing if there is no git, the folder is none of its, or it takes too long."""
    git = shutil.which("git")
    if git is None or Path(git).resolve().is_relative_to(root):
        return None
    command = [git, *_HARMLESS, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", "*.py"]
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LISTING_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return os.fsdecode(done.stdout).split("\0")[:-1] if done.returncode == 0 else None


def _walked(root: Path) -> Iterator[Path]:
    until = time.monotonic() + LISTING_SECONDS
    for folder, inner, names in os.walk(root):
        if time.monotonic() > until:
            return
        inner[:] = sorted(
            name
            for name in inner
            if name not in _SKIPPED and not name.startswith(".") and not Path(folder, name, "pyvenv.cfg").exists()
        )
        yield from (Path(folder, name) for name in names)
