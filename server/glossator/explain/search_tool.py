"""The one thing that a model may ask for: another search. What leaves the machine is decided here, not by the model.

The local sources get the model's words as they are. The web gets, of these words, only names that the public
documentation holds itself: of parameters, functions, errors; and none that stands in the user's code unless it is a
documented parameter. For the model has read the code and the question, and a page may have told it what to ask for.
Results are data: numbered evidence, nothing more. Whatever else a model asks for gets one sentence for an answer.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace

from glossator.explain.cite import telling_words
from glossator.explain.draft import Draft
from glossator.explain.further import is_public
from glossator.explain.prompt import fact
from glossator.models.base import Message, Prompt, Tool, ToolCall
from glossator.research.evidence import Evidence, Query, Source
from glossator.research.gather import gather
from glossator.research.journal import recording
from glossator.resolve.distributions import Installed

MOST_ROUNDS = 3
MOST_CALLS = 2  # at once
MOST_RESULTS = 4
MOST_TERMS = 3
LONGEST_QUERY = 200
SECONDS = 5.0
SEARCH = Tool(
    "search",
    "Search the documentation for what the numbered facts do not say. Give a few words: names of functions, "
    "parameters, errors. The results are further numbered facts.",
    json.dumps(
        {
            "type": "object",
            "properties": {"query": {"type": "string", "description": "a few words"}},
            "required": ["query"],
            "additionalProperties": False,
        }
    ),
)
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
# What is certainly a name, and no word of a sentence that somebody's code may hold, too.
_NAME = re.compile(r"`[A-Za-z_][\w.]*(?:\(\))?`|\b[A-Za-z]\w*_\w+|\b[a-z]+[A-Z]\w*|\b[A-Z][a-z]+[A-Z]\w*")
_PRIVATE_KINDS = {"project", "type"}


@dataclass
class SearchTool:
    """Answers a model's calls and keeps what was found. ``query`` has the public names of what is explained,
    ``parameters`` those that its documentation describes."""

    draft: Draft
    query: Query
    installed: Installed
    local: Sequence[Source] = ()
    web: Sequence[Source] = ()
    parameters: frozenset[str] = frozenset()
    tool: Tool = SEARCH
    found: list[Evidence] = field(default_factory=list)
    sent: list[dict[str, str]] = field(default_factory=list)
    exhausted: bool = False
    _asked: set[str] = field(default_factory=set)

    async def reply(self, calls: Sequence[ToolCall]) -> list[str]:
        """What the model is told to each of its calls."""
        return [
            await self._reply(call) if number < MOST_CALLS else "Too many searches at once."
            for number, call in enumerate(calls)
        ]

    def continued(
        self, before: Prompt, plain: Prompt, calls: Sequence[ToolCall], said: Sequence[str], last: bool
    ) -> Prompt:
        """The conversation with the calls and what was said to them; the ``last`` time without the tool."""
        form = before.structured
        assert form is not None  # who is asked otherwise calls nothing
        answers = (Message("tool", text, tool_call_id=call.id) for call, text in zip(calls, said, strict=True))
        after = (*form.after, Message("assistant", "", tuple(calls)), *answers)
        return replace(plain, structured=replace(form, after=after, tools=() if last else form.tools))

    async def _reply(self, call: ToolCall) -> str:
        words = _words(call)
        if call.name != self.tool.name or not words:
            self.exhausted = True
            return 'There is only search, with {"query": "a few words"}. Answer from the facts.'
        if words.lower() in self._asked:
            self.exhausted = True
            return "This was searched already. Answer from the facts."
        self._asked.add(words.lower())
        known = {one.id for one in self.found}
        await self.look(words)
        new = [fact(one) for one in self.found if one.id not in known]
        return "\n".join(new) or "Nothing more was found. Answer from the facts."

    async def look(self, words: str) -> None:
        """Search for some words, and number what is found."""
        for one in (*await self._ask_local(words), *await self._ask_web(words))[:MOST_RESULTS]:
            numbered = self.draft.bibliography.add(one)
            if numbered.kind != "documentation" and numbered.id not in {kept.id for kept in self.found}:
                self.found.append(numbered)

    async def _ask_local(self, words: str) -> Sequence[Evidence]:
        found, problems = await gather(replace(self.query, question=words), self.local, SECONDS)
        self.draft.problems.extend(problems)
        asked = telling_words(words)  # some sources answer to the symbol's names alone
        return [one for one in found if asked & telling_words(f"{one.title} {one.text}")]

    async def _ask_web(self, words: str) -> Sequence[Evidence]:
        terms = self.public_terms(words)
        query = replace(self.query, terms=terms, question="")
        if not (terms and self.web) or not await asyncio.to_thread(is_public, query, self.installed):
            return ()
        with recording() as sent:
            found, problems = await gather(query, self.web, SECONDS)
            self.sent.extend(asdict(one) for one in sent)
        self.draft.problems.extend(problems)
        return found

    def public_terms(self, words: str) -> tuple[str, ...]:
        """Of some words, those that may leave the machine."""
        public = [one for one in self.draft.bibliography.evidence if one.kind not in _PRIVATE_KINDS]
        spoken = {name.strip("`()") for one in public for name in _NAME.findall(f"{one.title} {one.text}")}
        spoken -= {part for word in _WORD.findall(self.draft.code) for part in (word, *word.split("."))}
        allowed = spoken | self.parameters
        return tuple(dict.fromkeys(word for word in _WORD.findall(words) if word in allowed))[:MOST_TERMS]


def _words(call: ToolCall) -> str:
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return ""
    query = arguments.get("query") if isinstance(arguments, dict) else None
    return " ".join(query.split())[:LONGEST_QUERY] if isinstance(query, str) else ""
