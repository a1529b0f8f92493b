"""The backends looked at: who is asked, whether they may be, what they cost so far, how they were last."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from pathlib import Path

from glossator.assemble_models import ENGINE, Planned, Wiring, noted, plan
from glossator.errors import GlossatorError, NothingToSay
from glossator.models.base import Message, Prompt, read
from glossator.models.budget import spell
from glossator.models.consent import ALLOWED, Consent
from glossator.models.engine_process import status
from glossator.models.ledger import Ledger
from glossator.settings import Settings

CHECK_SECONDS = 20.0
ONE_TOKEN = Prompt(messages=(Message("user", "Say ok."),), max_tokens=16, deadline=CHECK_SECONDS)


@dataclass(frozen=True, slots=True)
class Row:
    """One backend. ``checked`` is ``ok``, ``failed``, ``not allowed``, or empty where nothing was asked; ``told`` is
    the last trouble, or how the check went."""

    name: str
    host: str
    model: str
    purposes: tuple[str, ...]
    consent: str
    state: str
    used: str
    checked: str = ""
    told: str = ""


async def describe(settings: Settings, root: Path) -> tuple[Row, ...]:
    """A row for each, in order. Asks nobody but the engine on this machine."""
    ledger = Ledger()
    return tuple([await _row(planned, settings, root, ledger) for planned in plan(settings)])


async def check(settings: Settings, root: Path) -> tuple[Row, ...]:
    """The same, after one tiny question to each that may be asked; the engine is only looked at, not started."""
    rows = await describe(settings, root)
    return tuple([await _checked(row, one, settings, root) for row, one in zip(rows, plan(settings), strict=True)])


async def _row(planned: Planned, settings: Settings, root: Path, ledger: Ledger) -> Row:
    if planned.name == ENGINE:
        found = await status()
        state = found.state if found is not None else "not running"
        return Row(ENGINE, "this machine", settings.model.name, planned.purposes, "not needed", state, "")
    one, place = planned.settings, planned.endpoint
    key = f"{place.url if place else one.url} {one.model}"
    consent = await _consent(planned, settings, root, ledger)
    used = spell(await asyncio.to_thread(ledger.used, planned.name), planned.budget)
    fault = noted(ledger, key, "fault") if noted(ledger, key, "state") == "open" else ""
    told = str(planned.problem) if planned.problem is not None else _keyless(planned) or fault
    state = "unusable" if planned.problem is not None else noted(ledger, key, "state") or "not asked yet"
    return Row(planned.name, place.host if place else "", one.model, planned.purposes, consent, state, used, told=told)


async def _consent(planned: Planned, settings: Settings, root: Path, ledger: Ledger) -> str:
    if not planned.needs_consent:
        return "not needed" if planned.endpoint is not None else ""
    if settings.backends.consent != "ask":
        return settings.backends.consent
    return await Consent("models", "ask", root, ledger).decision() or "not asked yet"


def _keyless(planned: Planned) -> str:
    """Whether the variable with the key is not set. The keyring is not asked: it may want to be unlocked."""
    variable = planned.settings.key_variable
    return f"The environment variable {variable} is not set." if variable and not os.environ.get(variable) else ""


async def _checked(row: Row, planned: Planned, settings: Settings, root: Path) -> Row:
    if planned.name == ENGINE:
        return row
    if planned.problem is not None or row.consent not in ("not needed", "on", ALLOWED):
        return replace(row, checked="not allowed" if planned.problem is None else "failed")
    wiring = Wiring(settings, root, Consent("models", "on", root, Ledger()), Ledger())
    backend = wiring.backend(planned)
    try:
        _, usage = await read(backend.model, ONE_TOKEN)
        if usage is None or usage.finish_reason == "deadline":
            raise NothingToSay(f"{planned.label} did not answer in {CHECK_SECONDS:g} seconds.")
    except GlossatorError as error:
        return replace(row, checked="failed", told=str(error))
    finally:
        for client in wiring.clients:
            await client.close()
    return replace(row, checked="ok", told=f"{usage.model} answered.")
