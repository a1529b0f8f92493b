"""An answer from a question: a generator that the scheduler advances, and that holds its state meanwhile.

Greedy, so the same question gets the same answer; in fp32 it equals transformers' ``generate``. Own loop, because a
more urgent request or a client that goes away must be noticed between two tokens, and between two parts of a prompt.

Alternatives share all that was computed. Each turns off where the model was least sure, instead of being sampled: they
differ for certain, the likeliest ones come first, and the same question still gets the same answers.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Generator, Iterator, Sequence
from itertools import count

from glossator.engine.decode import Answering, Decoding
from glossator.engine.events import Emit, Finished, Stopwatch
from glossator.engine.given import PREFILL_CHUNK, tell_given
from glossator.engine.load import LoadedModel
from glossator.engine.prepare import prepare
from glossator.engine.question import Question
from glossator.engine.runtimes import Halt, Halted, Scores, Session
from glossator.engine.state import EngineState

TRIES = 2  # for each alternative that is wanted; a turn may lead back to a text that is there


def answer(
    model: LoadedModel, question: Question, state: EngineState, received: float, emit: Emit, halt: Halt | None = None
) -> Iterator[None]:
    """Answer a question; each step is one chunk of the prompt or one token. A ``halt`` ends it in the middle of one.

    Raises:
        WrongUse: the question does not fit this model.
    """
    watch = Stopwatch(received, question.deadline)
    prompt = prepare(question, model)
    halt = halt or Halt()
    try:
        session, reused = model.prefixes.take(prompt.tokens, halt)
    except Halted:
        return
    session.heed(halt)
    about = Answering(model, question, prompt, reused, watch, state, emit)
    whole = False
    try:
        scores = yield from _prefill(session, prompt.tokens[reused:], about)
        if scores is not None and (prompt.given or prompt.told):
            scores = yield from tell_given(about, session, scores)
        reasons = ("deadline",) if scores is None else (yield from _texts(about, session, scores))
        whole = True
    except GeneratorExit:  # closed between two steps, when the session is whole
        whole = True
        raise
    except Halted:  # and nobody wants to hear so
        whole = True
        return
    finally:
        if whole:  # else an error in the middle of a step left some layers longer than others
            session.heed(Halt())
            model.prefixes.put(session)
    emit(Finished(reasons, about.figures()))


def _prefill(session: Session, tokens: Sequence[int], about: Answering) -> Generator[None, None, Scores | None]:
    """The scores of what follows the prompt; None if the time was up before."""
    scores = None
    for start in range(0, len(tokens), PREFILL_CHUNK):
        if start:
            yield
        if about.watch.late:
            return None
        chunk = tokens[start : start + PREFILL_CHUNK]
        scores = session.feed(chunk)
        about.state.prefilled_tokens += len(chunk)
    about.watch.prefilled = time.monotonic()
    return scores


def _texts(about: Answering, session: Session, scores: Scores) -> Generator[None, None, tuple[str, ...]]:
    """The first text, told as it comes, then alternatives, each told when it is whole; answers why each ended."""
    first = Decoding(about, about.prompt.tokens)
    yield from first.run(session, scores)
    known, reasons = {first.said.strip()}, [first.reason]
    numbers = count()  # so that equally likely turns are not compared by what they hold
    turns = [(turn.gap, next(numbers), turn, first) for turn in first.turns]
    heapq.heapify(turns)
    tries = TRIES * (about.question.n - 1)
    while turns and tries and len(reasons) < about.question.n and not about.watch.late:
        tries -= 1
        _, _, turn, parent = heapq.heappop(turns)
        other = Decoding(about, (*about.prompt.tokens, *parent.tokens), len(reasons), turn)
        yield
        yield from other.run(session, _turned(session, (*about.prompt.tokens, *turn.tokens)))
        for further in other.turns:
            heapq.heappush(turns, (further.gap, next(numbers), further, other))
        if other.reason != "deadline" and other.said.strip() not in known:
            known.add(other.said.strip())
            reasons.append(other.reason)
            other.emit_whole()
    return tuple(reasons)


def _turned(session: Session, tokens: Sequence[int]) -> Scores:
    """Bring a session to other tokens, of which it holds a beginning; the scores of what follows."""
    pairs = zip(session.tokens, tokens, strict=False)
    same = next((place for place, (one, other) in enumerate(pairs) if one != other), len(session.tokens))
    keep = min(same, len(tokens) - 1)
    session.keep(keep)
    return session.feed(tokens[keep:])
