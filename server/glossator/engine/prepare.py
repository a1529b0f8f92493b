"""A question in the model's tokens: which end of it is spelled again, whether the suffix is used, what did not fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glossator.engine.healing import cut_back
from glossator.engine.load import LoadedModel
from glossator.engine.question import Question
from glossator.errors import WrongUse

# A text that is too long loses its beginning in steps of this part of the context, so that its start stays the same
# over many keystrokes and the computed prefix stays valid.
CUT_STEPS = 8
CHARACTERS_PER_TOKEN = 8  # more than any code has; what is beyond is cut before it costs time to tokenise


@dataclass(frozen=True, slots=True)
class PreparedPrompt:
    """``tokens`` to feed (at least one), ``wanted`` bytes that the answer must spell first, tokens left out."""

    tokens: list[int]
    wanted: bytes
    max_tokens: int
    cut_tokens: int = 0
    suffix_used: bool = False
    stop: tuple[str, ...] = ()


def prepare(question: Question, model: LoadedModel) -> PreparedPrompt:
    """The question for this model.

    Raises:
        WrongUse: it cannot fit into the model's context, or the model knows no chat.
    """
    if question.is_chat:
        return _prepare_chat(question, model)
    room = model.runtime.context - question.max_tokens
    if room < CUT_STEPS * 2:
        what = f"An answer of {question.max_tokens} tokens leaves no room in a context of {model.runtime.context}."
        raise WrongUse(what, "Ask for a shorter answer with max_tokens.")
    if question.suffix and model.tokenizer.family.infill:
        return _prepare_infill(question, model, room)
    return _prepare_text(question, model, room)


def _prepare_chat(question: Question, model: LoadedModel) -> PreparedPrompt:
    asks = model.prompt_style == "question_answer"
    tokenizer = model.tokenizer
    tokens = tokenizer.encode(spell_questions(question.messages)) if asks else tokenizer.encode_chat(question.messages)
    room = model.runtime.context - len(tokens)
    if room < 1:
        what = f"The messages take {len(tokens)} tokens, the model's context holds {model.runtime.context}."
        raise WrongUse(what, "Send less.")
    stop = ("\n\nQuestion:",) if asks else ()  # the training texts stood one behind the other
    return PreparedPrompt(tokens, b"", min(question.max_tokens, room), stop=stop)


def spell_questions(messages: Sequence[tuple[str, str]]) -> str:
    """A chat as OctoPack and Astraios were trained to read one; nothing behind the last colon, not even a blank."""
    turns: list[str] = []
    for role, content in messages:
        if role == "assistant":
            turns.append(f"Answer: {content.strip()}")
        elif turns and turns[-1].startswith("Question: "):
            turns[-1] += f"\n\n{content.strip()}"
        else:
            turns.append(f"Question: {content.strip()}")
    return "\n\n".join([*turns, "Answer:"])


def _prepare_text(question: Question, model: LoadedModel, room: int) -> PreparedPrompt:
    tokenizer = model.tokenizer
    text = _shorten(question.text, room)
    before, wanted = cut_back(text, tokenizer) if question.heal else (text, "")
    # The wanted end takes room too when it is spelled again, at most a token for each byte.
    tokens, cut = _fit(tokenizer.encode(before), room - len(tokenizer.start) - len(wanted.encode()))
    whole = [*tokenizer.start, *tokens] or list(tokenizer.document_start())
    left_out = cut + (len(question.text) - len(text)) // 4
    return PreparedPrompt(whole, wanted.encode(), question.max_tokens, left_out)


def _prepare_infill(question: Question, model: LoadedModel, room: int) -> PreparedPrompt:
    """Not healed: the family was trained on holes at any character, so the border is where it expects one."""
    infill = model.tokenizer.family.infill
    assert infill is not None
    room -= 3 + len(model.tokenizer.start)
    suffix = model.tokenizer.encode(question.suffix[: room * CHARACTERS_PER_TOKEN])[: room // 3]
    prefix, cut = _fit(model.tokenizer.encode(_shorten(question.text, room)), room - len(suffix))
    number = model.tokenizer.specials
    tokens = [number[infill.prefix], *prefix, number[infill.suffix], *suffix, number[infill.middle]]
    return PreparedPrompt([*model.tokenizer.start, *tokens], b"", question.max_tokens, cut, suffix_used=True)


def _fit(tokens: list[int], room: int) -> tuple[list[int], int]:
    if room < 1:
        raise WrongUse("The prompt's last word alone fills the model's context.", "Send less.")
    return (tokens[cut:], cut) if (cut := _cut(len(tokens), room)) else (tokens, 0)


def _shorten(text: str, room: int) -> str:
    return text[_cut(len(text), room * CHARACTERS_PER_TOKEN) :]


def _cut(length: int, room: int) -> int:
    """How much of the beginning goes: nothing if it fits, else a whole number of steps."""
    step = max(room // CUT_STEPS, 1)
    return -(-max(length - room, 0) // step) * step
