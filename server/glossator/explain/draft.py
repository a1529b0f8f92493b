"""What is gathered while an explanation is made; the one value of this package that changes."""

from __future__ import annotations

from dataclasses import dataclass, field

from glossator.errors import Problem
from glossator.explain.bibliography import Bibliography
from glossator.explain.explanation import Argument, Construct, Notice, Sentence, SymbolFacts
from glossator.resolve.documentation import Documented
from glossator.text import Span


@dataclass
class Draft:
    """The parts of an explanation as far as they are known. ``code`` is what a model would be asked about;
    ``answers`` are the sentences that speak of the ``question``; ``conclusion`` holds the cited sentences that belong
    behind summary and arguments: what comes back. ``offline`` and ``fresh`` say how evidence is looked up for it.
    ``documented`` are the documentations read for it, of which later questions may want more; ``turns`` are the
    questions and answers that came before, ``background`` what a model is told for another one."""

    symbol: SymbolFacts | None = None
    span: Span | None = None
    code: str = ""
    question: str = ""
    answers: list[Sentence] = field(default_factory=list)
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
    offline: bool = False
    fresh: bool = False
