"""What this machine knows: the language's own topics, and what installed distributions say about themselves."""

from __future__ import annotations

import asyncio
import datetime
import pydoc
from collections.abc import Sequence
from functools import lru_cache

from glossator.research.evidence import Evidence, Query
from glossator.research.sentences import blocks
from glossator.resolve.distributions import Installed

_PREFERRED_URLS = ("documentation", "docs", "homepage", "repository", "source", "github")


class LanguageTopics:
    """Python's language reference, as every CPython carries it in ``pydoc_data``."""

    async def search(self, query: Query) -> Sequence[Evidence]:
        """The topics of the keywords and operators among the terms."""
        found = await asyncio.to_thread(lambda: [_topic(term) for term in query.terms])
        return [evidence for evidence in found if evidence is not None]


class Distributions:
    """The metadata of the distribution a symbol comes from: what it is for, its license, where its documentation is."""

    def __init__(self, installed: Installed) -> None:
        self.installed = installed

    async def search(self, query: Query) -> Sequence[Evidence]:
        """One passage per distribution that the query names."""
        if not query.distribution or query.distribution == "python":
            return []
        top_level = query.module.split(".")[0] or query.distribution
        found = await asyncio.to_thread(self.installed.distribution, top_level)
        if found is None or not found.summary:
            return []
        addresses = {name.lower(): address for name, address in found.urls.items()}
        url = next((addresses[name] for name in _PREFERRED_URLS if name in addresses), "")
        title = f"{found.name} {found.version} (installed distribution)"
        return [Evidence("", title, f"{found.name}: {found.summary.rstrip('.')}.", "distribution", url, _now())]


@lru_cache(maxsize=128)
def _topic(term: str) -> Evidence | None:
    """The passage of the language reference about a keyword or operator."""
    from pydoc_data.topics import topics

    target = pydoc.Helper.keywords.get(term) or pydoc.Helper.symbols.get(term)
    topic = target.split()[0] if isinstance(target, str) else target[0] if isinstance(target, tuple) else ""
    text = topics.get(topic or term, "")
    if not text:
        return None
    told = [block for block in blocks(text) if "::=" not in block and len(block.split()) > 4]
    return Evidence("", f"Python language reference: {topic or term}", "\n".join(told), "topic", "", _now())


def _now() -> str:
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
