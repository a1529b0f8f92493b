"""Where the engine listens and how it is known to live: files in the runtime directory, which only this user reads.

::

    engine.sock   the Unix socket                          start.lock   held by whoever starts an engine
    engine.json   pid, version, and port and token         engine.lock  held by the engine as long as it lives
                  where there are no Unix sockets          engine.log   what it printed since its start
                                                           engine.log.old  and what the one before it did
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from glossator.errors import ModelUnavailable, WrongUse
from glossator.paths import runtime_directory

PROBE_BYTES = 4096
MOST_LOG_BYTES = 1_000_000
TOKEN_VARIABLE = "GLOSSATOR_ENGINE_TOKEN"
SHORTEST_TOKEN = 16


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


def team_token(file: str) -> str:
    """The token that others must present: out of a file that only its owner can read, or the environment. Never an
    argument: everybody on the machine can read those.

    Raises:
        WrongUse: there is none, it is too short, or others can read the file.
    """
    token = os.environ.get(TOKEN_VARIABLE, "")
    if file:
        path = Path(file).expanduser()
        try:
            if os.name == "posix" and path.stat().st_mode & 0o077:
                raise WrongUse(f"Others can read the token in {path}.", f"Run: chmod 600 {path}")
            token = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise WrongUse(f"The token in {path} cannot be read: {error}.", "Name a text file of yours.") from error
    token = token.strip()
    if not token:
        next_step = f"Put one of {SHORTEST_TOKEN} characters or more into {TOKEN_VARIABLE}, or a file of mode 600."
        raise WrongUse("Others are served only if they present a token, and there is none.", next_step)
    if len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable():
        what = f"The token must have {SHORTEST_TOKEN} printable ASCII characters or more."
        raise WrongUse(what, "Make one: python -c 'import secrets; print(secrets.token_urlsafe())'")
    return token


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


def check_writable() -> None:
    """Write a little, as an engine will have to.

    Raises:
        ModelUnavailable: the disk is full, or the folder cannot be written; says where.
    """
    try:
        with tempfile.TemporaryFile(dir=runtime_directory()) as file:
            file.write(b"." * PROBE_BYTES)
            file.flush()
    except OSError as error:
        raise unusable(error) from error


def unusable(error: OSError) -> ModelUnavailable:
    """What an error of the system says about the engine's folder."""
    what = f"The engine cannot use its folder {runtime_directory()}: {error.strerror or error}."
    if isinstance(error, IsADirectoryError) or socket_file().is_dir():
        return ModelUnavailable(what, f"Something else lies at {socket_file()}: remove it.")
    return ModelUnavailable(what, "Make room on that disk, or set GLOSSATOR_RUNTIME_DIR to another folder of yours.")


def open_log() -> int:
    """A file descriptor for what a new engine prints; what the one before it printed is kept under another name.

    Where there is no room for a log there is none: an engine without is better than no engine.
    """
    try:
        if log_file().exists():
            log_file().replace(log_file().with_suffix(".log.old"))
        return os.open(log_file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except OSError:
        return os.open(os.devnull, os.O_WRONLY)


def trim_log(stream: IO[str], most: int = MOST_LOG_BYTES) -> None:
    """If this process prints into the log and the log is longer than ``most`` bytes, keep its newer half.

    By the process that writes: its descriptor appends, so it goes on at the new end.
    """
    try:
        path, status = log_file(), os.fstat(stream.fileno())
        if status.st_size <= most or not os.path.samestat(status, path.stat()):
            return
        newer = path.read_bytes()[-most // 2 :].partition(b"\n")[2]
        with path.open("r+b") as file:
            file.write(newer)
            file.truncate()
    except (OSError, ValueError):  # no descriptor, or no log: nothing to trim
        return


def life_lock_file() -> Path:
    """``engine.lock``."""
    return runtime_directory() / "engine.lock"


def start_lock_file() -> Path:
    """``start.lock``."""
    return runtime_directory() / "start.lock"


def log_file() -> Path:
    """``engine.log``."""
    return runtime_directory() / "engine.log"
