"""Pickled weights (``pytorch_model*.bin``) to safetensors, reading tensors and nothing else out of them.

A pickle can name any function to call. ``weights_only=True`` is torch's reader that knows tensors, numbers and
containers, and refuses the rest; whatever else such a file asks for is not run but named.
"""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

from glossator.models.progress import Progress, Report
from glossator.models.weights import SAFE_INDEX, pickled_files

COMPANIONS = ("*.json", "*.txt", "*.model", "*.jinja")


class Refused(Exception):
    """The file holds something else than weights."""


def write_safetensors(source: Path, target: Path, report: Report) -> None:
    """Write a model's folder anew with safetensors, file by file, so that no more than one is in memory.

    Raises:
        Refused: a file holds something else than tensors.
        ValueError: a file is damaged.
    """
    from safetensors.torch import save_file

    files = pickled_files(source)
    for pattern in COMPANIONS:
        for file in source.glob(pattern):
            if not file.name.startswith("pytorch_model"):
                shutil.copyfile(file, target / file.name)
    where: dict[str, str] = {}
    for number, file in enumerate(files):
        report(Progress("Converting pickled weights to safetensors; nothing in them is run", number, len(files) or 1))
        tensors = _separate(_load(file))
        name = f"model-{number + 1:05}-of-{len(files):05}.safetensors"
        save_file(tensors, target / name, metadata={"format": "pt"})
        where |= dict.fromkeys(tensors, name)
    (target / SAFE_INDEX).write_text(json.dumps({"metadata": {}, "weight_map": where}), "utf-8")


def _load(file: Path) -> dict[str, Any]:
    import torch

    try:
        try:
            loaded = torch.load(file, map_location="cpu", weights_only=True, mmap=True)
        except RuntimeError:  # written before torch 1.6, or damaged, which the second reading says
            loaded = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = next(
            (line.strip() for line in str(error).splitlines() if "Unsupported" in line or "GLOBAL" in line), ""
        )
        raise Refused(f"{file.name} holds more than weights, and nothing in it was run. {reason}") from error
    except (RuntimeError, EOFError) as error:
        raise ValueError(
            f"{file.name} is damaged ({str(error).splitlines()[0] if str(error) else 'it is cut off'})"
        ) from error
    if not isinstance(loaded, dict):
        raise Refused(f"{file.name} holds no weights by name")
    return {str(name): value for name, value in loaded.items() if isinstance(value, torch.Tensor)}


def _separate(tensors: dict[str, Any]) -> dict[str, Any]:
    """Each tensor in memory of its own, as safetensors wants it: tied weights are one memory under two names."""
    seen: set[int] = set()
    for name, tensor in tensors.items():
        storage = tensor.untyped_storage().data_ptr()
        tensors[name] = tensor.clone().contiguous() if storage in seen else tensor.contiguous()
        seen.add(storage)
    return tensors
