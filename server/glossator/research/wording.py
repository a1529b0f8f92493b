"""Query to search words: public names only, whatever else the query holds.

What may be sent is decided here and nowhere else: names of installed distributions, modules and symbols, and parameter
or exception names among the terms. The user's question, source text, and names of the user's own project never are.
"""

from __future__ import annotations

import re

from glossator.research.evidence import Query, symbol_path
from glossator.research.standard_library import standard_module

LONGEST_NAME = 80
MOST_TERMS = 3
# Brave takes 400 characters and 50 words; nobody finds more with longer questions.
LONGEST = 200
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_DISTRIBUTION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

# Of other languages: `@scope/name`, `github.com/owner/name`, `serde_json`.
_PACKAGE = re.compile(r"@?[A-Za-z0-9][\w.~-]*(?:/[\w.~-]+)*")


def search_words(query: Query) -> str:
    """The words for a search engine, as ``transformers AutoTokenizer.from_pretrained``; empty if nothing is public."""
    if not is_public(query):
        return ""
    language = "" if query.distribution == "python" else f"{query.language} "
    return f"{language}{query.distribution} {short_words(query)}".strip()[:LONGEST].strip()


def short_words(query: Query) -> str:
    """The words where language and distribution are known already, as ``AutoTokenizer.from_pretrained padding``."""
    if not is_public(query):
        return ""
    path = symbol_path(query) or query.module.rpartition(".")[2]
    if query.distribution == "python":  # `join` alone says nothing; `os.path.join` does
        path = ".".join(part for part in (standard_module(query.module), symbol_path(query)) if part)
    names = [path, *query.terms[:MOST_TERMS]]
    return " ".join(dict.fromkeys(name for name in names if _is_name(name)))[:LONGEST]


def is_public(query: Query) -> bool:
    """Whether the query is about something that others know: an installed distribution's."""
    spelled = _DISTRIBUTION if query.language == "python" else _PACKAGE
    return len(query.distribution) <= LONGEST_NAME and bool(spelled.fullmatch(query.distribution))


def _is_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and bool(_NAME.fullmatch(text))
