"""Brave's web search, with a key from ``BRAVE_API_KEY``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from glossator.research.evidence import Evidence, Query
from glossator.research.web import SECONDS, Request, Service, exhausted
from glossator.research.web_text import items, usable, web_evidence
from glossator.research.wording import search_words

ADDRESS = "https://api.search.brave.com/res/v1"
MOST_RESULTS = 4


@dataclass(frozen=True, slots=True)
class Brave:
    """Results of Brave."""

    key: str = field(repr=False)
    base_url: str = ADDRESS
    seconds: float = SECONDS

    async def search(self, query: Query) -> Sequence[Evidence]:
        """The best results."""
        words = search_words(query)
        if not words:
            return []
        # Decorations are bold tags around the words found; result_filter leaves out videos, news and places.
        parameters = {"q": words, "count": "5", "text_decorations": "false", "result_filter": "web"}
        service = Service("Brave", self.base_url, "Check the key in BRAVE_API_KEY.", self.seconds)
        response = await service.ask(Request("/web/search", words, parameters, {"x-subscription-token": self.key}))
        service.pause(exhausted(response.headers) or 0.0)
        results = items(response.content, "web", "results")
        found = (web_evidence(one.get("title"), one.get("description"), one.get("url")) for one in results)
        return usable(found, MOST_RESULTS)
