"""Manual pages, read from their files: no pager is run, and no program that a comment names.

Pages of the macro packages ``man`` and, for their options, ``mdoc`` are understood as far as explaining a command
takes: what it is for, and what each option does.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from glossator.research.command_help import CommandHelp
from glossator.research.sentences import plain

FOLDERS = tuple(
    Path(one) for one in ("/usr/local/share/man", "/usr/share/man", "/opt/homebrew/share/man", "/opt/local/share/man")
)
LARGEST_PAGE = 4_000_000
_NAME = re.compile(r"[a-zA-Z0-9][\w.+-]{0,60}")
_SIGNS = {"aq": "'", "lq": "“", "rq": "”", "oq": "‘", "cq": "’", "em": "—", "en": "–", "bu": "•", "dq": '"', "ha": "^"}
_OPTION = re.compile(r"(?<![\w-])--?[A-Za-z0-9][\w-]*")
_BREAKS = {".PP", ".P", ".LP", ".sp", ".Pp", ".HP"}


@lru_cache(maxsize=32)
def man_page(name: str, section: str = "1", folders: tuple[Path, ...] = FOLDERS) -> CommandHelp | None:
    """What the manual page of a command says, if there is one."""
    text = _read(name, section, folders)
    if not text:
        return None
    page = _Page()
    for line in text.splitlines():
        page.read(line)
    page.flush()
    purpose = re.sub(r"^.*?\s[-—–]+\s", "", " ".join(page.paragraphs.get("NAME", ())))
    first = page.paragraphs.get("DESCRIPTION", [])[:1]
    told = (f"{name}: {purpose[:1].upper()}{purpose[1:]}.",) if purpose else ()
    return CommandHelp(f"Manual page {name}({section})", (*told, *first), page.options)


@lru_cache(maxsize=32)
def environment_variable(name: str, folders: tuple[Path, ...] = FOLDERS) -> str:
    """What environ(7) says of a variable; empty if it does not know it."""
    page = man_page("environ", "7", folders)
    return page.options.get(name, "") if page is not None else ""


@dataclass
class _Page:
    """A page while it is read, line by line."""

    paragraphs: dict[str, list[str]] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)
    section: str = ""
    tag: str = ""
    awaits_tag: bool = False
    words: list[str] = field(default_factory=list)

    def read(self, line: str) -> None:
        macro = line.split(" ", 1)[0] if line.startswith(".") else ""
        rest = line[len(macro) :].strip()
        if macro in {".SH", ".Sh", ".SS", ".Ss"}:
            self.flush()
            self.section = _plain(rest).strip('"') if macro in {".SH", ".Sh"} else self.section
        elif macro in {".TP", ".TQ"}:
            self.flush()
            self.awaits_tag = True
        elif macro == ".IP" or (macro == ".It" and rest):
            self.flush()
            self.tag = _items(rest) if macro == ".It" else _plain((_quoted(rest) or [""])[0])
        elif macro in _BREAKS:
            self.flush()
        elif macro == ".RS":
            told = " ".join(self.words)
            if told.startswith("-") and not self.tag:
                self.tag, self.words = told, []
        elif macro == ".RE":
            self.flush()
            self.tag = ""
        elif macro == ".Nd":
            self.words.append(f"- {_plain(rest)}")
        else:
            self._add(_text(macro, rest, line))

    def flush(self) -> None:
        """End the paragraph. Only the first one of an option is kept."""
        told = plain(" ".join(self.words))
        if told and self.tag:
            names = _OPTION.findall(self.tag) or re.findall(r"^[A-Z][A-Z_]+$", self.tag)
            self.options.update({name: told for name in names if name not in self.options})
            self.tag = ""
        elif told:
            self.paragraphs.setdefault(self.section, []).append(told)
        self.words, self.awaits_tag = [], False

    def _add(self, text: str) -> None:
        if not text:
            return
        if self.awaits_tag:
            self.tag, self.awaits_tag = text, False
        else:
            self.words.append(text)


def _text(macro: str, rest: str, line: str) -> str:
    """The words on a line; those of a macro that only sets type."""
    if not macro:
        return _plain(line) if not line.startswith("'") else ""
    if macro in {".B", ".I", ".SM", ".SB", ".Nm", ".Ar", ".Pa", ".Dq", ".Sq", ".Em", ".Sy"}:
        return _plain(" ".join(_quoted(rest)))
    if macro in {".BR", ".BI", ".RB", ".IR", ".RI", ".IB"}:
        return _plain("".join(_quoted(rest)))
    return _plain(f"-{rest}") if macro == ".Fl" else ""


def _items(rest: str) -> str:
    """``Fl a Ar file`` of mdoc as ``-a file``."""
    return re.sub(r"\b(?:Ar|Cm|Ns|Xc|Xo|Li|Ev|Va) ?", "", re.sub(r"\bFl ", "-", _plain(rest)))


def _quoted(rest: str) -> list[str]:
    return [first or second for first, second in re.findall(r'"([^"]*)"|(\S+)', rest.replace('\\ "', "\\ "))]


def _plain(text: str) -> str:
    """Text without what sets type."""
    text = re.sub(r"\\f(?:\[[^\]]*\]|\(..|.)|\\s[+-]?\d|\\[&|^/,cp]|\\h'[^']*'|\\[mM]\[[^\]]*\]", "", text)
    text = re.sub(r"\\\*?\((..)|\\\*?\[(\w+)\]", lambda match: _SIGNS.get(match[1] or match[2], ""), text)
    text = text.replace(r"\-", "-").replace(r"\e", "\\").replace(r"\ ", " ").replace(r"\~", " ").replace(r"\(", "(")
    return text.replace(r"\'", "'").replace(r"\.", ".").strip()


def _read(name: str, section: str, folders: tuple[Path, ...]) -> str:
    if not _NAME.fullmatch(name) or sys.platform == "win32":
        return ""
    for path in _places(name, section, folders):
        try:
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
                text = file.read(LARGEST_PAGE).decode("utf-8", "replace")
        except (OSError, EOFError):
            continue
        link = re.match(r"\.so (?:man\d/)?([\w.+-]+)\.\d\s*$", text)
        return _read(link[1], section, folders) if link is not None and link[1] != name else text
    return ""


def _places(name: str, section: str, folders: tuple[Path, ...]) -> Iterator[Path]:
    for folder in folders:
        for suffix in ("", ".gz"):
            yield folder / f"man{section}" / f"{name}.{section}{suffix}"
