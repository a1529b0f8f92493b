"""Where Glossator keeps things. Each folder can be moved by one environment variable.

::

    data     GLOSSATOR_DATA_DIR      models/<name>/…            pulled and converted weights
    cache    GLOSSATOR_CACHE_DIR     glossator_cache's buckets
    config   GLOSSATOR_CONFIG_DIR    glossator.toml
    runtime  GLOSSATOR_RUNTIME_DIR   engine.sock engine.lock engine.log     0700, of this user alone
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import platformdirs

from glossator.errors import PartMissing

# A Unix socket's path holds 108 bytes on Linux and 104 on macOS, its end included.
SOCKET_PATH_LIMIT = 100


def data_directory() -> Path:
    """Models and adapters: large, worth keeping.

    Raises:
        PartMissing: the folder cannot be made; so for each of them.
    """
    return _made(_chosen("GLOSSATOR_DATA_DIR", platformdirs.user_data_path), "GLOSSATOR_DATA_DIR")


def cache_directory() -> Path:
    """What can be made again."""
    return _made(_chosen("GLOSSATOR_CACHE_DIR", platformdirs.user_cache_path), "GLOSSATOR_CACHE_DIR")


def configuration_file() -> Path:
    """The user's own ``glossator.toml``; it need not exist."""
    return _chosen("GLOSSATOR_CONFIG_DIR", platformdirs.user_config_path) / "glossator.toml"


def runtime_directory() -> Path:
    """Socket, lock and log of the engine, readable by this user only.

    Where the path is too long for a socket, a short one stands in for it, another one for each: a test's engine and
    the user's own must not meet. So too where the system's own place for such files cannot be written; a place that
    the user named is not left without saying so.
    """
    directory = _chosen("GLOSSATOR_RUNTIME_DIR", platformdirs.user_runtime_path)
    too_long = len(os.fsencode(directory / "engine.sock")) > SOCKET_PATH_LIMIT
    if too_long or not (os.environ.get("GLOSSATOR_RUNTIME_DIR") or _is_usable(directory)):
        directory = _short_stand_in(directory)
    _made(directory, "GLOSSATOR_RUNTIME_DIR")
    if hasattr(os, "getuid"):  # Windows keeps a user's folders to that user by itself
        _require_own(directory)
    return directory


def _chosen(variable: str, default: Callable[[str, Literal[False]], Path]) -> Path:
    """What the variable says, else the system's custom. Absolute: server and engine start in different folders."""
    named = os.environ.get(variable)
    if named:
        return Path(named).expanduser().absolute()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # platformdirs warns where XDG_RUNTIME_DIR is not set, and does without
            return default("glossator", False)
    except OSError as error:
        raise PartMissing(f"No folder can be chosen: {error}.", f"Set {variable} to a folder of your own.") from error


def _made(directory: Path, variable: str) -> Path:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise PartMissing(
            f"The folder {directory} cannot be made ({error.strerror}).",
            f"Set {variable} to a folder that you may write to.",
        ) from error
    return directory


def _is_usable(directory: Path) -> bool:
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(directory, os.W_OK | os.X_OK)


def _short_stand_in(directory: Path) -> Path:
    owner = os.getuid() if hasattr(os, "getuid") else "user"
    return Path(tempfile.gettempdir()) / f"glossator-{owner}-{hashlib.sha256(os.fsencode(directory)).hexdigest()[:8]}"


def _require_own(directory: Path) -> None:
    """The stand-in's name can be guessed, so somebody else may have made it first, or a link of that name."""
    status = directory.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid():
        raise PartMissing(
            f"The folder {directory} is not yours alone: it is a link, or belongs to another user.",
            "Set GLOSSATOR_RUNTIME_DIR to a short path of your own.",
        )
    directory.chmod(0o700)
