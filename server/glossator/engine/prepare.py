"""A question in the model's tokens: which end of it is spelled again, whether the suffix is used, what did not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from glossator.engine.healing import cut_back
from glossator.engine.load import LoadedModel
from glossator.engine.question import Question
from glossator.engine.tokenizer import Tokenizer
from glossator.errors import WrongUse
from glossator.models.dialogue import QUESTION_ANSWER
from glossator.models.formats import Hole, Slot, Special, merged

# A text that is too long loses its beginning in steps of this part of the context, so that its start stays the same
# over many keystrokes and the computed prefix stays valid.
CUT_STEPS = 8
CONTEXT_SHARE = 3  # headers and passages of other files take a third of the context at most
CHARACTERS_PER_TOKEN = 8  # more than any code has; what is beyond is cut before it costs time to tokenise

Parts = tuple[tuple[str, int, int | None], ...]  # name, tokens, and how many characters were kept where not all were


@dataclass(frozen=True, slots=True)
class PreparedPrompt:
    """``tokens`` to feed (at least one), ``wanted`` bytes that the answer must spell first, tokens left out.

    ``note`` says, if a suffix was given and not used, why. ``seen`` are the parts in the order of the prompt, each
    with its tokens. ``given`` are the tokens with which the answer begins whatever the model would say; ``told`` is how
    many of the last tokens to feed belong to what is told as well."""

    tokens: list[int]
    wanted: bytes
    max_tokens: int
    cut_tokens: int = 0
    suffix_used: bool = False
    note: str = ""
    seen: Parts = ()
    stop: tuple[str, ...] = ()
    given: tuple[int, ...] = ()
    told: int = 0


def prepare(question: Question, model: LoadedModel) -> PreparedPrompt:
    """The question for this model.

    Raises:
        WrongUse: it cannot fit into the model's context, or the model knows no chat.
    """
    if question.is_chat:
        return _prepare_chat(question, model)
    if question.echo:
        return _prepare_echo(question, model)
    middle = model.tokenizer.encode(question.middle, continued=True)
    room = model.runtime.context - question.max_tokens - len(middle)
    if room < CUT_STEPS * 2:
        what = f"An answer of {question.max_tokens} tokens leaves no room in a context of {model.runtime.context}."
        raise WrongUse(what, "Ask for a shorter answer with max_tokens.")
    most = min(room // CONTEXT_SHARE, question.passage_tokens or room)
    hole, kept = _within(question.hole, model.tokenizer, most)
    parts = _parts(hole, kept, model.tokenizer)
    infills = bool(hole.after and model.tokenizer.family.infill)
    prompt = (_prepare_infill if infills else _prepare_text)(hole, question, model, room, parts)
    return _with_middle(prompt, question.middle, model.tokenizer) if question.middle else prompt


def _with_middle(prompt: PreparedPrompt, middle: str, tokenizer: Tokenizer) -> PreparedPrompt:
    """With what belongs there in the tokens that the model would write it in."""
    begins = len(prompt.tokens) <= len(tokenizer.document_start())
    text = prompt.wanted.decode("utf-8", "replace") + middle
    return replace(prompt, given=tuple(tokenizer.encode(text, continued=not begins)))


def _prepare_echo(question: Question, model: LoadedModel) -> PreparedPrompt:
    """The text alone, all of it but its first token to be scored; that one too, where something stands before it."""
    tokenizer = model.tokenizer
    text = tokenizer.encode(question.text, continued=bool(tokenizer.start))
    tokens, most = [*tokenizer.start, *text], model.runtime.context - question.max_tokens
    if not text or len(tokens) > most:
        what = f"The text takes {len(tokens)} tokens, and there is room for {max(most, 0)}."
        raise WrongUse(what, "Send a shorter text, or ask for less with max_tokens.")
    told = 0 if tokenizer.start else 1
    fed = len(tokenizer.start) + told
    return PreparedPrompt(tokens[:fed], b"", question.max_tokens, given=tuple(tokens[fed:]), told=told)


def _prepare_chat(question: Question, model: LoadedModel) -> PreparedPrompt:
    tokenizer = model.tokenizer
    dialogue = QUESTION_ANSWER if model.prompt_style == "question_answer" else tokenizer.dialogue
    said = question.messages
    tokens = tokenizer.encode(dialogue.spell(said)) if dialogue else tokenizer.encode_chat(said)
    room = model.runtime.context - len(tokens)
    if room < 1:
        what = f"The messages take {len(tokens)} tokens, the model's context holds {model.runtime.context}."
        raise WrongUse(what, "Send less.")
    stop = dialogue.ends if dialogue else ()
    return PreparedPrompt(tokens, b"", min(question.max_tokens, room), stop=stop)


def _prepare_text(hole: Hole, question: Question, model: LoadedModel, room: int, parts: Parts) -> PreparedPrompt:
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
    kept = _characters(tokens, tokenizer) + len(wanted) if left_out else None
    seen = (*parts, ("before", len(whole) - sum(one[1] for one in parts), kept))
    return PreparedPrompt(whole, wanted.encode(), question.max_tokens, left_out, note=note, seen=seen)


def _prepare_infill(hole: Hole, question: Question, model: LoadedModel, room: int, parts: Parts) -> PreparedPrompt:
    """Not healed: the families were trained on holes at any character, so the border is where they expect one.

    An adapter of ours was once trained on prefix and answer as one text, and its questions healed: of 150 lines of
    HumanEval 29 were exact, where the model from left to right had 35."""
    tokenizer = model.tokenizer
    outer, infill, top = tokenizer.family.arrange(hole)
    header = "" if not top or isinstance(top[-1], Special) else top[-1]
    first = [*tokenizer.start, *tokenizer.encode_parts(outer)]
    marks = tokenizer.encode_parts(top[:-1] if header else top)
    marks_count = sum(len(_numbers(item, {}, tokenizer)) for item in infill if not isinstance(item, Slot))
    room -= len(first) + len(marks) + marks_count
    suffix = tokenizer.encode(hole.after[: room * CHARACTERS_PER_TOKEN], continued=True)[: room // 3]
    prefix, cut = _fit_prefix(header, hole.before, tokenizer, room - len(suffix))
    filled = {Slot.BEFORE: [*marks, *prefix], Slot.AFTER: suffix}
    tokens = [number for item in infill for number in _numbers(item, filled, tokenizer)]
    whole = [*first, *tokens]
    behind = _characters(suffix, tokenizer) if len(suffix) == room // 3 else None
    ahead = _characters(prefix, tokenizer) - len(header) if cut else None
    left = len(whole) - len(suffix) - marks_count - sum(one[1] for one in parts)
    places: Parts = (("before", left, ahead), ("after", len(suffix), behind))
    ordered = places if infill.index(Slot.BEFORE) < infill.index(Slot.AFTER) else places[::-1]
    seen = (*parts, *ordered, ("marks", marks_count, None))
    return PreparedPrompt(whole, b"", question.max_tokens, cut, suffix_used=True, seen=seen)


def _characters(tokens: Sequence[int], tokenizer: Tokenizer) -> int:
    return len(b"".join(tokenizer.bytes_of.get(token, b"") for token in tokens).decode("utf-8", "replace"))


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


def _within(hole: Hole, tokenizer: Tokenizer, room: int) -> tuple[Hole, list[int]]:
    """The hole with as much about its place as fits into ``room`` tokens, and the numbers of the passages that are
    left: the least important go first, the others keep their order."""
    left = sorted(range(len(hole.passages)), key=lambda number: (hole.passages[number].rank, number))
    while True:
        kept = sorted(left)
        shorter = replace(hole, passages=tuple(hole.passages[number] for number in kept))
        if _around(shorter, tokenizer) <= room:
            return shorter, kept
        if left:
            left.pop()
        else:
            hole = replace(hole, path="", repository="")


def _parts(hole: Hole, kept: Sequence[int], tokenizer: Tokenizer) -> Parts:
    """What stands around the text, with its tokens: each passage's are what it adds."""
    counts = [_around(replace(hole, passages=hole.passages[:number]), tokenizer) for number in range(len(kept) + 1)]
    passages = [(f"passage {name}", counts[n + 1] - counts[n], None) for n, name in enumerate(kept)]
    return ((("header", counts[0], None),) if counts[0] else ()) + tuple(passages)


def _around(hole: Hole, tokenizer: Tokenizer) -> int:
    """The tokens of what stands around the text."""
    outer, _, top = tokenizer.family.arrange(hole)
    return len(tokenizer.encode_parts([*outer, *top]))


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
