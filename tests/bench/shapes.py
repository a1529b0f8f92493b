"""StarCoderBase's shapes with random weights: speed and memory are the real ones', what it says is noise.

``python -m tests.bench.shapes starcoderbase-1b FOLDER`` writes one.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.engine.tiny_starcoder import write_tokenizer

# Width, layers and heads of the published configurations; vocabulary 49152, context 8192.
SHAPES = {
    "starcoderbase-1b": (2048, 24, 16),
    "starcoderbase-3b": (2816, 36, 22),
    "starcoderbase-7b": (4096, 42, 32),
}
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
