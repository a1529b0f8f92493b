"""What the handlers share: the open documents, the parts, what the client can, how to tell it of trouble."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.capabilities import get_capability

from glossator.lsp.configuration import Configuration
from glossator.lsp.consent import ConsentQuestions
from glossator.lsp.documents import Documents
from glossator.lsp.parts import Assemble, Parts, Rendering, Workshop
from glossator.lsp.progress import ProgressBoard
from glossator.lsp.report import Status
from glossator.lsp.surroundings import OpenSurroundings

if TYPE_CHECKING:
    from glossator.lsp.server import GlossatorServer


class Session:
    """One editor, from its ``initialize`` to its end."""

    def __init__(self, server: GlossatorServer, assemble: Assemble, render: Rendering) -> None:
        self.server = server
        self.render = render
        self.reporter = server.reporter
        self.documents = Documents()
        self.surroundings = OpenSurroundings(self.documents)
        self.status = Status(server)
        self.progress = ProgressBoard(self)
        self.workshop = Workshop(assemble, self.status.loading)
        self.configuration = Configuration(self)
        self.consent = ConsentQuestions(self)
        self.forgetting: list[Callable[[str], None]] = []  # told of a document whose remembered answers were dropped
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def encoding(self) -> str:
        """The position encoding that was agreed upon."""
        encoding = self.server.workspace.position_encoding or types.PositionEncodingKind.Utf16
        return encoding.value if isinstance(encoding, types.PositionEncodingKind) else encoding

    def can(self, capability: str) -> Any:
        """What the client said of a capability, by its dotted name in snake_case; None if nothing."""
        return get_capability(self.server.client_capabilities, capability)

    def serve(self, method: str, handler: Callable[..., Any], options: Any = None) -> None:
        """Register a handler. In a ``partial``, since pygls marks its handlers and a bound method takes no marks."""
        self.server.feature(method, options)(partial(handler))

    def spawn(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run something beside the requests; it ends with the session at the latest."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    @asynccontextmanager
    async def parts(self) -> AsyncIterator[Parts]:
        """The parts, once the settings are known. Take the snapshot before: this awaits.

        Raises:
            GlossatorError: there are no parts.
        """
        await self.configuration.settled()
        async with self.workshop.parts() as parts:
            try:
                yield parts
            finally:
                self.consent.look(parts)

    async def close(self) -> None:
        """End everything that was started. Can be called again."""
        for task in tuple(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()
        await self.workshop.close()
