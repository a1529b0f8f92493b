"""Which adapter a person chose to use, for one folder or everywhere; and which one was trained on the workspace itself.

The choices lie in the data directory, where no project's file reaches, and every window looks at the file's time before
it asks: so a choice made in a terminal holds in all of them from the next key on.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock

from glossator.errors import GlossatorError
from glossator.models.adapters import Adapter, adapters_folder, available
from glossator.models.remote import remote_of
from glossator.models.store import full_name
from glossator.paths import data_directory
from glossator.settings import Settings

EVERYWHERE = ""  # the key of what holds in every folder
Kept = dict[str, dict[str, str]]  # folder ▶ purpose, or purpose:language ▶ the adapter's name, empty for the base


@dataclass(frozen=True, slots=True)
class Choice:
    """An adapter's name, empty for the base, and who said so."""

    name: str
    why: str = ""


def choose(folder: Path | None, purpose: str, language: str, name: str | None) -> None:
    """Keep a choice for a folder, or for all; None forgets it.

    Raises:
        GlossatorError: it cannot be kept.
    """
    with FileLock(_file().with_name(".adapter-choices.lock"), mode=0o600):
        kept = _read()
        chosen = kept.setdefault(str(folder.resolve()) if folder else EVERYWHERE, {})
        key = _key(purpose, language)
        if name is None:
            chosen.pop(key, None)
        else:
            chosen[key] = name
        partial = _file().with_name("adapter-choices.json.partial")
        try:
            partial.write_text(json.dumps({place: one for place, one in kept.items() if one}, indent=1), "utf-8")
            partial.replace(_file())
        except OSError as error:
            raise GlossatorError(f"The choice cannot be kept: {error.strerror}.", "Make room.") from error


@dataclass
class Choices:
    """What was chosen for a workspace, as it is now."""

    root: Path
    settings: Settings
    _seen: tuple[int, ...] = ()
    _chosen: dict[str, Choice] = field(default_factory=dict)
    _trained: Choice | None = None

    def find(self, purpose: str, language: str = "") -> Choice | None:
        """What a person chose; of a language before all languages, for the nearest folder before everywhere."""
        self._look()
        keys = [_key(purpose, language), purpose] if language else [purpose]
        return next((self._chosen[key] for key in keys if key in self._chosen), None)

    def trained_here(self) -> Choice | None:
        """The newest adapter that was trained on this workspace, by its folder or its git remote."""
        self._look()
        return self._trained

    def _look(self) -> None:
        """Read again what changed."""
        seen = tuple(_time(one) for one in (_file(), adapters_folder(), *_reports()))
        if seen != self._seen:
            self._seen = seen
            self._chosen = self._read_choices()
            self._trained = self._find_trained() if self.settings.adapters.automatic != "never" else None

    def _read_choices(self) -> dict[str, Choice]:
        root, here = self.root.resolve(), {one.name for one in available()} | {""}
        kept = _read()
        nearest = sorted((place for place in kept if place and root.is_relative_to(place)), key=len)
        found: dict[str, Choice] = {}
        for place in (EVERYWHERE, *nearest):  # the nearest last, so that it wins
            why = f"chosen for {place}" if place else "chosen everywhere"
            found |= {key: Choice(name, why) for key, name in kept.get(place, {}).items() if name in here}
        return found

    def _find_trained(self) -> Choice | None:
        base = full_name(self.settings.model.reference)
        fitting = [one for one in available() if one.base and full_name(one.base) == base]
        root, remote = self.root.resolve(), remote_of(self.root)
        for one in sorted(fitting, key=lambda one: one.added_at, reverse=True):
            why = _why(one, root, remote)
            helps = _json(one.folder, "evaluation")["helps"] is not False
            if why and (helps or self.settings.adapters.automatic == "always"):
                return Choice(one.name, why)
        return None


def _why(adapter: Adapter, root: Path, remote: str) -> str:
    """Why an adapter belongs to a workspace; empty if it does not."""
    record = _json(adapter.folder, "training")
    if record["root"] and root.is_relative_to(str(record["root"])):
        return f"trained on {record['root']}"
    return f"trained on {remote}" if remote and record["remote"] == remote else ""


def _json(folder: Path, name: str) -> Mapping[str, Any]:
    try:
        told = json.loads((folder / f"{name}.json").read_text("utf-8"))
    except (OSError, ValueError):
        told = {}
    fields = told if isinstance(told, dict) else {}
    return {key: fields.get(key) for key in ("root", "remote", "helps")}


def _reports() -> Iterable[Path]:
    """The folders of adapters: an evaluation that comes changes theirs."""
    return sorted(one for one in adapters_folder().iterdir() if one.is_dir())


def _key(purpose: str, language: str) -> str:
    return f"{purpose}:{language.lower()}" if language else purpose


def _file() -> Path:
    return data_directory() / "adapter-choices.json"


def _read() -> Kept:
    try:
        told = json.loads(_file().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {
        str(place): {str(key): name for key, name in one.items() if isinstance(name, str)}
        for place, one in told.items()
        if isinstance(one, dict)
    }


def _time(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
