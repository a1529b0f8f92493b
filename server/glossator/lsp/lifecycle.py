"""``initialize`` to ``exit``, changed settings and folders, and the death of the editor."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from glossator.lsp.session import Session

logger = logging.getLogger(__name__)

EDITOR_CHECK_SECONDS = 1.0
SETTLING_SECONDS = 2.0


def register(session: Session) -> None:
    """Serve the life of the session. pygls answers ``initialize`` itself, after our part."""

    def initialize(params: types.InitializeParams) -> None:
        session.configuration.begin(params)
        if params.process_id is not None and is_alive(params.process_id):
            session.spawn(watch_editor(session, params.process_id))

    def initialized(params: types.InitializedParams) -> None:
        session.configuration.start()

    async def change_configuration(params: types.DidChangeConfigurationParams) -> None:
        await session.configuration.changed(params.settings)

    def change_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        session.configuration.moved()

    async def shutdown(params: None) -> None:
        await session.server.protocol.settle(SETTLING_SECONDS)
        await session.close()

    session.serve(types.INITIALIZE, initialize)
    session.serve(types.INITIALIZED, initialized)
    session.serve(types.WORKSPACE_DID_CHANGE_CONFIGURATION, change_configuration)
    session.serve(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, change_folders)
    session.serve(types.SHUTDOWN, shutdown)
    session.serve(types.EXIT, lambda params: session.server.stop())


async def watch_editor(session: Session, process: int) -> None:
    """End when the editor is gone. The end of stdin says so too, but not if another process inherited the pipe.

    Not begun if the editor seems dead from the start: then it lives outside of the container that we live in.
    """
    while is_alive(process):  # noqa: ASYNC110 - the system sends no event for the end of a process that is not a child
        await asyncio.sleep(EDITOR_CHECK_SECONDS)
    logger.warning("the editor is gone; so is its server")
    session.server.connection_lost()


def is_alive(process: int) -> bool:
    """Whether the process runs. On Windows always true: signal 0 would be Ctrl-C there, and pipes are not inherited."""
    if sys.platform == "win32":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
