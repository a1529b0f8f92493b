"""A completion to the JSON of the command line."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from glossator.complete.completion import Completion, Suggestion


def to_json(completion: Completion) -> dict[str, Any]:
    """The completion as ``glossator complete --format json`` prints it: lines and columns count from 1."""
    return {
        "items": [_item(one) for one in completion.items],
        "reason": completion.reason,
        "meta": {**asdict(completion.meta), "context": list(completion.meta.context)},
    }


def _item(suggestion: Suggestion) -> dict[str, Any]:
    start, end = suggestion.span.start, suggestion.span.end
    place = {
        "start": {"line": start.line + 1, "column": start.column + 1},
        "end": {"line": end.line + 1, "column": end.column + 1},
    }
    return {"text": suggestion.text, "range": place, "score": suggestion.score}
