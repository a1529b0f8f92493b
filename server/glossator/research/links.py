"""A symbol to the page of its documentation: a link, which no sentence is claimed to stand on.

An inventory that is installed beside the code is asked first, then the table of sites, for distributions whose metadata
names no documentation, or whose pages can be told from the name; else the distribution's own Documentation address.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

from glossator.research.evidence import Evidence, Query, symbol_path
from glossator.research.inventory import Inventory, inventories
from glossator.research.sites import SITES, Site
from glossator.research.standard_library import LIBRARY, minor, standard_address
from glossator.research.web_text import safe_address
from glossator.resolve.distributions import Installed, normal

_DOCUMENTATION = ("documentation", "docs", "doc", "user guide", "reference")


class DocumentationLinks:
    """The page that describes a symbol, for the installed version where its site keeps versions apart."""

    def __init__(self, installed: Installed, seconds: float = 0.1) -> None:
        self.installed = installed
        self.seconds = seconds

    async def search(self, query: Query) -> Sequence[Evidence]:
        """One link at most. While an inventory is read for the first time, the table answers alone."""
        if not query.distribution:
            return []
        work = asyncio.ensure_future(asyncio.to_thread(self._address, query))
        await asyncio.wait({work}, timeout=self.seconds)
        found = work.result() if work.done() else curated(query)
        return [link(query, found)] if found else []

    def _address(self, query: Query) -> str:
        for inventory in inventories(self.installed.environment):
            if normal(inventory.project) == normal(query.distribution):
                address = described(query, inventory)
                if address:
                    return address
        return curated(query) or self._own(query)

    def _own(self, query: Query) -> str:
        """The address that the distribution's metadata calls its documentation."""
        found = self.installed.distribution(query.module.split(".")[0])
        addresses = {name.lower(): address for name, address in found.urls.items()} if found else {}
        own = (addresses[name] for name in _DOCUMENTATION if name in addresses)
        return next((address for one in own if (address := safe_address(one, plain_http=True))), "")


def link(query: Query, address: str) -> Evidence:
    """The link as evidence; its text is the name alone, so that nothing can be quoted from it."""
    name = address.partition("#")[2].removeprefix("module-")
    of = "Python" if query.distribution == "python" else query.distribution
    title = f"{of} documentation" + (f": {name}" if name else "")
    return Evidence("", title, name or query.qualified_name, "documentation", address)


def curated(query: Query) -> str:
    """The page by the table; the documentation's first page if the table does not know the name."""
    path = symbol_path(query)
    if query.distribution == "python":
        return standard_address(query.module, path, query.version)
    site = SITES.get(normal(query.distribution))
    if site is None:
        return ""
    root = _root(site, query.version)
    if not path or any(part.startswith("_") for part in path.split(".")):
        return root
    for pattern, page in site.pages:
        match = re.fullmatch(pattern, f"{query.module}:{path}")
        if match:
            return root + match.expand(page)
    return root


def described(query: Query, inventory: Inventory) -> str:
    """The page by the inventory: on the web where the site is known, else the installed one."""
    anchor = curated(query).partition("#")[2].removeprefix("module-")
    page = next((inventory.pages[name] for name in (query.qualified_name, anchor) if name in inventory.pages), "")
    if not page:
        return ""
    site = SITES.get(normal(query.distribution))
    if query.distribution == "python":
        return safe_address(LIBRARY.format(minor=minor(query.version)).removesuffix("library/") + page)
    if site is not None:
        return safe_address(_root(site, query.version) + page)
    file, _, fragment = page.partition("#")
    installed = inventory.folder / file
    inside = installed.resolve().is_relative_to(inventory.folder.resolve())
    return f"{installed.as_uri()}#{fragment}" if inside and installed.is_file() else ""


def _root(site: Site, version: str) -> str:
    release = version.split("+")[0]
    if not re.fullmatch(r"\d+(\.\d+)+", release):
        return site.newest
    return site.root.format(version=release, minor=minor(release))
