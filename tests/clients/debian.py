"""Editors out of Debian's packages, unpacked into a folder outside of the checkout. The system stays as it is.

They come with their own C library, so that any recent Debian can run the same ones.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from tests.clients.node import CACHE

EDITORS = ("emacs-nox", "elpa-lsp-mode", "hx", "vim", "vim-ale")
NEWEST = "forky"  # the oldest suite with Helix, with an lsp-mode that has ghost text, and with Neovim 0.12
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

CONFIGURATION = """
Dir::State "{0}/state";
Dir::State::status "{0}/status";
Dir::Cache "{0}/cache";
Dir::Etc::sourcelist "{0}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
"""


class PrivateRoot:
    """The unpacked packages. Programs are started through their own loader."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.libraries = self.root / "usr/lib/x86_64-linux-gnu"
        self.loader = self.libraries / "ld-linux-x86-64.so.2"

    def program(self, name: str, *arguments: str) -> list[str]:
        """The command that starts one of its programs."""
        binary = str(self.root / "usr/bin" / name)
        return [str(self.loader), "--argv0", binary, "--library-path", str(self.libraries), binary, *arguments]

    def find(self, pattern: str) -> Path:
        """The one path that a pattern is about."""
        return next(iter(sorted(self.root.glob(pattern))))


def private_root(name: str = "editors", packages: tuple[str, ...] = EDITORS, suite: str = NEWEST) -> PrivateRoot:
    """Unpack the packages, once on this machine; skips the test where that cannot be done, and says why."""
    missing = [tool for tool in ("apt-get", "dpkg-deb") if not shutil.which(tool)]
    if missing or not Path(KEYRING).exists() or os.uname().machine != "x86_64":
        pytest.skip(f"{', '.join(packages)} cannot be installed: this is no Debian on x86-64")
    folder = CACHE / f"{name}-{suite}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder / "root", ignore_errors=True)
            _install(folder, packages, suite)
            (folder / "complete").touch()
    return PrivateRoot(folder)


def _install(folder: Path, packages: tuple[str, ...], suite: str) -> None:
    apt = folder / "apt"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    (apt / "apt.conf").write_text(CONFIGURATION.format(apt))
    indexes = _run("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages").split()
    mirrors = sorted({site for site in indexes if "security" not in site})
    if not mirrors:
        pytest.skip(f"{', '.join(packages)} cannot be installed: run apt-get update first")
    (apt / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirrors[0]} {suite} main\n")
    _run("apt-get", "update", "-qq", configuration=apt / "apt.conf")
    _run("apt-get", "install", "-y", "-qq", "--download-only", *packages, configuration=apt / "apt.conf")
    for package in sorted((apt / "cache/archives").glob("*.deb")):
        _run("dpkg-deb", "-x", str(package), str(folder / "root"))
    shutil.rmtree(apt)


def _run(*command: str, configuration: Path | None = None) -> str:
    environment = {**os.environ, **({"APT_CONFIG": str(configuration)} if configuration else {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        pytest.skip(f"{' '.join(command[:2])} failed: {done.stderr.strip()[-500:]}")
    return done.stdout
