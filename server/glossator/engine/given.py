"""A text that is not written but given: told with the probabilities that the model gives it, as OpenAI's ``echo`` did.

What belongs into a hole is scored behind the very prompt that would be answered, and in the tokens in which the model
would have to write it: where the end of the prompt is spelled again, only among those that spell it.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

from glossator.engine.decode import Answering, token_score
from glossator.engine.events import Text, TokenScore
from glossator.engine.healing import Constraint
from glossator.engine.runtimes import Scores, Session
from glossator.engine.text_stream import TextStream

# Tokens of a prompt computed at once: 0.2 to 0.4 s of SmolLM2 on one core, the longest that an urgent request waits.
PREFILL_CHUNK = 128


def tell_given(about: Answering, session: Session, scores: Scores) -> Generator[None, None, Scores]:
    """Tell the given tokens, and compute them; the scores of what follows. They are a part of the prompt then."""
    prompt, most = about.prompt, about.question.logprobs
    spelling = Constraint(prompt.wanted, about.model.spellings)
    text, told = TextStream(()), list[TokenScore]()
    said = [text.add(_bytes(about, token)) for token in prompt.tokens[len(prompt.tokens) - prompt.told :]]
    if most is not None:
        told += [TokenScore(one, None, ()) for one in said]
    for start in range(0, len(prompt.given), PREFILL_CHUNK):
        chunk = prompt.given[start : start + PREFILL_CHUNK]
        rows = session.score(chunk)
        about.state.prefilled_tokens += len(chunk)
        for token, row in zip(chunk, (scores, *rows), strict=False):
            if most is not None:
                told.append(token_score(about, token, row, most, spelling.allowed()))
            said.append(text.add(spelling.take(_bytes(about, token))))
        about.emit(Text("".join(said), about.figures(), tuple(told)))
        said, told, scores = [], [], rows[-1]
        yield
    if said:
        about.emit(Text("".join(said), about.figures(), tuple(told)))
    about.prompt = replace(prompt, tokens=[*prompt.tokens, *prompt.given], wanted=b"", given=(), told=0)
    return scores


def _bytes(about: Answering, token: int) -> bytes:
    return about.model.tokenizer.bytes_of.get(token, b"")
