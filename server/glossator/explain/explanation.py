"""The values an explanation is made of. ``render`` turns them into JSON and markdown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from glossator.errors import Problem
from glossator.text import Span

Support = Literal["extracted", "supported", "weak"]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and the ids of the sources it rests on. ``extracted`` stands so in a source, ``supported`` passed
    every check against it, ``weak`` passed only some."""

    text: str
    citations: tuple[str, ...]
    support: Support


@dataclass(frozen=True, slots=True)
class SymbolFacts:
    """What stands under the cursor, as the answer names it; ``language`` is that of the signature, by the name that
    markdown gives it."""

    name: str
    qualified_name: str
    kind: str
    signature: str = ""
    module: str = ""
    distribution: str = ""
    version: str = ""
    language: str = "python"


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of the call under the cursor, with its own documentation; ``taken_by`` is the ``**kwargs`` that
    takes a keyword without a parameter of its own, and whose documentation it then is."""

    name: str
    value: str
    sentences: tuple[Sentence, ...]
    taken_by: str = ""

    @property
    def spelled(self) -> str:
        """As it is shown: an option of a command may have no value."""
        return f"{self.name} = {self.value}" if self.value else self.name


@dataclass(frozen=True, slots=True)
class Construct:
    """One construct of several lines or of a file, with the first that is said of it. ``line`` counts from 1."""

    line: int
    code: str
    sentences: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a careful reader would warn about. ``line`` counts from 1; ``related`` are further lines it concerns."""

    line: int
    kind: str
    message: str
    related: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A source as the answer lists it."""

    id: str
    title: str
    url: str
    kind: str
    snippet: str
    retrieved_at: str


@dataclass(frozen=True, slots=True)
class Meta:
    """How the answer was made. ``backend`` is ``extractive`` where no model wrote any of it."""

    backend: str = "extractive"
    model: str | None = None
    adapter: str | None = None
    cached: bool = False
    duration_ms: float = 0.0
    created_at: str = ""
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer to ``glossator explain`` and to a hover. ``span`` is what it is about, for the editor; ``notices``
    are those of the whole file; a follow-up names its ``id``, which is empty where nothing was kept to ask about."""

    target: str
    symbol: SymbolFacts | None
    summary: tuple[Sentence, ...] = ()
    arguments: tuple[Argument, ...] = ()
    notices: tuple[Notice, ...] = ()
    constructs: tuple[Construct, ...] = ()
    synthesis: tuple[Sentence, ...] = ()
    sources: tuple[Reference, ...] = ()
    problems: tuple[Problem, ...] = ()
    meta: Meta = Meta()
    span: Span | None = None
    id: str = ""

    @property
    def near_notices(self) -> tuple[Notice, ...]:
        """The notices that concern what was asked about: those on its lines, or that name one of its lines."""
        if self.span is None:
            return ()
        first, last = self.span.start.line + 1, self.span.end.line + 1
        return tuple(one for one in self.notices if any(first <= line <= last for line in (one.line, *one.related)))

    @property
    def empty(self) -> bool:
        """Whether there is nothing here that a reader would want to see."""
        return not (self.symbol or self.summary or self.arguments or self.near_notices or self.synthesis)
