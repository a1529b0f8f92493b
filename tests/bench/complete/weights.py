"""A GGUF file's weights in another quantization, for llama.cpp: dequantised, and quantised anew by the gguf package.

What is one-dimensional stays as it is. Embeddings are in 8 bits in each case, which is llama.cpp's own choice where
they are also the output matrix and no multiple of 256 wide.
"""

from __future__ import annotations

from pathlib import Path

import gguf

EMBEDDINGS = "token_embd.weight"


def export(source: Path, target: Path, kind: str) -> int:
    """Write ``target`` unless it is there; answers the bytes of weights that each token reads."""
    wanted = gguf.GGMLQuantizationType[kind]
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_suffix(".part")
        _write(gguf.GGUFReader(source), part, wanted)
        part.rename(target)
    return sum(int(tensor.n_bytes) for tensor in gguf.GGUFReader(target).tensors)


def _write(reader: gguf.GGUFReader, target: Path, wanted: gguf.GGMLQuantizationType) -> None:
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(target, architecture)
    for field in reader.fields.values():
        if field.name.startswith("GGUF.") or field.name in ("general.architecture", "general.file_type"):
            continue
        kind, inner = field.types[0], field.types[-1] if len(field.types) > 1 else None
        writer.add_key_value(field.name, field.contents(), kind, sub_type=inner)
    for tensor in reader.tensors:
        rows = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
        chosen = gguf.GGMLQuantizationType.Q8_0 if tensor.name == EMBEDDINGS else wanted
        if rows.ndim < 2:
            writer.add_tensor(tensor.name, rows)
        else:
            writer.add_tensor(tensor.name, gguf.quants.quantize(rows, chosen), raw_dtype=chosen)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
