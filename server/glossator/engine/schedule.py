"""One thread owns the model. Jobs are generators; at each step the most urgent one advances, the others keep theirs.

So a completion overtakes an explanation at the next token, without a lock around the model and without losing work.
"""

from __future__ import annotations

import itertools
import sys
import threading
import traceback
from collections.abc import Callable, Iterator

Steps = Callable[[], Iterator[None]]


class Job:
    """Work in small steps. Lower ``priority`` goes first, among equals who came first."""

    def __init__(self, number: int, priority: int, steps: Steps, failed: Callable[[Exception], None]) -> None:
        self.order = (priority, number)
        self.cancelled = False
        self.failed = failed
        self._steps = steps
        self._running: Iterator[None] | None = None

    def cancel(self) -> None:
        """No further step is taken; the one being taken ends first. From any thread, any number of times."""
        self.cancelled = True

    def advance(self) -> bool:
        """Take a step; answers whether there are more."""
        if self._running is None:
            self._running = self._steps()
        try:
            next(self._running)
        except StopIteration:
            return False
        return True

    def close(self) -> None:
        """Let the generator clean up, if it ever began."""
        if self._running is not None and hasattr(self._running, "close"):
            self._running.close()


class Scheduler:
    """The thread and its jobs."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        # A daemon, because a step cannot be interrupted: at exit the process does not wait for a model to load.
        threading.Thread(target=self._run, name="model", daemon=True).start()

    @property
    def waiting(self) -> int:
        """Jobs that are not finished."""
        return len(self._jobs)

    def submit(self, priority: int, steps: Steps, failed: Callable[[Exception], None]) -> Job:
        """Add a job; ``steps`` is called, and everything of it runs, in the scheduler's thread."""
        job = Job(next(self._numbers), priority, steps, failed)
        with self._changed:
            self._jobs.append(job)
            self._changed.notify()
        return job

    def _run(self) -> None:
        while True:
            job = self._most_urgent()
            try:
                more = not job.cancelled and job.advance()
                if not more:
                    job.close()
            except Exception as error:
                traceback.print_exc(file=sys.stderr)
                more = False
                job.failed(error)
            if not more:
                with self._changed:
                    self._jobs.remove(job)

    def _most_urgent(self) -> Job:
        with self._changed:
            while not self._jobs:
                self._changed.wait()
            cancelled = (job for job in self._jobs if job.cancelled)  # first, they only free what they hold
            return next(cancelled, None) or min(self._jobs, key=lambda job: job.order)
