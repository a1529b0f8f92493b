"""StarCoderBase's shapes with random weights: speed and memory are the real ones', what it says is noise.

``python -m tests.bench.shapes starcoderbase-1b FOLDER`` writes one. The shape `tiny` is no published one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.engine.tiny_starcoder import write_tokenizer

# Width, layers and heads of the published configurations; vocabulary 49152, context 8192.
SHAPES = {
    "starcoderbase-1b": (2048, 24, 16),
    "starcoderbase-3b": (2816, 36, 22),
    "starcoderbase-7b": (4096, 42, 32),
    "tiny": (128, 2, 4),
}
BOTTLENECK = 256  # Astraios'
VOCABULARY, CONTEXT = 49152, 8192
SHARD_BYTES = 2_000_000_000


def write_shape(name: str, folder: Path, dtype: str = "float32") -> Path:
    """Write config, tokenizer and sharded safetensors of a shape; 4.5 GB for the 1B one in fp32, as on the hub."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    configuration = _configuration(name)
    configuration.save_pretrained(folder)
    write_tokenizer(folder)
    where: dict[str, str] = {}
    for number, shard in enumerate(_shards(configuration, getattr(torch, dtype))):
        file = f"model-{number:05}.safetensors"
        save_file(shard, folder / file, metadata={"format": "pt"})
        where |= dict.fromkeys(shard, file)
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": where}), "utf-8")
    return folder


def write_parallel_adapter(name: str, folder: Path, bottleneck: int = BOTTLENECK) -> Path:
    """Write Astraios' parallel adapter for a shape, of random weights: 363 MB for the 7B one, as on the hub."""
    import torch
    from safetensors.torch import save_file

    width, layers, heads = SHAPES[name]
    out = width + 2 * width // heads
    folder.mkdir(parents=True)
    fields = {"bottleneck_size": bottleneck, "non_linearity": "tanh", "adapter_dropout": 0.0, "scaling": 1.0}
    fields |= {"peft_type": "BOTTLENECK", "task_type": "CAUSAL_LM", "use_parallel_adapter": True, "bias": "none"}
    fields |= {"target_modules": ["c_attn", "q_attn"], "base_model_name_or_path": name}
    (folder / "adapter_config.json").write_text(json.dumps(fields), "utf-8")
    torch.manual_seed(8)
    tensors = {}
    for layer in range(layers):
        stem = f"base_model.model.transformer.h.{layer}.attn.c_attn"
        tensors[f"{stem}.adapter_down.weight"] = torch.empty(bottleneck, width).normal_(std=0.02)
        tensors[f"{stem}.adapter_up.weight"] = torch.empty(out, bottleneck).normal_(std=0.02)
    save_file(tensors, folder / "adapter_model.safetensors")
    return folder


@contextmanager
def shape_with_adapter(name: str, dtype: str) -> Iterator[Path]:
    """A folder with a shape's model, named as the shape, and its adapter registered as `parallel`; all of it, and
    Glossator's own folders, in a place that is gone afterwards."""
    import os
    import tempfile

    from glossator.models.adapters import add

    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="glossator-bench-") as root:
        for folder in ("DATA", "CACHE", "CONFIG", "RUNTIME"):
            os.environ[f"GLOSSATOR_{folder}_DIR"] = str(Path(root) / folder.lower())
        try:
            add(write_parallel_adapter(name, Path(root) / "parallel"))
            yield write_shape(name, Path(root) / name, dtype)
        finally:
            os.environ.clear()
            os.environ.update(before)


def _configuration(name: str) -> Any:
    from transformers import GPTBigCodeConfig

    width, layers, heads = SHAPES[name]
    return GPTBigCodeConfig(
        vocab_size=VOCABULARY,
        n_positions=CONTEXT,
        n_embd=width,
        n_layer=layers,
        n_head=heads,
        n_inner=4 * width,
        activation_function="gelu_pytorch_tanh",
        multi_query=True,
        architectures=["GPTBigCodeForCausalLM"],
        bos_token_id=0,
        eos_token_id=0,
    )


def _shards(configuration: Any, dtype: Any) -> Iterator[dict[str, Any]]:
    import torch
    from transformers import GPTBigCodeForCausalLM

    with torch.device("meta"):
        empty = GPTBigCodeForCausalLM(configuration)
    torch.manual_seed(7)
    shard: dict[str, Any] = {}
    for name, parameter in empty.named_parameters():  # tied weights are named once
        shard[name] = torch.empty(parameter.shape, dtype=dtype).normal_(std=0.02)
        if "ln_" in name:
            shard[name].fill_(name.endswith("weight"))
        if sum(tensor.nbytes for tensor in shard.values()) > SHARD_BYTES:
            yield shard
            shard = {}
    yield shard


if __name__ == "__main__":
    print(write_shape(sys.argv[1], Path(sys.argv[2])))
