"""What a command says of itself: its ``--help`` text, read into description and options.

Only our own interpreter is run, with pip and with modules of the standard library that only parse their arguments: a
program that a comment names may be anything, and whoever hovers over it did not ask to start it. Of other programs the
manual page is read, see ``man_pages``.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version

from glossator.research.sentences import plain

HELP_SECONDS = 20
_OPTION = re.compile(r"^ {2}(?P<names>-[^ ].*?)(?: {2,}(?P<text>\S.*))?$")
_CONTINUED = re.compile(r"^ {8,}(?P<text>\S.*)$")
_VERSION = ".".join(map(str, sys.version_info[:3]))
# Modules of the standard library whose `--help` parses arguments and prints.
_MODULES = {"venv", "http.server", "json.tool", "unittest", "zipfile", "tarfile", "compileall", "ensurepip", "trace"}
_NAME = re.compile(r"--?[A-Za-z][\w-]*")


@dataclass(frozen=True, slots=True)
class CommandHelp:
    """A sub-command's description, in sentences, and its options by every spelling; ``title`` names the source."""

    title: str
    description: tuple[str, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)


@lru_cache(maxsize=16)
def pip_help(subcommand: str) -> CommandHelp | None:
    """What the installed pip says of one of its commands; None if it has no such command, or is not here."""
    command = [sys.executable, "-m", "pip", subcommand, "--help"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=HELP_SECONDS, check=True).stdout
        title = f"pip {version('pip')}: pip {subcommand} --help"
    except (OSError, subprocess.SubprocessError, PackageNotFoundError):
        return None
    return read_help(title, told)


@lru_cache(maxsize=16)
def module_help(module: str) -> CommandHelp | None:
    """What a module of the standard library says of its command line; None for all others."""
    if module not in _MODULES:
        return None
    told = _run("-I", "-m", module, "--help")
    return _read_argparse(f"Python {_VERSION}: python -m {module} --help", told) if told else None


@lru_cache(maxsize=1)
def python_help() -> CommandHelp | None:
    """What the interpreter says of its own options."""
    told = _run("-I", "-h")
    options = {
        match["name"]: plain(re.sub(r"\n\s+:?", " ", match["text"]))
        for match in re.finditer(r"^(?P<name>-\S+)[^:\n]*: (?P<text>.*(?:\n {9}.*)*)", told, re.MULTILINE)
    }
    description = ("python: Run a program, a module (-m) or a command (-c).",)
    return CommandHelp(f"Python {_VERSION}: python --help", description, options) if options else None


def _run(*arguments: str) -> str:
    command = [sys.executable, *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=HELP_SECONDS, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""


def _read_argparse(title: str, told: str) -> CommandHelp:
    """argparse puts the description between usage and the first list."""
    head = re.split(r"^\w[\w ]*:\s*$", told, flags=re.MULTILINE)[0]
    paragraphs = [plain(one) for one in re.split(r"\n\s*\n", head) if not one.lstrip().startswith("usage:")]
    return CommandHelp(title, tuple(one for one in paragraphs if one), read_help(title, told).options)


def read_help(title: str, text: str) -> CommandHelp:
    """The parts of a help text in the layout of optparse and argparse."""
    sections = re.split(r"^(\w[\w ]*):\s*$", text, flags=re.MULTILINE)
    named = dict(zip(sections[1::2], sections[2::2], strict=False))
    options: dict[str, str] = {}
    for name, section in named.items():
        if "Options" in name or "options" in name:
            options.update(_options(section))
    return CommandHelp(title, _description(named.get("Description", "")), options)


def _description(text: str) -> tuple[str, ...]:
    """The description as one sentence for each paragraph; a list goes with the line that introduces it."""
    paragraphs = [plain(paragraph) for paragraph in re.split(r"\n\s*\n", text) if paragraph.strip()]
    joined: list[str] = []
    for paragraph in paragraphs:
        if joined and paragraph.startswith("- "):
            items = [one.strip(" .") for one in re.split(r"(?:^|\s)- (?=[A-Z])", paragraph) if one.strip(" .")]
            joined[-1] = f"{joined[-1].rstrip('.')}{' ' if joined[-1].endswith(':') else '; '}{'; '.join(items)}."
        elif joined and joined[-1].endswith(":"):
            joined[-1] = f"{joined[-1]} {paragraph}"
        else:
            joined.append(paragraph)
    return tuple(joined)


def _options(section: str) -> dict[str, str]:
    found: dict[str, str] = {}
    names: list[str] = []
    for line in section.splitlines():
        option, continued = _OPTION.match(line), _CONTINUED.match(line)
        if option is not None:
            names = _NAME.findall(option["names"])
            found.update(dict.fromkeys(names, option["text"] or ""))
        elif continued is not None:
            found.update({name: f"{found[name]} {continued['text']}".strip() for name in names})
    return {name: plain(text) for name, text in found.items() if text}
