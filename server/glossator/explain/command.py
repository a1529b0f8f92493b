"""A command in a comment or a string, such as ``pip install -q transformers``: word for word, from its own help.

Prose begins like commands do: "make sure", "find the first". So a program counts only where it is marked as a command,
where its sub-command has a manual page, or where one of its words is an option that its page describes.
"""

from __future__ import annotations

import asyncio
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from glossator.explain.draft import Draft
from glossator.explain.explanation import Argument, SymbolFacts
from glossator.research.command_help import CommandHelp, module_help, pip_help, python_help
from glossator.research.evidence import Evidence
from glossator.research.man_pages import man_page
from glossator.research.sentences import split

LONGEST_COMMAND = 1_000
OPTION_SENTENCES = 2
_PIP = re.compile(r"(?:\bpython3?\s+-m\s+|[!%])?\bpip3?\s+(?P<subcommand>[a-z]+)(?P<rest>[^\n]*)")
_PYTHON = re.compile(r"(?:^|[\s`$!])(?P<whole>python3?(?:\.\d+)?(?P<rest>\s+(?:-[A-Za-z]|\S+\.py\b)[^\n`]*))")
_PROGRAM = re.compile(
    r"^[\s#>*\-`:]*(?P<mark>[$!%]\s*)?(?P<whole>(?:sudo\s+)?(?P<name>[a-z][\w.+-]*)(?P<rest>\s[^\n`]*))"
)
_REPOSITORY = re.compile(r"\b(git|hg|svn|bzr)\+((?:https?|ssh|git|file)://[^\s@#]+)(?:@([^\s#]+))?(?:#(\S+))?")
_REQUIREMENT = re.compile(r"[A-Za-z][\w.-]*")
_TAKES_VALUE = {"-e", "--editable", "-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "-t", "--target"}


@dataclass(frozen=True, slots=True)
class Command:
    """A command as it is written, what it says of itself, and its words behind its name."""

    name: str
    written: str
    told: CommandHelp
    words: tuple[str, ...]
    distribution: str = ""


async def describe_command(text: str, draft: Draft, offset: int = 0) -> tuple[str, ...]:
    """Describe the command in a text, if there is one that we know; of several (``curl … | sh``) the one at the offset.
    Answers the distributions it names."""
    command = await asyncio.to_thread(_find_at, text[:LONGEST_COMMAND], offset)
    if command is None:
        return ()
    told = command.told
    evidence = Evidence("", told.title, " ".join(told.description), "help")
    version = told.title.split(":")[0].rpartition(" ")[2] if command.distribution == "pip" else ""
    draft.symbol = SymbolFacts(
        command.name,
        command.name,
        "command",
        command.written,
        distribution=command.distribution,
        version=version,
        language="sh",
    )
    draft.code = command.written
    draft.summary.extend(draft.bibliography.extract(told.description, evidence, 1))
    for position, word in enumerate(command.words):
        for option in _options(word, told):
            value = word.partition("=")[2] if word.startswith("--") else ""
            value = value or _value_behind(option, position, command)
            whole = [one for one in split(told.options[option]) if one.count("(") == one.count(")")]
            sentences = draft.bibliography.extract(whole, evidence, OPTION_SENTENCES)
            draft.arguments.append(Argument(option, value, sentences))
    if command.distribution == "pip":
        draft.conclusion.extend(draft.bibliography.cite(one, address, "supported") for one, address in _cloned(command))
    return tuple(_distributions(list(command.words))) if command.distribution == "pip" else ()


def _find_at(text: str, offset: int) -> Command | None:
    """The command at an offset; only where the first is one, are those behind ``|``, ``&&`` and ``;`` commands, too."""
    parts = _apart(text)
    first = _find(parts[0][1])
    at = next((part for start, part in reversed(parts) if start <= offset), "")
    if first is None or at == parts[0][1]:
        return first
    return _find(f"$ {at.strip()}")


def _apart(text: str) -> list[tuple[int, str]]:
    """A line's commands, each with where it begins; what stands in quotation marks takes none apart."""
    plain = re.sub(r"\"[^\"\n]*\"|'[^'\n]*'", lambda match: "_" * len(match[0]), text)
    parts, start = [], 0
    for match in re.finditer(r" \|\|? | && |; ", plain):
        parts.append((start, text[start : match.start()]))
        start = match.end()
    return [*parts, (start, text[start:])]


def _find(text: str) -> Command | None:
    match = _PIP.search(text)
    told = pip_help(match["subcommand"]) if match is not None else None
    if match is not None and told is not None:
        name = f"pip {match['subcommand']}"
        return Command(name, match[0].strip(), told, _words(match["rest"]), "pip")
    return _python(text) or _program(text)


def _python(text: str) -> Command | None:
    """``python -m venv env``, by the module's own help; ``python -u file.py``, by the interpreter's."""
    match = _PYTHON.search(text)
    if match is None:
        return None
    words = _words(match["rest"])
    module = words[words.index("-m") + 1] if "-m" in words[:-1] else ""
    told = module_help(module) if module else None
    if told is not None:
        behind = words[words.index("-m") + 2 :]
        return Command(f"python -m {module}", match["whole"].strip(), told, behind, "python")
    told = python_help()
    return Command("python", match["whole"].strip(), told, words, "python") if told is not None else None


def _program(text: str) -> Command | None:
    """A program with a manual page. The name of its sub-command is a page of its own: ``git-commit``."""
    quoted = re.search(r"`([a-z][^`\n]* [^`\n]*)`", text)
    match = _PROGRAM.match(f"$ {quoted[1]}" if quoted is not None else text)
    if match is None:
        return None
    name, words = match["name"], _words(match["rest"])
    plain = [number for number, word in enumerate(words) if re.fullmatch(r"[a-z][a-z-]+", word)]
    first = plain[0] if plain else -1
    sub = man_page(f"{name}-{words[first]}") if first >= 0 else None
    whole = match["whole"].strip()
    if sub is not None:
        return Command(f"{name} {words[first]}", whole, sub, words[first + 1 :])
    page = man_page(name)
    prose = bool(words) and re.fullmatch(r"[A-Za-z][a-z]*", words[0]) is not None
    optional = page is not None and not prose and any(_options(word, page) for word in words)
    certain = bool(match["mark"]) or optional
    return Command(name, whole, page, words) if page is not None and certain else None


def _cloned(command: Command) -> Iterator[tuple[str, Evidence]]:
    """What the parts of a requirement's address mean, ``git+https://host/project.git@main#subdirectory=folder``: by
    pip's documentation of its support for version control."""
    for word in command.words:
        match = _REPOSITORY.search(word)
        if match is None:
            continue
        program, address, revision, fragment = match.groups()
        told = f"The project is taken with {program} from `{address}`"
        told += f", at the branch, tag or commit `{revision}`" if revision else ""
        parts = dict(part.partition("=")[::2] for part in (fragment or "").split("&") if "=" in part)
        folder, name = parts.get("subdirectory", ""), parts.get("egg", "")
        told += f"; what is installed is in its folder `{folder}`" if folder else ""
        told += f", and is called `{name}`" if name and folder else f"; it is called `{name}`" if name else ""
        yield f"{told}.", Evidence("", "the address itself", f"{program} {word}", "project")


def _options(word: str, told: CommandHelp) -> list[str]:
    """The options in a word: one, or several letters behind one dash."""
    option = word.partition("=")[0]
    if option in told.options and option.startswith("-"):
        return [option]
    letters = [f"-{letter}" for letter in word[1:]] if re.fullmatch(r"-[A-Za-z]{2,6}", word) else []
    return letters if letters and all(letter in told.options for letter in letters) else []


def _value_behind(option: str, position: int, command: Command) -> str:
    takes = option in _TAKES_VALUE if command.distribution == "pip" else option == "-m" and "git" in command.name
    return command.words[position + 1] if takes and position + 1 < len(command.words) else ""


def _words(rest: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(rest, comments=False))
    except ValueError:  # a quotation mark that is never closed
        return tuple(rest.split())


def _distributions(words: list[str]) -> list[str]:
    """The names among the words: neither options, nor their values, nor addresses and paths."""
    found = []
    for position, word in enumerate(words):
        value_of_option = position > 0 and words[position - 1] in _TAKES_VALUE
        match = _REQUIREMENT.match(word)
        if match is not None and not value_of_option and "/" not in word and ":" not in word:
            found.append(match[0].replace("-", "_"))
    return found
