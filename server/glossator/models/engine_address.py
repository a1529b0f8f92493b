"""Where the engine listens and how it is known to live: files in the runtime directory, which only this user reads.

::

    engine.sock   the Unix socket                          start.lock   held by whoever starts an engine
    engine.json   pid, version, and port and token         engine.lock  held by the engine as long as it lives
                  where there are no Unix sockets          engine.log   what it printed since its start
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

from glossator.paths import runtime_directory


@dataclass(frozen=True, slots=True)
class EngineAddress:
    """``port`` 0 stands for the Unix socket; else loopback with a bearer token."""

    pid: int
    version: str
    port: int = 0
    token: str = ""

    @property
    def base_url(self) -> str:
        """The scheme and host of every request; over the Unix socket the host is only a name."""
        return f"http://127.0.0.1:{self.port}" if self.port else "http://engine"

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def has_unix_sockets() -> bool:
    """Whether a private socket file is possible; on Windows Python has none."""
    return os.name == "posix" and hasattr(socket, "AF_UNIX")


def read_address() -> EngineAddress | None:
    """The address of the engine that last started; it need not live any more."""
    try:
        return EngineAddress(**json.loads(address_file().read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_address(address: EngineAddress) -> None:
    """Say where this engine listens; whole or not at all, and 0600 from its first byte."""
    fresh = address_file().with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(asdict(address), file)
    fresh.replace(address_file())


def address_file() -> Path:
    """``engine.json``."""
    return runtime_directory() / "engine.json"


def socket_file() -> Path:
    """``engine.sock``."""
    return runtime_directory() / "engine.sock"


def life_lock_file() -> Path:
    """``engine.lock``."""
    return runtime_directory() / "engine.lock"


def start_lock_file() -> Path:
    """``start.lock``."""
    return runtime_directory() / "start.lock"


def log_file() -> Path:
    """``engine.log``."""
    return runtime_directory() / "engine.log"
