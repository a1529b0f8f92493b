"""Which module and which installed distribution a file belongs to, at which version."""

from __future__ import annotations

import email.parser
import email.policy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from glossator.resolve.environment import python_version, site_packages


@dataclass(frozen=True, slots=True)
class Owner:
    """Where a file belongs. ``distribution`` and ``version`` are empty for the project's own files."""

    module: str
    distribution: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Distribution:
    """An installed distribution's own words about itself. ``origin`` is the address that it was installed from, if that
    was not a package index: a folder, a repository."""

    name: str
    version: str
    summary: str = ""
    license: str = ""
    urls: Mapping[str, str] = field(default_factory=dict)
    origin: str = ""


_STANDARD_LIBRARY = re.compile(r"/lib(?:64)?/python3\.\d+/(?!(?:site|dist)-packages/)")


class Installed:
    """The packages of one environment, read from their metadata on disk, never imported."""

    def __init__(self, environment: Path, root: Path) -> None:
        self.environment = environment
        self.root = root.resolve()
        self.folders = site_packages(environment)
        self.python = python_version(environment)

    def owner(self, path: Path) -> Owner:
        """The module and distribution of a file."""
        path = path.resolve()
        for folder in self.folders:
            if path.is_relative_to(folder):
                relative = path.relative_to(folder)
                found = self.distribution(relative.parts[0].removesuffix(".py").removesuffix(".pyi"))
                module = _module_name(relative)
                return Owner(module, found.name, found.version) if found else Owner(module)
        if "typeshed" in path.parts and "stdlib" in path.parts:
            start = len(path.parts) - path.parts[::-1].index("stdlib")
            return Owner(_module_name(Path(*path.parts[start:])), "python", self.python)
        library = _STANDARD_LIBRARY.search(path.as_posix())
        if library is not None:
            return Owner(_module_name(Path(path.as_posix()[library.end() :])), "python", self.python)
        top = path.parent
        while (top / "__init__.py").is_file():
            top = top.parent
        return Owner(_module_name(path.relative_to(top)))

    def distribution(self, top_level: str) -> Distribution | None:
        """The distribution that installed a top-level package or module."""
        top_level = top_level.removesuffix("-stubs")
        for folder in self.folders:
            information = _metadata_folders(folder, folder.stat().st_mtime_ns).get(normal(top_level))
            information = information or _by_record(folder, folder.stat().st_mtime_ns).get(top_level)
            if information is not None:
                return _metadata(information)
        return None

    def information(self, name: str) -> Path | None:
        """The metadata folder of the distribution of that name."""
        folders = (_metadata_folders(folder, folder.stat().st_mtime_ns) for folder in self.folders)
        return next((found[normal(name)] for found in folders if normal(name) in found), None)

    def distribution_in(self, information: Path) -> Distribution | None:
        """The distribution that a metadata folder describes."""
        return _metadata(information)

    def distributions(self) -> tuple[Distribution, ...]:
        """All that is installed; reads their metadata once, which takes about a millisecond for each."""
        found: dict[str, Distribution] = {}
        for folder in self.folders:
            for name, information in _metadata_folders(folder, folder.stat().st_mtime_ns).items():
                known = _metadata(information)
                if known is not None:
                    found.setdefault(name, known)
        return tuple(found.values())


def normal(name: str) -> str:
    """A distribution's name as packaging tools compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


@lru_cache(maxsize=32)
def _metadata_folders(folder: Path, _modified: int) -> Mapping[str, Path]:
    """Distribution name to metadata folder: most packages are called what they install."""
    return {normal(path.name.split("-")[0]): path for path in folder.glob("*.dist-info")}


@lru_cache(maxsize=32)
def _by_record(folder: Path, _modified: int) -> Mapping[str, Path]:
    """Top-level name to metadata folder, from the list of files that each distribution installed."""
    found: dict[str, Path] = {}
    for information in folder.glob("*.dist-info"):
        try:
            record = (information / "RECORD").read_text("utf-8", "replace")
        except OSError:
            continue
        for first in {line.split(",")[0].split("/")[0] for line in record.splitlines()}:
            if not first.endswith(".dist-info") and first not in {"..", "__pycache__"}:
                found.setdefault(first.removesuffix(".py"), information)
    return found


@lru_cache(maxsize=256)
def _metadata(information: Path) -> Distribution | None:
    try:
        text = (information / "METADATA").read_text("utf-8", "replace")
    except OSError:
        return None
    message = email.parser.HeaderParser(policy=email.policy.compat32).parsestr(text)
    pairs = [value.split(",", 1) for value in message.get_all("Project-URL", [])]
    urls = {pair[0].strip(): pair[1].strip() for pair in pairs if len(pair) == 2}
    if message.get("Home-page"):
        urls.setdefault("Homepage", message["Home-page"])
    licensed = message.get("License-Expression") or message.get("License") or ""
    summary = message.get("Summary") or ""
    return Distribution(message["Name"], message["Version"], summary, licensed[:80], urls, _origin(information))


def _origin(information: Path) -> str:
    """What ``direct_url.json`` (PEP 610) says; a file that cannot be read still says that there was no index."""
    try:
        content = json.loads((information / "direct_url.json").read_text("utf-8"))
    except FileNotFoundError:
        return ""
    except (OSError, ValueError, RecursionError):
        return "unknown"
    return str(content.get("url") or "unknown") if isinstance(content, dict) else "unknown"


def _module_name(relative: Path) -> str:
    parts = list(relative.with_suffix("").parts)
    if parts[0].endswith("-stubs"):
        parts[0] = parts[0].removesuffix("-stubs")
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
