"""One text, token by token, until an end: what it spells, how likely it was, and where it could have gone elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy

from glossator.engine.events import Emit, Figures, Stopwatch, Text, TokenScore
from glossator.engine.healing import Constraint
from glossator.engine.load import LoadedModel
from glossator.engine.prepare import PreparedPrompt
from glossator.engine.question import Question
from glossator.engine.runtimes import Scores, Session
from glossator.engine.speculate import Speculation
from glossator.engine.state import EngineState
from glossator.engine.text_stream import TextStream

# Where an alternative may turn off: within so many tokens, for one of so many likeliest, which is at most e^5 times
# less likely than the one that was taken. What comes later or is less likely is rarely another idea.
TURNS, RIVALS, WIDEST_GAP = 8, 4, 5.0


@dataclass
class Answering:
    """One question while it is answered: with what, for whom, and what it took so far."""

    model: LoadedModel
    question: Question
    prompt: PreparedPrompt
    reused: int
    watch: Stopwatch
    state: EngineState
    emit: Emit
    count: int = 0
    guessed: int = 0
    right: int = 0

    def figures(self) -> Figures:
        """What it took up to now."""
        return Figures(
            model=self.model.name,
            adapter=self.model.adapter,
            prompt_tokens=len(self.prompt.tokens),
            completion_tokens=self.count,
            reused_tokens=self.reused,
            cut_tokens=self.prompt.cut_tokens,
            suffix_used=self.prompt.suffix_used,
            note=self.prompt.note,
            seen=self.prompt.seen,
            guessed_tokens=self.guessed,
            right_tokens=self.right,
            timings_ms=self.watch.timings_ms(),
        )

    def spell(self, token: int) -> str:
        """A token as text; half a character shows as a mark."""
        return self.model.tokenizer.bytes_of.get(token, b"").decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a text could have gone elsewhere: ``gap`` is how much less likely that was, as a difference of logarithms;
    ``tokens`` are those up to there and the other one."""

    gap: float
    tokens: tuple[int, ...]
    scores: tuple[TokenScore | None, ...]


class Decoding:
    """The loop over tokens, with the constraint, the ends and the text they make. ``history`` is what guesses are made
    from; ``begin``, if any, is where this text turns off from another one."""

    def __init__(self, about: Answering, history: Sequence[int], choice: int = 0, begin: Turn | None = None) -> None:
        self.reason = "length"
        self.said = ""
        self.tokens: list[int] = []
        self.turns: list[Turn] = []
        self._about = about
        self._choice = choice
        self._begin = begin
        self._count = 0
        self._scored: list[TokenScore | None] = []
        self._held: list[TokenScore] = []  # of a text that is told when it is whole
        self._constraint = Constraint(about.prompt.wanted, about.model.spellings)
        self._speculation = Speculation(history, about.model.runtime.price)
        self._ahead: list[Scores] = []  # behind the tokens that were guessed right and are not yet shown
        self._text = TextStream((*about.question.stop, *about.prompt.stop))

    def run(self, session: Session, scores: Scores) -> Iterator[None]:
        """Choose, show, compute, until an end. Tokens that only spell the end of the prompt again are not counted."""
        most = self._about.prompt.max_tokens
        if self._begin is not None:
            for token, scored in zip(self._begin.tokens, self._begin.scores, strict=True):
                self._show(token, scored)
        while self._count < most and not self._ended():
            if self._about.watch.late:
                self.reason = "deadline"
                break
            token = choose(scores, self._constraint.allowed())
            if token in self._about.model.ends:
                self.reason = "stop"
                break
            self._note_turns(token, scores)
            self._show(token, self._score(token, scores))
            if self._ended():
                break
            yield
            if self._count < most:
                scores = self._next(session, token)
        if not self._ended():
            self._tell(self._text.rest(), ())

    def emit_whole(self) -> None:
        """Tell a text that was not told piece by piece."""
        about = self._about
        about.emit(Text(self.said, about.figures(), tuple(self._held), self._choice))

    def _ended(self) -> bool:
        ending = self._about.question.ending
        if self._text.stopped or (ending is not None and ending.decided(self.said)):
            self.reason = "stop"
            return True
        return False

    def _next(self, session: Session, token: int) -> Scores:
        """The scores behind ``token``, where they were not computed with the one before; guesses are checked along."""
        if self._ahead:
            return self._ahead.pop(0)
        most = 0 if self._constraint.pending else self._about.prompt.max_tokens - self._count - 1
        guessed = self._speculation.guess(token, most)
        rows = session.score([token, *guessed])
        right = 0
        while right < len(guessed) and choose(rows[right], None) == guessed[right]:
            right += 1
        session.keep(len(session.tokens) - len(guessed) + right)
        self._speculation.learn(guessed, right)
        self._about.guessed += len(guessed)
        self._about.right += right
        found: list[Scores] = [*rows[: right + 1]]
        self._ahead = found[1:]
        return found[0]

    def _show(self, token: int, scored: TokenScore | None) -> None:
        was_free = not self._constraint.pending
        self.tokens.append(token)
        self._scored.append(scored)
        added = self._constraint.take(self._about.model.tokenizer.bytes_of.get(token, b""))
        self._about.state.generated_tokens += 1
        if not was_free and not added:
            return
        self._count += 1
        self._about.count += 1
        self._about.watch.first_token = self._about.watch.first_token or time.monotonic()
        self._tell(self._text.add(added), () if scored is None else (scored,))

    def _tell(self, text: str, scores: tuple[TokenScore, ...]) -> None:
        self.said += text
        if self._choice:
            self._held += scores
        elif text or scores:
            self._about.emit(Text(text, self._about.figures(), scores))

    def _note_turns(self, token: int, scores: Scores) -> None:
        """Remember the likeliest other tokens, if alternatives are wanted."""
        if self._about.question.n == 1 or self._count >= TURNS:
            return
        allowed = self._constraint.allowed()
        numbers = numpy.arange(len(scores)) if allowed is None else numpy.array(allowed)
        gaps = scores[token] - scores[numbers]
        taken, before = self._about.spell(token).strip(), 0.0 if self._begin is None else self._begin.gap
        for place in _smallest(gaps, RIVALS + 1):
            other, gap = int(numbers[place]), float(gaps[place])
            spelled = self._about.spell(other).strip()
            # Another blank is not another idea.
            if gap <= WIDEST_GAP and spelled not in ("", taken) and other not in self._about.model.ends:
                scored = (*self._scored, self._score(other, scores))
                self.turns.append(Turn(before + gap, (*self.tokens, other), scored))

    def _score(self, token: int, scores: Scores) -> TokenScore | None:
        """The token's probability, if somebody wants to know: among those that spell what is typed already."""
        most = self._about.question.logprobs
        if most is None:
            return None
        return token_score(self._about, token, scores, most, self._constraint.allowed())


def token_score(
    about: Answering, token: int, scores: Scores, most: int, allowed: Sequence[int] | None = None
) -> TokenScore:
    """A token's probability, among the allowed ones if not all are, and the ``most`` likeliest of all beside it."""
    total = _total(scores)
    among = total if allowed is None or token not in allowed else _total(scores[list(allowed)])
    best = tuple((about.spell(one), float(scores[one]) - total) for one in _smallest(-scores, most))
    return TokenScore(about.spell(token), float(scores[token]) - among, best)


def _total(scores: Scores) -> float:
    """The logarithm of the sum of what the scores are the logarithms of."""
    highest = float(scores.max())
    return highest + float(numpy.log(numpy.exp(scores - highest).sum()))


def choose(scores: Scores, allowed: Sequence[int] | None) -> int:
    """The likeliest token, among the allowed ones if not all are."""
    if allowed is None:
        return int(scores.argmax())
    return int(allowed[int(scores[list(allowed)].argmax())])


def _smallest(values: Scores, count: int) -> list[int]:
    """The places of the smallest values, in their order. To sort a vocabulary takes a quarter of a step of SmolLM2."""
    if count == 0:
        return []
    places = numpy.argpartition(values, min(count, len(values) - 1))[:count]
    return [int(one) for one in places[numpy.argsort(values[places], kind="stable")]]
