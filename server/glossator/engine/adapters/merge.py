"""``python -m glossator.engine.adapters.merge ADAPTER MODEL FOLDER``: a base with an adapter, as a model of its own.

Worked out in float32 on the full-precision base: merging into weights of 8 or 4 bits rounds again, by as much as a
third of what the adapter changes. Bottlenecks have a non-linearity between two matrices, so no weight equals them;
prompt adapters change no weight at all.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

from glossator.engine.convert import converted
from glossator.errors import GlossatorError, WrongUse
from glossator.models.adapters import Adapter, find

MERGEABLE = ("lora", "ia3", "adalora")
WEIGHT_FILES = ("*.safetensors", "*.bin", "*.gguf", "*.index.json")


def merge(name: str, model: str, target: Path) -> None:
    """Write a model folder whose answers are those of the adapter; whole or not at all.

    Raises:
        WrongUse: the adapter cannot be merged, or the folder is there already.
        GlossatorError: the base is not there, or the folder cannot be written.
    """
    adapter = find(name)
    if adapter.type not in MERGEABLE:
        raise WrongUse(f"The adapter {name} cannot be merged: {_reason(adapter)}.", "Use it as an adapter.")
    if target.exists():
        raise WrongUse(f"{target} is there already.", "Name a folder that is not.")
    folder = converted(model, lambda step: None)
    if "quantization_config" in json.loads((folder / "config.json").read_text("utf-8")):
        what = (
            f"The adapter {name} cannot be merged into {model}: its weights are quantised, and would be rounded again."
        )
        raise WrongUse(what, "Set model.name to the model in full precision.")
    try:
        with tempfile.TemporaryDirectory(dir=target.resolve().parent, prefix=".merging-") as partial:
            _write(adapter, model, folder, Path(partial) / "model")
            (Path(partial) / "model").rename(target)
    except OSError as error:
        raise WrongUse(
            f"{target} cannot be written: {error.strerror}.", "Name another folder, or make room."
        ) from error


def _write(adapter: Adapter, model: str, folder: Path, target: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    from glossator.engine.adapters.attach import attach
    from glossator.engine.adapters.files import read_files

    shutil.copytree(folder, target, ignore=shutil.ignore_patterns(*WEIGHT_FILES))
    base = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.float32, local_files_only=True, trust_remote_code=False, use_safetensors=True
    )
    attached = attach(adapter.name, Path(model).name, base, read_files(adapter.name, adapter.folder))
    attached.peft_model.merge_and_unload().save_pretrained(target)


def _reason(adapter: Adapter) -> str:
    if adapter.type.endswith("tuning"):
        return f"it is of the type {adapter.type}, which adds virtual tokens and changes no weight"
    return f"it is of the type {adapter.type}, which has a non-linearity between its matrices, so no weights equal it"


def main(arguments: list[str]) -> int:
    """Merge; answers the exit status."""
    name, model, target = arguments
    try:
        merge(name, model, Path(target))
    except GlossatorError as error:
        print(json.dumps([type(error).__name__, error.what, error.next_step]), file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
