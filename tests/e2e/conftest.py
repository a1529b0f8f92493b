"""Real server processes, each with a client at its other end."""

from collections.abc import AsyncIterator

import pytest

from tests.e2e.wire import Wire, connected


@pytest.fixture
async def fresh() -> AsyncIterator[Wire]:
    """A server that was not greeted yet."""
    async with connected() as wire:
        yield wire


@pytest.fixture
async def wire(fresh: Wire) -> Wire:
    """A server whose client has ghost text and progress, as VS Code has."""
    await fresh.initialize({"window": {"workDoneProgress": True}, "textDocument": {"inlineCompletion": {}}})
    return fresh


@pytest.fixture
async def plain(fresh: Wire) -> Wire:
    """A server whose client can nothing special."""
    await fresh.initialize()
    return fresh
