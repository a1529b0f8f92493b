"""One thread owns the model. Jobs are generators; at each step the most urgent one advances, the others keep theirs.

So a completion overtakes an explanation at the next token, without a lock around the model and without losing work.
``Turns`` decides whose step it is. It counts steps and reads no clock, so what it promises can be tested:

- A more urgent job takes the next step, but for every ``PATIENCE``-th: that one goes to whoever waited longest. So with
  N jobs each takes one step in N · ``PATIENCE`` at the least, however many urgent ones follow each other.
- Among equally urgent jobs one runs to its end before the next, and windows take turns: one that asks ten questions
  does not make another wait for all ten.
"""

from __future__ import annotations

import itertools
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

Steps = Callable[[], Iterator[None]]

# Constant completions lose a sixteenth of their steps to others, which still get as far as one token in sixteen.
PATIENCE = 16


class Job:
    """Work in small steps for a ``client``. Lower ``priority`` goes first."""

    def __init__(
        self, number: int, priority: int, steps: Steps, failed: Callable[[Exception], None], client: str = ""
    ) -> None:
        self.number = number
        self.priority = priority
        self.client = client
        self.cancelled = False
        self.begun = False
        self.last_turn = 0
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


class Turns:
    """Whose step is next. Its memory: how many steps were taken, and when each client last began a job."""

    def __init__(self) -> None:
        self._turn = 0
        self._served: dict[str, int] = {}

    def join(self, job: Job) -> None:
        """A new job waits from now on."""
        job.last_turn = self._turn

    def next(self, jobs: Sequence[Job]) -> Job:
        """The job that takes the next step, of at least one. Cancelled ones first: they only free what they hold."""
        for job in jobs:
            if job.cancelled:
                return job
        self._turn += 1
        if self._turn % PATIENCE == 0:
            chosen = min(jobs, key=lambda job: (job.last_turn, job.number))
        else:
            chosen = min(jobs, key=self._order)
        if not chosen.begun:
            self._served[chosen.client] = self._turn
        chosen.begun = True
        chosen.last_turn = self._turn
        return chosen

    def forget(self, waiting: Sequence[Job]) -> None:
        """Remember only the clients that still wait: there are always new ones."""
        clients = {job.client for job in waiting}
        self._served = {client: turn for client, turn in self._served.items() if client in clients}

    def _order(self, job: Job) -> tuple[int, bool, int, int]:
        return job.priority, not job.begun, 0 if job.begun else self._served.get(job.client, 0), job.number


class Scheduler:
    """The thread and its jobs."""

    def __init__(self) -> None:
        self._jobs: list[Job] = []
        self._turns = Turns()
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        # A daemon, because a step cannot be interrupted: at exit the process does not wait for a model to load.
        threading.Thread(target=self._run, name="model", daemon=True).start()

    @property
    def waiting(self) -> int:
        """Jobs that are not finished."""
        return len(self._jobs)

    def submit(self, priority: int, steps: Steps, failed: Callable[[Exception], None], client: str = "") -> Job:
        """Add a job; ``steps`` is called, and everything of it runs, in the scheduler's thread."""
        job = Job(next(self._numbers), priority, steps, failed, client)
        with self._changed:
            self._turns.join(job)
            self._jobs.append(job)
            self._changed.notify()
        return job

    def _run(self) -> None:
        while True:
            self._advance(self._next())  # a call of its own, so that a job that ended is not held while none is there

    def _advance(self, job: Job) -> None:
        try:
            more = not job.cancelled and job.advance()
            if not more:
                job.close()
        except Exception as error:
            with suppress(OSError, ValueError):  # a full disk must not end this thread
                traceback.print_exc(file=sys.stderr)
            more = False
            job.failed(error)
        if not more:
            with self._changed:
                self._jobs.remove(job)
                self._turns.forget(self._jobs)

    def _next(self) -> Job:
        with self._changed:
            while not self._jobs:
                self._changed.wait()
            return self._turns.next(self._jobs)
