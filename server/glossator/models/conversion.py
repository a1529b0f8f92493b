"""Ask for a model's conversion, or for weights from the hub: in a process of its own, because only the engine's
code may import what that takes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryFile

from glossator import errors
from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import DownloadFailed, GlossatorError
from glossator.models.progress import Report, from_line, silent
from glossator.models.store import full_name

PATIENCE = 300.0
QUIET_PATIENCE = 3600.0  # seconds; these two tell nothing while they work


def convert(name: str, report: Report = silent) -> None:
    """Convert a pulled model, so that the engine's first start need not. Nothing happens if that was done.

    Raises:
        GlossatorError: it failed; the message is the converter's.
    """
    _run("glossator.engine.convert", [full_name(name)], report)


def pull_from_hub(reference: str, report: Report = silent, patience: float = PATIENCE) -> None:
    """Bring a model of the hub, ``owner/name`` or ``owner/name@revision``, into the hub's cache.

    It is begun again when nothing moves for ``patience`` seconds, and given up the second time.

    Raises:
        DownloadFailed: it did not arrive whole; the next pull goes on from what did.
        GlossatorError: it is not one that can be loaded.
    """
    _pull(["model", reference], report, patience)


def pull_adapter(reference: str, report: Report = silent) -> None:
    """Bring an adapter of the hub into the hub's cache, spelled as a model is.

    Raises:
        DownloadFailed: as for a model.
        GlossatorError: the repository holds no adapter that can be used.
    """
    _pull(["adapter", reference], report, PATIENCE)


def push_adapter(repository: str, folder: Path, public: bool, report: Report = silent) -> None:
    """Send what a folder holds to a repository of the hub, which is made if need be.

    Raises:
        DownloadFailed: the hub cannot be reached, or refuses.
    """
    arguments = [repository, "public" if public else "private", str(folder)]
    _run("glossator.engine.hub_push", arguments, report, QUIET_PATIENCE)


def adapter_to_gguf(name: str, model: str, target: Path) -> None:
    """Write a LoRA adapter as llama.cpp reads it.

    Raises:
        WrongUse: llama.cpp could not do what the adapter does.
    """
    arguments = [name, full_name(model), str(target.expanduser().absolute())]
    _run("glossator.engine.adapters.gguf_export", arguments, silent, QUIET_PATIENCE)


def _pull(arguments: Sequence[str], report: Report, patience: float) -> None:
    try:
        _run("glossator.engine.hub_pull", arguments, report, patience)
    except StoodStill:
        _run("glossator.engine.hub_pull", arguments, report, patience)


class StoodStill(DownloadFailed):
    """The process was ended because nothing moved any more."""


def _run(module: str, arguments: Sequence[str], report: Report, patience: float = PATIENCE) -> None:
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=SAFE_DIRECTORY,
            env=environment(),
        ) as process,
    ):
        watch = Watch(process, patience)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                watch.see(line)
                report(from_line(line.decode("utf-8", "replace")))
            process.wait()
        except BaseException:
            process.terminate()
            raise
        finally:
            watch.end()
        if process.returncode and watch.gave_up:
            what = f"Nothing has moved for {patience:g} seconds, so it was given up."
            raise StoodStill(what, "Check the network and the disk, then try it again; it goes on where it stopped.")
        if process.returncode:
            complaints.seek(0)
            raise _error(complaints.read().decode("utf-8", "replace"), module)


class Watch:
    """Ends a process whose progress stands still: a library that waits for ever must not make its user do so.

    The hub's library has limits of its own in seconds; reading and checking a large file says nothing for minutes on a
    slow disk.
    """

    def __init__(self, process: subprocess.Popen[bytes], patience: float) -> None:
        self.gave_up = False
        self._process, self._patience = process, patience
        self._seen, self._last = b"", time.monotonic()
        self._ended = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def see(self, line: bytes) -> None:
        """It said something; only something new counts."""
        if line != self._seen:
            self._seen, self._last = line, time.monotonic()

    def end(self) -> None:
        """There is nothing left to watch."""
        self._ended.set()

    def _look(self) -> None:
        while not self._ended.wait(min(1.0, self._patience / 4)):
            if time.monotonic() - self._last > self._patience:
                self.gave_up = True
                self._process.kill()
                return


def _error(said: str, module: str) -> GlossatorError:
    """The error that the other process printed as JSON, else its last words."""
    lines = [line for line in said.splitlines() if line.strip()] or ["It said nothing."]
    try:
        told = json.loads(lines[-1])
        kind = getattr(errors, told["kind"])
        return kind(told["what"], told["next_step"]) if issubclass(kind, GlossatorError) else GlossatorError(lines[-1])
    except (ValueError, KeyError, TypeError, AttributeError):
        return GlossatorError(f"{module} failed: {lines[-1]}.", "Try it again; if it repeats, please report it.")
