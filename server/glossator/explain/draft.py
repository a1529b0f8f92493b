"""What is gathered while an explanation is made; the one value of this package that changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from glossator.errors import Problem
from glossator.explain.bibliography import Bibliography
from glossator.explain.explanation import Argument, Construct, Notice, Sentence, SymbolFacts
from glossator.research.evidence import Query
from glossator.resolve.documentation import Documented
from glossator.text import Span


@dataclass
class Draft:
    """The parts of an explanation as far as they are known. ``code`` is what a model would be asked about;
    ``answers`` are the sentences that speak of the ``question``, ``answered`` the share of its words that the best of
    them holds, ``unanswered`` what is to be said where there is none; ``conclusion`` holds the cited sentences that
    belong behind summary and arguments: what comes back. ``named`` is the id of a model or data set of which this
    machine has nothing, ``imported`` a public name of another language than Python. ``offline`` and ``fresh`` say how
    evidence is looked up. ``documented`` are the documentations read for it, of which later questions may want more;
    ``turns`` are the questions and answers that came before, ``background`` what a model is told for another one."""

    symbol: SymbolFacts | None = None
    span: Span | None = None
    code: str = ""
    question: str = ""
    named: str = ""
    answers: list[Sentence] = field(default_factory=list)
    answered: float = 0.0
    unanswered: Problem | None = None
    summary: list[Sentence] = field(default_factory=list)
    arguments: list[Argument] = field(default_factory=list)
    conclusion: list[Sentence] = field(default_factory=list)
    constructs: list[Construct] = field(default_factory=list)
    notices: tuple[Notice, ...] = ()
    problems: list[Problem] = field(default_factory=list)
    bibliography: Bibliography = field(default_factory=Bibliography)
    documented: list[Documented] = field(default_factory=list)
    background: list[Sentence] = field(default_factory=list)
    turns: tuple[tuple[str, str], ...] = ()
    imported: Query | None = None
    offline: bool = False
    fresh: bool = False
