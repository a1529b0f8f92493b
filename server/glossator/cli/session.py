"""What commands that answer have in common: settings, weights on first need, progress while the engine loads."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from glossator.assemble import Parts, assemble
from glossator.assemble_models import ENGINE, plan
from glossator.cli.progress import shown_progress
from glossator.errors import GlossatorError, Problem
from glossator.models.catalog import CATALOG
from glossator.models.local_extra import require_local_extra
from glossator.models.progress import Report
from glossator.models.pull import pull
from glossator.models.store import is_pulled
from glossator.settings import Settings, load


def settings_for(root: Path) -> Settings:
    """The workspace's settings; unusable ones are named on stderr."""
    settings, problems = load(root)
    for problem in problems:
        print(f"glossator: {problem}", file=sys.stderr)
    return settings


@asynccontextmanager
async def parts_for(settings: Settings, root: Path, shown: Report | None = None) -> AsyncIterator[Parts]:
    """The parts for a workspace, ended in any case; a bar on stderr, ``shown`` if there is one already, tells how far
    the engine is."""
    with nullcontext(shown) if shown else shown_progress() as report:
        parts = assemble(settings, root, report)
        try:
            yield parts
        finally:
            await parts.close()


def ensure_weights(settings: Settings) -> Problem | None:
    """Fetch the embedded model on first need, after saying so; a problem instead of an answer where that fails and
    nobody else could answer."""
    model = CATALOG.get(settings.model.name)
    backends = [one.name for one in plan(settings) if one.problem is None]
    if model is None or ENGINE not in backends or is_pulled(model):
        return None
    try:
        require_local_extra()
        print(f"glossator: The model {model.name} is not on this machine yet; fetching it once.", file=sys.stderr)
        with shown_progress() as report:
            pull(model.name, report)
    except GlossatorError as error:
        return Problem.of(error) if backends == [ENGINE] else None
    return None
