"""Which Python environment the user's code runs in, found without running any of it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from glossator.errors import Problem


def find_environment(configured: str, root: Path) -> tuple[Path, tuple[Problem, ...]]:
    """The configured environment, else the workspace's ``.venv`` or ``venv``, the active one, or our own."""
    problems: tuple[Problem, ...] = ()
    if configured:
        path = (root / Path(configured).expanduser()).resolve()
        if site_packages(path):
            return path, ()
        problems = (Problem(f"{configured} is no Python environment.", "Correct the setting python.environment."),)
    active = [os.environ.get(name) for name in ("VIRTUAL_ENV", "CONDA_PREFIX")]
    for candidate in (root / ".venv", root / "venv", *(Path(path) for path in active if path)):
        if site_packages(candidate):
            return candidate.resolve(), problems
    return Path(sys.prefix), problems


def site_packages(environment: Path) -> tuple[Path, ...]:
    """The folders of an environment in which packages are installed."""
    patterns = ("lib/python3*/site-packages", "lib64/python3*/site-packages", "Lib/site-packages")
    found = (path.resolve() for pattern in patterns for path in environment.glob(pattern))
    return tuple(dict.fromkeys(path for path in found if path.is_dir()))


def python_version(environment: Path) -> str:
    """The environment's Python version as it says of itself, or ours."""
    try:
        for line in (environment / "pyvenv.cfg").read_text("utf-8").splitlines():
            key, _, value = line.partition("=")
            if key.strip() in {"version", "version_info"}:
                return ".".join(value.strip().split(".")[:3])
    except OSError:
        pass
    return ".".join(str(part) for part in sys.version_info[:3])
