"""Run a program that a model wrote: another user where we may change, no network where the system lets us, little
time, little memory, no files."""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

SECONDS = 5
MEMORY = 1 << 30
NOBODY = 65534


def passes(program: str) -> bool:
    """Whether a program ends well within its limits."""
    start, user = _walls()
    with tempfile.TemporaryDirectory(prefix="glossator-sandbox-") as folder:
        Path(folder).chmod(0o755)
        try:
            done = _run([*start, "-I", "-"], program, user, Path(folder))
        except subprocess.TimeoutExpired:
            return False
    return done.returncode == 0


@lru_cache(maxsize=1)
def walls() -> str:
    """What a program is kept from, in words."""
    start, user = _walls()
    return f"{'another user' if user else 'the same user'}, {'no network' if len(start) > 1 else 'with a network'}"


@lru_cache(maxsize=1)
def _walls() -> tuple[tuple[str, ...], dict[str, Any]]:
    """The most that works here: another user, if we are root and there is an interpreter that anybody may run; and a
    network of its own with nothing in it."""
    unshare = shutil.which("unshare", path="/usr/bin:/bin")
    networks: list[tuple[str, ...]] = [(unshare, "-r", "-n", "--")] if unshare else []
    users: list[dict[str, Any]] = [{"user": NOBODY, "group": NOBODY, "extra_groups": []}] if os.geteuid() == 0 else []
    own = os.path.realpath(sys.executable)  # a virtual environment may lie in a folder that only we can enter
    pythons = [own, shutil.which("python3", path="/usr/bin:/bin:/usr/local/bin") or own]
    for user in [*users, {}]:
        for network in [*networks, ()]:
            for python in pythons:
                if _works((*network, python), user):
                    return (*network, python), user
    raise SystemExit("No interpreter can be run in a sandbox here.")


def _works(start: tuple[str, ...], user: dict[str, Any]) -> bool:
    try:
        return _run([*start, "-I", "-"], "print(1)", user, Path("/")).returncode == 0
    except (OSError, subprocess.SubprocessError):
        return False


def _run(command: list[str], program: str, user: dict[str, Any], folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        command,
        input=program.encode(),
        cwd=folder,
        env={"PATH": "/usr/bin:/bin"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=SECONDS * 2,
        preexec_fn=_limit,
        **user,
    )


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    os.setsid()
