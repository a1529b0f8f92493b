"""Which adapter a question goes to: by its purpose, by the language it is about, by what was chosen meanwhile."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from glossator.errors import Problem, WrongUse
from glossator.models.adapters import NAME, PURPOSES, find, from_hub, hub_adapter, is_shipped
from glossator.models.base import Model, Piece, Prompt, RememberingModel, Usage
from glossator.models.catalog import CATALOG
from glossator.models.choosing import Choice, Choices
from glossator.settings import Settings

AUTO = "auto"


@dataclass
class AdapterRoutes:
    """The names of adapters by purpose; ``languages`` are for completions and stronger. An empty name is the base.
    ``chosen`` is what a person picked in this window since the settings were read, ``kept`` what was chosen to last:
    both are stronger. Where nobody said anything (``AUTO``), an adapter that was trained on the workspace completes, or
    else the one that is ``brought`` for the model."""

    complete: str = ""
    explain: str = ""
    languages: Mapping[str, str] = field(default_factory=dict)
    chosen: dict[str, str] = field(default_factory=dict)
    kept: Choices | None = None
    brought: str = ""

    def adapter(self, purpose: str, language: str = "") -> str:
        """The adapter's name for a question; empty for the base."""
        return self.decide(purpose, language).name

    def decide(self, purpose: str, language: str = "") -> Choice:
        """The adapter for a question, and why that one."""
        if purpose in self.chosen:
            return Choice(self.chosen[purpose], "chosen in this window")
        if self.kept is not None and (kept := self.kept.find(purpose, language)) is not None:
            return kept
        if purpose == "explain":
            return Choice(self.explain, "adapters.explain" if self.explain else "")
        if language in self.languages:
            return Choice(self.languages[language], f"adapters.languages for {language}")
        if self.complete != AUTO:
            return Choice(self.complete, "adapters.complete")
        trained = self.kept.trained_here() if self.kept is not None else None
        return trained or Choice(self.brought, "comes with Glossator" if self.brought else "")

    def told(self) -> str:
        """Who answers, and why, for people."""
        said = []
        for purpose in PURPOSES:
            one = self.decide(purpose)
            said.append(f"{purpose}: {one.name or 'the model itself'}{one.why and f' ({one.why})'}")
        return ", ".join(said)

    @property
    def names(self) -> tuple[str, ...]:
        """Every adapter that the settings name, once."""
        complete = self.brought if self.complete == AUTO else self.complete
        return tuple(sorted({complete, self.explain, *self.languages.values()} - {""}))

    def choose(self, purpose: str, name: str) -> None:
        """From now on, and for every language.

        Raises:
            WrongUse: there is no such purpose.
            ModelMissing: there is no such adapter.
        """
        if purpose not in PURPOSES:
            raise WrongUse(f"There is no purpose {purpose!r}.", f"Purposes are: {', '.join(PURPOSES)}.")
        if name:
            find(name)
        self.chosen[purpose] = name


@dataclass(frozen=True)
class RoutedModel:
    """The port ``Model`` over another model, which is asked with the adapter that belongs to the question."""

    model: Model
    routes: AdapterRoutes
    purpose: str

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The other model's answer."""
        async with aclosing(self.model.stream(self._routed(prompt))) as pieces:
            async for piece in pieces:
                yield piece

    def _routed(self, prompt: Prompt) -> Prompt:
        return replace(prompt, adapter=self.routes.adapter(self.purpose, prompt.language))


@dataclass(frozen=True)
class RememberingRoutedModel(RoutedModel):
    """The same over a model that remembers."""

    model: RememberingModel

    async def recall(self, prompt: Prompt) -> tuple[str, Usage] | None:
        """What the other model remembers."""
        return await self.model.recall(self._routed(prompt))

    async def forget(self, prompt: Prompt) -> bool:
        """Let the other model forget it."""
        return await self.model.forget(self._routed(prompt))


def read_routes(settings: Settings) -> tuple[AdapterRoutes, tuple[Problem, ...]]:
    """The routes that the settings spell. What is no name is left out and named: a name can never be a path."""
    problems: list[Problem] = []
    told = settings.adapters

    def name(option: str, said: str) -> str:
        if not said or NAME.fullmatch(said):
            return said
        what, next_step = "which is no adapter's name.", "Names are those of 'glossator adapters list'."
        if repository := hub_adapter(said):
            if added := from_hub(repository.reference):
                return added.name
            what, next_step = "which is not among the adapters here.", f"Run '{repository.pull_command}'."
        problems.append(Problem(f"The setting adapters.{option} names {said!r}, {what}", next_step))
        return ""

    languages: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in told.languages.split(","))):
        language, equals, said = (one.strip() for one in part.partition("="))
        if not equals or not language:
            what = f"The setting adapters.languages has {part!r}."
            problems.append(Problem(what, "Write it as python=mine,go=other."))
        elif (found := name("languages", said)) or not said:
            languages[language.lower()] = found
    routes = AdapterRoutes(name("complete", told.complete), name("explain", told.explain), languages)
    routes.brought = brought_for(settings.model.name)
    return routes, tuple(problems)


def brought_for(model: str) -> str:
    """The adapter that Glossator brings for a model's completions; empty if it brings none, or was packed without."""
    name = CATALOG[model].completes_with if model in CATALOG else ""
    return name if name and is_shipped(name) else ""
