"""Whose step is next: urgent ones first, nobody for ever last, windows in turn. No clock anywhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import count

from hypothesis import given, settings
from hypothesis import strategies as some

from glossator.engine.schedule import PATIENCE, Job, Scheduler, Turns


class Bench:
    """Jobs that only count, scheduled step by step."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.jobs: list[Job] = []
        self.left: dict[Job, int] = {}
        self.order: list[str] = []
        self._numbers = count()

    def add(self, priority: int, steps: int, client: str = "") -> Job:
        job = Job(next(self._numbers), priority, lambda: iter(()), lambda error: None, client)
        self.turns.join(job)
        self.jobs.append(job)
        self.left[job] = steps
        return job

    def step(self) -> Job:
        job = self.turns.next(self.jobs)
        self.left[job] -= 1
        self.order.append(job.client)
        if job.cancelled or not self.left[job]:
            self.jobs.remove(job)
            self.turns.forget(self.jobs)
        return job


def test_explanation_under_constant_completions_still_finishes() -> None:
    bench = Bench()
    explanation = bench.add(2, steps=200)
    for number in range(PATIENCE * 200 + 1):
        if not any(job.priority == 0 for job in bench.jobs):
            bench.add(0, steps=1 + number % 40, client="typing")
        bench.step()
    assert explanation not in bench.jobs
    urgent = bench.order.count("typing")
    assert urgent >= len(bench.order) * (PATIENCE - 1) / PATIENCE - 1, "and the completions lose a sixteenth, no more"


@given(
    waiting=some.lists(some.integers(1, 4), min_size=1, max_size=6),
    arrivals=some.lists(some.tuples(some.integers(0, 4), some.integers(1, 40)), min_size=1, max_size=30),
)
@settings(deadline=None, max_examples=60)
def test_nobody_waits_longer_than_the_bound(waiting: list[int], arrivals: list[tuple[int, int]]) -> None:
    """From one of its steps to the next, a job waits for ``PATIENCE`` steps for each job that was there before."""
    bench = Bench()
    patient = [bench.add(priority, steps=10**6, client=f"patient {priority}") for priority in waiting]
    until = dict.fromkeys(patient, PATIENCE * (len(patient) + 1))
    for turn in range(1, 1000):
        if turn % 7 == 0:
            bench.add(*arrivals[turn // 7 % len(arrivals)], client="busy")
        job = bench.step()
        if job in until:
            until[job] = turn + PATIENCE * (len(bench.jobs) + 1)
        assert all(turn <= latest for latest in until.values())


def test_urgent_job_waits_for_one_step_of_another_at_most() -> None:
    bench = Bench()
    bench.add(3, steps=1000, client="slow")
    for _ in range(100):
        bench.step()
        urgent = bench.add(0, steps=3, client="urgent")
        steps = 0
        while urgent in bench.jobs:
            bench.step()
            steps += 1
        assert steps <= 3 + 1


def test_windows_take_turns_and_one_answer_is_not_cut_into_pieces() -> None:
    bench = Bench()
    for _ in range(3):
        bench.add(1, steps=2, client="greedy")
    bench.step()
    bench.add(1, steps=2, client="modest")
    while bench.jobs:
        bench.step()
    assert bench.order == ["greedy", "greedy", "modest", "modest", "greedy", "greedy", "greedy", "greedy"]


def test_cancelled_jobs_go_first_because_they_only_free_what_they_hold() -> None:
    bench = Bench()
    bench.add(0, steps=5)
    gone = bench.add(9, steps=5)
    gone.cancel()
    assert bench.step() is gone


def test_most_urgent_job_takes_the_next_step_and_failures_stay_alone() -> None:
    scheduler, order, done = Scheduler(), list[str](), threading.Event()

    def failing() -> Iterator[None]:
        yield
        raise ValueError("planted")

    def quick() -> Iterator[None]:
        yield
        order.append("quick")

    def slow() -> Iterator[None]:
        order.append("slow begins")
        scheduler.submit(0, quick, failures.append)
        yield
        yield
        order.append("slow ends")
        done.set()

    failures: list[Exception] = []
    scheduler.submit(1, failing, failures.append)
    scheduler.submit(3, slow, failures.append)
    cancelled = scheduler.submit(9, lambda: iter(()), failures.append)
    cancelled.cancel()
    assert done.wait(30)
    assert order == ["slow begins", "quick", "slow ends"]
    assert [str(failure) for failure in failures] == ["planted"]
