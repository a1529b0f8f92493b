"""``python -m glossator.engine.adapters.gguf_export ADAPTER MODEL FILE``: a LoRA adapter as llama.cpp's ``--lora``
reads it, for a base of the llama architecture.

llama.cpp adds ``alpha / rank · B · A`` to a weight. Where it keeps a weight's rows in another order than transformers
(queries and keys), B's rows are put in that order as well.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from glossator.engine.adapters.files import AdapterFiles, read_files
from glossator.engine.convert import converted
from glossator.engine.gguf_llama import LAYER_PARTS
from glossator.engine.state import describe_error
from glossator.errors import GlossatorError, WrongUse
from glossator.models.adapters import find

PARTS = {name: kind for kind, name in LAYER_PARTS.items()}
KEY = re.compile(r"base_model\.model\.model\.layers\.(?P<layer>\d+)\.(?P<part>[\w.]+)\.lora_(?P<side>[AB])\.weight")


def export(name: str, model: str, target: Path) -> None:
    """Write the file; whole or not at all.

    Raises:
        WrongUse: llama.cpp could not do what the adapter does, or the file cannot be written.
    """
    adapter = find(name)
    if adapter.type != "lora":
        raise _refused(name, f"it is of the type {adapter.type}")
    files = read_files(name, adapter.folder)
    config = json.loads((converted(model, lambda step: None) / "config.json").read_text("utf-8"))
    if config.get("model_type") != "llama":
        raise _refused(name, f"its base is of the architecture {config.get('model_type')}, and only llama was tried")
    tensors = _tensors(name, files, config)
    partial = target.with_name(f".{target.name}.partial")
    try:
        _write(partial, name, _alpha(name, files.config), tensors)
        partial.replace(target)
    except OSError as error:
        raise WrongUse(f"{target} cannot be written: {error.strerror}.", "Name another, or make room.") from error
    finally:
        partial.unlink(missing_ok=True)


def _alpha(name: str, config: Any) -> float:
    """What divided by the rank is the adapter's scale."""
    if config.rank_pattern or config.alpha_pattern or getattr(config, "use_dora", False) or config.modules_to_save:
        raise _refused(name, "it has ranks of its own for some layers, is a DoRA, or holds whole modules")
    return float(config.lora_alpha * config.r**0.5 if config.use_rslora else config.lora_alpha)


def _tensors(name: str, files: AdapterFiles, config: Mapping[str, Any]) -> dict[str, Any]:
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    found = {}
    for key, tensor in files.weights.items():
        match = KEY.fullmatch(key)
        if match is None or match["part"] not in PARTS:
            raise _refused(name, f"it changes {key.removeprefix('base_model.model.')}")
        kind, array = PARTS[match["part"]], tensor.float().numpy()
        if match["side"] == "B" and kind in heads:
            array = _permuted(array, heads[kind])
        found[f"blk.{match['layer']}.{kind}.weight.lora_{match['side'].lower()}"] = array
    return found


def _permuted(array: Any, heads: int) -> Any:
    """Rows as GGUF keeps them: the two halves of each head that rotary embedding pairs, interleaved."""
    rows, columns = array.shape
    return array.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def _write(file: Path, name: str, alpha: float, tensors: Mapping[str, Any]) -> None:
    import numpy
    from gguf import GGUFType, GGUFWriter, Keys

    writer = GGUFWriter(str(file), "llama")
    writer.add_type(GGUFType.ADAPTER)
    writer.add_name(name)
    writer.add_string(Keys.Adapter.TYPE, "lora")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, alpha)
    for key, array in tensors.items():
        writer.add_tensor(key, numpy.ascontiguousarray(array, numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _refused(name: str, why: str) -> WrongUse:
    return WrongUse(f"The adapter {name} cannot be written for llama.cpp: {why}.", "Use it with our own engine.")


def main(arguments: list[str]) -> int:
    """Export; answers the exit status."""
    name, model, target = arguments
    try:
        export(name, model, Path(target))
    except GlossatorError as error:
        print(json.dumps(describe_error(error)), file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
