"""How much memory is free: of the machine, of the container that we may be in, of the graphics card."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import psutil

CONTAINER = Path("/sys/fs/cgroup")
CARD_SECONDS = 10


def free_memory() -> int:
    """Bytes that can be had without swapping, by what the system and its container allow."""
    limits = [int(psutil.virtual_memory().available)]
    if (left := _left_in_container()) is not None:
        limits.append(left)
    return min(limits)


def free_card_memory() -> tuple[str, int] | None:
    """The NVIDIA card with the most free memory: its name and bytes. None without one; asked of its own tool, because
    asking torch means importing it."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return None
    command = [program, "--query-gpu=memory.free,name", "--format=csv,noheader,nounits"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=CARD_SECONDS, check=True).stdout
        rows = [line.split(",", 1) for line in told.splitlines() if line.strip()]
        return max(((name.strip(), int(free) << 20) for free, name in rows), key=lambda row: row[1], default=None)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None


def _left_in_container() -> int | None:
    """What a control group (version 2) leaves; what it caches of files can be had again."""
    try:
        limit = (CONTAINER / "memory.max").read_text("ascii").strip()
        used = int((CONTAINER / "memory.current").read_text("ascii"))
        told = dict(line.split() for line in (CONTAINER / "memory.stat").read_text("ascii").splitlines())
        return None if limit == "max" else int(limit) - used + int(told.get("file", 0))
    except (OSError, ValueError):
        return None
