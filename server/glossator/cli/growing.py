"""An answer on the terminal while it grows: a bar until something is known, then the text with each new sentence.

Where output is no terminal, or is to be JSON, only the bar's lines on stderr are left: the answer comes whole.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from glossator.cli.progress import shown_progress
from glossator.explain.explanation import Explanation
from glossator.explain.options import Report, Show, ignore
from glossator.models.progress import Progress
from glossator.models.progress import Report as LoadingReport


@dataclass(frozen=True, slots=True)
class Watching:
    """What takes the steps of loading, the stages of the work, and the explanation as it grows, where that is seen."""

    loading: LoadingReport
    stage: Report = ignore
    show: Show | None = None


@contextmanager
def growing(form: str) -> Iterator[Watching]:
    """Watch an answer in the making; what was shown of it is gone at the end."""
    with ExitStack() as bar:
        report = bar.enter_context(shown_progress())
        if form != "markdown" or not (sys.stdout.isatty() and sys.stderr.isatty()):
            yield Watching(report)
            return
        with ExitStack() as screen:
            view = _View(bar, screen, report)
            yield Watching(view.loading, view.stage, view.show)


class _View:
    """The bar, and once there is text, the text with the last step below."""

    def __init__(self, bar: ExitStack, screen: ExitStack, report: LoadingReport) -> None:
        self._bar, self._screen, self._report = bar, screen, report
        self._live: Any = None
        self._text, self._step = "", ""

    def loading(self, progress: Progress) -> None:
        if self._live is None:
            self._report(progress)
        else:
            self.stage(progress.message)

    def stage(self, text: str) -> None:
        step = text.partition(":")[0]  # without its counters, for which all would be drawn anew
        if self._live is not None and step != self._step:
            self._step = step
            self._draw()

    def show(self, explanation: Explanation) -> None:
        from rich.console import Console
        from rich.live import Live

        from glossator.explain.render import to_markdown

        if self._live is None:
            self._bar.close()  # two that move the cursor of one terminal would write over each other
            live = Live(console=Console(), transient=True, auto_refresh=False, vertical_overflow="crop")
            self._live = self._screen.enter_context(live)
        self._text = to_markdown(explanation)
        self._draw()

    def _draw(self) -> None:
        from rich.console import Group
        from rich.markdown import Markdown
        from rich.text import Text

        step = [Text(f"{self._step} …", "dim")] if self._step else []
        self._live.update(Group(Markdown(self._text), *step), refresh=True)
