"""Each part of Glossator looked at: is it there, does it work, what to do if not. Starts nothing that stays."""

from __future__ import annotations

import asyncio
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from glossator import __version__
from glossator.assemble_models import ENGINE
from glossator.errors import GlossatorError, ModelMissing
from glossator.examine_backends import describe
from glossator.models import engine_process
from glossator.models.adapters import find, registered
from glossator.models.catalog import CATALOG
from glossator.models.local_extra import NEEDED, missing_parts
from glossator.models.placing import place_and_plan
from glossator.models.plan import known_model
from glossator.models.routing import read_routes
from glossator.models.store import require
from glossator.paths import cache_directory, data_directory, runtime_directory
from glossator.resolve.environment import find_environment, python_version, site_packages
from glossator.resolve.ty import ty_program
from glossator.settings import Settings

LEAST_SPACE = 1_500_000_000
TY_SECONDS = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """One part. ``broken`` stops something that should work; ``missing`` only makes answers poorer."""

    part: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    next_step: str = ""


def examine(settings: Settings, root: Path) -> tuple[Finding, ...]:
    """Every part in the order in which an answer needs them."""
    looks: tuple[Callable[[Settings, Path], Finding], ...] = (
        _python,
        _symbols,
        _environment,
        _folders,
        _space,
        _local_extra,
        _weights,
        _adapters,
        _engine,
        _pip,
    )
    return (*(look(settings, root) for look in looks), *_backends(settings, root))


def _python(_settings: Settings, _root: Path) -> Finding:
    return Finding("glossator", "ok", f"{__version__}, Python {platform.python_version()}, {platform.system()}")


def _symbols(_settings: Settings, _root: Path) -> Finding:
    try:
        command = [ty_program(), "--version"]
        told = subprocess.run(command, capture_output=True, text=True, timeout=TY_SECONDS, check=True).stdout.strip()
    except GlossatorError as error:
        return Finding("symbols (ty)", "broken", error.what, error.next_step)
    except (OSError, subprocess.SubprocessError) as error:
        return Finding(
            "symbols (ty)", "broken", f"ty does not run: {error}.", "Reinstall: pip install --force-reinstall ty"
        )
    return Finding("symbols (ty)", "ok", told)


def _environment(settings: Settings, root: Path) -> Finding:
    environment, problems = find_environment(settings.python.environment, root)
    packages = sum(1 for folder in site_packages(environment) for _ in folder.glob("*.dist-info"))
    detail = f"{environment}: Python {python_version(environment)}, {packages} distributions"
    if problems:
        return Finding("your packages", "broken", problems[0].what, problems[0].next_step)
    return Finding("your packages", "ok", detail)


def _folders(_settings: Settings, _root: Path) -> Finding:
    for directory in (data_directory(), cache_directory(), runtime_directory()):
        try:
            with tempfile.TemporaryFile(dir=directory):
                pass
        except OSError as error:
            reason = f"{directory} cannot be written: {error.strerror}."
            return Finding("folders", "broken", reason, "Correct its permissions, or move it: see README, Files.")
    return Finding("folders", "ok", f"data {data_directory()}, cache {cache_directory()}")


def _space(settings: Settings, _root: Path) -> Finding:
    free = shutil.disk_usage(data_directory()).free
    detail = f"{free / 1e9:.1f} GB free for models"
    needed = 0 if _is_ready(settings) else LEAST_SPACE
    return Finding("space", "ok", detail) if free >= needed else Finding("space", "broken", detail, "Free 1.5 GB.")


def _local_extra(_settings: Settings, _root: Path) -> Finding:
    missing = missing_parts()
    if missing:
        detail = f"not installed: {', '.join(missing)}; explanations are extracts, and there is no completion"
        return Finding("local model runtime", "missing", detail, "Run: pip install 'glossator[local]'")
    return Finding("local model runtime", "ok", ", ".join(f"{name} {_version(name)}" for name in (*NEEDED, "peft")))


def _weights(settings: Settings, _root: Path) -> Finding:
    name = settings.model.name
    try:
        folder = require(name)
    except GlossatorError as error:
        return Finding("model", "missing", error.what, error.next_step)
    origin = f", {CATALOG[name].license}, {CATALOG[name].origin}" if name in CATALOG else ""
    try:
        routed = read_routes(settings)[0].names
        place, plan = place_and_plan(known_model(settings.model.reference), settings.model, routed)
        memory = f"; needs {plan.need.total / 1e9:.1f} of {place.free / 1e9:.1f} GB free"
        memory += f" ({plan.quantization} on {place.label})"
    except ModelMissing:
        memory = ""  # of a GGUF more is known when it is converted
    except GlossatorError as error:
        return Finding("model", "broken", error.what, error.next_step)
    return Finding("model", "ok", f"{name} in {folder}{origin}{memory}")


def _adapters(settings: Settings, _root: Path) -> Finding:
    """The adapters that the settings name: registered, and of some effect where the engine has tried them."""
    routes, problems = read_routes(settings)
    names = routes.names
    try:
        found = [find(name) for name in names]
    except GlossatorError as error:
        return Finding("adapters", "broken", error.what, error.next_step)
    if problems:
        return Finding("adapters", "broken", problems[0].what, problems[0].next_step)
    idle = [one.effect for one in found if one.effect and not one.effect.startswith("Changes")]
    if idle:
        return Finding("adapters", "broken", idle[0], "See 'glossator adapters list'.")
    here = len(registered())
    return Finding("adapters", "ok", f"{', '.join(names) or 'none'} in use, {here} on this machine")


def _engine(_settings: Settings, _root: Path) -> Finding:
    status = asyncio.run(engine_process.status())
    if status is None:
        return Finding("engine", "ok", "not running; it starts on first need")
    if status.error is not None:
        return Finding("engine", "broken", status.error.what, status.error.next_step)
    form = status.details.get("format") or "not loaded yet"
    detail = f"{status.state}, {status.model} ({form}), process {status.pid}, {status.rss_mb} MB"
    if reason := status.details.get("runtime_reason"):
        detail += f". {reason}"
    return Finding("engine", "ok", detail)


def _backends(settings: Settings, root: Path) -> list[Finding]:
    """One finding for each backend beside the engine; nobody is asked. See ``glossator backends --check``."""
    found = []
    for row in asyncio.run(describe(settings, root)):
        if row.name != ENGINE:
            detail = f"{row.host or 'nowhere'}: {row.model or 'no model'}, consent {row.consent or '-'}, {row.used}"
            state: Literal["ok", "missing"] = "missing" if row.told else "ok"
            found.append(Finding(f"backend {row.name}", state, detail, row.told))
    return found


def _pip(settings: Settings, _root: Path) -> Finding:
    if _is_ready(settings):
        return Finding("pip", "ok", "not needed: the model is here")
    command = [sys.executable, "-m", "pip", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        return Finding("pip", "missing", "pip fetches the model and is not installed", "Run: python -m ensurepip")
    return Finding("pip", "ok", " ".join(result.stdout.split()[:2]))


def _is_ready(settings: Settings) -> bool:
    try:
        return bool(require(settings.model.reference))
    except GlossatorError:
        return False


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "?"
