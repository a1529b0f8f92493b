"""A question in the model's tokens: which end of it is spelled again, whether the suffix is used, what did not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from glossator.engine.healing import cut_back
from glossator.engine.load import LoadedModel
from glossator.engine.question import Question
from glossator.engine.tokenizer import Tokenizer
from glossator.errors import WrongUse
from glossator.models.formats import Hole, Slot, Special, merged

# A text that is too long loses its beginning in steps of this part of the context, so that its start stays the same
# over many keystrokes and the computed prefix stays valid.
CUT_STEPS = 8
CONTEXT_SHARE = 3  # headers and passages of other files take a third of the context at most
CHARACTERS_PER_TOKEN = 8  # more than any code has; what is beyond is cut before it costs time to tokenise


@dataclass(frozen=True, slots=True)
class PreparedPrompt:
    """``tokens`` to feed (at least one), ``wanted`` bytes that the answer must spell first, tokens left out.

    ``note`` says, if a suffix was given and not used, why."""

    tokens: list[int]
    wanted: bytes
    max_tokens: int
    cut_tokens: int = 0
    suffix_used: bool = False
    note: str = ""
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
    hole = _within(question.hole, model, room // CONTEXT_SHARE)
    if hole.after and model.tokenizer.family.infill:
        return _prepare_infill(hole, question, model, room)
    return _prepare_text(hole, question, model, room)


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


def _prepare_text(hole: Hole, question: Question, model: LoadedModel, room: int) -> PreparedPrompt:
    tokenizer = model.tokenizer
    outer, _, top = tokenizer.family.arrange(hole)
    header = [*tokenizer.start, *tokenizer.encode_parts(merged([*outer, *top]))]
    text = _shorten(hole.before, room)
    before, wanted = cut_back(text, tokenizer) if question.heal else (text, "")
    # The wanted end takes room too when it is spelled again, at most a token for each byte.
    continued = len(header) > len(tokenizer.start)
    tokens, cut = _fit(tokenizer.encode(before, continued=continued), room - len(header) - len(wanted.encode()))
    whole = [*header, *tokens] or list(tokenizer.document_start())
    left_out = cut + (len(hole.before) - len(text)) // 4
    note = tokenizer.left_to_right if hole.after else ""
    return PreparedPrompt(whole, wanted.encode(), question.max_tokens, left_out, note=note)


def _prepare_infill(hole: Hole, question: Question, model: LoadedModel, room: int) -> PreparedPrompt:
    """Not healed: the families were trained on holes at any character, so the border is where they expect one."""
    tokenizer = model.tokenizer
    outer, infill, top = tokenizer.family.arrange(hole)
    header = "" if not top or isinstance(top[-1], Special) else top[-1]
    first = [*tokenizer.start, *tokenizer.encode_parts(outer)]
    marks = tokenizer.encode_parts(top[:-1] if header else top)
    room -= len(first) + len(marks) + len(infill) - 2
    suffix = tokenizer.encode(hole.after[: room * CHARACTERS_PER_TOKEN], continued=True)[: room // 3]
    prefix, cut = _fit_prefix(header, hole.before, tokenizer, room - len(suffix))
    filled = {Slot.BEFORE: [*marks, *prefix], Slot.AFTER: suffix}
    tokens = [number for item in infill for number in _numbers(item, filled, tokenizer)]
    return PreparedPrompt([*first, *tokens], b"", question.max_tokens, cut, suffix_used=True)


def _fit_prefix(header: str, before: str, tokenizer: Tokenizer, room: int) -> tuple[list[int], int]:
    """The header's and the prefix's tokens; if they are too many, the prefix loses its beginning, not the header."""
    together = tokenizer.encode(header + _shorten(before, room))
    if len(together) <= room or not header:
        return _fit(together, room)
    kept = tokenizer.encode(header)
    tokens, cut = _fit(tokenizer.encode(_shorten(before, room), continued=True), room - len(kept))
    return [*kept, *tokens], cut


def _numbers(item: Special | Slot | str, filled: Mapping[Slot, list[int]], tokenizer: Tokenizer) -> list[int]:
    if isinstance(item, Slot):
        return filled[item]
    return tokenizer.encode_parts([item])


def _within(hole: Hole, model: LoadedModel, room: int) -> Hole:
    """The hole with as much about its place as fits into ``room`` tokens: the least important passages go first."""
    while True:
        outer, _, top = model.tokenizer.family.arrange(hole)
        if len(model.tokenizer.encode_parts([*outer, *top])) <= room:
            return hole
        hole = replace(hole, passages=hole.passages[:-1]) if hole.passages else replace(hole, path="", repository="")


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
