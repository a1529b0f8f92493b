"""One answer, token by token: a generator that the scheduler advances, and that holds its state meanwhile.

Greedy, so the same question gets the same answer; in fp32 it equals transformers' ``generate``. Own loop, because a
more urgent request or a client that goes away must be noticed between two tokens, and between two parts of a prompt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field

import numpy

from glossator.engine.healing import Constraint
from glossator.engine.load import LoadedModel
from glossator.engine.prepare import PreparedPrompt, prepare
from glossator.engine.question import Question
from glossator.engine.runtimes import Scores, Session
from glossator.engine.speculate import Speculation
from glossator.engine.state import EngineState
from glossator.engine.text_stream import TextStream

# Tokens of a prompt computed at once: 0.2 to 0.4 s of SmolLM2 on one core, the longest that an urgent request waits.
PREFILL_CHUNK = 128


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One token with the logarithm of its probability, and the likeliest ones beside it."""

    text: str
    logprob: float
    top: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Figures:
    """What an answer took so far. Timings in milliseconds, ``first_token`` since the request came. Of the tokens that
    were ``guessed``, those that were ``right`` cost no step of their own."""

    model: str
    adapter: str | None
    prompt_tokens: int
    completion_tokens: int
    reused_tokens: int
    cut_tokens: int
    suffix_used: bool
    note: str
    seen: tuple[tuple[str, int, int | None], ...]
    guessed_tokens: int
    right_tokens: int
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class Text:
    """A piece of the answer; ``scores`` for the tokens behind it, if asked for. ``so_far`` is told with each piece,
    since a client that has what it wants does not wait for the end."""

    text: str
    so_far: Figures
    scores: tuple[TokenScore, ...] = ()


@dataclass(frozen=True, slots=True)
class Finished:
    """The end of an answer: why, and what it took."""

    reason: str
    figures: Figures


Emit = Callable[[Text | Finished], None]


@dataclass
class Stopwatch:
    """The moments of one answer, in seconds of the monotonic clock."""

    received: float
    started: float = field(default_factory=time.monotonic)
    prefilled: float = 0.0
    first_token: float = 0.0

    def timings_ms(self) -> dict[str, float]:
        """The named spans up to now."""
        now = time.monotonic()
        spans = {
            "queue": self.started - self.received,
            "prefill": self.prefilled - self.started,
            "first_token": (self.first_token or now) - self.received,
            "decode": now - self.prefilled,
        }
        return {name: round(span * 1000, 1) for name, span in spans.items()}


def answer(model: LoadedModel, question: Question, state: EngineState, received: float, emit: Emit) -> Iterator[None]:
    """Answer a question; each step is one chunk of the prompt or one token.

    Raises:
        WrongUse: the question does not fit this model.
    """
    watch = Stopwatch(received)
    prompt = prepare(question, model)
    session, reused = model.prefixes.take(prompt.tokens)
    whole = False
    try:
        scores = yield from _prefill(session, prompt.tokens[reused:], state)
        watch.prefilled = time.monotonic()
        decoding = Decoding(model, question, prompt, reused, watch, state, emit)
        yield from decoding.run(session, scores)
        whole = True
    except GeneratorExit:  # closed between two steps, when the session is whole
        whole = True
        raise
    finally:
        if whole:  # else an error in the middle of a step left some layers longer than others
            model.prefixes.put(session)
    emit(Finished(decoding.reason, decoding.figures()))


def _prefill(session: Session, tokens: Sequence[int], state: EngineState) -> Generator[None, None, Scores]:
    for start in range(0, len(tokens), PREFILL_CHUNK):
        if start:
            yield
        chunk = tokens[start : start + PREFILL_CHUNK]
        scores = session.feed(chunk)
        state.prefilled_tokens += len(chunk)
    return scores


class Decoding:
    """The loop over tokens, with the constraint, the stop strings and the text they make."""

    def __init__(
        self,
        model: LoadedModel,
        question: Question,
        prompt: PreparedPrompt,
        reused: int,
        watch: Stopwatch,
        state: EngineState,
        emit: Emit,
    ) -> None:
        self.reason = "length"
        self.count = 0
        self._model = model
        self._question = question
        self._prompt = prompt
        self._reused = reused
        self._watch = watch
        self._constraint = Constraint(prompt.wanted, model.spellings)
        self._speculation = Speculation(prompt.tokens)
        self._ahead: list[Scores] = []  # behind the tokens that were guessed right and are not yet shown
        self._text = TextStream((*question.stop, *prompt.stop))
        self._state = state
        self._emit = emit

    def run(self, session: Session, scores: Scores) -> Iterator[None]:
        """Choose, show, compute, until an end. Tokens that only spell the end of the prompt again are not counted."""
        while self.count < self._prompt.max_tokens:
            token = choose(scores, self._constraint.allowed())
            if token in self._model.ends:
                self.reason = "stop"
                break
            self._show(token, scores)
            if self._text.stopped:
                self.reason = "stop"
                return
            yield
            if self.count < self._prompt.max_tokens:
                scores = self._next(session, token)
        self._emit_text(self._text.rest(), ())

    def _next(self, session: Session, token: int) -> Scores:
        """The scores behind ``token``, where they were not computed with the one before; guesses are checked along."""
        if self._ahead:
            return self._ahead.pop(0)
        most = 0 if self._constraint.pending else self._prompt.max_tokens - self.count - 1
        guessed = self._speculation.guess(token, most)
        rows = session.score([token, *guessed])
        right = 0
        while right < len(guessed) and choose(rows[right], None) == guessed[right]:
            right += 1
        session.keep(len(session.tokens) - len(guessed) + right)
        self._speculation.learn(guessed, right)
        found: list[Scores] = [*rows[: right + 1]]
        self._ahead = found[1:]
        return found[0]

    def figures(self) -> Figures:
        """What the answer took up to now."""
        return Figures(
            model=self._model.name,
            adapter=self._model.adapter,
            prompt_tokens=len(self._prompt.tokens),
            completion_tokens=self.count,
            reused_tokens=self._reused,
            cut_tokens=self._prompt.cut_tokens,
            suffix_used=self._prompt.suffix_used,
            note=self._prompt.note,
            seen=self._prompt.seen,
            guessed_tokens=self._speculation.guessed,
            right_tokens=self._speculation.right,
            timings_ms=self._watch.timings_ms(),
        )

    def _show(self, token: int, scores: Scores) -> None:
        was_free = not self._constraint.pending
        added = self._constraint.take(self._model.tokenizer.bytes_of.get(token, b""))
        self._state.generated_tokens += 1
        if not was_free and not added:
            return
        self.count += 1
        self._watch.first_token = self._watch.first_token or time.monotonic()
        listed = (self._score(token, scores),) if self._question.logprobs is not None else ()
        self._emit_text(self._text.add(added), listed)

    def _emit_text(self, text: str, scores: tuple[TokenScore, ...]) -> None:
        if text or scores:
            self._emit(Text(text, self.figures(), scores))

    def _score(self, token: int, scores: Scores) -> TokenScore:
        logprobs = scores - numpy.logaddexp.reduce(scores)
        top = numpy.argsort(-logprobs)[: self._question.logprobs or 0]
        best = tuple((self._spell(int(one)), float(logprobs[one])) for one in top)
        return TokenScore(self._spell(token), float(logprobs[token]), best)

    def _spell(self, token: int) -> str:
        return self._model.tokenizer.bytes_of.get(token, b"").decode("utf-8", "replace")


def choose(scores: Scores, allowed: Sequence[int] | None) -> int:
    """The likeliest token, among the allowed ones if not all are."""
    if allowed is None:
        return int(scores.argmax())
    return int(allowed[int(scores[list(allowed)].argmax())])
