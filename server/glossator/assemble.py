"""Settings to parts: the one place where objects meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from glossator.complete import pipeline as completing
from glossator.complete.completion import Completion
from glossator.complete.pipeline import CompleteOptions, CompleteTools
from glossator.errors import Problem
from glossator.explain import pipeline as explaining
from glossator.explain.article import Article
from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions, Report, Target, ignore
from glossator.explain.pipeline import ExplainTools
from glossator.explain.write_article import write_article
from glossator.models.cached import CachedModel
from glossator.models.engine_process import EngineModel
from glossator.models.progress import Report as ModelReport
from glossator.models.progress import silent
from glossator.paths import cache_directory
from glossator.research.local import Distributions, LanguageTopics
from glossator.resolve.distributions import Installed
from glossator.resolve.environment import find_environment
from glossator.resolve.ty import TyResolver
from glossator.settings import Settings
from glossator.text import Position, Snapshot
from glossator_cache import Cache

MINUTE = 60.0


@dataclass(frozen=True)
class Parts:
    """All that answers, made for one workspace and one set of settings."""

    settings: Settings
    explain_tools: ExplainTools
    complete_tools: CompleteTools
    resolver: TyResolver
    engine: EngineModel
    cache: Cache
    problems: tuple[Problem, ...] = ()

    async def explain(
        self, snapshot: Snapshot, target: Target, options: ExplainOptions = ExplainOptions(), report: Report = ignore
    ) -> Explanation:
        """Explain a place, some lines or a file; see ``explain.pipeline``."""
        return await explaining.explain(snapshot, target, self.explain_tools, options, report)

    async def article(
        self, snapshot: Snapshot, options: ExplainOptions = ExplainOptions(), report: Report = ignore
    ) -> Article:
        """Explain a whole file as an article; see ``explain.write_article``."""
        return await write_article(snapshot, self.explain_tools, options, report)

    async def complete(
        self, snapshot: Snapshot, position: Position, options: CompleteOptions = CompleteOptions()
    ) -> Completion:
        """Complete a place; see ``complete.pipeline``."""
        return await completing.complete(snapshot, position, self.complete_tools, options)

    def status(self) -> Mapping[str, str]:
        """What was chosen, for the editor's status."""
        return {
            "model": self.settings.model.name,
            "environment": str(self.explain_tools.installed.environment),
            "workspace": str(self.explain_tools.installed.root),
        }

    async def close(self) -> None:
        """End the symbol server, let go of the engine and the cache."""
        await self.resolver.close()
        await self.engine.close()
        self.cache.close()


def assemble(settings: Settings, root: Path | None, report: ModelReport = silent) -> Parts:
    """The parts for a workspace; a missing root is the current folder. Nothing is started before it is needed."""
    root = (root or Path.cwd()).resolve()
    environment, problems = find_environment(settings.python.environment, root)
    installed = Installed(environment, root)
    resolver = TyResolver(root, environment, settings.symbols.idle_stop * MINUTE)
    cache = Cache(cache_directory())
    engine = EngineModel(settings, report)
    remembering = CachedModel(engine, cache, settings.model.name)
    sources = (LanguageTopics(), Distributions(installed))
    return Parts(
        settings,
        ExplainTools(resolver, installed, sources, remembering),
        CompleteTools(engine),
        resolver,
        engine,
        cache,
        problems,
    )
