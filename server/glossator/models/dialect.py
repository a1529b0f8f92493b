"""What one server of the OpenAI API does not take of it, learnt from its refusals.

OpenAI's newer models refuse ``max_tokens`` and a temperature; others refuse ``stop`` or ``stream_options``. A table of
servers and versions was rejected: it is out of date when it is written, and the refusals name the parameter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

DISPENSABLE = ("temperature", "stream_options", "stop")
RENAMED = {"max_tokens": "max_completion_tokens"}
_REFUSALS = (
    "unsupported",
    "not support",
    "not permitted",
    "unknown",
    "unrecognized",
    "unexpected",
    "not allowed",
    "extra",
)


@dataclass
class Dialect:
    """The parameters that are left out or called otherwise."""

    left_out: set[str] = field(default_factory=set)
    renamed: set[str] = field(default_factory=set)

    def spell(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """The options as this server takes them."""
        kept = {name: value for name, value in options.items() if name not in self.left_out | self.renamed}
        # As a part of the body: the client's method for plain completions does not know the newer name.
        other = {RENAMED[name]: options[name] for name in self.renamed if name in options}
        return {**kept, "extra_body": {**(options.get("extra_body") or {}), **other} or None}

    def learn(self, refusal: str) -> bool:
        """Whether a refusal, with status 400 or 422, names a parameter that can be done without and was not yet."""
        text = refusal.lower()
        if not any(word in text for word in _REFUSALS):
            return False
        for name, other in RENAMED.items():
            if other in text and name not in self.renamed:
                self.renamed.add(name)
                return True
        for name in DISPENSABLE:
            if name in text and name not in self.left_out:
                self.left_out.add(name)
                return True
        return False
