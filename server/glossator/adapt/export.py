"""An adapter for others: files as vLLM takes them, what the hub gets, and its examples for a hosted fine-tuning."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glossator.adapt.collect import collect
from glossator.adapt.examples import Cutting, make_examples
from glossator.errors import WrongUse
from glossator.models.adapter_format import FORMAT_FILE
from glossator.models.adapters import CONFIGURATION, Adapter, read_configuration, weights_file
from glossator.models.training import settable

RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)  # what vLLM's --max-lora-rank may be
# What others may see. Not training.json, which names this machine's folders and the repository's files, nor
# evaluation.json, which names files; the card has what of them is of use.
SHARED = (FORMAT_FILE, "README.md", "loss.svg", "evaluation.svg")
_BASE_LINE = re.compile(r"^base_model: .*$", re.MULTILINE)


def to_vllm(adapter: Adapter, target: Path) -> str:
    """Write a new folder as ``--lora-modules`` takes it; answers vLLM's options for it.

    Raises:
        WrongUse: vLLM cannot serve it, or the folder cannot be written.
    """
    configuration = read_configuration(adapter.folder)
    if why := _refusal(adapter, configuration):
        raise WrongUse(f"vLLM cannot serve the adapter {adapter.name}: {why}.", "Use it with our own engine.")
    _written(adapter, configuration, target, ())
    rank = next(one for one in RANKS if one >= configuration["r"])
    return f"--enable-lora --max-lora-rank {rank} --lora-modules {adapter.name}={target.resolve()}"


def shared_files(adapter: Adapter, target: Path) -> tuple[Path, ...]:
    """Write what a push sends into a folder; its files."""
    _written(adapter, read_configuration(adapter.folder), target, SHARED)
    return tuple(sorted(target.iterdir()))


def to_jsonl(adapter: Adapter, record: Mapping[str, Any], path: Path | None, target: Path) -> int:
    """Write the examples of the training's first pass anew, a line for each; how many there are.

    Raises:
        WrongUse: it is not known what it was trained on, or the file cannot be written.
    """
    if "held_out" not in record or "parameters" not in record:
        what = f"It is not known what {adapter.name} was trained on: it has no training.json."
        raise WrongUse(what, "Only of what was trained by 'glossator adapters train' there are examples.")
    told, held = settable(record["parameters"]), set(record["held_out"])
    files = [one for one in collect(path or Path(record["root"])).taken if one.path not in held]
    cutting = Cutting(told.length, told.holes, told.spm_share, told.syntax_share)
    made = make_examples(files, cutting, told.seed + 1)
    lines = (json.dumps({"prompt": one.before, "suffix": one.after, "completion": one.middle}) + "\n" for one in made)
    partial = target.with_name(f".{target.name}.partial")
    try:
        with partial.open("w", encoding="ascii") as file:
            file.writelines(lines)
        partial.replace(target)
    except OSError as error:
        raise WrongUse(f"{target} cannot be written: {error.strerror}.", "Name another, or make room.") from error
    finally:
        partial.unlink(missing_ok=True)
    return len(made)


def _refusal(adapter: Adapter, configuration: Mapping[str, Any]) -> str:
    if adapter.type != "lora":
        return f"it is of the type {adapter.type}, and only LoRA is served"
    if configuration.get("use_dora"):
        return "it is a DoRA"
    if configuration.get("modules_to_save"):
        return "it holds whole modules beside its matrices"
    if configuration.get("bias", "none") != "none":
        return "it changes biases"
    if configuration.get("r", 0) > RANKS[-1]:
        return f"its rank is {configuration['r']}, and {RANKS[-1]} is the highest"
    return ""


def _written(adapter: Adapter, configuration: Mapping[str, Any], target: Path, beside: tuple[str, ...]) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise WrongUse(f"{target} is there already.", "Name a folder that is not, or an empty one.")
    base = _public(str(configuration.get("base_model_name_or_path") or adapter.base))
    weights = weights_file(adapter.folder)
    try:
        target.mkdir(parents=True, exist_ok=True)
        told = {**configuration, "base_model_name_or_path": base}
        (target / CONFIGURATION).write_text(json.dumps(told, indent=2) + "\n", "utf-8")
        shutil.copyfile(weights, target / weights.name)
        for one in (adapter.folder / name for name in beside):
            if one.name == "README.md" and one.is_file():
                card = _BASE_LINE.sub(f"base_model: {base}", one.read_text("utf-8").replace(adapter.base, base), 1)
                (target / one.name).write_text(card, "utf-8")
            elif one.is_file():
                shutil.copyfile(one, target / one.name)
    except OSError as error:
        raise WrongUse(f"{target} cannot be written: {error.strerror}.", "Name another, or make room.") from error


def _public(base: str) -> str:
    """A base's name without where it lies on this machine."""
    return Path(base).name if Path(base).is_absolute() else base
