"""Work that the user watches and may stop: ``$/progress`` and ``window/workDoneProgress/cancel``.

Each report carries a stage in ``message``. Results that come in parts go under a token of their own: the client's
``partialResultToken``, which a command takes among its options since the protocol's parameters have no place for it.
pygls' own progress only marks a future when the user cancels; here the request itself is cancelled, which reaches the
model.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from glossator.explain.options import Report

if TYPE_CHECKING:
    from glossator.lsp.session import Session

logger = logging.getLogger(__name__)

CREATION_SECONDS = 2.0


class ProgressBoard:
    """Every request that shows progress, by its token."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._tasks: dict[types.ProgressToken, asyncio.Task[object]] = {}

    @asynccontextmanager
    async def show(self, title: str, token: Any) -> AsyncIterator[Report]:
        """Show the work of the block, under the client's token or one of our own; gives what takes the pieces."""
        if not isinstance(token, str | int):  # lsprotocol lets anything pass for a token
            token = await self._create()
        task = asyncio.current_task()
        if token is None or task is None:
            yield ignore
            return
        self._tasks[token] = task
        self._send(token, types.WorkDoneProgressBegin(title, cancellable=True))
        try:
            yield lambda piece: self._send(token, types.WorkDoneProgressReport(message=piece, cancellable=True))
        finally:
            del self._tasks[token]
            self._send(token, types.WorkDoneProgressEnd())

    def send_part(self, token: types.ProgressToken, value: Any) -> None:
        """A part of a result, as plain JSON."""
        self._session.server.progress(types.ProgressParams(token, value))

    def cancel(self, token: Any) -> None:
        """Cancel the request behind a token; its answer says so."""
        task = self._tasks.get(token) if isinstance(token, str | int) else None
        if task is not None:
            task.cancel()

    async def _create(self) -> types.ProgressToken | None:
        """A token that the editor agreed to show, or None: it cannot, or does not answer."""
        if not self._session.can("window.work_done_progress"):
            return None
        token = str(uuid.uuid4())
        asked = self._session.server.window_work_done_progress_create_async(types.WorkDoneProgressCreateParams(token))
        try:
            await asyncio.wait_for(asked, CREATION_SECONDS)
        except (JsonRpcException, asyncio.TimeoutError):
            logger.warning("the editor shows no progress")
            return None
        return token

    def _send(
        self,
        token: types.ProgressToken,
        value: types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd,
    ) -> None:
        self._session.server.progress(types.ProgressParams(token, value))


def ignore(piece: str) -> None:
    """Takes the pieces when nobody watches."""


def register(session: Session) -> None:
    """Serve the user's wish to stop."""
    cancelled = types.WINDOW_WORK_DONE_PROGRESS_CANCEL
    session.serve(cancelled, lambda params: session.progress.cancel(params.token))
