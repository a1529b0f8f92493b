"""An answer to a file or to standard output: whole or not at all, and said in one line where it cannot be written."""

from __future__ import annotations

import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from glossator.errors import WrongUse


def check_output(path: Path) -> None:
    """Make sure that a file can be written before the work for it is done.

    Raises:
        WrongUse: it cannot.
    """
    if path.is_dir():
        raise WrongUse(f"{path} is a folder.", "Name a file in it.")
    if _is_special(path):
        return
    folder = path.resolve().parent
    if not folder.is_dir():
        raise WrongUse(f"There is no folder {path.parent}.", "Make it, or name a file elsewhere.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise WrongUse(f"{path.parent} is read-only.", "Name a file in a folder that you can write to.")


def write_file(path: Path, text: str) -> None:
    """Write a file at once: beside it first, then in its place. What stood there stays until then, and if this fails.

    Raises:
        WrongUse: it cannot be written.
    """
    try:
        if _is_special(path):
            path.write_text(text, "utf-8", newline="\n")
            return
        # Through links: they stay, and what they lead to changes.
        _replace(path.resolve(), text.encode("utf-8", "replace"))
    except OSError as error:
        raise _unwritable(str(path), error) from None


def write_stdout(text: str) -> None:
    """Write to standard output.

    Raises:
        WrongUse: it cannot be written, as on a full disk. A reader that went away is not one: that is its wish.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        # Else Python tries again when it ends, and complains in its own words.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise _unwritable("Standard output", error) from None


def _replace(path: Path, data: bytes) -> None:
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else None
    beside = path.with_name(f".{path.name[:100]}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            beside.chmod(mode)
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _is_special(path: Path) -> bool:
    """Whether it is a device or a pipe, which one writes to and never replaces."""
    return path.exists() and not path.is_file() and not path.is_dir()


def _unwritable(name: str, error: OSError) -> WrongUse:
    reason = error.strerror or str(error)
    return WrongUse(f"{name} cannot be written: {reason}.", "Choose another place with --output, or make room.")
