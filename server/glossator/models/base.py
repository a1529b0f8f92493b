"""What is asked of a model, what it answers, and the port in between. One method wide."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Protocol

from glossator.models.ending import Ending
from glossator.models.formats import Passage


class Priority(IntEnum):
    """Who goes first in the engine; lower is more urgent."""

    MANUAL_COMPLETION = 0
    AUTOMATIC_COMPLETION = 1
    EXPLANATION = 2
    HOVER = 3
    WARM_UP = 4


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that a model may ask for; ``parameters`` is the JSON Schema of its arguments, as text."""

    name: str
    description: str
    parameters: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """What a model asks of a tool. ``arguments`` is what it wrote: JSON, if all is well."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a chat; ``role`` is system, user, assistant, or tool: the answer to the call ``tool_call_id``."""

    role: str
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class Structured:
    """A chat for a model that calls ``tools`` and keeps to a JSON ``schema``: what stands before the prompt's last
    message instead, and what comes ``after`` it, as calls and what was said to them. ``max_tokens`` is for the JSON."""

    before: tuple[Message, ...]
    schema: str
    max_tokens: int
    tools: tuple[Tool, ...] = ()
    after: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """One question to a model: ``messages`` for a chat, else ``text`` (and ``suffix``) to complete.

    ``language`` is that of the document it is about; ``adapter`` the name of the one that shall answer, empty for none.

    ``stop`` strings end the answer and are not part of it. ``deadline`` is in seconds: what is there by then is the
    answer. ``path`` is the text's own name; only our engine is told. ``passages`` of other files may take
    ``passage_tokens`` together, or whatever the engine grants if 0. ``origin`` is the file that it is about: never
    sent, but some files' text must stay on this machine. Temperature is always 0: the same question gets the same
    answer, so answers can be remembered. ``scores`` asks for the tokens' probabilities, where somebody gives them.
    ``ending`` says where an answer in code ends, and ``alternatives`` how many texts are wanted; only our engine heeds
    them. So it does ``middle``: a text that is to be scored as the beginning of the answer, which goes on behind it.

    Whoever speaks to the model may spell a chat otherwise: as ``structured`` says, or, for a model that was trained on
    ``Question: … Answer:`` and has no chat template, as such a text of at most ``completing`` tokens, if not 0. Either
    is made of the last message, so that who changes the messages of a prompt changes all spellings.
    """

    text: str = ""
    suffix: str = ""
    messages: tuple[Message, ...] = ()
    stop: tuple[str, ...] = ()
    max_tokens: int = 64
    deadline: float = 30.0
    priority: Priority = Priority.EXPLANATION
    fresh: bool = False
    origin: Path | None = None
    structured: Structured | None = None
    completing: int = 0
    path: str = ""
    passages: tuple[Passage, ...] = ()
    passage_tokens: int = 0
    language: str = ""
    adapter: str = ""
    scores: bool = False
    ending: Ending | None = None
    alternatives: int = 1
    middle: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """A part of a prompt as the model read it. ``origin`` is what it is: the engine says ``header``, ``passage N``
    (from 0, of those that were sent), ``before``, ``after``, ``marks``. ``characters``: how much of it was read, where
    that was not all."""

    origin: str
    tokens: int
    text: str = ""
    characters: int | None = None

    def __str__(self) -> str:
        return f"{self.origin}: {self.tokens} tokens" if self.tokens else self.origin


@dataclass(frozen=True, slots=True)
class Usage:
    """What an answer cost and who gave it. ``timings_ms`` has ``queue``, ``prefill``, ``first_token``, ``decode``;
    ``note`` says what of the prompt was not used, and why. ``seen`` are the parts of the prompt in the order in which
    the model read them, where that is known."""

    backend: str
    model: str
    adapter: str | None = None
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reused_tokens: int = 0
    finish_reason: str = "stop"
    cached: bool = False
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    note: str = ""
    seen: tuple[Seen, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of an answer. The last piece carries the usage and may have no text; others may carry the usage so far,
    with the finish reason ``unfinished``. ``tool_calls`` come whole, with the last piece. ``logprobs`` are the natural
    logarithms of the probabilities of the tokens behind the text, if they were asked for. ``choice``: of which of
    several alternatives, from 0; those behind the first come whole."""

    text: str
    usage: Usage | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[float, ...] = ()
    choice: int = 0


class Model(Protocol):
    """Anything that continues a prompt."""

    def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The answer piece by piece; closing the generator stops the work behind it.

        Raises:
            ModelMissing: there are no weights to answer with.
            ModelUnavailable: the engine or endpoint does not answer.
        """
        ...


class RememberingModel(Model, Protocol):
    """A model that can say what it answered before, and forget it."""

    async def recall(self, prompt: Prompt) -> tuple[str, Usage] | None:
        """The remembered answer, or None. Asks nobody."""
        ...

    async def forget(self, prompt: Prompt) -> bool:
        """Remember the answer no longer; whether there was one."""
        ...


async def read(model: Model, prompt: Prompt) -> tuple[str, Usage | None]:
    """The whole answer at once, the first where there are several."""
    text, usage = [], None
    async with aclosing(model.stream(prompt)) as pieces:
        async for piece in pieces:
            text.append("" if piece.choice else piece.text)
            usage = piece.usage or usage
    return "".join(text), usage
