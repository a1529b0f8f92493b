"""The life of the engine's process: one for each user, on a private socket, until nobody needs it.

With a host it also serves a team over TCP, where each request must carry the token. One process does both, so that
who lends a model to others does not hold it twice.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from filelock import FileLock, Timeout
from starlette.types import ASGIApp

from glossator import __version__
from glossator.engine.app import build_app
from glossator.engine.service import Service
from glossator.errors import ModelUnavailable
from glossator.models.engine_address import (
    EngineAddress,
    address_file,
    has_unix_sockets,
    life_lock_file,
    socket_file,
    trim_log,
    unusable,
    write_address,
)
from glossator.settings import ModelSettings

# How long a starting engine waits for one that is just ending.
TAKE_OVER_SECONDS = 10.0
WATCH_SECONDS = 0.2
JUMP_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Team:
    """Where others may ask, and what each of their requests must carry. ``port`` 0 takes any."""

    host: str
    port: int
    token: str


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What ``python -m glossator.engine`` was told. Times in minutes; 0 threads takes all cores but one; room is
    left for ``adapters``."""

    model: str
    threads: int = 0
    idle_unload: float = 15.0
    idle_exit: float = 30.0
    tcp: bool = False
    foreground: bool = False
    team: Team | None = None
    choices: ModelSettings = ModelSettings()
    adapters: tuple[str, ...] = ()


def serve(options: ServeOptions) -> None:
    """Serve until idle for long enough, asked to stop, or signalled.

    Raises:
        ModelUnavailable: another engine of this user lives, or its place cannot be used.
    """
    # uvicorn raises the signals that it caught again when it has stopped; this turns them into a clean end.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with _only_engine(), _listening(options.tcp) as (listener, address), _lent(options.team) as lent:
        threads = options.threads or default_threads()
        service = Service(options.model, threads, options.choices, options.adapters)
        token = address.token or None
        servers = [(uvicorn.Server(_configuration(build_app(service, token), options)), listener)]
        if options.team and lent:
            app = build_app(service, options.team.token, only_listed=True)
            servers.append((uvicorn.Server(_configuration(app, options)), lent))
        if options.foreground:
            _announce(options, lent)
        service.load()
        asyncio.run(_run(servers, service, options))


def default_threads() -> int:
    """All cores but one, so that the machine stays usable; those that this process may use, where that is known."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(cores - 1, 1)


class Idleness:
    """How long nobody needed the engine, in seconds of a clock that is given to it.

    A clock that jumps was not idle time: the machine slept, or the process was stopped, and whoever woke it may be
    about to ask. Ending right then would cost that one a start.
    """

    def __init__(self, now: float) -> None:
        self._seen = now
        self._since = now

    def seconds(self, now: float, last_used: float, busy: bool) -> float:
        """The time without work; called every ``WATCH_SECONDS``."""
        jumped = now - self._seen > JUMP_SECONDS
        self._seen = now
        self._since = now if busy or jumped else max(self._since, last_used)
        return now - self._since


def announcement(options: ServeOptions, bound: tuple[str, int] | None) -> str:
    """What whoever runs the engine in a terminal wants to know."""
    lines = [f"Serving {options.model} to this user. Ctrl-C ends it."]
    if bound:
        host, port = bound
        lines.append(f"Others ask http://{host}:{port}/v1 with the token. Only unencrypted HTTP: use it on a network")
        lines.append("that you trust, or put a reverse proxy with TLS in front of it.")
    return "\n".join(lines)


def _announce(options: ServeOptions, lent: socket.socket | None) -> None:
    print(announcement(options, lent.getsockname()[:2] if lent else None), file=sys.stderr, flush=True)


async def _run(
    servers: Sequence[tuple[uvicorn.Server, socket.socket]], service: Service, options: ServeOptions
) -> None:
    watching = _watch([server for server, _ in servers], service, options)
    await asyncio.gather(watching, *(server.serve(sockets=[listener]) for server, listener in servers))


async def _watch(servers: Sequence[uvicorn.Server], service: Service, options: ServeOptions) -> None:
    state, idleness = service.state, Idleness(time.monotonic())
    while not service.stopping and not any(server.should_exit for server in servers):
        await asyncio.sleep(WATCH_SECONDS)
        trim_log(sys.stderr)
        busy = bool(service.active_jobs) or state.phase in ("starting", "converting", "loading")
        idle_minutes = idleness.seconds(time.monotonic(), state.last_used, busy) / 60
        if options.idle_exit and idle_minutes >= options.idle_exit:
            service.stopping = True
        elif options.idle_unload and idle_minutes >= options.idle_unload and state.phase == "ready":
            service.unload()
    for server in servers:
        server.should_exit = True


def _configuration(app: ASGIApp, options: ServeOptions) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        log_level="info" if options.foreground else "warning",
        access_log=options.foreground,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=1,  # seconds for answers under way; whoever waits for one gets an error
    )


@contextmanager
def _only_engine() -> Iterator[None]:
    """Hold the lock that says an engine lives. The system releases it however the process ends."""
    lock = FileLock(life_lock_file(), timeout=TAKE_OVER_SECONDS, mode=0o600)
    try:
        lock.acquire()
    except Timeout as error:
        next_step = "See 'glossator engine status'; 'glossator engine stop' ends it."
        raise ModelUnavailable("An engine of yours is already running.", next_step) from error
    except OSError as error:
        raise unusable(error) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _listening(tcp: bool) -> Iterator[tuple[socket.socket, EngineAddress]]:
    """A listening socket that clients can find. Under the lock, so a socket file that is here is a dead engine's."""
    path = socket_file()
    try:
        path.unlink(missing_ok=True)
        listener, address = _loopback() if tcp or not has_unix_sockets() else _private(path)
        write_address(address)
    except OSError as error:
        raise unusable(error) from error
    with listener:
        try:
            yield listener, address
        finally:
            address_file().unlink(missing_ok=True)
            path.unlink(missing_ok=True)


def _loopback() -> tuple[socket.socket, EngineAddress]:
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, EngineAddress(os.getpid(), __version__, listener.getsockname()[1], secrets.token_urlsafe(32))


def _private(path: Path) -> tuple[socket.socket, EngineAddress]:
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    path.chmod(0o600)
    listener.listen(128)
    return listener, EngineAddress(os.getpid(), __version__)


@contextmanager
def _lent(team: Team | None) -> Iterator[socket.socket | None]:
    """The socket for the team, if there is one."""
    if team is None:
        yield None
        return
    try:
        family = socket.AF_INET6 if ":" in team.host else socket.AF_INET
        listener = socket.create_server((team.host, team.port), family=family)
    except (OSError, OverflowError) as error:
        what = f"The engine cannot listen on {team.host} port {team.port}: {error}."
        raise ModelUnavailable(what, "Choose an address of this machine and a free port.") from error
    with listener:
        yield listener
