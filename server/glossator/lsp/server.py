"""``build``: the language server with all its features; and how its process ends.

Handlers are four moves: snapshot, convert, call, convert. All are coroutines, since only those can be cancelled, or
trivial. ``@server.thread()`` is not used: such handlers cannot be cancelled and take the thread that reads stdin.
"""

from __future__ import annotations

import asyncio
import faulthandler
import json
import logging
import os
import signal
import sys
from contextlib import suppress
from threading import Event
from typing import BinaryIO

from lsprotocol import types
from pygls.io_ import StdoutWriter
from pygls.lsp.server import LanguageServer

from glossator import __version__
from glossator.complete.journal import Journal
from glossator.lsp import (
    code_action,
    commands,
    completion,
    documents,
    hover,
    inline_completion,
    lifecycle,
    progress,
    read_ahead,
    surroundings,
)
from glossator.lsp.framing import MessageReader, Unreadable
from glossator.lsp.parts import Assemble, Rendering
from glossator.lsp.protocol import GlossatorProtocol, lenient_converter
from glossator.lsp.report import Reporter
from glossator.lsp.session import Session
from glossator.lsp.suggestions import Suggestions

ENDING_SECONDS = 4.0
# How long a thread that computes (notices, trees) may keep the event loop waiting, each time it has something to do;
# the default of 5 ms, a dozen times in a hover, is felt.
SWITCH_SECONDS = 0.0005


def build(assemble: Assemble, render: Rendering, journal: Journal | None = None) -> GlossatorServer:
    """A server that makes its parts with ``assemble`` as soon as it knows the settings."""
    server = GlossatorServer()
    session = Session(server, assemble, render)
    suggestions = Suggestions(session, journal or Journal())
    lifecycle.register(session)
    documents.register(session)
    surroundings.register(session)
    progress.register(session)
    read_ahead.register(session)
    hover.register(session)
    inline_completion.register(session, suggestions)
    completion.register(session, suggestions)
    code_action.register(session)
    commands.register(session, suggestions)
    server.session = session
    return server


class GlossatorServer(LanguageServer):
    """The connection's owner. ``start_io`` serves until the editor is gone; ``exit_code`` says how it ended."""

    protocol: GlossatorProtocol
    session: Session

    def __init__(self) -> None:
        self.reporter = Reporter(self)
        every = types.NotebookDocumentFilterWithNotebook(notebook="*")
        super().__init__(
            "glossator",
            __version__,
            protocol_cls=GlossatorProtocol,
            converter_factory=lenient_converter,
            max_workers=1,
            notebook_document_sync=types.NotebookDocumentSyncOptions([every]),
        )
        self._stop = Event()
        self._leaving: asyncio.Task[None] | None = None

    @property
    def exit_code(self) -> int:
        """0 after ``shutdown``, else 1, as the protocol says. pygls' own ``start_io`` loses it."""
        return 0 if self.protocol.shut_down else 1

    def start_io(self, stdin: BinaryIO | None = None, stdout: BinaryIO | None = None) -> None:
        """Serve one editor until ``exit`` or the end of stdin, then end everything that was started."""
        sys.setswitchinterval(SWITCH_SECONDS)
        asyncio.run(self._serve(stdin or sys.stdin.buffer, stdout or sys.stdout.buffer))

    def stop(self) -> None:
        """End after the message at hand."""
        self._stop.set()

    def connection_lost(self) -> None:
        """The editor does not read any more. Stdin may stay open and its reader block, so leave the hard way."""
        self._leaving = self._leaving or asyncio.ensure_future(self.leave())

    async def leave(self) -> None:
        """End at once, although a thread still waits for stdin: it can neither be cancelled nor joined."""
        await self._end()
        logging.shutdown()
        os._exit(self.exit_code)

    def report_server_error(self, error: Exception, source: object) -> None:
        """What could not be handled: unreadable input gets its answer, all else is a bug."""
        if isinstance(error, Unreadable | ValueError | RecursionError):
            self.protocol.refuse_unreadable()
        else:
            self.reporter.bug("the connection", error)

    async def _serve(self, stdin: BinaryIO, stdout: BinaryIO) -> None:
        self.protocol.set_writer(StdoutWriter(stdout))
        self._leave_on_signals()
        try:
            await self._listen(MessageReader(stdin))
        finally:
            await self._end()
            # Whatever thread or task then still hangs must not keep the process: it says where, and exits.
            faulthandler.dump_traceback_later(ENDING_SECONDS, exit=True)

    async def _listen(self, reader: MessageReader) -> None:
        """Take messages until ``exit`` or the end of the stream; nothing that arrives ends it otherwise."""
        while not self._stop.is_set():
            try:
                body = await asyncio.get_running_loop().run_in_executor(self.thread_pool, reader.next)
                if body is None:
                    return
                self.protocol.handle_message(json.loads(body))
            except Exception as error:
                self.report_server_error(error, self)

    async def _end(self) -> None:
        await self.protocol.settle(ENDING_SECONDS)
        await self.session.close()

    def _leave_on_signals(self) -> None:
        for name in ("SIGTERM", "SIGINT", "SIGHUP"):
            with suppress(AttributeError, NotImplementedError):  # Windows has neither all of them nor this call
                asyncio.get_running_loop().add_signal_handler(getattr(signal, name), self.connection_lost)
