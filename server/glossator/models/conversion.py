"""Ask for a model's conversion: in a process of its own, because only the engine's code may import what it takes."""

from __future__ import annotations

import subprocess
import sys
from tempfile import TemporaryFile

from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import GlossatorError
from glossator.models.progress import Progress, Report, silent


def convert(name: str, report: Report = silent) -> None:
    """Convert a pulled model, so that the engine's first start need not. Nothing happens if that was done.

    Raises:
        GlossatorError: it failed; the message is the converter's.
    """
    command = [sys.executable, "-m", "glossator.engine.convert", name]
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(
            command,
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
                _tell(line.decode("utf-8", "replace"), report)
        except BaseException:
            process.terminate()
            raise
        if process.wait():
            complaints.seek(0)
            said = complaints.read().decode("utf-8", "replace").strip().splitlines() or ["It said nothing."]
            raise GlossatorError(f"The model {name} could not be converted. {said[-1]}")


def _tell(line: str, report: Report) -> None:
    fraction, _, message = line.strip().partition(" ")
    report(Progress(message, float(fraction), 1))
