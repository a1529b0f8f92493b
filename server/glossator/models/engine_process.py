"""The engine as seen from outside: start it on first need, know how it is, ask it, stop it."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

from glossator import __version__, errors
from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import GlossatorError, ModelUnavailable
from glossator.models.base import Piece, Prompt
from glossator.models.engine_address import (
    EngineAddress,
    address_file,
    check_writable,
    life_lock_file,
    log_file,
    open_log,
    read_address,
    socket_file,
    start_lock_file,
    unusable,
)
from glossator.models.engine_command import CHOICES, engine_command
from glossator.models.local_extra import require_local_extra
from glossator.models.openai import NotListening, OpenAIModel
from glossator.models.progress import Progress, Report, silent
from glossator.models.store import full_name, require
from glossator.settings import Settings

if TYPE_CHECKING:
    import httpx2

STARTING = "Starting the engine"
AGAIN = "The engine had ended; starting it again"
POLL_SECONDS = 0.05
SILENCE_TIMEOUT = 30.0  # seconds for an engine that lives and does not answer
HEALTH_TIMEOUT = 10.0  # seconds; importing torch holds the engine's interpreter for up to two
STOP_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class EngineStatus:
    """What ``/health`` said; ``details`` holds all of it."""

    state: str
    progress: float
    message: str
    model: str
    pid: int
    version: str
    rss_mb: int
    error: GlossatorError | None
    details: dict[str, Any]


class EngineModel:
    """The port ``Model`` over the engine on this machine, which it starts if need be.

    The prompt's deadline counts from the moment when the engine is ready; until then ``engine.load_timeout`` holds.
    """

    def __init__(self, settings: Settings, report: Report = silent) -> None:
        self._settings = settings
        self._report = report
        self._model: OpenAIModel | None = None
        self.was_ready = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The answer piece by piece.

        Raises:
            ModelMissing: the model is not pulled.
            PartMissing: the local extra is not installed.
            ModelUnavailable: the engine cannot be started, or broke off.
        """
        try:
            if self._model is None:
                await self._connect()
            async for piece in self._ask(prompt):
                yield piece
        except NotListening:  # it ended since it was last asked: start another, once
            await self._connect()
            async for piece in self._ask(prompt):
                yield piece

    async def close(self) -> None:
        """Forget the connection; the engine goes on for others."""
        model, self._model = self._model, None
        if model is not None:
            await model.close()

    async def _ask(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        assert self._model is not None
        async with aclosing(self._model.stream(prompt)) as pieces:
            async for piece in pieces:
                yield piece

    async def _connect(self) -> None:
        await self.close()
        await ensure_running(self._settings, self._report, AGAIN if self.was_ready else STARTING)
        self.was_ready = True
        address = read_address()
        if address is None:
            raise ModelUnavailable("The engine ended right after its start.", "See 'glossator engine logs'.")
        self._model = OpenAIModel(
            base_url=f"{address.base_url}/v1",
            model=full_name(self._settings.model.reference),
            backend="The engine",
            api_key=address.token or "none",
            connect=lambda: http_client(address, None),
            extensions=True,
        )


async def ensure_running(settings: Settings, report: Report = silent, starting: str = STARTING) -> EngineStatus:
    """Start the engine unless it answers, and wait until its model is loaded; ``starting`` is said when it is started.

    One that is older than we are, or that failed, is replaced as soon as it answers nobody. A newer one is used as it
    is: it speaks the same protocol, and two windows of different versions must not replace each other's for ever.

    Raises:
        ModelMissing: the model is not pulled.
        PartMissing: the local extra is not installed.
        ModelUnavailable: the engine did not come up within ``engine.load_timeout``; says what it printed last.
    """
    require(settings.model.reference)
    deadline = time.monotonic() + settings.engine.load_timeout
    async with _held(FileLock(start_lock_file(), mode=0o600), deadline):
        found = await _living(report)
        if found is not None and (
            is_older(found.version, __version__) or found.state == "failed" or _differs(found, settings)
        ):
            await _retire(found, report, deadline)
            found = None
        if found is None:
            report(Progress(starting))
            check_writable()
            await _first_answer(_start(settings), deadline)
    return await _until_ready(report, deadline)


async def status() -> EngineStatus | None:
    """How the engine is, or None if none answers."""
    address = read_address()
    body = await _request(address, "GET", "/health") if address else None
    if body is None:
        return None
    return EngineStatus(
        error=_error(body.get("error")),
        details=body,
        **{name: body[name] for name in ("state", "progress", "message", "model", "pid", "version", "rss_mb")},
    )


async def stop() -> bool:
    """End the engine, whoever started it; answers whether there was one. It returns when the engine is gone.

    Raises:
        ModelUnavailable: it goes on living.
    """
    if not is_alive():
        return False
    address = read_address()
    if address:
        await _request(address, "POST", "/stop")
    if not await _gone(time.monotonic() + STOP_TIMEOUT):
        _kill(address)
        if not await _gone(time.monotonic() + STOP_TIMEOUT):
            raise ModelUnavailable("The engine does not end.", "End its process yourself: glossator engine status.")
    return True


def is_alive() -> bool:
    """Whether an engine's process lives, also one that does not answer: it holds a lock for life.

    Raises:
        ModelUnavailable: its folder cannot be used.
    """
    lock = FileLock(life_lock_file(), mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    except OSError as error:
        raise unusable(error) from error
    lock.release()
    return False


def is_older(version: str, than: str) -> bool:
    """Whether a version comes before another; by their numbers, what else stands in them is left out."""
    one, other = (tuple(map(int, re.findall(r"\d+", text))) for text in (version, than))
    return one < other


def log_tail(lines: int = 20) -> str:
    """The end of what the engine printed since its last start."""
    try:
        return "\n".join(log_file().read_text("utf-8", "replace").splitlines()[-lines:])
    except OSError:
        return ""


def http_client(address: EngineAddress, timeout: float | None) -> httpx2.AsyncClient:
    """A client for the engine. Each request has a connection of its own: it costs nothing on a socket of this machine.

    Nothing of the environment applies: a proxy must never see what goes to the engine.
    """
    import httpx2

    return httpx2.AsyncClient(
        transport=httpx2.AsyncHTTPTransport(
            uds=None if address.port else str(socket_file()),
            verify=False,  # it is plain HTTP; True would load the certificates for nothing
            limits=httpx2.Limits(max_keepalive_connections=0),
            trust_env=False,
        ),
        base_url=address.base_url,
        headers=address.headers,
        timeout=timeout,
        trust_env=False,
    )


def _differs(found: EngineStatus, settings: Settings) -> bool:
    """Whether an engine was told to load models in another way than these settings say."""
    return bool(found.details.get("choices") != [str(getattr(settings.model, name)) for name in CHOICES])


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    """A process of its own session: it outlives us, and no Ctrl-C of our terminal reaches it."""
    require_local_extra()
    detached: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        detached = {"creationflags": subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP}
    address_file().unlink(missing_ok=True)  # of an engine that was killed; its process id may be another's by now
    log = open_log()
    try:
        process = subprocess.Popen(
            engine_command(settings),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=SAFE_DIRECTORY,
            env=environment(),
            **detached,
        )
    finally:
        os.close(log)
    # Whoever started it must also take note of its end, or it stays a zombie as long as we live.
    threading.Thread(target=process.wait, name="engine-reaper", daemon=True).start()
    return process


async def _living(report: Report) -> EngineStatus | None:
    """The engine that lives; one that is silent gets some time, since its machine may just have woken up."""
    silent_until = time.monotonic() + SILENCE_TIMEOUT
    while is_alive():
        if (found := await status()) is not None:
            return found
        if time.monotonic() > silent_until:
            report(Progress("Replacing the engine, which does not answer"))
            await stop()
            return None
        report(Progress("Waiting for the engine to answer"))
        await asyncio.sleep(POLL_SECONDS)
    return None


async def _retire(found: EngineStatus, report: Report, deadline: float) -> None:
    """End an engine as soon as it answers nobody: another window's answer is not broken off."""
    while not await _stop_if_idle():
        report(Progress(f"Waiting until the engine of version {found.version} is done"))
        if time.monotonic() > deadline:
            what = f"The engine of version {found.version} is busy with another window."
            raise ModelUnavailable(what, "Try again when it is done, or run 'glossator engine stop'.")
        await asyncio.sleep(POLL_SECONDS)
    report(Progress("Replacing the engine that runs"))
    await stop()


async def _stop_if_idle() -> bool:
    """Ask it to end; answers whether it does, or is gone. An engine from before it knew the question just ends."""
    address = read_address()
    if not is_alive() or address is None:
        return True
    before = await status()
    if before is not None and before.details.get("active_jobs"):
        return False
    return await _request(address, "POST", "/stop?when=idle") is not None or not is_alive()


async def _first_answer(process: subprocess.Popen[bytes], deadline: float) -> None:
    while await status() is None:
        if process.poll() is not None:
            raise ModelUnavailable(f"The engine ended at its start: {_last_words()}", "See 'glossator engine logs'.")
        if time.monotonic() > deadline:
            raise ModelUnavailable("The engine does not answer.", "See 'glossator engine logs'.")
        await asyncio.sleep(POLL_SECONDS)


async def _until_ready(report: Report, deadline: float) -> EngineStatus:
    while True:
        found = await status()
        if found is None:
            raise ModelUnavailable(f"The engine ended while loading: {_last_words()}", "See 'glossator engine logs'.")
        if found.error is not None:
            raise found.error
        report(Progress(found.message, found.progress, 1))
        if found.state in ("ready", "unloaded"):
            return found
        if time.monotonic() > deadline:
            what = f"The engine is still busy: {found.message} ({found.progress:.0%})."
            raise ModelUnavailable(what, "Try again in a while, or raise engine.load_timeout.")
        await asyncio.sleep(POLL_SECONDS)


async def _request(address: EngineAddress, method: str, path: str) -> dict[str, Any] | None:
    import httpx2

    async with http_client(address, HEALTH_TIMEOUT) as client:
        try:
            answer = await client.request(method, path)
            return dict(answer.json()) if answer.status_code == 200 else None
        except (httpx2.HTTPError, ValueError):
            return None


@asynccontextmanager
async def _held(lock: FileLock, deadline: float) -> AsyncIterator[None]:
    """Hold a lock without blocking the loop while another process has it."""
    while True:
        try:
            lock.acquire(timeout=0)
            break
        except Timeout:
            if time.monotonic() > deadline:
                what = "Another process has been starting the engine for too long."
                raise ModelUnavailable(what, "See 'glossator engine status'.") from None
            await asyncio.sleep(POLL_SECONDS)
        except OSError as error:
            raise unusable(error) from error
    try:
        yield
    finally:
        lock.release()


async def _gone(deadline: float) -> bool:
    while is_alive():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(POLL_SECONDS)
    return True


def _kill(address: EngineAddress | None) -> None:
    import signal

    if address is None:
        return
    try:
        os.kill(address.pid, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
    except OSError:
        return


def _last_words() -> str:
    lines = [line for line in log_tail().splitlines() if line.strip()]
    return lines[-1] if lines else "it printed nothing."


def _error(detail: dict[str, str] | None) -> GlossatorError | None:
    if not detail:
        return None
    kind = getattr(errors, detail["kind"], ModelUnavailable)
    return kind(detail["what"], detail["next_step"]) if isinstance(kind, type) else None
