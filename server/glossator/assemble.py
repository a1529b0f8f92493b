"""Settings to parts: the one place where objects meet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

from glossator.assemble_models import ENGINE, Models, assemble_models, plan
from glossator.assemble_sources import web_sources
from glossator.complete.completion import Completion
from glossator.complete.context import context_at
from glossator.complete.desk import Desk
from glossator.complete.from_text import OpenFilesModel
from glossator.complete.pipeline import CompleteOptions, CompleteTools
from glossator.complete.sources.base import Spot, Surroundings
from glossator.complete.sources.definitions import UsedDefinitions
from glossator.complete.sources.edits import RecentEdits
from glossator.complete.sources.gather import Gathering, outside
from glossator.complete.sources.seeing import SeeingModel
from glossator.complete.sources.similar import SimilarWindows
from glossator.complete.sources.visited import VisitedRegions
from glossator.errors import Problem, WrongUse
from glossator.explain import pipeline as explaining
from glossator.explain.article import Article
from glossator.explain.cached import ExplanationShelf
from glossator.explain.conversation import Shelf
from glossator.explain.explanation import Explanation
from glossator.explain.follow_up import follow_up
from glossator.explain.options import ExplainOptions, FollowUp, Report, Show, Target, ignore
from glossator.explain.pipeline import ExplainTools
from glossator.explain.write_article import write_article
from glossator.models import cached as cached_model
from glossator.models.adapters import PURPOSES, available
from glossator.models.base import Model, Priority, RememberingModel
from glossator.models.cached import CachedModel
from glossator.models.catalog import CATALOG
from glossator.models.choices import choices
from glossator.models.choosing import Choices
from glossator.models.consent import Consent, Question, Subject
from glossator.models.consenting import AboutFile, RememberingAboutFile
from glossator.models.exclusions import Exclusions, patterns_of
from glossator.models.ledger import Ledger
from glossator.models.progress import Progress, silent
from glossator.models.progress import Report as ModelReport
from glossator.models.routing import AdapterRoutes, RememberingRoutedModel, RoutedModel, read_routes
from glossator.paths import cache_directory
from glossator.research import cached as cached_source
from glossator.research.cached import CachedSource
from glossator.research.evidence import Source
from glossator.research.hub_cache import HubCache
from glossator.research.index import shelf
from glossator.research.index.source import DocumentationIndex
from glossator.research.links import DocumentationLinks
from glossator.research.local import Distributions, LanguageTopics
from glossator.research.project import ProjectUsages
from glossator.resolve.distributions import Installed
from glossator.resolve.environment import find_environment
from glossator.resolve.ty import TyResolver
from glossator.settings import SearchSettings, Settings
from glossator.text import Position, Snapshot
from glossator_cache import BadFile, Cache, Imported, export_bucket, import_bucket, read_header

MINUTE = 60.0
# What nobody asked for in so long is asked for anew; the packages it was said of are others by then.
CACHE_AGE = 180 * 24 * 60 * MINUTE
BUCKETS = {each.BUCKET_NAME: each.BUCKET_VERSION for each in (cached_model, cached_source)}


@dataclass(frozen=True)
class Parts:
    """All that answers, made for one workspace and one set of settings."""

    settings: Settings
    explain_tools: ExplainTools
    complete_tools: CompleteTools
    gathering: Gathering
    resolver: TyResolver
    models: Models
    search_consent: Consent
    cache: Cache
    routes: AdapterRoutes
    problems: tuple[Problem, ...] = ()
    desk: Desk = field(default_factory=Desk)

    async def explain(
        self,
        snapshot: Snapshot,
        target: Target,
        options: ExplainOptions = ExplainOptions(),
        report: Report = ignore,
        show: Show | None = None,
    ) -> Explanation:
        """Explain a place, some lines or a file; see ``explain.pipeline``."""
        tools, problems = await self._allowed(snapshot.path, options)
        explanation = await explaining.explain(snapshot, target, tools, options, report, show)
        return replace(explanation, problems=(*explanation.problems, *problems)) if problems else explanation

    async def follow_up(
        self,
        wish: FollowUp,
        options: ExplainOptions = ExplainOptions(),
        report: Report = ignore,
        show: Show | None = None,
    ) -> Explanation:
        """Answer a further question about an explanation; see ``explain.follow_up``."""
        kept = await self.explain_tools.shelf.get(wish.id) if self.explain_tools.shelf is not None else None
        tools, problems = await self._allowed(_path_of(kept.uri) if kept is not None else None, options)
        explanation = await follow_up(wish, tools, options, report, show)
        return replace(explanation, problems=(*explanation.problems, *problems)) if problems else explanation

    async def forget(self, snapshot: Snapshot, target: Target) -> int:
        """Forget what was remembered of a place; how much that was."""
        return await explaining.forget(snapshot, target, self.explain_tools)

    async def article(
        self, snapshot: Snapshot, options: ExplainOptions = ExplainOptions(), report: Report = ignore
    ) -> Article:
        """Explain a whole file as an article; see ``explain.write_article``."""
        tools, problems = await self._allowed(snapshot.path, options)
        article = await write_article(snapshot, tools, options, report)
        return replace(article, problems=(*article.problems, *problems)) if problems else article

    async def complete(
        self,
        snapshot: Snapshot,
        position: Position,
        options: CompleteOptions = CompleteOptions(),
        surroundings: Surroundings = Surroundings(),
    ) -> Completion:
        """Complete a place; see ``complete.desk``."""
        if snapshot.path is not None and await asyncio.to_thread(self.gathering.excluded, snapshot.path):
            return Completion((), "excluded")
        spot = Spot(snapshot, position, context_at(snapshot, position), surroundings)
        tools = self.complete_tools
        model: Model = SeeingModel(AboutFile(tools.model, snapshot.path), self.gathering, spot)
        if not options.manual:  # who asks by hand waits for the model, and is told why there is none
            texts = (snapshot.text, *(one.text for one in surroundings.opened if one.uri != snapshot.uri))
            model = OpenFilesModel(model, texts, self.models.patience(options.deadline))
        here = SeeingModel(tools.here, self.gathering, spot) if tools.here is not None else None
        tools = replace(tools, model=model, here=here, outside=outside(spot))
        return await self.desk.complete(snapshot, position, tools, options)

    def changed(self, snapshot: Snapshot) -> None:
        """A document was opened or edited; see ``complete.desk``."""
        self.gathering.typed(snapshot.uri, asyncio.get_running_loop().time())
        self.desk.changed(snapshot)

    def closed(self, uri: str) -> None:
        """A document was closed."""
        self.desk.closed(uri)

    def judged(self, taken: bool) -> None:
        """A suggestion was seen, and taken or not: after many that were not, there are fewer."""
        self.desk.rhythm.taken(taken)

    def questions(self) -> tuple[Question, ...]:
        """What the user has to decide before more can be sent: only what a request has wanted."""
        return tuple(one.question for one in self._consents if one.wanted)

    async def answer(self, subject: Subject, allowed: bool) -> None:
        """What the user decided, for this workspace and from now on."""
        for one in self._consents:
            if one.subject == subject:
                await one.decide(allowed)

    def status(self) -> Mapping[str, str]:
        """What was chosen, for the editor's status."""
        return {
            "model": self.settings.model.name,
            "backends": ", ".join(one.label for one in plan(self.settings) if one.problem is None),
            "environment": str(self.explain_tools.installed.environment),
            "workspace": str(self.explain_tools.installed.root),
            "completion": self.desk.rhythm.told,
            "adapters": self.routes.told(),
        }

    def adapters(self) -> Mapping[str, Any]:
        """The available adapters, and the one that each purpose asks; empty is the model itself."""
        rows = [
            {"name": one.name, "type": one.type, "base": one.base, "purpose": one.purpose, "effect": one.effect}
            for one in available()
        ]
        decided = {purpose: self.routes.decide(purpose) for purpose in PURPOSES}
        chosen = {purpose: one.name for purpose, one in decided.items()}
        return {"adapters": rows, "chosen": chosen, "why": {purpose: one.why for purpose, one in decided.items()}}

    def choose_adapter(self, purpose: str, name: str) -> None:
        """Ask another adapter for a purpose, whatever the settings say; see ``models.routing``."""
        self.routes.choose(purpose, name)

    def model_choices(self) -> Mapping[str, Any]:
        """The models that can be chosen, with the memory that each needs; see ``models.choices``."""
        found = choices(self.settings.model)
        return {"models": [asdict(one) for one in found], "chosen": self.settings.model.reference}

    async def close(self) -> None:
        """End the symbol server, let go of the engine and the cache; what is refreshed in the background may end."""
        for source in self.explain_tools.web:
            if isinstance(source, CachedSource):
                await source.close()
        if self.explain_tools.index is not None:
            await self.explain_tools.index.close()
        await self.desk.close()
        await self.gathering.close()
        await self.resolver.close()
        await self.models.close()
        self.cache.close()

    @property
    def _consents(self) -> tuple[Consent, ...]:
        return self.models.consent, self.search_consent

    async def _allowed(self, path: Path | None, options: ExplainOptions) -> tuple[ExplainTools, tuple[Problem, ...]]:
        """The tools for one explanation: nobody elsewhere among them without consent, or offline."""
        tools, problems = self.explain_tools, tuple[Problem, ...]()
        if options.synthesis == "model" and tools.model is not None:
            tools, problems = await self._allowed_model(tools, options)
        asked_for = options.synthesis == "model" and options.priority <= Priority.EXPLANATION
        if tools.web and not (asked_for and await self.search_consent.given(ask=not options.offline)):
            tools = replace(tools, web=())
        return replace(tools, model=RememberingAboutFile(tools.model, path) if tools.model else None), problems

    async def _allowed_model(
        self, tools: ExplainTools, options: ExplainOptions
    ) -> tuple[ExplainTools, tuple[Problem, ...]]:
        """Where nobody on this machine explains, and the others may not be asked, nobody is: no error, but the
        documentation's own sentences. Whoever asked by hand and has not decided yet is told."""
        models = self.models
        if models.explaining_here is models.explaining or not models.consent.to_whom:
            return tools, ()
        if not options.offline and await models.consent.given():
            return tools, ()
        local = _writer(models.explaining_here, self.cache, models.identity, self.routes)
        undecided = models.consent.wanted and options.priority <= Priority.EXPLANATION and not options.offline
        told = f"{models.consent.to_whom} was not asked: you have not decided whether code of this folder may go there."
        problem = Problem(told, "To allow it: glossator consent allow")
        return replace(tools, model=local), (problem,) if undecided else ()


def _writer(model: Model | None, cache: Cache, identity: str, routes: AdapterRoutes) -> RememberingModel | None:
    """Who writes explanations, with the adapter chosen for that, and remembers them."""
    return RememberingRoutedModel(CachedModel(model, cache, identity), routes, "explain") if model else None


def assemble(settings: Settings, root: Path | None, report: ModelReport = silent, shelf: Shelf | None = None) -> Parts:
    """The parts for a workspace; a missing root is the current folder. Nothing is started before it is needed. What one
    may ask further about is kept on the ``shelf``, or else on disk."""
    root = (root or Path.cwd()).resolve()
    environment, problems = find_environment(settings.python.environment, root)
    installed = Installed(environment, root)
    resolver = TyResolver(root, environment, settings.symbols.idle_stop * MINUTE)
    cache = open_cache()
    ledger = Ledger()
    models = assemble_models(settings, root, ledger, report)
    routes, unroutable = read_routes(settings)
    routes.kept = Choices(root, settings)
    writer = _writer(models.explaining, cache, models.identity, routes)
    if writer is None:  # nobody writes, so no hover waits for it
        settings = replace(settings, hover=replace(settings.hover, synthesis="off"))
    sources = (LanguageTopics(), Distributions(installed), HubCache())
    nearby = (DocumentationLinks(installed), ProjectUsages(root))
    # With "ask" they are made, which sends nothing, and left out of every request until the user has allowed it.
    chosen = replace(settings.search, consent="on") if settings.search.consent == "ask" else settings.search
    asked, more = web_sources(chosen, installed)
    web = tuple(_remembering(source, cache, settings.search) for source in asked)
    return Parts(
        settings,
        ExplainTools(
            resolver,
            installed,
            sources,
            writer,
            nearby,
            web,
            small=frozenset(name for name, model in CATALOG.items() if not model.explains),
            shelf=shelf or ExplanationShelf.on_disk(cache),
            index=open_index(installed, report),
        ),
        complete_tools(settings, models, routes),
        open_gathering(settings, root, resolver, installed),
        resolver,
        models,
        Consent("search", settings.search.consent, root, ledger, settings.search.sources),
        cache,
        routes,
        (*problems, *more, *models.problems, *unroutable),
    )


def complete_tools(settings: Settings, models: Models, routes: AdapterRoutes) -> CompleteTools:
    """Who completes. What nobody waits for is asked of the engine, and only where it is the first to be asked."""
    first = next((one.name for one in plan(settings) if one.problem is None), "")
    chosen, order = settings.model, settings.backends.order
    return CompleteTools(
        RoutedModel(models.completing, routes, "complete"),
        RoutedModel(models.engine, routes, "complete") if first == ENGINE and settings.completion.ahead else None,
        f"{chosen.reference} {chosen.quantization} {chosen.dtype} {order}",
        lambda language: routes.adapter("complete", language),
    )


def _path_of(uri: str) -> Path | None:
    """The file of a text, where it is one."""
    parts = urlsplit(uri)
    return Path(url2pathname(parts.path)) if parts.scheme == "file" else None


def _remembering(source: Source, cache: Cache, search: SearchSettings) -> CachedSource:
    """The source with a memory, as long as its terms allow; another instance of SearXNG knows other things."""
    name = type(source).__name__.lower()
    options = {"instance": search.searxng_url} if name == "searxng" else {}
    return CachedSource(source, cache, name, options=options)


def open_cache() -> Cache:
    """What is remembered, shared by all windows of this user."""
    return Cache(cache_directory(), age_limit=CACHE_AGE)


def open_index(installed: Installed, report: ModelReport = silent) -> DocumentationIndex:
    """The index of what installed distributions say about themselves, shared by all windows of this user."""
    return DocumentationIndex(installed, index_folder, lambda told, share: report(Progress(told, share, 1.0)))


def index_folder() -> Path:
    """Where the indexes are. Beside the cache's buckets and none of them: each is made again from the very files."""
    return cache_directory() / shelf.FOLDER


def open_gathering(settings: Settings, root: Path, resolver: TyResolver, installed: Installed) -> Gathering:
    """Who looks for what else a completion should see. What git ignores is not shown, for it may be anything."""
    exclusions = Exclusions(root, patterns_of(settings.completion.exclude), True, "completion.exclude")
    sources = (UsedDefinitions(resolver, installed), VisitedRegions(), SimilarWindows(), RecentEdits())
    return Gathering(sources, exclusions, settings.completion.context_tokens)


def export_cache(name: str, path: Path) -> int:
    """Write one bucket to a new file; how many entries there are.

    Raises:
        WrongUse: there is no such bucket, or the file is there already or cannot be written.
    """
    if name not in BUCKETS:
        raise WrongUse(f"There is no bucket {name!r}.", f"There are: {', '.join(BUCKETS)}.")
    if path.exists():
        raise WrongUse(f"{path} is there already.", "Choose another name, or remove it.")
    with closing(open_cache()) as cache:
        try:
            return export_bucket(cache.bucket(name, BUCKETS[name]), path)
        except OSError as error:
            raise WrongUse(f"{path} cannot be written ({error.strerror}).", "Choose another folder.") from error


def import_cache(path: Path) -> tuple[str, Imported]:
    """Take over a file that was exported; the bucket, and how many entries came.

    Raises:
        WrongUse: the file is none, was cut off or changed, or is of a version that this Glossator does not use.
    """
    with closing(open_cache()) as cache:
        try:
            name = read_header(path).bucket
            if name not in BUCKETS:
                raise WrongUse(f"{path} is of a bucket {name!r}.", f"There are: {', '.join(BUCKETS)}.")
            return name, import_bucket(cache.bucket(name, BUCKETS[name]), path)
        except BadFile as error:
            raise WrongUse(str(error), "Nothing was imported.") from error
