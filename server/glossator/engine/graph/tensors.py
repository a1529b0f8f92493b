"""A model's weights by name, one at a time, in float32, whatever they are stored as."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from safetensors import safe_open

from glossator.engine.graph.builder import Array
from glossator.models.weights import safe_files


class Tensors:
    """The tensors of a folder with safetensors files."""

    def __init__(self, folder: Path) -> None:
        # By torch, because numpy has no bfloat16. Only the process that builds a graph comes here.
        files = [safe_open(str(file), "pt") for file in safe_files(folder)]
        self._files = {name: file for file in files for name in _names(file)}

    def __contains__(self, name: str) -> bool:
        return name in self._files

    def read(self, name: str) -> Array:
        """One tensor."""
        values: Array = self._files[name].get_tensor(name).float().numpy()  # type: ignore[no-untyped-call]
        return values


def _names(file: Any) -> list[str]:
    names: list[str] = file.keys()
    return names
