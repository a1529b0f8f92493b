"""The adapters on this machine: ``adapters/<name>/{adapter_config.json, adapter_model.*, manifest.json}`` in the data
directory, and in the same shape those that Glossator brings, which are read where they are installed and never written.
Needs no torch: what is inside a weight file is the engine's to judge, when it loads it.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from glossator.errors import GlossatorError, ModelMissing, WrongUse
from glossator.models.adapter_format import FORMAT_FILE
from glossator.models.catalog import CATALOG
from glossator.models.hub import HubModel, hub_model, snapshot
from glossator.models.store import require
from glossator.models.weights import read_header, require_whole
from glossator.paths import data_directory

PromptStyle = Literal["chat", "question_answer", "none"]
PROMPT_STYLES: tuple[PromptStyle, ...] = ("chat", "question_answer", "none")
PURPOSES = ("complete", "explain")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
CONFIGURATION = "adapter_config.json"
MANIFEST = "manifest.json"
WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")  # the first that is there is read
# What else belongs to one that was trained here.
BESIDE = (FORMAT_FILE, "README.md", "training.json", "loss.svg", "evaluation.json", "evaluation.svg")
# peft's name of each type that the engine can run, and ours; BOTTLENECK is Astraios' own and has three kinds.
TYPES = {
    "LORA": "lora",
    "IA3": "ia3",
    "ADALORA": "adalora",
    "PREFIX_TUNING": "prefix-tuning",
    "PROMPT_TUNING": "prompt-tuning",
    "P_TUNING": "p-tuning",
    "BOTTLENECK": "bottleneck",
}
BLOCK = 1 << 20
SHIPPED = Path(__file__).parent / "shipped"


@dataclass(frozen=True, slots=True)
class Adapter:
    """A registered adapter. ``base`` is what its makers named it for; ``sha256`` that of its weights; ``size`` in
    bytes; ``effect`` what the engine found when it loaded it last, empty before."""

    name: str
    type: str
    base: str
    source: str
    sha256: str
    size: int
    revision: str = ""
    purpose: str = ""
    prompt_style: PromptStyle = "none"
    added_at: str = ""
    effect: str = ""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return SHIPPED / self.name if is_shipped(self.name) else adapters_folder() / self.name


def registered() -> tuple[Adapter, ...]:
    """Every adapter that was added on this machine, by name."""
    return _in(adapters_folder())


def available() -> tuple[Adapter, ...]:
    """Every adapter that can be chosen, by name: those that were added, and those that came with Glossator."""
    return tuple(sorted((*registered(), *_in(SHIPPED)), key=lambda one: one.name))


def is_shipped(name: str) -> bool:
    """Whether Glossator brings an adapter of that name."""
    return (SHIPPED / name / MANIFEST).is_file()


def find(name: str) -> Adapter:
    """The adapter of that name.

    Raises:
        ModelMissing: there is none.
    """
    adapter = _read(name) if NAME.fullmatch(name) else None
    if adapter is None:
        known = ", ".join(one.name for one in available()) or "none yet: see 'glossator adapters add'"
        raise ModelMissing(f"There is no adapter {name!r}.", f"Adapters here: {known}.")
    return adapter


def locate(source: str) -> tuple[Path, str, dict[str, str]]:
    """The path behind what a user calls an adapter, a name for it, and where it is from: a path, or ``owner/name`` with
    ``@revision`` or without in the hub's cache.

    Raises:
        ModelMissing: it is a name of the hub, and not in the cache.
    """
    model = hub_adapter(source)
    if model is None:
        return Path(source).expanduser(), "", {}
    found = snapshot(model)
    if found is None or not is_here(model):
        raise ModelMissing(f"The adapter {source} is not in the hub's cache.", f"Run '{model.pull_command}'.")
    return found, own_name(model), {"source": model.reference, "revision": found.name}


def hub_adapter(source: str) -> HubModel | None:
    """The repository that a user means, or None where it is a path."""
    model = None if Path(source).expanduser().exists() else hub_model(source)
    return replace(model, kind="adapter") if model else None


def own_name(adapter: HubModel) -> str:
    """What an adapter of the hub is called here, if the user says nothing else."""
    return adapter.name.partition("/")[2].lower()


def is_here(adapter: HubModel) -> bool:
    """Whether an adapter's files are in the hub's cache; whether they are whole is seen when they are read."""
    found = snapshot(adapter)
    if found is None or not (found / CONFIGURATION).is_file():
        return False
    return any((found / name).is_file() for name in WEIGHTS)


def from_hub(reference: str) -> Adapter | None:
    """The registered adapter that came from there, spelled as it was when it was added; None if none did."""
    return next((one for one in registered() if one.source == reference), None)


def add(path: Path, name: str = "", **told: str) -> Adapter:
    """Register an adapter by copying its files; ``path`` is its folder or one of its two files. ``told`` may have
    ``base``, ``purpose``, ``prompt_style``, ``revision`` and ``source``, which are believed more than the files.

    Raises:
        WrongUse: it is no adapter that the engine can run, or the name is taken or none.
        GlossatorError: it cannot be stored.
    """
    if not path.exists():
        raise WrongUse(f"There is no {path}.", "Name the folder that peft's save_pretrained wrote, or a file in it.")
    folder = path if path.is_dir() else path.parent
    configuration, weights = read_configuration(folder), weights_file(folder)
    require_whole(weights)
    name = check_name(name or folder.resolve().name.lower())
    with adapter_lock():
        check_free(name)
        partial = adapters_folder() / f".{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)  # of one that was killed
        try:
            partial.mkdir()
            shutil.copyfile(folder / CONFIGURATION, partial / CONFIGURATION)
            shutil.copyfile(weights, partial / weights.name)
            for beside in (folder / one for one in BESIDE):
                if beside.is_file():
                    shutil.copyfile(beside, partial / beside.name)
            adapter = _describe(name, configuration, partial / weights.name, {"source": str(folder.resolve()), **told})
            _write(adapter, partial)
            partial.rename(adapters_folder() / name)  # the last step: it is whole or not there
        except OSError as error:
            what = f"The adapter {name} cannot be stored: {error.strerror}."
            raise GlossatorError(what, "Make room or set GLOSSATOR_DATA_DIR.") from error
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    return adapter


def held_bytes(adapter: Adapter) -> int:
    """The memory that an adapter takes beside its base, by its file's header: its numbers are held in 32 bits, whatever
    the file has and however the base is quantised. A pickle tells its types only when it is read: twice its size."""
    try:
        return sum(4 * tensor.elements for tensor in read_header(adapter.folder / WEIGHTS[0]))
    except ModelMissing:  # there is none, or it was damaged since, which is said when it is loaded
        return 2 * adapter.size


def remove(name: str) -> Adapter:
    """Delete an adapter.

    Raises:
        ModelMissing: there is none of that name.
        WrongUse: it came with Glossator.
    """
    with adapter_lock():
        adapter = find(name)
        if is_shipped(name):
            what = f"The adapter {name} came with Glossator and stays."
            raise WrongUse(what, 'To complete without it, set adapters.complete = "" or "auto".')
        try:
            shutil.rmtree(adapter.folder)
        except OSError as error:
            what = f"The adapter {name} could not be removed: {error.strerror}."
            raise GlossatorError(what, f"Delete {adapter.folder} yourself.") from error
    return adapter


def record_effect(name: str, effect: str) -> None:
    """Keep what the engine found out about an adapter, for ``adapters list`` and ``doctor``."""
    with adapter_lock():
        adapter = _read(name)
        if adapter is not None and adapter.effect != effect and not is_shipped(name):
            _write(replace(adapter, effect=effect), adapter.folder)


def split_name(model: str) -> tuple[str, str]:
    """``base:adapter`` as its two parts; the adapter is empty where none is named. A colon may be part of a path."""
    base, colon, adapter = model.rpartition(":")
    is_whole = not colon or not NAME.fullmatch(adapter) or model in CATALOG
    if is_whole or (Path(model).expanduser() / "config.json").is_file():
        return model, ""
    return base, adapter


def revision(name: str) -> str:
    """What tells this state of an adapter from another of the same name; empty for none."""
    adapter = _read(name) if NAME.fullmatch(name) else None
    return f"{name} {adapter.sha256}" if adapter else name


def base_style(model: str) -> PromptStyle:
    """How a base wants to be asked: whether it has a chat template."""
    if model in CATALOG:
        return "chat"
    try:
        folder = require(model)
        told = "chat_template" in (folder / "tokenizer_config.json").read_text("utf-8", "replace")
    except (OSError, GlossatorError):
        return "none"
    return "chat" if told or (folder / "chat_template.jinja").is_file() else "none"


def check_name(name: str) -> str:
    """The name, if it is one: it becomes a folder's, and stands behind a colon.

    Raises:
        WrongUse: it is none.
    """
    if not NAME.fullmatch(name):
        what = f"{name!r} is no name for an adapter."
        raise WrongUse(what, "Use up to 64 small letters, digits, dots, dashes and underscores; say it with --name.")
    return name


def check_free(name: str) -> None:
    """Go on only if no adapter has that name.

    Raises:
        WrongUse: one has, or it is no name.
    """
    if is_shipped(check_name(name)):
        raise WrongUse(f"An adapter {name!r} came with Glossator.", "Choose another name with --name.")
    if (adapters_folder() / name).exists():
        raise WrongUse(f"There is an adapter {name!r} already.", f"Run 'glossator adapters remove {name}' first.")


def read_configuration(folder: Path) -> Mapping[str, Any]:
    """The adapter's ``adapter_config.json``, of a type that the engine can run.

    Raises:
        WrongUse: it is missing, damaged, or of an unknown type.
    """
    try:
        read = json.loads((folder / CONFIGURATION).read_text("utf-8"))
    except FileNotFoundError as error:
        raise WrongUse(
            f"{folder} has no {CONFIGURATION}.", "Name a folder that peft's save_pretrained wrote."
        ) from error
    except (OSError, ValueError) as error:
        raise WrongUse(f"{folder / CONFIGURATION} cannot be read: {error}.", "Copy the adapter again.") from error
    kind = read.get("peft_type") if isinstance(read, dict) else None
    if kind not in TYPES:
        what = f"The adapter in {folder} is of the type {kind!r}, which the engine does not run."
        raise WrongUse(what, f"It runs {', '.join(TYPES)}.")
    return dict(read)


def weights_file(folder: Path) -> Path:
    """The adapter's weights: safetensors before pickle.

    Raises:
        WrongUse: there are none.
    """
    for name in WEIGHTS:
        if (folder / name).is_file():
            return folder / name
    raise WrongUse(f"{folder} has neither {' nor '.join(WEIGHTS)}.", "Copy the adapter again, its weights too.")


def type_of(configuration: Mapping[str, Any]) -> str:
    """The adapter's type in our words, Astraios' three told apart."""
    kind = TYPES[configuration["peft_type"]]
    if kind != "bottleneck":
        return kind
    if configuration.get("use_parallel_adapter"):
        return "parallel"
    return "adapterp" if configuration.get("use_adapterp") else "adapterh"


def adapters_folder() -> Path:
    """Where adapters lie."""
    folder = data_directory() / "adapters"
    folder.mkdir(exist_ok=True)
    return folder


def adapter_lock() -> FileLock:
    """Held by whoever changes a registered adapter."""
    return FileLock(adapters_folder() / ".lock", mode=0o600)


def _describe(name: str, configuration: Mapping[str, Any], weights: Path, told: Mapping[str, str]) -> Adapter:
    digest = hashlib.sha256()
    with weights.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    # Astraios' adapters say of themselves only by their type and name that they learnt questions and answers.
    is_instruction = configuration["peft_type"] == "BOTTLENECK" or "astraios" in name
    given = {key: value for key, value in told.items() if value}
    fields: dict[str, Any] = {
        "base": str(configuration.get("base_model_name_or_path") or ""),
        "revision": str(configuration.get("revision") or ""),
        "prompt_style": "question_answer" if is_instruction else "none",
        **given,
    }
    return Adapter(
        name=name,
        type=type_of(configuration),
        sha256=digest.hexdigest(),
        size=weights.stat().st_size,
        added_at=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        **fields,
    )


def _write(adapter: Adapter, folder: Path) -> None:
    partial = folder / f"{MANIFEST}.partial"
    partial.write_text(json.dumps(asdict(adapter), indent=2), "utf-8")
    partial.replace(folder / MANIFEST)


def _in(place: Path) -> tuple[Adapter, ...]:
    found = (_read(name) for name in sorted(one.name for one in place.glob("*") if NAME.fullmatch(one.name)))
    return tuple(adapter for adapter in found if adapter is not None)


def _read(name: str) -> Adapter | None:
    """The adapter of a valid name; None where there is none, or its manifest is not ours."""
    try:
        place = SHIPPED if is_shipped(name) else adapters_folder()
        manifest = json.loads((place / name / MANIFEST).read_text("utf-8"))
        return Adapter(**{**manifest, "name": name})
    except (OSError, ValueError, TypeError):
        return None
