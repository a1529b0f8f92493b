"""One question in the spelling that a model can take: a chat, a chat with tools and a schema, or a text to complete.

What an endpoint can is tried, since most do not say, and what it refuses is remembered for as long as this process
runs. Our own engine says which style its model was trained on, under ``glossator.prompt_style`` in ``/v1/models``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from glossator.models import dialogue
from glossator.models.base import Message, Prompt, Tool, ToolCall

QUESTION_ANSWER = "question_answer"
TOOLS, SCHEMAS = "tools", "schemas"
CALLS_AND_SCHEMAS = frozenset((TOOLS, SCHEMAS))
LONGEST_ARGUMENTS = 10_000  # characters; a search takes a few words
MOST_CALLS = 8
# What of a refusal says which ability is meant; where neither is named, both were too much.
_NAMED = {TOOLS: ("tool", "function"), SCHEMAS: ("response_format", "schema", "json", "grammar")}


@dataclass(frozen=True, slots=True)
class Spelled:
    """A prompt as it is sent, with what its request has beside the messages."""

    prompt: Prompt
    tools: tuple[Tool, ...] = ()
    schema: str = ""


@dataclass
class Spelling:
    """How one model is asked. Changes when the endpoint refuses something."""

    abilities: frozenset[str] = CALLS_AND_SCHEMAS
    style: str = "chat"

    def choose(self, prompt: Prompt) -> Spelled:
        """The prompt as this model takes it."""
        if self.style == QUESTION_ANSWER and prompt.completing:
            return Spelled(_question_answer(prompt))
        form = prompt.structured
        tools = form.tools if form is not None and TOOLS in self.abilities else ()
        if form is None or SCHEMAS not in self.abilities:  # its examples are of that schema, too
            return Spelled(prompt, tools)
        messages = (*form.before, *prompt.messages[-1:], *(form.after if TOOLS in self.abilities else ()))
        return Spelled(replace(prompt, messages=messages, stop=(), max_tokens=form.max_tokens), tools, form.schema)

    def refuse(self, spelled: Spelled, why: str) -> bool:
        """Take back what the endpoint refused; whether there is another spelling to try."""
        sent = {ability for ability, used in ((TOOLS, spelled.tools), (SCHEMAS, spelled.schema)) if used}
        if sent:
            named = {one for one in sent if any(word in why.lower() for word in _NAMED[one])}
            self.abilities -= named or sent
            return True
        if spelled.prompt.messages and spelled.prompt.completing and "chat template" in why:
            self.style = QUESTION_ANSWER
            return True
        return False


@dataclass
class ToolCalls:
    """The calls of one answer, put together from their pieces."""

    _parts: dict[int, list[str]] = field(default_factory=dict)

    def add(self, chunk: Any) -> None:
        """Take what a chunk has of them, if anything."""
        for choice in chunk.choices:
            for delta in getattr(getattr(choice, "delta", None), "tool_calls", None) or ():
                # Some servers leave the index out; then each piece is a call of its own.
                index = delta.index if isinstance(delta.index, int) else len(self._parts)
                if index not in self._parts and len(self._parts) >= MOST_CALLS:
                    continue
                call = self._parts.setdefault(index, ["", "", ""])
                function = delta.function
                call[0] = delta.id or call[0]
                call[1] = (function.name if function else None) or call[1]
                call[2] = (call[2] + ((function.arguments if function else None) or ""))[:LONGEST_ARGUMENTS]

    def whole(self) -> tuple[ToolCall, ...]:
        """The calls in order; one without an id gets one, since the answer must name it."""
        found = (self._parts[index] for index in sorted(self._parts))
        return tuple(
            ToolCall(identity or f"call-{number}", name, arguments)
            for number, (identity, name, arguments) in enumerate(found, 1)
        )


def beyond_text(spelled: Spelled) -> dict[str, Any]:
    """What the request has beside its messages."""
    fields: dict[str, Any] = {}
    if spelled.tools:
        fields["tools"] = [
            {
                "type": "function",
                "function": {
                    "name": one.name,
                    "description": one.description,
                    "parameters": json.loads(one.parameters),
                },
            }
            for one in spelled.tools
        ]
    if spelled.schema:
        schema = {"name": "answer", "strict": True, "schema": json.loads(spelled.schema)}
        fields["response_format"] = {"type": "json_schema", "json_schema": schema}
    return fields


def turn(message: Message) -> dict[str, Any]:
    """One turn of a chat as the API spells it."""
    spelled: dict[str, Any] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        spelled["tool_calls"] = [
            {"id": one.id, "type": "function", "function": {"name": one.name, "arguments": one.arguments}}
            for one in message.tool_calls
        ]
    if message.tool_call_id:
        spelled["tool_call_id"] = message.tool_call_id
    return spelled


def prompt_style(listed: Any, model: str) -> str:
    """The style that ``/v1/models`` names for a model; "chat" where it says nothing that we know."""
    rows = listed.get("data") if isinstance(listed, Mapping) else None
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, Mapping) and row.get("id") == model:
            said = row.get("glossator")
            style = said.get("prompt_style") if isinstance(said, Mapping) else None
            # "none": it was trained on no style; the one that is plain text confuses it least.
            return QUESTION_ANSWER if style in (QUESTION_ANSWER, "none") else "chat"
    return "chat"


def _question_answer(prompt: Prompt) -> Prompt:
    taught = dialogue.QUESTION_ANSWER
    text = taught.spell([("user", prompt.messages[-1].content)]) if prompt.messages else prompt.text
    return replace(prompt, messages=(), text=text, stop=taught.ends, max_tokens=prompt.completing)
