"""Ask for a model's conversion, or for weights from the hub: in a process of its own, because only the engine's
code may import what that takes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from tempfile import TemporaryFile

from glossator import errors
from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import GlossatorError
from glossator.models.progress import Report, from_line, silent
from glossator.models.store import full_name


def convert(name: str, report: Report = silent) -> None:
    """Convert a pulled model, so that the engine's first start need not. Nothing happens if that was done.

    Raises:
        GlossatorError: it failed; the message is the converter's.
    """
    _run("glossator.engine.convert", [full_name(name)], report)


def pull_from_hub(reference: str, report: Report = silent) -> None:
    """Bring a model of the hub, ``owner/name`` or ``owner/name@revision``, into the hub's cache.

    Raises:
        DownloadFailed: it did not arrive whole; the next pull goes on from what did.
        GlossatorError: it is not one that can be loaded.
    """
    _run("glossator.engine.hub_pull", ["model", reference], report)


def pull_adapter(reference: str, report: Report = silent) -> None:
    """Bring an adapter of the hub into the hub's cache, spelled as a model is.

    Raises:
        DownloadFailed: as for a model.
        GlossatorError: the repository holds no adapter that can be used.
    """
    _run("glossator.engine.hub_pull", ["adapter", reference], report)


def _run(module: str, arguments: Sequence[str], report: Report) -> None:
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
        try:
            assert process.stdout is not None
            for line in process.stdout:
                report(from_line(line.decode("utf-8", "replace")))
        except BaseException:
            process.terminate()
            raise
        if process.wait():
            complaints.seek(0)
            raise _error(complaints.read().decode("utf-8", "replace"), module)


def _error(said: str, module: str) -> GlossatorError:
    """The error that the other process printed as JSON, else its last words."""
    lines = [line for line in said.splitlines() if line.strip()] or ["It said nothing."]
    try:
        told = json.loads(lines[-1])
        kind = getattr(errors, told["kind"])
        return kind(told["what"], told["next_step"]) if issubclass(kind, GlossatorError) else GlossatorError(lines[-1])
    except (ValueError, KeyError, TypeError, AttributeError):
        return GlossatorError(f"{module} failed: {lines[-1]}.", "Try it again; if it repeats, please report it.")
