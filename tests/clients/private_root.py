"""Editors out of Debian's packages, unpacked into a folder outside of the checkout. The system stays as it is.

They come with their own C library and are started through its loader, so that any recent Debian can run the same ones.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from filelock import FileLock

from tests.clients.node import CACHE

PACKAGES = ("emacs-nox", "elpa-lsp-mode", "hx", "vim", "vim-ale")
SUITE = "forky"  # the oldest with Helix and with an lsp-mode that has ghost text
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
    """The unpacked packages."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._libraries = self.root / "usr/lib/x86_64-linux-gnu"

    def program(self, name: str, *arguments: str) -> list[str]:
        """The command that starts one of its programs."""
        binary = str(self.root / "usr/bin" / name)
        loader = str(self._libraries / "ld-linux-x86-64.so.2")
        return [loader, "--argv0", binary, "--library-path", str(self._libraries), binary, *arguments]

    def find(self, pattern: str) -> Path:
        """The one path that a pattern is about."""
        return next(iter(sorted(self.root.glob(pattern))))


def private_root() -> PrivateRoot:
    """Unpack the packages, once on this machine; skips the test where that cannot be done, and says why."""
    missing = [name for name in ("apt-get", "dpkg-deb") if not shutil.which(name)]
    if missing or not Path(KEYRING).exists() or os.uname().machine != "x86_64":
        pytest.skip("the editors cannot be installed: this is no Debian on x86-64")
    folder = CACHE / f"editors-{SUITE}"
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "lock"):
        if not (folder / "complete").exists():
            shutil.rmtree(folder / "root", ignore_errors=True)
            _install(folder)
            (folder / "complete").touch()
    return PrivateRoot(folder)


def _install(folder: Path) -> None:
    apt = folder / "apt"
    for name in ("state/lists/partial", "cache/archives/partial"):
        (apt / name).mkdir(parents=True, exist_ok=True)
    (apt / "status").touch()
    (apt / "apt.conf").write_text(CONFIGURATION.format(apt))
    indexes = _run("apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages").split()
    mirrors = [site for site in indexes if "security" not in site]
    if not mirrors:
        pytest.skip("the editors cannot be installed: run apt-get update first")
    (apt / "sources.list").write_text(f"deb [signed-by={KEYRING}] {mirrors[0]} {SUITE} main\n")
    _run("apt-get", "update", "-qq", configuration=apt / "apt.conf")
    _run("apt-get", "install", "-y", "-qq", "--download-only", *PACKAGES, configuration=apt / "apt.conf")
    for package in (apt / "cache/archives").glob("*.deb"):
        _run("dpkg-deb", "-x", str(package), str(folder / "root"))
    shutil.rmtree(apt)


def _run(*command: str, configuration: Path | None = None) -> str:
    environment = {**os.environ, **({"APT_CONFIG": str(configuration)} if configuration else {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        pytest.skip(f"the editors cannot be installed: {done.stderr.strip()[-500:]}")
    return done.stdout
