"""What a web service sent, made fit to be evidence: plain text of a limited length, addresses that cannot surprise."""

from __future__ import annotations

import datetime
import html.parser
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from glossator.research.evidence import Evidence
from glossator.research.sentences import plain

LONGEST_TEXT = 1_200
LONGEST_TITLE = 160
LONGEST_ADDRESS = 500
LONGEST_INPUT = 100_000
# Code blocks too: they are programs, not sentences, and an explanation quotes sentences.
_DROPPED = {"script", "style", "pre", "template", "noscript", "iframe", "svg", "head", "title"}
_BLOCKS = {"p", "div", "li", "ul", "ol", "br", "h1", "h2", "h3", "h4", "blockquote", "tr", "hr", "pre"}


def web_evidence(title: object, text: object, address: object, *, plain_http: bool = False) -> Evidence | None:
    """A search result as evidence; none if its address or all of its text is unusable.

    ``plain_http`` lets http addresses through, for documentation hosts of one's own.
    """
    url = safe_address(address, plain_http=plain_http)
    shown = clean(title)[:LONGEST_TITLE]
    told = _capped(clean(text))
    if not url or not (shown and told):
        return None
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    return Evidence("", shown, told, "web", url, now)


def clean(text: object) -> str:
    """One line of plain text: no tags, no entities, no markup, no hidden characters. Anything but text is nothing."""
    if not isinstance(text, str):
        return ""
    reader = _Reader()
    try:
        reader.feed(text[:LONGEST_INPUT])
        reader.close()
    except AssertionError:  # how the parser says that a declaration like <![x is beyond it
        return ""
    return plain("".join(reader.parts))


def safe_address(address: object, *, plain_http: bool = False) -> str:
    """The address if it is https (or http, where that is allowed) without user name; hosts are shown in punycode."""
    if not isinstance(address, str) or len(address) > LONGEST_ADDRESS or re.search(r"[\x00-\x20\\]", address):
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
        host = host if host.isascii() else host.encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError is one
        return ""
    if parts.scheme not in ({"https", "http"} if plain_http else {"https"}) or "@" in parts.netloc:
        return ""
    if not re.fullmatch(r"[a-z0-9.-]*[a-z0-9]", host):
        return ""
    rest = (quote(part, safe="/%:=&?~#+!$,;'@") for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme, f"{host}{port}", *rest))


def items(content: Mapping[str, Any], *path: str) -> list[Mapping[str, Any]]:
    """The objects in the list at a path; whatever else stands there is passed over."""
    value: Any = content
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def usable(found: Iterable[Evidence | None], most: int) -> list[Evidence]:
    """The first of the results that can be evidence."""
    return [one for one in found if one is not None][:most]


class _Reader(html.parser.HTMLParser):
    """The visible text of a piece of HTML; code in backticks, blocks apart."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._hidden.append(tag)
        self._separate(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._hidden:
            del self._hidden[self._hidden.index(tag) :]
        self._separate(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)

    def _separate(self, tag: str) -> None:
        if tag == "code" and not self._hidden:
            self.parts.append("`")
        elif tag in _BLOCKS:
            self.parts.append("\n")


def _capped(text: str) -> str:
    """At most so much, cut behind a sentence if there is one."""
    if len(text) <= LONGEST_TEXT:
        return text
    end = max(text.rfind(mark, 0, LONGEST_TEXT) for mark in (". ", "! ", "? "))
    return text[: end + 1] if end > 0 else f"{text[: LONGEST_TEXT - 1]}…"
