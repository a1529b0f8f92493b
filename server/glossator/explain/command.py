"""A command in a comment or a string, such as ``pip install -q transformers``: word for word, from its own help."""

from __future__ import annotations

import asyncio
import re
import shlex

from glossator.explain.draft import Draft
from glossator.explain.explanation import Argument, SymbolFacts
from glossator.research.command_help import CommandHelp, pip_help
from glossator.research.evidence import Evidence

_PIP = re.compile(r"(?:\bpython3?\s+-m\s+|[!%])?\bpip3?\s+(?P<subcommand>[a-z]+)(?P<rest>[^\n]*)")
_REQUIREMENT = re.compile(r"[A-Za-z][\w.-]*")
_TAKES_VALUE = {"-e", "--editable", "-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "-t", "--target"}


async def describe_command(text: str, draft: Draft) -> tuple[str, ...]:
    """Describe the command in a text, if there is one that we know; answers the distributions it names."""
    match = _PIP.search(text)
    told = await asyncio.to_thread(pip_help, match["subcommand"]) if match is not None else None
    if match is None or told is None:
        return ()
    evidence = Evidence("", told.title, " ".join(told.description), "help")
    name = f"pip {match['subcommand']}"
    draft.symbol = SymbolFacts(name, name, "command", match[0].strip(), distribution="pip", version=_version(told))
    draft.code = match[0]
    draft.summary.extend(draft.bibliography.extract(told.description, evidence, 1))
    words = _words(match["rest"])
    for position, word in enumerate(words):
        option = word.partition("=")[0]
        if option in told.options:
            value = word.partition("=")[2] or (words[position + 1] if _has_value(option, position, words) else "")
            sentences = draft.bibliography.extract((told.options[option],), evidence, 1)
            draft.arguments.append(Argument(option, value, sentences))
    return tuple(_distributions(words))


def _words(rest: str) -> list[str]:
    try:
        return shlex.split(rest, comments=False)
    except ValueError:  # a quotation mark that is never closed
        return rest.split()


def _has_value(option: str, position: int, words: list[str]) -> bool:
    return option in _TAKES_VALUE and position + 1 < len(words)


def _distributions(words: list[str]) -> list[str]:
    """The names among the words: neither options, nor their values, nor addresses and paths."""
    found = []
    for position, word in enumerate(words):
        value_of_option = position > 0 and words[position - 1] in _TAKES_VALUE
        match = _REQUIREMENT.match(word)
        if match is not None and not value_of_option and "/" not in word and ":" not in word:
            found.append(match[0].replace("-", "_"))
    return found


def _version(told: CommandHelp) -> str:
    return told.title.split(":")[0].rpartition(" ")[2]
