"""Events in the shapes of the OpenAI API, with our own figures under ``glossator``."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Any

from glossator.engine.events import Figures, Finished, Text, TokenScore
from glossator.engine.question import Question
from glossator.engine.state import describe_error
from glossator.errors import Busy, GlossatorError, ModelMissing, TooLarge, WrongUse

NUMBERS = itertools.count(1)
STATUSES = ((TooLarge, 413), (WrongUse, 400), (ModelMissing, 404), (Busy, 429))


class Shape:
    """Spells one answer: in pieces for a stream, or whole."""

    def __init__(self, question: Question) -> None:
        self._question = question
        self._is_chat = question.is_chat
        self._id = f"{'chatcmpl' if self._is_chat else 'cmpl'}-{next(NUMBERS)}"
        self._created = int(time.time())
        self._offsets: dict[int, int] = {}  # in characters, by alternative
        self._begun: set[int] = set()

    def piece(self, event: Text) -> dict[str, Any]:
        """One chunk of a stream."""
        body: dict[str, Any] = {"delta": {"content": event.text}} if self._is_chat else {"text": event.text}
        if self._is_chat and event.choice not in self._begun:
            body["delta"] = {"role": "assistant", **body["delta"]}
        self._begun.add(event.choice)
        scores = self._scores(event.scores, event.choice)
        choice = {**body, "finish_reason": None, "logprobs": scores, "index": event.choice}
        return self._frame([choice], "chunk") | {"glossator": _extension(event.so_far)}

    def end(self, end: Finished) -> list[dict[str, Any]]:
        """The last chunks: why each text ended; then the usage, with no choice, if that was asked for."""
        body: dict[str, Any] = {"delta": {}} if self._is_chat else {"text": ""}
        extension = {"glossator": _extension(end.figures)}
        choices = [{**body, "finish_reason": reason, "logprobs": None} for reason in end.reasons]
        last = self._frame(choices, "chunk") | extension
        if not self._question.include_usage:
            return [last]
        return [last, self._frame([], "chunk") | {"usage": _usage(end.figures)} | extension]

    def whole(self, events: Sequence[Text], end: Finished) -> dict[str, Any]:
        """The answer to a request that does not stream."""
        choices = []
        for number, reason in enumerate(end.reasons):
            own = [event for event in events if event.choice == number]
            text = "".join(event.text for event in own)
            scores = self._scores([score for event in own for score in event.scores], number)
            said = {"message": {"role": "assistant", "content": text}} if self._is_chat else {"text": text}
            choices.append({**said, "finish_reason": reason, "logprobs": scores})
        return self._frame(choices, "") | {"usage": _usage(end.figures), "glossator": _extension(end.figures)}

    def _frame(self, choices: list[dict[str, Any]], kind: str) -> dict[str, Any]:
        name = "chat.completion" + ("." + kind if kind else "") if self._is_chat else "text_completion"
        return {
            "id": self._id,
            "object": name,
            "created": self._created,
            "model": self._question.model,
            "choices": [{"index": number, **choice} for number, choice in enumerate(choices)],
        }

    def _scores(self, scores: Sequence[TokenScore], choice: int) -> dict[str, Any] | None:
        if self._question.logprobs is None:
            return None
        if self._is_chat:
            return {"content": [_chat_score(score) for score in scores]}
        begin = self._offsets.get(choice, 0)
        offsets = list(itertools.accumulate((len(score.text) for score in scores), initial=begin))
        self._offsets[choice] = offsets.pop()
        return {
            "tokens": [score.text for score in scores],
            "token_logprobs": [score.logprob for score in scores],
            "top_logprobs": [dict(score.top) for score in scores] if self._question.logprobs else None,
            "text_offset": offsets,
        }


def error_body(error: Exception) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the body for an error; ``glossator`` lets our client raise it again."""
    if not isinstance(error, GlossatorError):
        message = f"The engine failed: {type(error).__name__}: {error}. See 'glossator engine logs'."
        return 500, {"error": {"message": message, "type": "server_error", "param": None, "code": None}}
    status = next((status for kind, status in STATUSES if isinstance(error, kind)), 503)
    kind = "rate_limit_error" if status == 429 else "invalid_request_error" if status < 500 else "server_error"
    code = "model_not_found" if status == 404 else None
    detail = {"message": str(error), "type": kind, "param": None, "code": code, "glossator": describe_error(error)}
    return status, {"error": detail}


def _chat_score(score: TokenScore) -> dict[str, Any]:
    def spell(text: str, logprob: float | None) -> dict[str, Any]:
        return {"token": text, "logprob": logprob, "bytes": list(text.encode())}

    return {**spell(score.text, score.logprob), "top_logprobs": [spell(*one) for one in score.top]}


def _usage(figures: Figures) -> dict[str, Any]:
    return {
        "prompt_tokens": figures.prompt_tokens,
        "completion_tokens": figures.completion_tokens,
        "total_tokens": figures.prompt_tokens + figures.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": figures.reused_tokens},
    }


def _extension(figures: Figures) -> dict[str, Any]:
    return {
        "prompt_tokens": figures.prompt_tokens,
        "completion_tokens": figures.completion_tokens,
        "reused_tokens": figures.reused_tokens,
        "cut_tokens": figures.cut_tokens,
        "timings_ms": figures.timings_ms,
        "adapter": figures.adapter,
        "suffix_used": figures.suffix_used,
        "note": figures.note,
        "seen": figures.seen,
        "guessed_tokens": figures.guessed_tokens,
        "right_tokens": figures.right_tokens,
    }
