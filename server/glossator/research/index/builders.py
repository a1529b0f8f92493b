"""Indexes are built beside the server, one after the other, as long as somebody may want them."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import PartMissing, Problem
from glossator.research.index.build import FAILED
from glossator.research.index.contents import Edition
from glossator.research.index.shelf import prune

Report = Callable[[str], None]
Shown = Callable[[str, float], None]
POLL_SECONDS = 0.1


@dataclass(slots=True)
class Work:
    """One index that is being built, or waits for its turn. ``failure`` is why it will not be."""

    edition: Edition
    done: int = 0
    total: int = 0
    failure: PartMissing | None = None
    finished: bool = False

    def __str__(self) -> str:
        if self.total:
            return f"Indexing {self.edition.label}: {self.done} of {self.total} files"
        return f"Indexing {self.edition.label}"


class Builders:
    """The work that was asked for, in that order; one child process at a time, so that an editor keeps its cores."""

    def __init__(self, folder: Callable[[], Path], shown: Shown = lambda _message, _fraction: None) -> None:
        self._folder = folder
        self._shown = shown
        self._works: dict[str, Work] = {}
        self._task: asyncio.Task[None] | None = None

    def begin(self, one: Edition) -> Work:
        """See to it that the edition's index is built. One that failed is not tried again by this process."""
        work = self._works.get(one.file_name)
        if work is None:
            work = self._works[one.file_name] = Work(one)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return work

    def state(self, one: Edition) -> Work | None:
        """How far the edition's index is, if it was asked for."""
        return self._works.get(one.file_name)

    async def wait(self, works: tuple[Work, ...], seconds: float | None, report: Report) -> None:
        """Wait for some of the work, at most so many seconds; None waits for all of it. Tells how far it is."""
        until = None if seconds is None else asyncio.get_running_loop().time() + seconds
        told = ""
        while left := next((one for one in works if not one.finished), None):
            if str(left) != told:
                told = str(left)
                report(told)
            if until is not None and asyncio.get_running_loop().time() >= until:
                return
            await asyncio.sleep(POLL_SECONDS)

    def forget(self, one: Edition) -> None:
        """The edition's index is gone or broken: the next who asks has it built anew."""
        self._works.pop(one.file_name, None)

    async def close(self) -> None:
        """End what is being built; the next who asks goes on there."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while work := next((one for one in self._works.values() if not one.finished), None):
            try:
                await _build(work, self._folder(), self._shown)
            except PartMissing as error:
                work.failure = error
            finally:
                work.finished = True
        with contextlib.suppress(PartMissing):
            await asyncio.to_thread(prune, self._folder())


async def _build(work: Work, folder: Path, shown: Shown) -> None:
    """One child's life.

    Raises:
        PartMissing: it cannot be started, or failed.
    """
    command = [sys.executable, "-m", "glossator.research.index.build", str(folder)]
    hidden: dict[str, Any] = {}
    if sys.platform == "win32":
        hidden["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=SAFE_DIRECTORY,
            env=environment(),
            **hidden,
        )
    except OSError as error:
        raise PartMissing(f"The index cannot be built: {error}.", "Reinstall glossator.") from error
    try:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{work.edition.to_json()}\n".encode())
        async for line in process.stdout:
            _read(line.decode("utf-8", "replace").strip(), work)
            shown(f"Indexing {work.edition.label}", work.done / max(work.total, 1))
        if await process.wait():
            told = f"The index of {work.edition.label} could not be built; it ended with {process.returncode}."
            raise work.failure or PartMissing(told, "Run: glossator cache clear index")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


def _read(line: str, work: Work) -> None:
    first, _, rest = line.partition(" ")
    if first == FAILED:
        what, _, next_step = rest.partition("\t")
        work.failure = PartMissing(what, next_step)
    elif first.isdigit() and rest.isdigit():
        work.done, work.total = int(first), int(rest)


def problem(work: Work) -> Problem:
    """What an answer says that could not wait."""
    if work.failure is not None:
        return Problem.of(work.failure)
    progress = f" ({work.done} of {work.total} files)" if work.total else ""
    told = f"The index of {work.edition.label} is still being built{progress}."
    return Problem(told, "This is from what is there; ask again for all of it.")
