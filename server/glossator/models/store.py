"""The models on this machine: ``models/<name>/{model.gguf, manifest.json, converted/}`` in the data directory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from glossator.errors import GlossatorError, ModelMissing, WrongUse
from glossator.models.catalog import CATALOG, EmbeddedModel
from glossator.paths import data_directory


@dataclass(frozen=True, slots=True)
class LocalModel:
    """One row of ``models list``. ``state`` is ``ready``, ``pulled`` (converted on first use) or ``not pulled``."""

    name: str
    size: int
    license: str
    origin: str
    state: str


def local_models() -> tuple[LocalModel, ...]:
    """Every model of the catalog, with what of it is on this machine."""
    return tuple(_describe(model) for model in CATALOG.values())


def remove(name: str) -> int:
    """Delete a model and its conversion; answers how many bytes that freed.

    Raises:
        WrongUse: it is not here.
    """
    folder = model_folder(name)
    if name not in CATALOG or not folder.exists():
        here = ", ".join(model.name for model in local_models() if model.state != "not pulled") or "none"
        raise WrongUse(f"There is no model {name!r} on this machine.", f"Models here: {here}.")
    with model_lock(name):
        size = _size(folder)
        try:
            shutil.rmtree(folder)
        except OSError as error:
            reason = f"The model {name} could not be removed: {error.strerror}."
            raise GlossatorError(reason, f"Delete {folder} yourself.") from error
    return size


def require(name: str) -> Path:
    """The folder behind a model's name: one of the catalog that is pulled, or a folder with a transformers model.

    Raises:
        ModelMissing: neither; the next step says how to get it.
    """
    if name in CATALOG:
        if not is_pulled(CATALOG[name]):
            raise ModelMissing(f"The model {name} is not on this machine.", "Run 'glossator models pull'.")
        return model_folder(name)
    folder = Path(name).expanduser()
    if (folder / "config.json").is_file():
        return folder.resolve()
    known = ", ".join(CATALOG)
    raise ModelMissing(
        f"There is no model {name!r}: it is neither in the catalog nor a folder with a config.json.",
        f"Set model.name to one of {known}, or to the folder of a transformers model.",
    )


def revision(name: str) -> str:
    """The name with what tells this state of its weights from another: what is remembered of one is not the other's."""
    if name in CATALOG:
        return f"{name} {CATALOG[name].gguf_sha256}"
    files = (*Path(name).expanduser().glob("*.safetensors"), Path(name).expanduser() / "config.json")
    changed = max((file.stat().st_mtime_ns for file in files if file.is_file()), default=0)
    return f"{name} {changed}"


def full_name(name: str) -> str:
    """The name as another process understands it, which runs in another working directory."""
    return name if name in CATALOG else str(Path(name).expanduser().resolve())


def model_folder(name: str) -> Path:
    """Where a model of the catalog belongs; it need not exist."""
    return data_directory() / "models" / name


def model_lock(name: str) -> FileLock:
    """Held by whoever changes a model's folder. The system releases it when its holder dies."""
    folder = data_directory() / "models"
    folder.mkdir(exist_ok=True)
    return FileLock(folder / f"{name}.lock", mode=0o600)


def is_pulled(model: EmbeddedModel) -> bool:
    """Whether the weights are here and whole. The manifest is written last, so it vouches for the checked hash."""
    manifest = read_manifest(model.name)
    weights = model_folder(model.name) / "model.gguf"
    return (
        manifest.get("gguf_sha256") == model.gguf_sha256
        and weights.is_file()
        and weights.stat().st_size == model.gguf_size
    )


def read_manifest(name: str) -> dict[str, object]:
    """What ``pull`` wrote down; empty if it did not come that far."""
    try:
        manifest = json.loads((model_folder(name) / "manifest.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def _describe(model: EmbeddedModel) -> LocalModel:
    folder = model_folder(model.name)
    if not is_pulled(model):
        state, size = "not pulled", model.gguf_size
    else:
        state, size = "ready" if (folder / "converted").is_dir() else "pulled", _size(folder)
    return LocalModel(model.name, size, model.license, model.origin, state)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file())
