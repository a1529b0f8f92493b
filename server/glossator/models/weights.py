"""The weights in a model's folder: which files, which tensors, and whether they are whole. Reads headers only.

A safetensors file begins with the length of its header (8 bytes, little endian) and the header as JSON: for each
tensor its type, its shape, and where its bytes lie behind the header.
"""

from __future__ import annotations

import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glossator.errors import ModelMissing, WrongUse

LONGEST_HEADER = 100_000_000  # bytes; what safetensors itself allows
SIZES = {"BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "F16": 2, "BF16": 2, "I32": 4, "F32": 4, "I64": 8, "F64": 8}
LFS = b"version https://git-lfs"
OLD_PICKLE = b"\x80"  # torch wrote a pickle and no archive before 1.6
SAFE_INDEX, PICKLED_INDEX = "model.safetensors.index.json", "pytorch_model.bin.index.json"


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor as its file's header describes it."""

    name: str
    dtype: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)

    @property
    def size(self) -> int:
        """Its bytes in the file; the few types of less than a byte count as one."""
        return self.elements * SIZES.get(self.dtype, 1)


def read_tensors(folder: Path) -> tuple[Tensor, ...]:
    """All tensors of a model's safetensors files.

    Raises:
        ModelMissing: there are none, or a file is missing, cut off or no safetensors.
    """
    files = safe_files(folder)
    if not files:
        raise ModelMissing(f"The model in {folder} has no weights as safetensors.", refetch(folder))
    return tuple(tensor for file in files for tensor in read_header(file))


def safe_files(folder: Path) -> tuple[Path, ...]:
    """The safetensors files that belong together; empty where there are none.

    Raises:
        ModelMissing: the index names one that is not there.
    """
    return _files(folder, "model.safetensors", SAFE_INDEX)


def pickled_files(folder: Path) -> tuple[Path, ...]:
    """The pickled files (``.bin``) that belong together; empty where there are none.

    Raises:
        ModelMissing: the index names one that is not there.
    """
    return _files(folder, "pytorch_model.bin", PICKLED_INDEX)


def read_header(file: Path) -> tuple[Tensor, ...]:
    """The tensors of one file.

    Raises:
        ModelMissing: it is cut off, or no safetensors.
    """
    try:
        header, begin = _parse_header(file)
        tensors = [(_tensor(name, told), int(told["data_offsets"][1])) for name, told in _entries(header)]
    except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError) as error:
        raise damaged(file, f"its header cannot be read ({error})") from error
    expected, found = begin + max((end for _, end in tensors), default=0), file.stat().st_size
    if found != expected:
        raise damaged(file, f"it has {found} bytes, and its header speaks of {expected}")
    return tuple(tensor for tensor, _ in tensors)


def require_whole(file: Path) -> None:
    """Go on only if an adapter's file looks like what its name says, and is all there. Nothing in it is run.

    Raises:
        WrongUse: it is cut off, or something else: a web page, or Git LFS's note of where the file is.
    """
    try:
        with file.open("rb") as stream:
            first = stream.read(len(LFS))
        if first == LFS:
            raise WrongUse(f"{file} is only Git LFS's note of where the weights are.", "Run 'git lfs pull' there.")
        if file.suffix == ".safetensors":
            read_header(file)
        elif not (zipfile.is_zipfile(file) or first.startswith(OLD_PICKLE)):
            raise damaged(file, "it is cut off, or nothing that torch has saved")
    except ModelMissing as error:
        raise WrongUse(error.what, "Copy or download the adapter again.") from error
    except OSError as error:
        raise WrongUse(f"{file} cannot be read: {error.strerror}.", "Copy or download the adapter again.") from error


def damaged(file: Path, reason: str) -> ModelMissing:
    """A file of weights that is there and cannot be used."""
    return ModelMissing(f"The weights in {file} are damaged: {reason}.", refetch(file.parent))


def refetch(folder: Path) -> str:
    """How a model's folder is mended, by where it lies."""
    for part in folder.parts:
        if part.startswith("models--"):
            return f"Run 'glossator models pull {'/'.join(part.split('--')[1:])}' again."
    return "Copy the model's folder again from where it came."


def _files(folder: Path, single: str, index: str) -> tuple[Path, ...]:
    if (folder / single).exists():
        return (folder / single,)
    if not (folder / index).is_file():
        return ()
    try:
        names = set(json.loads((folder / index).read_text("utf-8"))["weight_map"].values())
        files = tuple(folder / name for name in sorted(names) if Path(name).name == name)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(folder / index, f"it is no index of weights ({error})") from error
    missing = [file.name for file in files if not file.exists()]
    if missing:
        what = f"The model in {folder} lacks {len(missing)} of its {len(files)} files of weights: {missing[0]}."
        raise ModelMissing(what, refetch(folder))
    return files


def _parse_header(file: Path) -> tuple[dict[str, Any], int]:
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if not 2 <= length <= LONGEST_HEADER:
            raise ValueError(f"it claims {length} bytes")
        header = json.loads(stream.read(length))
    return header, 8 + length


def _entries(header: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    return ((name, told) for name, told in header.items() if name != "__metadata__")


def _tensor(name: str, told: Mapping[str, Any]) -> Tensor:
    return Tensor(name, str(told["dtype"]), tuple(int(length) for length in told["shape"]))
