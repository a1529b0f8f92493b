"""Read the Docs' search: passages of the documentation of the installed version, with a link to the very section.

Only distributions that name a readthedocs host as their documentation are asked about: a project elsewhere may have
the same name there. The service takes one version for each project, the last one that exists: so the default version
is named first, and the installed one behind it, in the two ways that projects spell it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from glossator.research.evidence import Evidence, Query
from glossator.research.web import SECONDS, Request, Service
from glossator.research.web_text import clean, items, usable, web_evidence
from glossator.research.wording import is_public, short_words
from glossator.resolve.distributions import Installed

ADDRESS = "https://app.readthedocs.org"
MOST_PASSAGES = 3
_HOSTS = ("readthedocs.io", "readthedocs.org", "rtfd.io", "readthedocs-hosted.com")


@dataclass(frozen=True, slots=True)
class ReadTheDocs:
    """Sections of a distribution's documentation."""

    installed: Installed
    base_url: str = ADDRESS
    seconds: float = SECONDS

    async def search(self, query: Query) -> Sequence[Evidence]:
        """The best sections, each with a deep link into its version."""
        words = short_words(query) if query.language == "python" else ""
        slug = await asyncio.to_thread(self._slug, query) if words else ""
        if not slug:
            return []
        version = query.version if re.fullmatch(r"[0-9][\w.]*", query.version) else ""
        wanted = [slug, *([f"{slug}/{version}", f"{slug}/v{version}"] if version else [])]
        asked = f"{' '.join(f'project:{one}' for one in wanted)} {words}"
        service = Service("Read the Docs", self.base_url, "Ask again later.", self.seconds)
        response = await service.ask(Request("/api/v3/search/", asked, {"q": asked, "page_size": "5"}))
        found = [one for page in items(response.content, "results") for one in _sections(page)]
        return usable(found, MOST_PASSAGES)

    def _slug(self, query: Query) -> str:
        """The project's name there, from the documentation address that the distribution gives itself."""
        found = self.installed.distribution(query.module.split(".")[0]) if is_public(query) else None
        for address in found.urls.values() if found else ():
            host = urlsplit(address).hostname or ""
            slug, _, rest = host.partition(".")
            if rest in _HOSTS and re.fullmatch(r"[a-z0-9-]+", slug):
                return slug
        return ""


def _sections(page: Mapping[str, Any]) -> list[Evidence | None]:
    domain, path = page.get("domain"), page.get("path")
    if not isinstance(domain, str) or not isinstance(path, str):
        return []
    address = f"{domain.rstrip('/')}/{path.lstrip('/')}"
    version = page.get("version")
    slug = clean(version.get("slug")) if isinstance(version, Mapping) else ""
    title = f"{clean(page.get('title'))} ({f'{slug}, ' if slug else ''}Read the Docs)"
    return [
        web_evidence(
            f"{_best(one, 'title')} – {title}", _best(one, "content"), f"{address}{_anchor(one)}", plain_http=True
        )
        for one in items(page, "blocks")
    ]


def _best(block: Mapping[str, Any], part: str) -> str:
    """The block's own words, which are whole; its highlights, which are cut around the words found, if it has none."""
    highlights = block.get("highlights")
    cut = highlights.get(part) if isinstance(highlights, Mapping) else None
    return clean(block.get(part)) or (" … ".join(clean(one) for one in cut) if isinstance(cut, list) else "")


def _anchor(block: Mapping[str, Any]) -> str:
    anchor = block.get("id")
    return f"#{anchor}" if isinstance(anchor, str) and re.fullmatch(r"[\w.:-]+", anchor) else ""
