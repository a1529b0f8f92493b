"""Where Glossator keeps things. Each folder can be moved by one environment variable.

::

    data     GLOSSATOR_DATA_DIR      models/<name>/…            pulled and converted weights
    cache    GLOSSATOR_CACHE_DIR     glossator_cache's buckets
    config   GLOSSATOR_CONFIG_DIR    glossator.toml
    runtime  GLOSSATOR_RUNTIME_DIR   engine.sock engine.lock engine.log     0700, of this user alone
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import platformdirs

# A Unix socket's path holds 108 bytes on Linux and 104 on macOS, its end included.
SOCKET_PATH_LIMIT = 100


def data_directory() -> Path:
    """Models and adapters: large, worth keeping."""
    return _directory("GLOSSATOR_DATA_DIR", platformdirs.user_data_path("glossator", appauthor=False))


def cache_directory() -> Path:
    """What can be made again."""
    return _directory("GLOSSATOR_CACHE_DIR", platformdirs.user_cache_path("glossator", appauthor=False))


def configuration_file() -> Path:
    """The user's own ``glossator.toml``; it need not exist."""
    default = platformdirs.user_config_path("glossator", appauthor=False)
    return Path(os.environ.get("GLOSSATOR_CONFIG_DIR") or default) / "glossator.toml"


def runtime_directory() -> Path:
    """Socket, lock and log of the engine, readable by this user only."""
    directory = _directory("GLOSSATOR_RUNTIME_DIR", platformdirs.user_runtime_path("glossator", appauthor=False))
    if len(os.fsencode(directory / "engine.sock")) > SOCKET_PATH_LIMIT:
        name = f"glossator-{os.getuid() if hasattr(os, 'getuid') else 'user'}"
        directory = _directory("", Path(tempfile.gettempdir()) / name)
    directory.chmod(0o700)
    return directory


def _directory(variable: str, default: Path) -> Path:
    directory = Path(os.environ.get(variable) or default)
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    return directory
