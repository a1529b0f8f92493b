"""What a string or a word of a comment mentions: a file of the project, an address, a variable of the environment."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from urllib.parse import urlsplit

from glossator.explain.draft import Draft
from glossator.explain.explanation import Sentence, SymbolFacts
from glossator.research.evidence import Evidence
from glossator.research.man_pages import environment_variable
from glossator.research.sentences import plain
from glossator.resolve.distributions import Installed
from glossator.resolve.symbol import Workspace

LONGEST_PATH = 200
LONGEST_HEAD = 20_000
LONGEST_TOLD = 160
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{2,40}")
# Hosts of many projects: there, whose page it is shows in the first parts of the path.
_SHARED = {"github.com": 2, "gitlab.com": 2, "huggingface.co": 2, "pypi.org": 2, "bitbucket.org": 2, "codeberg.org": 2}
_TEXTS = {".md", ".rst", ".txt", ".toml", ".cfg", ".ini", ".yaml", ".yml", ".csv", ".sh", ""}


def mentioned(text: str, workspace: Workspace, draft: Draft) -> list[Sentence]:
    """What is known of what a text names; nothing, for most texts."""
    if not text or len(text) > 2_000 or "\n" in text:
        return []
    if re.match(r"https?://", text):
        return _address(text, workspace.installed, draft)
    if _VARIABLE.fullmatch(text):
        return _variable(text, draft)
    return _file(text, workspace, draft)


def _address(text: str, installed: Installed, draft: Draft) -> list[Sentence]:
    try:
        host = (urlsplit(text).hostname or "").removeprefix("www.")
    except ValueError:
        return []
    if not host:
        return []
    draft.symbol = SymbolFacts(host, host, "address")
    wanted = _site(text)
    for distribution in installed.distributions():
        label = next((label for label, url in distribution.urls.items() if _site(url) == wanted), "")
        if label:
            title = f"{distribution.name} {distribution.version} (installed distribution)"
            told = f"{distribution.name}: {distribution.summary.rstrip('.')}."
            evidence = Evidence("", title, told, "distribution", distribution.urls[label])
            shown = f"`{host}` is where {distribution.name} {distribution.version} has its {label.lower()} page."
            return [
                draft.bibliography.cite(shown, evidence, "supported"),
                *draft.bibliography.extract((told,), evidence, 1),
            ]
    evidence = Evidence("", "the address itself", text, "project")
    return [draft.bibliography.cite(f"This is an address on `{host}`.", evidence, "supported")]


def _site(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return ""
    depth = _SHARED.get(host, 0)
    return "/".join([host, *parts.path.strip("/").removesuffix(".git").split("/")[:depth]]).lower()


def _variable(name: str, draft: Draft) -> list[Sentence]:
    told = environment_variable(name)
    if not told:
        return []
    evidence = Evidence("", "Manual page environ(7)", told, "help")
    return [draft.bibliography.cite(f"`{name}`: {told}", evidence)]


def _file(text: str, workspace: Workspace, draft: Draft) -> list[Sentence]:
    """A file or folder inside the project; nothing outside is looked at."""
    if len(text) > LONGEST_PATH or not re.fullmatch(r"[\w./\\ -]+", text) or not re.search(r"[./\\]", text.strip(".")):
        return []
    root = workspace.installed.root
    own = workspace.snapshot.path.parent if workspace.snapshot.path is not None else root
    for folder in dict.fromkeys((own, root)):
        try:
            path = (folder / text).resolve()
            if path.is_relative_to(root) and path.exists() and path != root:
                return _told_of_file(path, path.relative_to(root).as_posix(), draft)
        except (OSError, ValueError, RuntimeError):
            continue
    return []


def _told_of_file(path: Path, name: str, draft: Draft) -> list[Sentence]:
    draft.symbol = SymbolFacts(path.name, name, "file")
    if path.is_dir():
        count = sum(1 for _ in path.iterdir())
        told = f"`{name}` is a folder of this project with {count} entries."
        return [draft.bibliography.cite(told, Evidence("", name, told, "project", path.as_uri()), "supported")]
    if not path.is_file():
        return []
    size = path.stat().st_size
    first = _first_words(path)
    evidence = Evidence("", name, f"{name}: {size} bytes. {first}", "project", f"{path.as_uri()}#L1")
    told = f"`{name}` is a file of this project, {size:,} bytes long."
    more = [draft.bibliography.cite(f"It begins: {first}", evidence, "supported")] if first else []
    return [draft.bibliography.cite(told, evidence, "supported"), *more]


def _first_words(path: Path) -> str:
    """A module's docstring, a text's first heading or line. Other files are not looked into."""
    suffix = path.suffix.lower()
    if suffix != ".py" and (suffix not in _TEXTS or path.name.startswith(".")):  # .env holds secrets
        return ""
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(LONGEST_HEAD)
    if "\0" in head:
        return ""
    if suffix == ".py":
        try:
            head = ast.get_docstring(ast.parse(head)) or ""
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return ""
    lines = (plain(line.strip("#=-* \t")) for line in head.splitlines())
    return next((line for line in lines if line), "")[:LONGEST_TOLD]
