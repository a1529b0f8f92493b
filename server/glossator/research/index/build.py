"""`python -m glossator.research.index.build FOLDER`: an edition on standard input, its index in the folder.

A process of its own, at a lower priority: parsing holds the interpreter, and 140,000 symbols take 40 s of it. It
ends when its standard input does, at any moment: what is committed stays, and the next goes on from there. Who comes
second waits for the lock and finds the work done. On standard output a line for each batch: files done, files there.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from itertools import islice
from pathlib import Path

from filelock import FileLock, Timeout

from glossator.errors import GlossatorError, PartMissing
from glossator.research.index.contents import LARGEST_FILE, Edition, SourceFile, description, files
from glossator.research.index.database import BROKEN, BUILDING, BrokenIndex, Read, Writer, size, translated
from glossator.research.index.entries import exported, mentions, module_entries, readme_entries

BATCH = 50  # files to a transaction: 0.3 s of work to lose
POLL_SECONDS = 0.2
FAILED = "failed"
Told = Callable[[int, int], None]


def main() -> int:
    """Read one edition, build its index; 3 where that cannot be, with the reason as the last line."""
    folder = Path(sys.argv[1])
    one = Edition.from_json(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(5)
    try:
        build(one, folder, lambda done, total: print(done, total, flush=True))
    except GlossatorError as error:
        print(FAILED, f"{error.what}\t{error.next_step}", flush=True)
        return error.exit_code
    return 0


def build(one: Edition, folder: Path, told: Told) -> None:
    """The edition's index, unless it is there; goes on with one that was interrupted.

    Raises:
        PartMissing: the folder cannot be written.
    """
    whole = folder / one.file_name
    with translated(whole):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = _taken(FileLock(f"{whole}.lock", mode=0o600), whole, told)
    try:
        if whole.is_file():
            return
        try:
            _write(one, whole, told)
        except BrokenIndex:  # what an earlier process left; a second time would be no accident
            move_aside(Path(f"{whole}{BUILDING}"))
            _write(one, whole, told)
    except BrokenIndex as error:
        raise PartMissing(
            f"The index of {one.label} cannot be written ({error}).", "Run: glossator cache clear index"
        ) from error
    finally:
        lock.release()


def move_aside(path: Path) -> None:
    """Keep a broken file for whoever wants to look at it, the latest only, and its journal not at all."""
    with translated(path):
        Path(f"{path}-journal").unlink(missing_ok=True)
        path.replace(f"{path}{BROKEN}")


def _taken(lock: FileLock, whole: Path, told: Told) -> FileLock:
    """The lock, at the latest when whoever builds is done; meanwhile we tell how far that one is."""
    while True:
        try:
            lock.acquire(timeout=POLL_SECONDS)
            return lock
        except Timeout:
            try:
                found = size(Path(f"{whole}{BUILDING}"))
                told(found.done, found.total)
            except (BrokenIndex, PartMissing):
                continue


def _write(one: Edition, whole: Path, told: Told) -> None:
    writer = Writer(Path(f"{whole}{BUILDING}"))
    try:
        done, sources = writer.done(), files(one)
        total = len(sources) + 1
        writer.announce(total)
        left = (source for source in sources if str(source.path) not in done)
        counted = len(done)
        while batch := list(islice(left, BATCH)):
            writer.add([_read(source) for source in batch])
            counted += len(batch)
            told(counted, total)
        readme = str(Path(one.information, "METADATA"))
        if readme not in done:
            writer.add([Read(readme, "", tuple(readme_entries(description(one), one.name)))])
        writer.finish(whole)
        told(total, total)
    finally:
        writer.close()


def _read(source: SourceFile) -> Read:
    """A file's entries; or why it has none: that is noted, so that it is not tried again, and delays nothing."""
    name = str(source.path)
    try:
        if source.path.stat().st_size > LARGEST_FILE:
            return Read(name, source.module, fault="too large")
        content = source.path.read_bytes()
        exports = exported(content) if source.path.stem == "__init__" else ()
        return Read(name, source.module, module_entries(content, source.module), exports, mentions(content))
    except (OSError, ValueError) as error:
        return Read(name, source.module, fault=str(error)[:200])


def _end_with_parent() -> None:
    """Nobody is left to use the index when the pipe closes; no lock outlives a process."""
    while os.read(0, 1):  # not through sys.stdin, whose lock would be held when the interpreter ends
        pass
    os._exit(1)


if __name__ == "__main__":
    raise SystemExit(main())
