"""The life of the engine's process: one for each user, on a private socket, until nobody needs it."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import uvicorn
from filelock import FileLock, Timeout

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
    write_address,
)
from glossator.settings import ModelSettings

# How long a starting engine waits for one that is just ending.
TAKE_OVER_SECONDS = 10.0
WATCH_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """What ``python -m glossator.engine`` was told. Times in minutes; 0 threads takes all cores but one."""

    model: str
    threads: int = 0
    idle_unload: float = 15.0
    idle_exit: float = 30.0
    tcp: bool = False
    choices: ModelSettings = ModelSettings()


def serve(options: ServeOptions) -> None:
    """Serve until idle for long enough, asked to stop, or signalled.

    Raises:
        ModelUnavailable: another engine of this user lives.
    """
    # uvicorn raises the signals that it caught again when it has stopped; this turns them into a clean end.
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))
    with _only_engine(), _listening(options.tcp) as (listener, address):
        service = Service(options.model, options.threads or default_threads(), options.choices)
        server = uvicorn.Server(_configuration(service, address))
        service.load()
        asyncio.run(_run(server, service, listener, options))


def default_threads() -> int:
    """All cores but one, so that the machine stays usable; those that this process may use, where that is known."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(cores - 1, 1)


async def _run(server: uvicorn.Server, service: Service, listener: socket.socket, options: ServeOptions) -> None:
    watching = asyncio.create_task(_watch(server, service, options))
    try:
        await server.serve(sockets=[listener])
    finally:
        watching.cancel()


async def _watch(server: uvicorn.Server, service: Service, options: ServeOptions) -> None:
    state = service.state
    while not service.stopping:
        await asyncio.sleep(WATCH_SECONDS)
        if service.active_jobs or state.phase in ("starting", "converting", "loading"):
            state.last_used = time.monotonic()
        idle_minutes = (time.monotonic() - state.last_used) / 60
        if options.idle_exit and idle_minutes >= options.idle_exit:
            service.stopping = True
        elif options.idle_unload and idle_minutes >= options.idle_unload and state.phase == "ready":
            service.unload()
    server.should_exit = True


def _configuration(service: Service, address: EngineAddress) -> uvicorn.Config:
    return uvicorn.Config(
        build_app(service, address.token or None),
        log_level="warning",
        access_log=False,
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
        raise ModelUnavailable("An engine of yours is already running.", "See 'glossator engine status'.") from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _listening(tcp: bool) -> Iterator[tuple[socket.socket, EngineAddress]]:
    """A listening socket that clients can find. Under the lock, so a socket file that is here is a dead engine's."""
    path = socket_file()
    path.unlink(missing_ok=True)
    if tcp or not has_unix_sockets():
        listener = socket.create_server(("127.0.0.1", 0))
        address = EngineAddress(os.getpid(), __version__, listener.getsockname()[1], secrets.token_urlsafe(32))
    else:
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen(128)
        address = EngineAddress(os.getpid(), __version__)
    with listener:
        write_address(address)
        try:
            yield listener, address
        finally:
            address_file().unlink(missing_ok=True)
            path.unlink(missing_ok=True)
