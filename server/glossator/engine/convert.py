"""What transformers cannot load well to what it can, once: a GGUF, or pickled weights, to safetensors.

transformers reads a GGUF too, but takes 21 s at every start, and drops the tokenizer's digit splitting (0.83 % of
lines then tokenise differently). Straight from ``gguf`` to ``safetensors`` takes 5 s, needs no torch, and was
compared with the slow way: the same weights bit for bit.

``python -m glossator.engine.convert NAME`` does it from the command line and prints its progress.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

from glossator.engine.pickled import Refused, write_safetensors
from glossator.engine.state import describe_error
from glossator.errors import GlossatorError
from glossator.models.progress import Progress, Report, to_line
from glossator.models.store import conversion_folder, model_lock, require
from glossator.models.weights import pickled_files, safe_files

# Raise it whenever a conversion would come out differently: older ones are then made again.
CONVERTER_VERSION = 1


def converted(name: str, report: Report) -> Path:
    """The folder that transformers can load; what must be converted is on the first call, which takes seconds.

    Raises:
        ModelMissing: the model is not pulled, or not whole.
        GlossatorError: it cannot be converted, or not be stored.
    """
    found = require(name)
    source = found / "model.gguf" if (found / "model.gguf").is_file() else found
    if source.is_dir() and (safe_files(source) or not pickled_files(source)):
        return source
    target, state = conversion_folder(name), _state(source)
    if not _is_current(target, state):
        with model_lock(name):
            if not _is_current(target, state):
                _convert_beside(source, target, state, report)
    return target


def _state(source: Path) -> str:
    """What tells this state of a source from a later one; a catalog's is checked by its hash when it is pulled."""
    if source.name == "model.gguf":
        return ""
    files = pickled_files(source) if source.is_dir() else (source,)
    return " ".join(f"{file.stat().st_size}:{file.stat().st_mtime_ns}" for file in files)


def _is_current(target: Path, state: str) -> bool:
    try:
        made = json.loads((target / "conversion.json").read_text("utf-8"))
        return bool(made["version"] == CONVERTER_VERSION and made.get("source", "") == state)
    except (OSError, ValueError, KeyError):
        return False


def _convert_beside(source: Path, target: Path, state: str, report: Report) -> None:
    work = target.with_name("converting")
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir(parents=True)
        (write_safetensors if source.is_dir() else write_conversion)(source, work, report)
        (work / "conversion.json").write_text(json.dumps({"version": CONVERTER_VERSION, "source": state}), "utf-8")
        shutil.rmtree(target, ignore_errors=True)
        work.replace(target)
    except OSError as error:
        what = f"The model in {source} cannot be converted: {error}."
        raise GlossatorError(
            what, "Make room on the disk, or set GLOSSATOR_DATA_DIR to a folder on another."
        ) from error
    except (Refused, ValueError, KeyError, IndexError, NotImplementedError) as error:
        what = f"The model in {source} cannot be converted: {str(error).rstrip('.')}."
        raise GlossatorError(
            what, "Use the same model's safetensors instead; 'glossator models pull' fetches them."
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def write_conversion(source: Path, target: Path, report: Report) -> None:
    """Write config.json, generation_config.json, tokenizer files and model.safetensors into an existing folder.

    Raises:
        ValueError: the file is no GGUF, or of an architecture that we do not know.
    """
    from gguf import GGUFReader

    from glossator.engine.gguf_llama import config_of, generation_config_of, weights_of
    from glossator.engine.gguf_tokenizer import tokenizer_config_of, tokenizer_of

    report(Progress("Reading the weights", 0.0, 1))
    reader = GGUFReader(source)
    report(Progress("Converting the tokenizer", 0.3, 1))
    _write_json(target / "config.json", config_of(reader))
    _write_json(target / "generation_config.json", generation_config_of(reader))
    _write_json(target / "tokenizer_config.json", tokenizer_config_of(reader))
    tokenizer_of(reader).save(str(target / "tokenizer.json"))
    from safetensors.numpy import save_file

    tensors = {}
    for name, array in weights_of(reader):
        tensors[name] = array
        report(Progress("Converting the weights", 0.4 + 0.5 * len(tensors) / len(reader.tensors), 1))
    save_file(tensors, target / "model.safetensors", metadata={"format": "pt"})
    report(Progress("Converted", 1.0, 1))


def _write_json(file: Path, content: dict[str, Any]) -> None:
    file.write_text(json.dumps(content, indent=2), "utf-8")


def main(arguments: list[str]) -> int:
    """One line of progress for each step, so that another process can show it; at a failure the error as JSON."""
    try:
        converted(arguments[0], lambda step: print(to_line(step), flush=True))
    except GlossatorError as error:
        print(json.dumps(describe_error(error)), file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
