"""Models and adapters named as the Hugging Face hub names them, and where the hub's own cache on this machine has them.

Reads files and asks nobody; ``glossator models pull`` and ``adapters add`` fetch. The cache is that of every other tool
of the hub, at the place that its variables name: ``models--<owner>--<name>/{refs/<revision>, snapshots/<commit>/…}``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

HUB_ID = re.compile(r"(?P<name>[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95})(?:@(?P<revision>[\w./-]{1,200}))?")
DEFAULT_REVISION = "main"
COMMIT = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class HubModel:
    """A repository of the hub at one of its revisions: a branch, a tag or a commit; and what is wanted of it."""

    name: str
    revision: str = DEFAULT_REVISION
    kind: Literal["model", "adapter"] = "model"

    @property
    def repository(self) -> Path:
        """Its folder in the cache; it need not exist."""
        return cache_folder() / f"models--{self.name.replace('/', '--')}"

    @property
    def reference(self) -> str:
        """The name with the revision, as settings and requests spell it."""
        return self.name if self.revision == DEFAULT_REVISION else f"{self.name}@{self.revision}"

    @property
    def pull_command(self) -> str:
        """What the user runs to get it."""
        if self.kind == "adapter":
            return f"glossator adapters add {self.reference}"
        chosen = "" if self.revision == DEFAULT_REVISION else f" --revision {self.revision}"
        return f"glossator models pull {self.name}{chosen}"


def hub_model(reference: str) -> HubModel | None:
    """``owner/name`` or ``owner/name@revision``, or None if it is spelled otherwise."""
    match = HUB_ID.fullmatch(reference)
    if match is None or ".." in reference:
        return None
    return HubModel(match["name"], match["revision"] or DEFAULT_REVISION)


def snapshot(model: HubModel) -> Path | None:
    """The folder of that revision in the hub's cache, which need not be whole; None if it was never fetched."""
    commit = model.revision
    if not COMMIT.fullmatch(commit):
        try:
            commit = (model.repository / "refs" / model.revision).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            return None
    folder = model.repository / "snapshots" / commit
    return folder if COMMIT.fullmatch(commit) and folder.is_dir() else None


def cached_models() -> Iterator[HubModel]:
    """Every model of the cache that has a configuration, at the revisions that were asked for by name."""
    for repository in sorted(cache_folder().glob("models--*--*")):
        name = "/".join(repository.name.split("--")[1:3])
        for reference in sorted((repository / "refs").rglob("*")):
            model = HubModel(name, reference.relative_to(repository / "refs").as_posix())
            found = snapshot(model) if reference.is_file() else None
            if found is not None and (found / "config.json").is_file():
                yield model


def cache_folder() -> Path:
    """Where the hub's library keeps its cache, by its own environment variables."""
    named = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    home = os.environ.get("HF_HOME")
    if not named and not home:
        home = str(Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "huggingface")
    return Path(os.path.expandvars(named or str(Path(str(home)) / "hub"))).expanduser()
