"""Which repository a folder is a clone of, by git's own file: no git is run, and nothing that a user or a key is called
by is kept of the address."""

from __future__ import annotations

import re
from pathlib import Path

_ORIGIN = re.compile(r'^\[remote "origin"\]\s*$(?P<body>(?:\n(?!\[).*)*)', re.MULTILINE)
_URL = re.compile(r"^\s*url\s*=\s*(?P<url>\S+)", re.MULTILINE)
_SCHEME = re.compile(r"(?P<scheme>[a-z+]+)://(?:[^@/]*@)?(?P<host>[^/:]+)(?::\d+)?/(?P<path>.+)", re.IGNORECASE)
_SHORT = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:@]+):(?P<path>[^/].*)")


def remote_of(folder: Path) -> str:
    """``host/owner/name`` of the remote ``origin``; empty if there is none."""
    try:
        found = _ORIGIN.search(_configuration(folder.resolve()).read_text("utf-8", "replace"))
    except OSError:
        return ""
    url = _URL.search(found["body"]) if found else None
    return plain(url["url"]) if url else ""


def plain(url: str) -> str:
    """An address without user, key, port and ending, however it is spelled."""
    if (match := _SCHEME.fullmatch(url) or _SHORT.fullmatch(url)) is None:
        return url.rstrip("/").removesuffix(".git")
    return f"{match['host'].lower()}/{match['path'].strip('/').removesuffix('.git')}"


def _configuration(folder: Path) -> Path:
    """The file of the repository that a folder is in, also where that is a work tree or a submodule."""
    for one in (folder, *folder.parents):
        git = one / ".git"
        if git.is_dir():
            return git / "config"
        if git.is_file():
            own = one / git.read_text("utf-8", "replace").removeprefix("gitdir:").strip()
            common = own / "commondir"
            shared = own / common.read_text("utf-8", "replace").strip() if common.is_file() else own
            return shared / "config"
    return folder / ".git" / "config"
