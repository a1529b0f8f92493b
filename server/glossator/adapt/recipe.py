"""A recipe: released packages with their versions, hashes and licenses, a base, and how to learn. The code is fetched
from the package index when it is trained; only the list is kept here."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import DownloadFailed, WrongUse
from glossator.models.progress import Progress, Report
from glossator.paths import cache_directory

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

RECIPES = Path(__file__).parent / "recipes"
PIP_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Package:
    """A released wheel that holds Python only. ``sha256`` is the wheel's."""

    name: str
    version: str
    license: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to train, on what, and with which hyper-parameters."""

    name: str
    base: str
    packages: tuple[Package, ...]
    parameters: Mapping[str, Any]

    @property
    def digest(self) -> str:
        """What tells its packages from others."""
        return hashlib.sha256(repr(self.packages).encode()).hexdigest()[:16]


def read_recipe(named: str) -> Recipe:
    """A recipe from a file, or one of ours by its name.

    Raises:
        WrongUse: there is none, or it is damaged.
    """
    ours = sorted(one.stem for one in RECIPES.glob("*.toml"))
    file = RECIPES / f"{named}.toml" if named in ours else Path(named)
    try:
        told = tomllib.loads(file.read_text("utf-8"))
        packages = tuple(Package(**one) for one in told["packages"])
        return Recipe(told["name"], told["base"], packages, told.get("parameters", {}))
    except FileNotFoundError as error:
        raise WrongUse(f"There is no recipe {named!r}.", f"Name a file, or one of: {', '.join(ours)}.") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WrongUse(f"The recipe {file} cannot be read: {error}.", "See one of ours.") from error


def fetch(recipe: Recipe, report: Report) -> Path:
    """A folder with the Python files of all packages, each below its name and under its license.

    Raises:
        DownloadFailed: a package cannot be fetched, or is not the one that the recipe means.
    """
    folder = cache_directory() / "recipes" / recipe.digest
    if folder.is_dir():
        return folder
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        for number, package in enumerate(recipe.packages):
            report(Progress(f"Fetching {package.name} {package.version}", number / len(recipe.packages), 1.0))
            unpack(_download(package, partial), package, partial / package.name)
        partial.rename(folder)
    except OSError as error:
        raise DownloadFailed(f"The recipe's packages cannot be stored: {error.strerror}.", "Make room.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def unpack(wheel: Path, package: Package, target: Path) -> None:
    """The wheel's Python files; each says at its top under which license it stands.

    Raises:
        DownloadFailed: it is not the wheel that is meant.
    """
    if hashlib.sha256(wheel.read_bytes()).hexdigest() != package.sha256:
        what = f"The wheel of {package.name} {package.version} is not the one that the recipe means."
        raise DownloadFailed(what, "Ask who runs the package index, or mend the recipe.")
    with zipfile.ZipFile(wheel) as archive:
        for one in archive.infolist():
            parts = Path(one.filename).parts
            if one.filename.endswith(".py") and ".." not in parts and not Path(one.filename).is_absolute():
                file = target.joinpath(*parts)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(archive.read(one))
    (target / "LICENSE").write_text(f"SPDX-License-Identifier: {package.license}\n", "utf-8")
    wheel.unlink()


def _download(package: Package, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--quiet", "--no-deps"]
    command += ["--only-binary", ":all:", "--dest", str(folder), f"{package.name}=={package.version}"]
    try:
        done = subprocess.run(
            command,
            cwd=SAFE_DIRECTORY,
            env=environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PIP_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        what = f"The package index did not answer within {PIP_SECONDS} seconds."
        raise DownloadFailed(what, "Try again; see 'pip config list'.") from error
    wheel = next(folder.glob("*.whl"), None)
    if done.returncode or wheel is None:
        last = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["pip said nothing"])[-1]
        raise DownloadFailed(f"{package.name} {package.version} cannot be fetched: {last}.", "See 'pip config list'.")
    return wheel
