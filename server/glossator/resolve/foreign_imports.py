"""Which package a name of another language than Python comes from, by the text's imports and the project's manifest.

By syntax: nothing is run and no package manager is asked. A package counts as public only where the manifest takes it
from a registry: one from a folder or a repository may be the user's own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glossator.resolve.declarations import read_text

_SCRIPT = re.compile(
    r"import\s+(?:type\s+)?(?P<names>[^'\";]*?)\s*from\s*['\"](?P<from>[^'\"]+)['\"]"
    r"|(?:const|let|var)\s+(?P<bound>[^=;]+?)\s*=\s*(?:await\s+)?(?:require|import)\(\s*['\"](?P<required>[^'\"]+)['\"]"
)
_GO = re.compile(r"^\s*(?:import\s+)?(?:(?P<alias>[\w.]+)\s+)?\"(?P<path>[\w./~-]+)\"\s*$", re.MULTILINE)
_RUST = re.compile(r"^\s*(?:pub\s+)?use\s+(?P<crate>\w+)(?P<rest>[^;]*);", re.MULTILINE)
_JAVA = re.compile(r"^\s*import\s+(?:static\s+)?(?P<package>[\w.]+)\.(?P<name>\w+)\s*;", re.MULTILINE)
_GO_VERSION = re.compile(r"^\s*(?:require\s+)?(?P<path>[\w./~-]+)\s+v(?P<version>[\w.+-]+)", re.MULTILINE)
_CARGO = re.compile(r"^(?P<name>[\w-]+)\s*=\s*(?:\"(?P<version>[^\"]+)\"|(?P<table>\{[^}]*\}))", re.MULTILINE)
_OWN = re.compile(r"^(?:file:|link:|workspace:|git|https?:|[\w-]+/[\w-]+$)|\b(?:path|git)\s*=")
_SCRIPTS = {"javascript", "javascriptreact", "typescript", "typescriptreact"}


@dataclass(frozen=True, slots=True)
class Imported:
    """A name with its package. ``summary`` is what the installed package says of itself; ``public`` tells whether the
    manifest takes it from a registry, at ``version``."""

    name: str
    package: str
    version: str = ""
    summary: str = ""
    address: str = ""
    public: bool = False


def find_imported(word: str, text: str, language: str, root: Path) -> Imported | None:
    """The package that a word of a text is imported from; None for what is not imported."""
    package = next((package for name, package in imports(text, language) if word in {name, package}), "")
    if not package:
        return None
    version, public = _required(package, language, root)
    installed = _installed(package, root) if language in _SCRIPTS else {}
    return Imported(
        word,
        package,
        str(installed.get("version") or version),
        str(installed.get("description") or ""),
        str(installed.get("homepage") or ""),
        public,
    )


def imports(text: str, language: str) -> Iterator[tuple[str, str]]:
    """Each imported name with its package; imports of the project's own files are left out."""
    if language in _SCRIPTS:
        for match in _SCRIPT.finditer(text):
            package = _script_package(match["from"] or match["required"])
            names = re.findall(
                r"[\w$]+", re.sub(r"[\w$]+\s+as\s+|\*\s+as\s+|:\s*", " ", match["names"] or match["bound"] or "")
            )
            yield from ((name, package) for name in names if package)
    elif language == "go":
        for match in _GO.finditer(text):
            yield match["alias"] or re.sub(r"/v\d+$", "", match["path"]).rpartition("/")[2], match["path"]
    elif language == "rust":
        for match in _RUST.finditer(text):
            if match["crate"] not in {"crate", "self", "super"}:
                yield from ((name, match["crate"]) for name in re.findall(r"\w+", match["rest"]) if name != "as")
    elif language == "java":
        yield from ((match["name"], match["package"]) for match in _JAVA.finditer(text))


def _script_package(source: str) -> str:
    """``@scope/name`` of ``@scope/name/deep``; nothing for a path."""
    parts = source.removeprefix("node:").split("/")
    if source.startswith((".", "/")) or not parts[0]:
        return ""
    return "/".join(parts[:2]) if source.startswith("@") else parts[0]


def _required(package: str, language: str, root: Path) -> tuple[str, bool]:
    """The version that the manifest asks for, and whether it comes from a registry."""
    if language in _SCRIPTS:
        manifest = _json(root / "package.json")
        groups = (manifest.get(name) for name in ("dependencies", "devDependencies", "peerDependencies"))
        wanted = next((str(one[package]) for one in groups if isinstance(one, dict) and package in one), "")
        return wanted.lstrip("^~>=v "), bool(wanted) and not _OWN.search(wanted)
    if language == "go":
        text = read_text(root / "go.mod")
        replaced = re.search(rf"^\s*(?:replace\s+)?{re.escape(package)}\b.*=>", text, re.MULTILINE)
        found = (match for match in _GO_VERSION.finditer(text) if f"{package}/".startswith(f"{match['path']}/"))
        module = next(found, None)
        return (module["version"], replaced is None) if module is not None else ("", False)
    if language == "rust":
        for match in _CARGO.finditer(read_text(root / "Cargo.toml")):
            if match["name"].replace("-", "_") == package:
                return match["version"] or "", not (match["table"] and _OWN.search(match["table"]))
    return "", False


def _installed(package: str, root: Path) -> Mapping[str, Any]:
    if not re.fullmatch(r"(?:@[\w.-]+/)?[\w-][\w.-]*", package):
        return {}
    return _json(root / "node_modules" / package / "package.json")


def _json(path: Path) -> Mapping[str, Any]:
    try:
        content = json.loads(read_text(path) or "{}")
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}
