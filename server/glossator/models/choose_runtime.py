"""Which runtime answers for a model and an adapter, and why: onnxruntime on a CPU where it can, else torch."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from glossator.errors import WrongUse
from glossator.models.adapters import Adapter
from glossator.models.free_memory import free_card_memory
from glossator.models.memory import Model
from glossator.settings import ModelSettings

MERGEABLE = ("lora", "ia3", "adalora")
BLOCK = 64  # what is quantised together; each matrix's inputs must be a multiple of it
PAYS = 10_000_000  # numbers; a smaller model is as fast with torch, and need not be built first


@dataclass(frozen=True, slots=True)
class Choice:
    """The runtime's name, and one sentence about the reason."""

    name: str
    reason: str


def choose_runtime(model: Model, choices: ModelSettings, adapter: Adapter | None = None) -> Choice:
    """The runtime.

    Raises:
        WrongUse: onnx is asked for, and cannot run the model. An adapter that it cannot run goes to torch.
    """
    if choices.runtime == "torch":
        return Choice("torch", "The settings ask for torch.")
    obstacle = next(_obstacles(model, choices, adapter), None)
    if obstacle and choices.runtime == "onnx" and adapter is None:
        raise WrongUse(f"The model {model.name} cannot run with onnx: {obstacle}.", 'Set model.runtime to "auto".')
    if obstacle:
        return Choice("torch", f"Torch, since {obstacle}.")
    if model.parameters < PAYS and choices.runtime == "auto":
        return Choice("torch", "Torch, since so small a model gains nothing from a graph.")
    return Choice("onnx", "onnxruntime, the fastest on a CPU, with weights in 8 bits.")


def _obstacles(model: Model, choices: ModelSettings, adapter: Adapter | None) -> Iterator[str]:
    missing = [name for name in ("onnx", "onnxruntime") if find_spec(name) is None]
    if missing:
        yield f"{' and '.join(missing)} is not installed"
    if not _on_processor(choices.device):
        yield "onnx runs on the processor only"
    if choices.quantization not in ("auto", "int8"):
        yield f"it holds weights in 8 bits, and the settings ask for {choices.quantization}"
    if choices.dtype not in ("auto", "float32"):
        yield f"it computes in float32, and the settings ask for {choices.dtype}"
    if adapter is not None and adapter.type not in MERGEABLE:
        yield f"adapters of the type {adapter.type} cannot be merged into the weights"
    yield from _of_architecture(model.configuration)


def _on_processor(device: str) -> bool:
    if device.strip().lower() != "auto":
        return device.strip().lower() == "cpu"
    return sys.platform != "darwin" and free_card_memory() is None


def _of_architecture(config: Mapping[str, Any]) -> Iterator[str]:
    kind = config.get("model_type")
    if config.get("quantization_config"):
        yield "its weights are quantised already"
    if kind == "gpt_bigcode":
        yield from _of_bigcode(config)
    elif kind in ("llama", "qwen2"):
        yield from _of_llama(config)
    else:
        yield f"there is no graph for the architecture {kind}"


def _of_bigcode(config: Mapping[str, Any]) -> Iterator[str]:
    width = int(config.get("n_embd", 0))
    if width % BLOCK or int(config.get("n_inner") or 4 * width) % BLOCK or not width:
        yield f"its matrices are no multiples of {BLOCK}"
    if config.get("activation_function") not in ("gelu_pytorch_tanh", "gelu_new", "gelu_fast", "gelu"):
        yield f"there is no graph for the activation {config.get('activation_function')}"
    if not config.get("scale_attn_weights", True):
        yield "its attention is not scaled"


def _of_llama(config: Mapping[str, Any]) -> Iterator[str]:
    width, heads = int(config.get("hidden_size", 0)), int(config.get("num_attention_heads", 1))
    size = int(config.get("head_dim") or width // heads)
    if width % BLOCK or int(config.get("intermediate_size", 0)) % BLOCK or heads * size % BLOCK or size % 16:
        yield f"its matrices are no multiples of {BLOCK}"
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    if rope.get("rope_type", "default") != "default" or rope.get("type", "default") != "default":
        yield f"there is no graph for positions of the type {rope.get('rope_type', rope.get('type'))}"
    if config.get("hidden_act", "silu") != "silu" or config.get("mlp_bias") or config.get("attention_bias"):
        yield "there is no graph for its activation or its biases"
    if config.get("use_sliding_window"):
        yield "its attention looks through a sliding window"
