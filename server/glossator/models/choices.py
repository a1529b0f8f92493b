"""Which models a user can choose, and what memory each would take here."""

from __future__ import annotations

from dataclasses import dataclass

from glossator.errors import GlossatorError, ModelTooLarge
from glossator.models.local_extra import has_bitsandbytes
from glossator.models.memory import STARCODERS
from glossator.models.placing import find_place
from glossator.models.plan import decide, known_model, plans
from glossator.models.store import local_models
from glossator.settings import ModelSettings

NOT_HERE = ("not pulled", "bigcode-openrail-m")


@dataclass(frozen=True, slots=True)
class Choice:
    """A model: ``memory`` in bytes as the settings would load it, and what is ``free``; None where nothing is known of
    it. ``trouble`` says why it cannot be loaded now, and what could."""

    name: str
    state: str
    license: str
    quantization: str = ""
    memory: int | None = None
    free: int | None = None
    trouble: str = ""


def choices(settings: ModelSettings) -> tuple[Choice, ...]:
    """What is on this machine, then the StarCoders that are not, the smallest first; and the chosen one, wherever."""
    here = {one.name: (one.state, one.license) for one in local_models()}
    every = {**here, **{name: NOT_HERE for name in reversed(tuple(STARCODERS)) if name not in here}}
    if settings.reference not in every:
        every = {settings.reference: ("ready", ""), **every}
    return tuple(_weighed(name, state, terms, settings) for name, (state, terms) in every.items())


def _weighed(name: str, state: str, terms: str, settings: ModelSettings) -> Choice:
    try:
        model = known_model(name)
    except GlossatorError:
        return Choice(name, state, terms)
    try:
        place = find_place(model, settings)
        plan = decide(model, settings, place.kind, place.free, has_bitsandbytes())
        return Choice(name, state, terms, plan.quantization, plan.need.total, place.free)
    except ModelTooLarge as error:
        least = min(plans(model, settings, place.kind, place.free), key=lambda plan: plan.need.total)
        return Choice(name, state, terms, least.quantization, least.need.total, place.free, str(error))
    except GlossatorError as error:  # a context that this model does not have
        return Choice(name, state, terms, trouble=str(error))
