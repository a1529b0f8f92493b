"""Long work on the terminal: a bar where there is one, one line for each step where there is none."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as ProgressBar

from glossator.models.progress import Progress, Report

LONGEST_STAGE = 60


@contextmanager
def shown_progress() -> Iterator[Report]:
    """A ``Report`` that shows itself on standard error, so that standard output keeps the answer alone."""
    console = Console(stderr=True, highlight=False)
    if console.is_terminal:
        with _bar(console) as bar:
            yield _BarReport(bar)
    else:
        yield _LineReport(console)


@contextmanager
def ended_by_sigterm() -> Iterator[None]:
    """Let SIGTERM unwind like Ctrl-C, so that what fetches ends with us, and what must be cleared away is."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def stages(show: Report) -> Callable[[str], None]:
    """Takes the stages of an article as it tells them; "section 3 of 12" moves the bar."""

    def tell(stage: str) -> None:
        counted = re.match(r"section (\d+) of (\d+)", stage)
        done = (int(counted[1]) - 1) / int(counted[2]) if counted else 0.0
        show(Progress(stage if len(stage) <= LONGEST_STAGE else f"{stage[: LONGEST_STAGE - 1]}…", done, 1.0))

    return tell


class _BarReport:
    """One bar, taken over by each step in turn."""

    def __init__(self, bar: ProgressBar) -> None:
        self._bar = bar
        self._task = bar.add_task("", total=None)

    def __call__(self, progress: Progress) -> None:
        message = progress.message
        if progress.counts_bytes:
            message = f"{message} {progress.done / 1e6:.0f} of {progress.total / 1e6:.0f} MB"
        known = progress.total or None
        self._bar.update(self._task, description=message, completed=progress.done, total=known)


class _LineReport:
    """A line when another step begins: logs and pipes want no bar."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._message = ""

    def __call__(self, progress: Progress) -> None:
        if progress.message != self._message:
            self._message = progress.message
            size = f" ({progress.total / 1e6:.0f} MB)" if progress.counts_bytes else ""
            self._console.print(f"{progress.message}{size} …", markup=False)


def _bar(console: Console) -> ProgressBar:
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return ProgressBar(*columns, console=console, transient=True)
