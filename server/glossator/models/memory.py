"""How much memory a model needs, before any of it is loaded: arithmetic over its headers and its configuration.

What bitsandbytes quantises are the matrices of the layers; embeddings, the output layer and norms stay as they are.
int8 keeps one scale of 4 bytes for each row; nf4 with double quantisation keeps 4 bits for each number, a scale of
1 byte for each 64 of them, and 4 bytes more for each 256 scales (the QLoRA paper, arXiv 2305.14314, section 3).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from glossator.errors import ModelMissing
from glossator.models.weights import Tensor

Quantization = Literal["none", "int8", "nf4"]
NUMBER_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}

# Measured by tests.bench.memory, which compares all that is said here with what a process takes: Python, torch and
# transformers; bitsandbytes beside them; what a prompt's computation leaves behind.
PROCESS = 330_000_000
BITSANDBYTES = 120_000_000
WORKING = 200_000_000
# The same of a graph, in whose process there is no torch.
GRAPH_PROCESS = 85_000_000
GRAPH_WORKING = 170_000_000
GRAPH_BLOCK = 64  # numbers that share a scale
# peft, which brings bitsandbytes along; and where the base is quantised, so that bitsandbytes is there.
TUNERS = 55_000_000
TUNERS_ALONE = 15_000_000

_KEPT = re.compile(r"(?:^|\.)(?:wte|wpe|embed_tokens|embed_in|embed_out|embeddings?|lm_head)\.")


@dataclass(frozen=True, slots=True)
class Architecture:
    """The numbers of a configuration that memory depends on. ``cached`` numbers are kept for each token and layer."""

    layers: int
    cached: int
    context: int
    buffers: int = 0

    def cache_bytes(self, tokens: int, number_bytes: int) -> int:
        """Keys and values of so many tokens."""
        return tokens * self.layers * self.cached * number_bytes


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes: of the weights, of keys and values at the longest context, of everything else, and of the adapters."""

    weights: int
    cache: int
    other: int
    adapters: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.other + self.adapters


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of a model before it is loaded; ``configuration`` as its ``config.json`` has it."""

    name: str
    tensors: tuple[Tensor, ...]
    architecture: Architecture
    configuration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parameters(self) -> int:
        """How many numbers it has."""
        return sum(tensor.elements for tensor in self.tensors)


def need(
    model: Model, quantization: Quantization, dtype: str, context: int, on_gpu: bool = False, adapters: int = 0
) -> Need:
    """What a model takes with ``context`` tokens; ``adapters`` are the bytes of those that are loaded beside it.

    Keys and values twice: those remembered of earlier prompts may fill the context, and so may the answer under way.
    """
    number = NUMBER_BYTES[dtype]
    weights = sum(_weight_bytes(tensor, quantization, number) for tensor in model.tensors) + model.architecture.buffers
    process = 0 if on_gpu else PROCESS + (BITSANDBYTES if quantization != "none" else 0)
    cache = 2 * model.architecture.cache_bytes(context, number)
    return Need(weights, cache, process + WORKING, adapters)


def graph_need(model: Model, context: int, adapters: int = 0) -> Need:
    """What a model takes as a graph in 8 bits for onnxruntime, in float32 otherwise."""
    cache = 2 * model.architecture.cache_bytes(context, NUMBER_BYTES["float32"])
    return Need(graph_bytes(model), cache, GRAPH_PROCESS + GRAPH_WORKING, adapters)


def graph_bytes(model: Model) -> int:
    """The weights of a graph: the layers' matrices and the output layer, a byte for each number and 4 for each block's
    scale. Embeddings stay in their file, from which the system takes what is read."""
    output = next((one for one in model.tensors if one.name.startswith("lm_head.")), None)
    if output is None:  # it is the table of embeddings
        kept = (one for one in model.tensors if _KEPT.search(one.name))
        output = max(kept, key=lambda one: one.elements, default=None)
    numbers = sum(tensor.elements for tensor in model.tensors if is_quantised(tensor))
    numbers += output.elements if output else 0
    return numbers + 4 * numbers // GRAPH_BLOCK


def tuner_bytes(quantization: str) -> int:
    """What the first adapter beside torch's base brings along, whatever its size; with ``auto``, the more of both."""
    return TUNERS_ALONE if quantization in ("int8", "nf4") else TUNERS


def read_configuration(folder: Path) -> tuple[Mapping[str, Any], Architecture]:
    """A folder's ``config.json``, and its numbers.

    Raises:
        ModelMissing: it is not there, or does not say them.
    """
    try:
        configuration = json.loads((folder / "config.json").read_text("utf-8"))
        return configuration, architecture_of(configuration)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"The configuration of the model in {folder} cannot be read: {type(error).__name__}: {error}."
        raise ModelMissing(what, "Copy or pull the model again.") from error


def architecture_of(configuration: Mapping[str, Any]) -> Architecture:
    """The numbers of a configuration, by the names that the families give them."""
    width = _first(configuration, "hidden_size", "n_embd", "d_model")
    heads = _first(configuration, "num_attention_heads", "n_head", "num_heads")
    keys = 1 if configuration.get("multi_query") else configuration.get("num_key_value_heads") or heads
    head = configuration.get("head_dim") or width // heads
    context = _first(configuration, "max_position_embeddings", "n_positions", "max_sequence_length", "seq_length")
    # GPTBigCode and GPT-2 hold the causal mask of the whole context, a byte for each pair of positions.
    square = context * context if configuration.get("model_type") in ("gpt_bigcode", "gpt2") else 0
    return Architecture(
        _first(configuration, "num_hidden_layers", "n_layer", "num_layers"), 2 * keys * head, context, square
    )


def is_quantised(tensor: Tensor) -> bool:
    """Whether bitsandbytes would quantise it."""
    return len(tensor.shape) == 2 and tensor.name.endswith(".weight") and not _KEPT.search(tensor.name)


def starcoder(name: str) -> Model | None:
    """A StarCoderBase by its published numbers, so that it can be planned before it is fetched."""
    if name not in STARCODERS:
        return None
    width, layers, heads = STARCODERS[name]
    head = width // heads
    shapes = {"attn.c_attn": (width + 2 * head, width), "attn.c_proj": (width, width)}
    shapes |= {"mlp.c_fc": (4 * width, width), "mlp.c_proj": (width, 4 * width)}
    tensors = [
        Tensor("transformer.wte.weight", "F32", (49152, width)),
        Tensor("transformer.wpe.weight", "F32", (8192, width)),
    ]
    for layer in range(layers):
        for part, shape in shapes.items():
            tensors.append(Tensor(f"transformer.h.{layer}.{part}.weight", "F32", shape))
            tensors.append(Tensor(f"transformer.h.{layer}.{part}.bias", "F32", shape[:1]))
    configuration = {"model_type": "gpt_bigcode", "n_embd": width, "n_layer": layers, "n_head": heads}
    configuration |= {"n_positions": 8192, "multi_query": True, "activation_function": "gelu_pytorch_tanh"}
    return Model(name, tuple(tensors), architecture_of(configuration), configuration)


# Width, layers, heads: adapters-and-benchmarks' table of published configurations. Largest first.
STARCODERS: Mapping[str, Sequence[int]] = {
    "bigcode/starcoderbase": (6144, 40, 48),
    "bigcode/starcoderbase-7b": (4096, 42, 32),
    "bigcode/starcoderbase-3b": (2816, 36, 22),
    "bigcode/starcoderbase-1b": (2048, 24, 16),
}


def _weight_bytes(tensor: Tensor, quantization: Quantization, number: int) -> int:
    if quantization == "none" or not is_quantised(tensor):
        return tensor.elements * number
    if quantization == "int8":
        return tensor.elements + 4 * tensor.shape[0]
    scales = tensor.elements / 64
    return round(tensor.elements / 2 + scales + 4 * scales / 256)


def _first(configuration: Mapping[str, Any], *names: str) -> int:
    for name in names:
        if configuration.get(name) is not None:
            return int(configuration[name])
    raise KeyError(names[0])
