"""A request body, checked. What is wrong with it is said in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from glossator.errors import WrongUse
from glossator.models.ending import EXTENTS, Ending
from glossator.models.formats import Hole, Passage

LOWEST_PRIORITY = 4
MOST_LOGPROBS = 20
MOST_ALTERNATIVES = 8


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: ``messages`` (role, content) for a chat, else ``text`` and ``suffix``; ``path``, ``repository``
    and ``passages``, of at most ``passage_tokens`` together if not 0, tell where that stands and what else to know.
    ``n`` texts at most are wanted; what is there after ``deadline`` seconds, if not 0, is the answer; ``ending`` says
    where a text in code ends. ``echo``: the text itself is told first, with its probabilities if ``logprobs`` are
    wanted; ``middle``: so is that, as what belongs between text and suffix. Either way the answer goes on behind it."""

    model: str
    text: str = ""
    suffix: str = ""
    path: str = ""
    repository: str = ""
    passages: tuple[Passage, ...] = ()
    passage_tokens: int = 0
    messages: tuple[tuple[str, str], ...] = ()
    stop: tuple[str, ...] = ()
    max_tokens: int = 16
    logprobs: int | None = None
    stream: bool = False
    include_usage: bool = False
    priority: int = 2
    client: str = ""
    heal: bool = True
    n: int = 1
    deadline: float = 0.0
    ending: Ending | None = None
    echo: bool = False
    middle: str = ""

    @property
    def is_chat(self) -> bool:
        """Whether it came to ``/v1/chat/completions``."""
        return bool(self.messages)

    @property
    def hole(self) -> Hole:
        """The place to complete, as the formats take it."""
        return Hole(self.text, self.suffix, self.path, self.repository, self.passages)


def read_completion(body: Mapping[str, Any], default_model: str) -> Question:
    """The body of ``/v1/completions``.

    Raises:
        WrongUse: a field is missing or not what it must be.
    """
    prompt = body.get("prompt")
    extension = _typed(body, "glossator", dict, {})
    if isinstance(prompt, list) and len(prompt) == 1:
        prompt = prompt[0]
    if not isinstance(prompt, str):
        raise WrongUse("'prompt' must be one text.", "Send one request for each prompt.")
    suffix, echo = _typed(body, "suffix", str, ""), _typed(body, "echo", bool, False)
    if echo and (suffix or not prompt or body.get("n") not in (None, 1)):
        told = "'echo' is served for one prompt that is not empty, without 'suffix', and for one answer."
        raise WrongUse(told, "What belongs between the two is scored as glossator.middle.")
    return Question(
        text=prompt,
        suffix=suffix,
        echo=echo,
        middle="" if echo else _typed(extension, "middle", str, ""),
        **_place(extension),
        logprobs=_count(body, "logprobs", MOST_LOGPROBS) if body.get("logprobs") is not None else None,
        heal=_typed(body, "heal", bool, True),
        max_tokens=_count(body, "max_tokens") if body.get("max_tokens") is not None else 16,
        **_shared(body, default_model),
    )


def read_chat(body: Mapping[str, Any], default_model: str) -> Question:
    """The body of ``/v1/chat/completions``.

    Raises:
        WrongUse: a field is missing or not what it must be.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise WrongUse("'messages' must be a list of at least one message.", "Each has a 'role' and a 'content'.")
    limits = [name for name in ("max_completion_tokens", "max_tokens") if body.get(name) is not None]
    wanted = _typed(body, "logprobs", bool, False)
    return Question(
        messages=tuple(_message(one) for one in messages),
        logprobs=(_count(body, "top_logprobs", MOST_LOGPROBS) if body.get("top_logprobs") else 0) if wanted else None,
        max_tokens=_count(body, limits[0]) if limits else 512,
        **_shared(body, default_model),
    )


def _place(extension: Mapping[str, Any]) -> dict[str, Any]:
    """What only Glossator says: where the text stands, and passages of other files."""
    passages = _typed(extension, "passages", list, [])
    if not all(isinstance(one, dict) for one in passages):
        raise WrongUse("'passages' must be a list of objects.", "Each has a 'path' and a 'text'.")
    return {
        "path": _typed(extension, "path", str, ""),
        "repository": _typed(extension, "repository", str, ""),
        "passages": tuple(_passage(one) for one in passages),
        "ending": _ending(extension["ending"]) if extension.get("ending") is not None else None,
        "passage_tokens": _count(extension, "passage_tokens") if extension.get("passage_tokens") is not None else 0,
    }


def _ending(said: Any) -> Ending:
    if not isinstance(said, dict) or said.get("extent") not in EXTENTS:
        raise WrongUse(f"'ending' needs an 'extent', which is one of {', '.join(EXTENTS)}.")
    return Ending(said["extent"], _typed(said, "before", str, ""), _typed(said, "following", str, ""))


def _passage(one: Mapping[str, Any]) -> Passage:
    rank = _count(one, "rank") if one.get("rank") is not None else 0
    return Passage(_typed(one, "path", str, ""), _typed(one, "text", str, ""), rank)


def _shared(body: Mapping[str, Any], default_model: str) -> dict[str, Any]:
    if body.get("temperature") not in (None, 0):
        raise WrongUse("Only temperature 0 is served: the same question gets the same answer.", "Leave it out.")
    stop = body.get("stop") or []
    stop = [stop] if isinstance(stop, str) else stop
    if not isinstance(stop, list) or not all(isinstance(one, str) for one in stop):
        raise WrongUse("'stop' must be a text or a list of texts.")
    options = _typed(body, "stream_options", dict, {})
    extension = _typed(body, "glossator", dict, {})
    return {
        "model": _typed(body, "model", str, default_model) or default_model,
        "stop": tuple(stop),
        "stream": _typed(body, "stream", bool, False),
        "client": _typed(extension, "client", str, ""),
        "deadline": _seconds(extension, "deadline"),
        "n": max(_count(body, "n", MOST_ALTERNATIVES), 1) if body.get("n") is not None else 1,
        "include_usage": bool(options.get("include_usage")),
        "priority": _count(body, "priority", LOWEST_PRIORITY) if body.get("priority") is not None else 2,
    }


def _message(message: Any) -> tuple[str, str]:
    role = message.get("role") if isinstance(message, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, list) and all(isinstance(part, dict) and "text" in part for part in content):
        content = "".join(str(part["text"]) for part in content)
    if not isinstance(role, str) or not isinstance(content, str):
        raise WrongUse("Each message needs a 'role' and a 'content' of text.", "Images and tools are not served.")
    return role, content


def _typed(body: Mapping[str, Any], name: str, kind: type[Any], default: Any) -> Any:
    value = body.get(name)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise WrongUse(f"'{name}' must be of type {kind.__name__}, not {type(value).__name__}.")
    return value


def _seconds(body: Mapping[str, Any], name: str) -> float:
    value = body.get(name) or 0.0
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise WrongUse(f"'{name}' must be a number of seconds.")
    return float(value)


def _count(body: Mapping[str, Any], name: str, most: int | None = None) -> int:
    value = body[name]
    if isinstance(value, bool) or not isinstance(value, int) or value < 0 or (most is not None and value > most):
        limit = "" if most is None else f" up to {most}"
        raise WrongUse(f"'{name}' must be a whole number from 0{limit}.")
    return value
