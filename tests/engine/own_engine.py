"""Folders of their own for tests that start engines, and waiting for what another process does."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from glossator.models.engine_process import stop
from glossator.settings import EngineSettings, ModelSettings, Settings

CONTEXT = 4096


@contextmanager
def own_folders(**variables: str) -> Iterator[Path]:
    """Folders of our own behind Glossator's environment variables. Short ones: a socket's path holds 100 bytes."""
    root = Path(tempfile.mkdtemp(prefix="glossator-"))
    names = {f"GLOSSATOR_{name}_DIR": str(root / name.lower()) for name in ("DATA", "CACHE", "CONFIG", "RUNTIME")}
    before = dict(os.environ)
    os.environ.update(names, XDG_RUNTIME_DIR=str(root), **variables)
    try:
        yield root
    finally:
        asyncio.run(stop())
        os.environ.clear()
        os.environ.update(before)
        shutil.rmtree(root)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait as long as it takes; what never comes true ends with the test run's own time limit."""
    while not await condition():  # noqa: ASYNC110  the state is in another process, which signals nothing
        await asyncio.sleep(0.01)


def tiny_settings(model: Path, **engine: float) -> Settings:
    """Settings for the tiny model."""
    return Settings(model=ModelSettings(str(model)), engine=EngineSettings(threads=1, **engine))  # type: ignore[arg-type]
