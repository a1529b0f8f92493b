"""Tavily's search: with a key from ``TAVILY_API_KEY``, or without one, where its limits are lower."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from glossator.research.evidence import Evidence, Query
from glossator.research.web import SECONDS, Request, Service
from glossator.research.web_text import items, usable, web_evidence
from glossator.research.wording import search_words

ADDRESS = "https://api.tavily.com"
MOST_RESULTS = 4


@dataclass(frozen=True, slots=True)
class Tavily:
    """Results of Tavily."""

    key: str = field(default="", repr=False)
    base_url: str = ADDRESS
    seconds: float = SECONDS

    async def search(self, query: Query) -> Sequence[Evidence]:
        """The best results."""
        words = search_words(query)
        if not words:
            return []
        headers = {"authorization": f"Bearer {self.key}"} if self.key else {"x-tavily-access-mode": "keyless"}
        body = {"query": words, "search_depth": "basic", "max_results": MOST_RESULTS}
        service = Service("Tavily", self.base_url, "Check the key in TAVILY_API_KEY.", self.seconds)
        content = (await service.ask(Request("/search", words, headers=headers, body=body))).content
        results = items(content, "results")
        found = (web_evidence(one.get("title"), one.get("content"), one.get("url")) for one in results)
        return usable(found, MOST_RESULTS)
