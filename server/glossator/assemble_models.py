"""Settings to models: which backends there are, in what order, and what each is wrapped in.

A backend elsewhere, from the outside in: consent and excluded files, redaction, the way to ask for completions, the
budget, the API itself. In that order: what is not sent costs nothing, and nothing unredacted gets further.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from glossator.complete.from_text import PATIENCE
from glossator.errors import GlossatorError, PartMissing, Problem, WrongUse
from glossator.models.base import Model
from glossator.models.budget import Budget, BudgetedModel
from glossator.models.catalog import CATALOG
from glossator.models.consent import Consent
from glossator.models.consenting import ConsentingModel
from glossator.models.credentials import KeyPlace
from glossator.models.endpoint import Endpoint, endpoint
from glossator.models.engine_process import EngineModel
from glossator.models.exclusions import Exclusions, patterns_of
from glossator.models.fallback import Backend, Breaker, FallbackModel
from glossator.models.families import FAMILIES, family_named
from glossator.models.formats import Family
from glossator.models.infill import InfillingModel, family_in
from glossator.models.ledger import Ledger
from glossator.models.openai import OpenAIModel
from glossator.models.progress import Report as ModelReport
from glossator.models.redaction import RedactingModel
from glossator.models.store import revision
from glossator.settings import BackendSettings, Settings

ENGINE = "engine"
PURPOSES = ("complete", "explain")
_breakers: dict[tuple[str, str], Breaker] = {}


@dataclass(frozen=True, slots=True)
class Planned:
    """One name of the order: the engine, a backend elsewhere, or what keeps it from being one."""

    name: str
    settings: BackendSettings = BackendSettings()
    endpoint: Endpoint | None = None
    purposes: tuple[str, ...] = PURPOSES
    problem: Problem | None = None

    @property
    def label(self) -> str:
        """What answers and errors call it."""
        return "The engine" if self.name == ENGINE else self.endpoint.label if self.endpoint else self.name

    @property
    def needs_consent(self) -> bool:
        """Whether it is on somebody else's machine."""
        return self.endpoint is not None and not self.endpoint.local and not self.settings.trusted

    @property
    def key_place(self) -> KeyPlace:
        """Where its key is."""
        return KeyPlace(self.name, self.settings.key_variable, self.settings.keyring)

    @property
    def budget(self) -> Budget:
        """Its prices and limits."""
        one = self.settings
        return Budget(one.price_in, one.price_out, one.monthly_tokens, one.monthly_cost)


@dataclass(frozen=True)
class Models:
    """Who completes and who explains. ``explaining_here`` is the part of those who explain that sends nothing to
    another machine; None where there is nobody. ``identity`` tells their answers from those of others."""

    completing: Model
    explaining: Model | None
    explaining_here: Model | None
    identity: str
    consent: Consent
    engine: EngineModel
    elsewhere: tuple[OpenAIModel, ...] = ()
    problems: tuple[Problem, ...] = ()

    def patience(self, deadline: float) -> float | None:
        """How long somebody who types waits for the first piece, in seconds: no time for an engine that is loading,
        where nobody else is asked; else as long as it takes."""
        if self.engine.was_ready:
            return None
        return deadline if self.elsewhere else PATIENCE

    async def close(self) -> None:
        """Let go of the engine and of every connection."""
        await self.engine.close()
        for model in self.elsewhere:
            await model.close()


@dataclass
class Wiring:
    """What the backends of one workspace share, and the clients made for them."""

    settings: Settings
    root: Path
    consent: Consent
    ledger: Ledger
    clients: list[OpenAIModel] = field(default_factory=list)

    def backend(self, planned: Planned) -> Backend:
        """A backend elsewhere, whole."""
        place = planned.endpoint
        assert place is not None
        model = self.client(planned, place)
        key, one = f"{place.url} {planned.settings.model}", planned.settings
        infilling = InfillingModel(
            BudgetedModel(model, planned.name, planned.label, planned.budget, self.ledger),
            one.infill,
            family_of(one),
            partial(noted, self.ledger, key, "infill"),
            partial(note, self.ledger, key, "infill"),
        )
        sent: Model = infilling if place.local else RedactingModel(infilling)
        if not place.local:
            patterns = patterns_of(self.settings.backends.ignore)
            exclusions = Exclusions(self.root, patterns, self.settings.backends.ignore_gitignored)
            consent = self.consent if planned.needs_consent else None
            sent = ConsentingModel(sent, planned.label, consent, exclusions)
        return Backend(planned.label, sent, one.patience, one.retries, breaker_of(planned.label, key, self.ledger))

    def client(self, planned: Planned, place: Endpoint) -> OpenAIModel:
        """The API itself. Its errors name the place of the key, and never the key."""
        where = planned.key_place
        model = OpenAIModel(
            place.url,
            planned.settings.model,
            planned.label,
            connect=place.client,
            find_key=where.read,
            key_place=str(where),
        )
        self.clients.append(model)
        return model


def assemble_models(settings: Settings, root: Path, ledger: Ledger, report: ModelReport) -> Models:
    """The models for a workspace. Opens nothing, asks nobody."""
    planned = plan(settings)
    usable = [one for one in planned if one.problem is None]
    labels = ", ".join(one.label for one in usable if one.needs_consent)
    consent = Consent("models", settings.backends.consent, root, ledger, labels)
    wiring = Wiring(settings, root, consent, ledger)
    engine = EngineModel(settings, report)
    made = {
        one.name: Backend(one.label, engine) if one.name == ENGINE else wiring.backend(one) for one in usable
    }  # fmt: skip
    explainers = [one for one in usable if "explain" in one.purposes]
    everybody, here = ([made[one.name] for one in group] for group in (explainers, _here(explainers)))
    explaining_here = FallbackModel(here) if here else None
    return Models(
        FallbackModel([made[one.name] for one in usable if "complete" in one.purposes]),
        explaining_here if here == everybody else FallbackModel(everybody),
        explaining_here,
        " ".join(_identity(one, settings) for one in explainers),
        consent,
        engine,
        tuple(wiring.clients),
        tuple(one.problem for one in planned if one.problem is not None),
    )


def plan(settings: Settings) -> tuple[Planned, ...]:
    """The order, each name checked; without a usable one, the engine."""
    names = [name.strip() for name in settings.backends.order.split(",")]
    planned = tuple(_planned(name, settings) for name in dict.fromkeys(name for name in names if name))
    return planned or (_planned(ENGINE, settings),)


def writes_explanations(settings: Settings) -> bool:
    """Whether a model is asked to write, or the documentation's own sentences stand alone."""
    return any("explain" in one.purposes for one in plan(settings) if one.problem is None)


def engine_explains(settings: Settings) -> bool:
    """Whether the engine's model is capable of it, or was told to."""
    model = CATALOG.get(settings.model.name)
    capable = model is None or model.explains or bool(settings.adapters.explain)
    return settings.explain.model == "always" or (settings.explain.model == "auto" and capable)


def family_of(settings: BackendSettings) -> Family | None:
    """The row of the formats' table for a backend."""
    return family_named(settings.family) if settings.family else family_in(settings.model)


def breaker_of(label: str, key: str, ledger: Ledger) -> Breaker:
    """One for each model and address in this process: settings that change must not make a service be asked again."""
    if (label, key) not in _breakers:
        _breakers[label, key] = Breaker(label, lambda state, fault: _note_state(ledger, key, state, fault))
    return _breakers[label, key]


def note(ledger: Ledger, key: str, name: str, value: str) -> None:
    """Write something down about a backend; what cannot be written is only not remembered."""
    try:
        ledger.note(key, name, value)
    except PartMissing:
        return


def noted(ledger: Ledger, key: str, name: str) -> str:
    """What was written down; empty if it cannot be read."""
    try:
        return ledger.noted(key, name)
    except PartMissing:
        return ""


def _here(planned: Sequence[Planned]) -> list[Planned]:
    return [one for one in planned if not one.needs_consent]


def _planned(name: str, settings: Settings) -> Planned:
    never = settings.explain.model == "never"
    if name == ENGINE:
        return Planned(name, purposes=PURPOSES if engine_explains(settings) else PURPOSES[:1])
    one = settings.backends.named.get(name)
    if one is None:
        known = ", ".join((ENGINE, *settings.backends.named))
        problem = Problem(f"backends.order names {name!r}, which is no backend.", f"There are: {known}.")
        return Planned(name, problem=problem)
    purposes = tuple(part.strip() for part in one.purposes.split(",") if part.strip())
    try:
        place = endpoint(name, one.url, bool(one.key_variable or one.keyring), one.trusted)
        _check(name, one, purposes)
    except GlossatorError as error:
        return Planned(name, one, problem=Problem.of(error))
    planned = Planned(name, one, place, tuple(part for part in purposes if not (never and part == "explain")))
    if planned.needs_consent and settings.backends.consent == "off":
        problem = Problem(f"{planned.label} is not asked: backends.consent is off.", 'Set it to "ask" or "on".')
        return Planned(name, one, place, planned.purposes, problem)
    return planned


def _check(name: str, one: BackendSettings, purposes: Sequence[str]) -> None:
    if not one.model:
        raise WrongUse(f"The backend {name} has no model.", f"Set backends.{name}.model to its name there.")
    unknown = [part for part in purposes if part not in PURPOSES]
    if unknown:
        told = f"The backend {name} has the purpose {unknown[0]!r}."
        raise WrongUse(told, f"There are: {', '.join(PURPOSES)}.")
    if one.family and family_named(one.family) is None:
        known = ", ".join(family.name for family in FAMILIES)
        raise WrongUse(f"The backend {name} has the family {one.family!r}.", f"There are: {known}.")


def _identity(planned: Planned, settings: Settings) -> str:
    """What a remembered answer depends on beside its prompt."""
    if planned.endpoint is None:
        chosen = settings.model
        # Rounded weights answer otherwise.
        return f"{revision(chosen.reference)} {chosen.quantization} {chosen.dtype} {chosen.runtime}"
    return f"{planned.endpoint.url} {planned.settings.model}"


def _note_state(ledger: Ledger, key: str, state: str, fault: str) -> None:
    note(ledger, key, "state", state)
    if fault:
        note(ledger, key, "fault", fault)
