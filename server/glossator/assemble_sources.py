"""Settings to web sources: whom the user allows to be asked, with keys from the environment."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from glossator.errors import Problem, WrongUse
from glossator.research.brave import Brave
from glossator.research.evidence import Source
from glossator.research.hub_api import HuggingFace
from glossator.research.readthedocs import ReadTheDocs
from glossator.research.searxng import SearXNG
from glossator.research.stackexchange import StackExchange
from glossator.research.tavily import Tavily
from glossator.research.web_text import safe_address
from glossator.resolve.distributions import Installed
from glossator.settings import SearchSettings

WEB_SOURCES: Mapping[str, Callable[[SearchSettings, Installed], Source]] = {
    "stackexchange": lambda _search, _installed: StackExchange(key=_key("STACKEXCHANGE_KEY")),
    "readthedocs": lambda _search, installed: ReadTheDocs(installed),
    "searxng": lambda search, _installed: SearXNG(_instance(search.searxng_url)),
    "tavily": lambda _search, _installed: Tavily(_key("TAVILY_API_KEY")),
    "huggingface": lambda _search, _installed: HuggingFace(),
    "brave": lambda _search, _installed: Brave(_required_key("BRAVE_API_KEY", "brave")),
}


def web_sources(search: SearchSettings, installed: Installed) -> tuple[tuple[Source, ...], tuple[Problem, ...]]:
    """The web sources that the user allows; without consent there are none, so nothing can ask them by mistake."""
    if search.consent != "on":
        return (), ()
    found: list[Source] = []
    problems: list[Problem] = []
    names = [name.strip().lower() for name in search.sources.split(",")]
    for name in dict.fromkeys(name for name in names if name):
        if name not in WEB_SOURCES:
            known = ", ".join(WEB_SOURCES)
            problems.append(Problem(f"There is no web source named {name!r}.", f"There are: {known}."))
            continue
        try:
            found.append(WEB_SOURCES[name](search, installed))
        except WrongUse as error:
            problems.append(Problem.of(error))
    return tuple(found), tuple(problems)


def _key(variable: str) -> str:
    """A key from the environment: never from a file, so that none is committed or shown with the settings."""
    return os.environ.get(variable, "").strip()


def _required_key(variable: str, source: str) -> str:
    key = _key(variable)
    if not key:
        raise WrongUse(f"The web source {source} needs a key.", f"Put it into the environment variable {variable}.")
    return key


def _instance(address: str) -> str:
    """An address of one's own: http is allowed, for it may be on this machine."""
    found = safe_address(address.strip(), plain_http=True)
    if not found:
        raise WrongUse("The web source searxng needs the address of your instance.", "Set search.searxng_url.")
    return found
