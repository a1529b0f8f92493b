"""``glossator.selectAdapter``: which adapter answers from now on, without a change of settings and without a reload.
``glossator.models``: what could be chosen instead of the model, and what it needs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

if TYPE_CHECKING:
    from glossator.lsp.session import Session

USE = "glossator.selectAdapter takes nothing, or a purpose (complete, explain) and an adapter's name or null."


def register(session: Session) -> None:
    """Serve the commands."""
    session.server.command("glossator.selectAdapter")(partial(select_adapter, session))
    session.server.command("glossator.models")(partial(models, session))


async def select_adapter(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any]:
    """The adapters of this machine and whom each purpose asks; with arguments, after that choice. It holds until the
    settings change."""
    arguments = params.arguments or []
    async with session.parts() as parts:
        if arguments:
            purpose, name = read_choice(arguments)
            await asyncio.to_thread(parts.choose_adapter, purpose, name)
        return dict(await asyncio.to_thread(parts.adapters))


async def models(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any]:
    """The models of this machine and those that could be fetched, with their memory, and the chosen one."""
    async with session.parts() as parts:
        return dict(await asyncio.to_thread(parts.model_choices))


def read_choice(arguments: Sequence[Any]) -> tuple[str, str]:
    """A purpose and a name.

    Raises:
        JsonRpcInvalidParams: they are not that.
    """
    if len(arguments) != 2 or not isinstance(arguments[0], str) or not isinstance(arguments[1], str | None):
        raise JsonRpcInvalidParams(USE)
    return arguments[0], arguments[1] or ""
