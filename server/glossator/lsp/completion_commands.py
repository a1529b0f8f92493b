"""The commands and notifications about suggestions: accepted, shown, accepted in part, snoozed, counted."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from glossator.complete.stats import tally, to_json
from glossator.complete.stats_html import to_html
from glossator.lsp.snooze import USUAL_MINUTES

if TYPE_CHECKING:
    from glossator.lsp.session import Session
    from glossator.lsp.suggestions import Suggestions

# As Copilot's language server has it, so that its clients need not be taught anew.
PARTIALLY_ACCEPTED = "textDocument/didPartiallyAcceptCompletion"
USUAL_DAYS = 30.0
STATS_USE = 'glossator.stats takes a number of days, and maybe {"html": true}.'


def register(session: Session, suggestions: Suggestions) -> None:
    """Serve them."""
    session.server.command("glossator.accepted")(partial(accepted, suggestions))
    session.server.command("glossator.snooze")(partial(snooze, suggestions))
    session.server.command("glossator.stats")(partial(stats, suggestions))

    def partly(params: Any) -> None:
        identity, characters = partly_accepted(params)
        if identity is not None and characters is not None:
            suggestions.feedback.took(identity, characters)

    session.serve(PARTIALLY_ACCEPTED, partly)


async def accepted(suggestions: Suggestions, params: types.ExecuteCommandParams) -> dict[str, bool]:
    """The editor took an item, or so many characters of it."""
    identity, characters = [*(params.arguments or ()), None, None][:2]
    whole = characters is None or (isinstance(characters, int) and not isinstance(characters, bool))
    if not isinstance(identity, str) or not whole:
        raise JsonRpcInvalidParams("glossator.accepted takes the id of an item, and maybe a number of characters.")
    return {"known": suggestions.feedback.took(identity, characters)}


async def snooze(suggestions: Suggestions, params: types.ExecuteCommandParams) -> dict[str, str | None]:
    """Sleep, or wake up."""
    minutes = _number(params, USUAL_MINUTES, "glossator.snooze takes a number of minutes.")
    until = suggestions.snooze.set(minutes)
    return {"until": until.isoformat(timespec="seconds") if until is not None else None}


async def stats(suggestions: Suggestions, params: types.ExecuteCommandParams) -> dict[str, Any]:
    """What became of suggestions."""
    days = _number(params, USUAL_DAYS, STATS_USE)
    wish = [*(params.arguments or ()), None, None][1] or {}
    if not isinstance(wish, Mapping):
        raise JsonRpcInvalidParams(STATS_USE)
    return await asyncio.to_thread(counted, suggestions, days, bool(wish.get("html")))


def counted(suggestions: Suggestions, days: float, html: bool) -> dict[str, Any]:
    """The numbers of so many days, with the page if it is wanted. What is not written down yet is not waited for."""
    found = tally(suggestions.feedback.journal.read(days))
    return {**to_json(found), "html": to_html(found)} if html else to_json(found)


def partly_accepted(params: Any) -> tuple[str | None, int | None]:
    """The item's id and the characters in ``{item: {command: {arguments: [id]}}, acceptedLength}``; None for what does
    not fit."""
    command = _part(_part(params, "item"), "command")
    arguments = _part(command, "arguments")
    identity = arguments[0] if isinstance(arguments, list | tuple) and arguments else None
    length = _part(params, "acceptedLength")
    return (identity if isinstance(identity, str) else None), (length if isinstance(length, int) else None)


def _part(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)


def _number(params: types.ExecuteCommandParams, usual: float, use: str) -> float:
    given = (params.arguments or [usual])[0]
    if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or given < 0:
        raise JsonRpcInvalidParams(use)
    return float(given)
