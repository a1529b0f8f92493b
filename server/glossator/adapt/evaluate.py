"""Four ways to complete the same gaps, asked of the engine as completion asks it; each answer is kept as it comes, so
that an evaluation goes on after whatever stopped it.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from glossator.adapt.gaps import Gap
from glossator.adapt.intervals import Estimates, estimate
from glossator.adapt.scores import Answer, Marks, mark
from glossator.adapt.verdict import Verdict, judge
from glossator.complete.context import context_at
from glossator.complete.decide import cut
from glossator.complete.pipeline import CompleteOptions, Task, generate
from glossator.complete.sources.base import Spot, Surroundings
from glossator.complete.sources.gather import Gathering
from glossator.complete.sources.seeing import SeeingModel
from glossator.errors import GlossatorError, ModelUnavailable
from glossator.models.adapters import check_name
from glossator.models.base import Model, Priority, Prompt, read
from glossator.models.routing import AdapterRoutes, RoutedModel
from glossator.paths import data_directory
from glossator.text import Snapshot

ArmName = Literal["base", "context", "control", "adapter"]
# In seconds; nobody waits, and a slow machine must not count as a wrong answer.
DEADLINE, LOADING = 300.0, 3600.0
Done = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Arm:
    """Who answers: the base, or an adapter on it; and whether it sees other files. ``state`` tells one state of its
    weights from another."""

    name: ArmName
    adapter: str = ""
    context: bool = False
    state: str = ""


@dataclass(frozen=True, slots=True)
class Examination:
    """What is asked, and of whom; the adapter in question comes last."""

    name: str
    root: Path
    gaps: tuple[Gap, ...]
    arms: tuple[Arm, ...]
    base: str
    tokens: int

    @property
    def digest(self) -> str:
        """Answers to another examination are of no use to this one."""
        told = (self.base, self.tokens, self.gaps, self.arms)
        return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Examiners:
    """The model, what gathers from other files, and which of them are open beside a text."""

    model: Model
    gathering: Gathering
    opened: Callable[[str, str], Sequence[Snapshot]]


@dataclass(frozen=True, slots=True)
class Result:
    """Marks of all arms by gap, what they say together, and the verdict."""

    rows: tuple[tuple[Gap, Mapping[str, Marks]], ...]
    found: Estimates
    verdict: Verdict
    files: int


async def examine(examination: Examination, examiners: Examiners, done: Done) -> Result:
    """Ask what was not asked before, and judge.

    Raises:
        GlossatorError: the model cannot answer, or an answer cannot be kept. What is kept stays.
    """
    answers = _Kept(examination)
    total = len(examination.gaps) * len(examination.arms)
    if len(answers.known) < total:
        await _load(examination.arms, examiners.model)
    for number, gap in enumerate(examination.gaps):
        task = gap.task(examination.root, CompleteOptions(False, examination.tokens, DEADLINE))
        for arm in examination.arms:
            if (number, arm.name) not in answers.known:
                answers.keep(number, arm.name, await _ask(gap, task, arm, examiners))
            done(len(answers.known), total)
    return conclude(examination, answers.known)


def conclude(examination: Examination, answers: Mapping[tuple[int, str], Answer]) -> Result:
    """The result of answers to all that was asked."""
    names: list[str] = [arm.name for arm in examination.arms]
    rows = tuple(
        (gap, {name: mark(gap.middle, answers[number, name]) for name in names})
        for number, gap in enumerate(examination.gaps)
    )
    found = estimate([(gap.path, marks) for gap, marks in rows])
    files = len({gap.path for gap, _ in rows})
    return Result(rows, found, judge(found, files), files)


def forget(name: str) -> None:
    """Delete what is kept of an evaluation that is not finished."""
    shutil.rmtree(_folder(name), ignore_errors=True)


async def _load(arms: Sequence[Arm], model: Model) -> None:
    """Have each adapter loaded before it is asked for an answer: a graph may have to be made of it first."""
    for name in dict.fromkeys(arm.adapter for arm in arms):
        await read(model, Prompt(text="x = ", max_tokens=0, deadline=LOADING, priority=Priority.WARM_UP, adapter=name))


async def _ask(gap: Gap, task: Task, arm: Arm, examiners: Examiners) -> Answer:
    """What the user would see there, and how probable the true text is, both behind the same prompt."""
    opened = examiners.opened(gap.path, task.snapshot.text) if arm.context else ()
    spot = Spot(task.snapshot, task.position, context_at(task.snapshot, task.position), Surroundings(tuple(opened)))
    gathering = examiners.gathering if arm.context else replace(examiners.gathering, sources=(), tokens=0)
    routed = RoutedModel(examiners.model, AdapterRoutes(complete=arm.adapter), "complete")
    model = SeeingModel(routed, gathering, spot)
    said = [""]
    completion = await generate(task, model, Priority.WARM_UP, lambda heard, _: said.append(heard.text))
    if completion.reason == "deadline":
        raise ModelUnavailable("The model was too slow to be judged.", "Run it again when the machine is free.")
    shown = completion.items[0].text if completion.items else ""
    logprob, tokens = await _probability(gap, task, model)
    return Answer(shown, cut(said[-1], task.wish), logprob, tokens)


async def _probability(gap: Gap, task: Task, model: Model) -> tuple[float, int]:
    prompt = replace(task.prompt(Priority.WARM_UP), middle=gap.middle, max_tokens=0, ending=None, stop=())
    scores: list[float] = []
    async with aclosing(model.stream(prompt)) as pieces:
        async for piece in pieces:
            scores += piece.logprobs
    if not scores:
        what = "The engine that runs does not give the probability of a text: it is of another version."
        raise ModelUnavailable(what, "Run 'glossator engine stop', then the same command again.")
    return sum(scores), len(scores)


class _Kept:
    """Answers in a file, a line for each, behind a line with the digest of what was asked."""

    def __init__(self, examination: Examination) -> None:
        self._file = _folder(examination.name) / "answers.jsonl"
        self.known: dict[tuple[int, str], Answer] = {}
        lines = self._lines()
        if next(lines, {}).get("digest") == examination.digest:
            for line in lines:
                place = (line.pop("gap"), line.pop("arm"))
                self.known[place] = Answer(**line)
            return
        if self._file.is_file():
            self._file.unlink()
        self._add({"digest": examination.digest})

    def keep(self, gap: int, arm: str, answer: Answer) -> None:
        """Write one down.

        Raises:
            GlossatorError: there is no room.
        """
        self._add({"gap": gap, "arm": arm, **asdict(answer)})
        self.known[gap, arm] = answer

    def _lines(self) -> Iterator[dict[str, Any]]:
        try:
            written = self._file.read_text("utf-8")
        except OSError:
            return
        for line in written.splitlines(keepends=True):
            if line.endswith("\n"):  # else it was being written when it was killed
                yield json.loads(line)
        if written and not written.endswith("\n"):
            self._file.write_text(written[: written.rfind("\n") + 1], "utf-8")

    def _add(self, line: Mapping[str, Any]) -> None:
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._file.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line) + "\n")
        except OSError as error:
            what = f"An answer cannot be kept: {error.strerror}."
            raise GlossatorError(what, "Make room, then run the same command again: it goes on from there.") from error


def _folder(name: str) -> Path:
    return data_directory() / "evaluations" / check_name(name)
