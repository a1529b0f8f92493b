"""What commands that answer have in common: settings, weights on first need, progress while the engine loads."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from glossator.assemble import Parts, assemble
from glossator.errors import GlossatorError, Problem
from glossator.models.catalog import CATALOG
from glossator.models.local_extra import require_local_extra
from glossator.models.progress import Progress as ModelProgress
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
async def parts_for(settings: Settings, root: Path) -> AsyncIterator[Parts]:
    """The parts for a workspace, ended in any case; a bar on stderr tells how far the engine is."""
    with progress_on_stderr() as report:
        parts = assemble(settings, root, report)
        try:
            yield parts
        finally:
            await parts.close()


def ensure_weights(settings: Settings) -> Problem | None:
    """Fetch the embedded model on first need, after saying so; a problem instead of an answer where that fails."""
    model = CATALOG.get(settings.model.name)
    if model is None or is_pulled(model):
        return None
    try:
        require_local_extra()
        print(f"glossator: The model {model.name} is not on this machine yet; fetching it once.", file=sys.stderr)
        with progress_on_stderr() as report:
            pull(model.name, report)
    except GlossatorError as error:
        return Problem.of(error)
    return None


@contextmanager
def progress_on_stderr() -> Iterator[Report]:
    """A report that draws a bar on a terminal, and says each new stage in a line elsewhere."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _line_by_line(set())
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as bars:
        yield _bar(bars)


def _bar(bars: Progress) -> Report:
    tasks: dict[str, TaskID] = {}

    def report(progress: ModelProgress) -> None:
        for task in [tasks.pop(message) for message in list(tasks) if message != progress.message]:
            bars.remove_task(task)
        if progress.message not in tasks:
            tasks[progress.message] = bars.add_task(progress.message, total=None)
        bars.update(tasks[progress.message], total=progress.total or None, completed=progress.done)

    return report


def _line_by_line(said: set[str]) -> Report:
    def report(progress: ModelProgress) -> None:
        if progress.message not in said:
            said.add(progress.message)
            print(f"glossator: {progress.message}", file=sys.stderr)

    return report
