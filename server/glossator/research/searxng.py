"""A SearXNG instance of one's own: a metasearch that keeps the words at home as far as its engines go.

It answers 200 with no results when all of its engines failed, and says so only in ``unresponsive_engines``: that is a
fault and never "nothing found".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glossator.errors import SourceUnavailable
from glossator.research.evidence import Evidence, Partial, Query
from glossator.research.web import SECONDS, Request, Service
from glossator.research.web_text import clean, items, usable, web_evidence
from glossator.research.wording import search_words

MOST_RESULTS = 4
ADVICE = 'Its settings.yml must allow the format "json" under search.formats; check search.searxng_url.'


@dataclass(frozen=True, slots=True)
class SearXNG:
    """Results of a SearXNG instance."""

    base_url: str
    seconds: float = SECONDS

    async def search(self, query: Query) -> Sequence[Evidence]:
        """The first results."""
        words = search_words(query)
        if not words:
            return []
        parameters = {"q": words, "format": "json", "language": "en", "safesearch": "1"}
        service = Service("SearXNG", self.base_url, ADVICE, self.seconds)
        content = (await service.ask(Request("/search", words, parameters))).content
        results = items(content, "results")
        failed = content.get("unresponsive_engines")
        if not results and isinstance(failed, list) and failed:
            names = ", ".join(clean(one[0]) for one in failed[:5] if isinstance(one, list) and one)
            raise SourceUnavailable(f"SearXNG got no answer from its engines: {names}.", "Look at the instance's log.")
        found = (web_evidence(one.get("title"), one.get("content"), one.get("url")) for one in results)
        kept = usable(found, MOST_RESULTS)
        return Partial(kept) if failed else kept
