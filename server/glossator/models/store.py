"""The models on this machine: in our data directory, in the hub's cache, or wherever the user's path points.

::

    models/<name>/{model.gguf, manifest.json, converted/}     the catalog's, pulled by us
    models/made--<name>-<digest>/converted/                   what was made of a GGUF or of pickled weights elsewhere
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from glossator.errors import GlossatorError, ModelMissing, WrongUse
from glossator.models.catalog import CATALOG, EmbeddedModel
from glossator.models.hub import cached_models, hub_model, snapshot
from glossator.models.weights import pickled_files, safe_files
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
    """Every model of the catalog, with what of it is on this machine, and those with weights in the hub's cache."""
    hub = (model for model in map(_describe_hub, (one.reference for one in cached_models())) if model is not None)
    return (*(_describe(model) for model in CATALOG.values()), *hub)


def remove(name: str) -> int:
    """Delete a model and its conversion; answers how many bytes that freed.

    Raises:
        WrongUse: it is not here, or not ours.
    """
    if hub_model(name) and name not in CATALOG:
        what = f"The weights of {name} are in the hub's cache, which other programs use too."
        raise WrongUse(what, f"Remove them with its own tool: hf cache rm model/{name.partition('@')[0]}")
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
    """What is behind a model's name: the folder of a transformers model or of the catalog's, or a GGUF file.

    Raises:
        ModelMissing: nothing, or not all of it; the next step says how to get it.
    """
    if name in CATALOG:
        if not is_pulled(CATALOG[name]):
            raise ModelMissing(f"The model {name} is not on this machine.", "Run 'glossator models pull'.")
        return model_folder(name)
    path = Path(name).expanduser()
    if (path / "config.json").is_file():
        return path.resolve()
    if path.suffix == ".gguf" and path.is_file():
        return path.resolve()
    if hub_model(name):
        return _require_snapshot(name)
    known = ", ".join(CATALOG)
    raise ModelMissing(
        f"There is no model {name!r}: it is neither in the catalog nor a folder with a config.json, a GGUF file or a "
        "name of the hub.",
        f"Set model.name to one of {known}, to such a path, or to a name as bigcode/starcoderbase-1b.",
    )


def revision(name: str) -> str:
    """The name with what tells this state of its weights from another: what is remembered of one is not the other's."""
    if name in CATALOG:
        return f"{name} {CATALOG[name].gguf_sha256}"
    model = hub_model(name)
    found = snapshot(model) if model else None
    if found is not None:
        return f"{name} {found.name}"
    path = Path(name).expanduser()
    files = (path, *path.glob("*.safetensors"), *path.glob("*.bin"), path / "config.json")
    changed = max((file.stat().st_mtime_ns for file in files if file.is_file()), default=0)
    return f"{name} {changed}"


def full_name(name: str) -> str:
    """The name as another process understands it, which runs in another working directory."""
    path = Path(name).expanduser()
    return name if name in CATALOG or (hub_model(name) and not path.exists()) else str(path.resolve())


def conversion_folder(name: str) -> Path:
    """Where the conversion of a model belongs; it need not exist."""
    if name in CATALOG:
        return model_folder(name) / "converted"
    source = require(name)
    readable = re.sub(r"[^\w.-]+", "-", Path(name).name)[:60]
    digest = hashlib.sha256(str(source).encode()).hexdigest()[:12]
    return data_directory() / "models" / f"made--{readable}-{digest}" / "converted"


def model_folder(name: str) -> Path:
    """Where a model of the catalog belongs; it need not exist."""
    return data_directory() / "models" / name


def model_lock(name: str) -> FileLock:
    """Held by whoever changes a model's folder. The system releases it when its holder dies."""
    folder = data_directory() / "models"
    folder.mkdir(exist_ok=True)
    own = name if re.fullmatch(r"[\w.-]+", name) else conversion_folder(name).parent.name
    return FileLock(folder / f"{own}.lock", mode=0o600)


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


def _require_snapshot(name: str) -> Path:
    model = hub_model(name)
    assert model is not None
    found = snapshot(model)
    again = f"Run '{model.pull_command}'."
    if found is None:
        raise ModelMissing(f"The model {name} is not on this machine.", again)
    if not (found / "config.json").is_file() or not (safe_files(found) or pickled_files(found)):
        raise ModelMissing(f"Only a part of the model {name} is on this machine.", again)
    return found


def _describe_hub(name: str) -> LocalModel | None:
    """None for what has no weights, or not all."""
    try:
        folder = _require_snapshot(name)
        files = safe_files(folder) or pickled_files(folder)
    except ModelMissing:
        return None
    state = "ready" if safe_files(folder) or conversion_folder(name).is_dir() else "pulled"
    return LocalModel(name, sum(file.stat().st_size for file in files), "see its card", "Hugging Face hub", state)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in _files(folder))


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file())
