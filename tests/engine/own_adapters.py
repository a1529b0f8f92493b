"""Adapters written by hand as their makers' tools write them, and what the papers' formulas make of them.

The reference computes a whole GPTBigCode in plain torch, from the file's numbers, without transformers and without
peft. On a quantised base only the linear layers are the base's own, since what they round is not an adapter's affair.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from tests.engine.tiny_starcoder import HEADS, LAYERS, WIDTH

KEYS = WIDTH // HEADS
SHAPES = {
    "attn.c_attn": (WIDTH + 2 * KEYS, WIDTH),
    "attn.c_proj": (WIDTH, WIDTH),
    "mlp.c_fc": (4 * WIDTH, WIDTH),
    "mlp.c_proj": (WIDTH, 4 * WIDTH),
}
SIZE, RANK, VIRTUAL = 24, 6, 5
Tensors = dict[str, torch.Tensor]
Layer = Callable[[torch.Tensor], torch.Tensor]
Linear = Callable[[str, torch.Tensor], torch.Tensor]

CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "lora": {"peft_type": "LORA", "r": RANK, "lora_alpha": 16, "target_modules": ["c_proj", "c_attn", "q_attn"]},
    "ia3": {
        "peft_type": "IA3",
        "target_modules": ["c_attn", "mlp.c_proj"],
        "feedforward_modules": ["mlp.c_proj"],
    },
    "adalora": {
        "peft_type": "ADALORA",
        "init_r": RANK,
        "target_r": 4,
        "lora_alpha": 16,
        "total_step": 10,
        "target_modules": ["c_attn"],
    },
    "prompt-tuning": {"peft_type": "PROMPT_TUNING", "num_virtual_tokens": VIRTUAL, "token_dim": WIDTH},
    "p-tuning": {
        "peft_type": "P_TUNING",
        "num_virtual_tokens": VIRTUAL,
        "token_dim": WIDTH,
        "encoder_hidden_size": WIDTH,
    },
    "prefix-tuning": {"peft_type": "PREFIX_TUNING", "num_virtual_tokens": VIRTUAL},
    "parallel": {
        "peft_type": "BOTTLENECK",
        "use_parallel_adapter": True,
        "use_adapterp": False,
        "target_modules": ["c_attn", "q_attn"],
    },
    "adapterh": {
        "peft_type": "BOTTLENECK",
        "use_parallel_adapter": False,
        "use_adapterp": False,
        "target_modules": ["c_fc", "mlp.c_proj"],
    },
    "adapterp": {
        "peft_type": "BOTTLENECK",
        "use_parallel_adapter": False,
        "use_adapterp": True,
        "target_modules": ["mlp.c_proj"],
    },
}
TYPES = tuple(CONFIGURATIONS)
MERGEABLE = ("lora", "ia3", "adalora")
PROMPTS = ("prompt-tuning", "p-tuning", "prefix-tuning")


def write_adapter(folder: Path, kind: str, form: str = "safetensors", seed: int = 1, **changed: Any) -> Path:
    """Write an adapter of random weights; ``changed`` fields of its configuration win. Answers the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    configuration = {"task_type": "CAUSAL_LM", "base_model_name_or_path": "tiny", **CONFIGURATIONS[kind]}
    if configuration["peft_type"] == "BOTTLENECK":
        own = {"bottleneck_size": SIZE, "non_linearity": "tanh", "adapter_dropout": 0.0, "scaling": 1.0, "bias": "none"}
        configuration |= {**own, "init_weights": "bert", "modules_to_save": None, "inference_mode": True}
    (folder / "adapter_config.json").write_text(json.dumps(configuration | changed), "utf-8")
    tensors = random_weights(kind, seed)
    if form == "safetensors":
        save_file(tensors, folder / "adapter_model.safetensors")
    else:
        torch.save(tensors, folder / "adapter_model.bin")
    return folder


def random_weights(kind: str, seed: int = 1) -> Tensors:
    """The tensors of an adapter under the keys of its published format."""
    torch.manual_seed(seed)
    if kind in PROMPTS:
        width = LAYERS * 2 * KEYS if kind == "prefix-tuning" else WIDTH
        return {"prompt_embeddings": torch.randn(VIRTUAL, width)}
    tensors: Tensors = {}
    for layer in range(LAYERS):
        for module, shapes in _parts(kind).items():
            stem = f"base_model.model.transformer.h.{layer}.{module}"
            tensors |= {f"{stem}.{part}": torch.randn(shape) * 0.3 for part, shape in shapes.items()}
    return tensors


def reference(
    base: Path,
    tokens: list[int],
    kind: str = "",
    tensors: Mapping[str, torch.Tensor] = {},
    linear: Linear | None = None,
) -> torch.Tensor:
    """The scores after each token, shape (tokens, vocabulary), of the base with an adapter."""
    weights = load_file(base / "model.safetensors")
    table = weights["transformer.wte.weight"]
    x, offset = table[tokens], 0
    if kind in ("prompt-tuning", "p-tuning"):
        x = torch.cat([tensors["prompt_embeddings"], x])
    elif kind == "prefix-tuning":
        offset = VIRTUAL
    x = x + weights["transformer.wpe.weight"][offset : offset + len(x)]

    def plain(name: str, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.linear(x, weights[f"{name}.weight"], weights[f"{name}.bias"])

    def norm(name: str, x: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.layer_norm(x, (WIDTH,), weights[f"{name}.weight"], weights[f"{name}.bias"], 1e-5)

    def changed(module: str, layer: int, x: torch.Tensor) -> torch.Tensor:
        name = f"transformer.h.{layer}.{module}"
        stem = f"base_model.model.{name}."
        own = {key.removeprefix(stem): value for key, value in tensors.items() if key.startswith(stem)}
        return _formula(kind, module, own, x, lambda x: (linear or plain)(name, x))

    for layer in range(LAYERS):
        block = f"transformer.h.{layer}"
        past = _past(tensors["prompt_embeddings"], layer) if kind == "prefix-tuning" else None
        heads = _attention(changed("attn.c_attn", layer, norm(f"{block}.ln_1", x)), past)
        x = x + changed("attn.c_proj", layer, heads)
        inner = changed("mlp.c_fc", layer, norm(f"{block}.ln_2", x))
        x = x + changed("mlp.c_proj", layer, torch.nn.functional.gelu(inner, approximate="tanh"))
    return (norm("transformer.ln_f", x) @ table.T)[-len(tokens) :]


def _formula(kind: str, module: str, own: Tensors, x: torch.Tensor, layer: Layer) -> torch.Tensor:
    """The published formula of each method around one linear layer."""
    if not own:
        return layer(x)
    if kind == "lora":  # Hu et al.: W x + alpha / r * B A x
        return layer(x) + 16 / RANK * (x @ own["lora_A.weight"].T) @ own["lora_B.weight"].T
    if kind == "adalora":  # Zhang et al.: W x + alpha / r * P diag(E) Q x
        return layer(x) + 16 / (RANK + 1e-5) * (x @ (own["lora_A"] * own["lora_E"]).T) @ own["lora_B"].T
    if kind == "ia3":  # Liu et al.: l * (W x) for keys and values, W (l * x) in the feed-forward layer
        scale = own["ia3_l"].flatten()
        return layer(x * scale) if module == "mlp.c_proj" else layer(x) * scale

    def bottleneck(x: torch.Tensor) -> torch.Tensor:
        return torch.tanh(x.float() @ own["adapter_down.weight"].T) @ own["adapter_up.weight"].T

    if kind == "parallel":  # He et al.: W x + A(x)
        return layer(x) + bottleneck(x)
    if module == "mlp.c_fc":  # Houlsby et al., as Astraios' fork places it: before the layer
        return layer(x + bottleneck(x))
    answer = layer(x)  # Pfeiffer et al.: behind it
    return answer + bottleneck(answer)


def _parts(kind: str) -> dict[str, dict[str, tuple[int, ...]]]:
    """The tensors that a method has in each module, with their shapes."""
    parts: dict[str, dict[str, tuple[int, ...]]] = {}
    for module, (out, into) in SHAPES.items():
        target = CONFIGURATIONS[kind]["target_modules"]
        if not any(f".{module}".endswith(f".{name}") for name in target):
            continue
        if kind == "lora":
            parts[module] = {"lora_A.weight": (RANK, into), "lora_B.weight": (out, RANK)}
        elif kind == "adalora":
            parts[module] = {"lora_A": (RANK, into), "lora_E": (RANK, 1), "lora_B": (out, RANK)}
        elif kind == "ia3":
            parts[module] = {"ia3_l": (1, into) if module == "mlp.c_proj" else (out, 1)}
        else:
            down = out if module == "mlp.c_proj" else into
            up = into if module == "mlp.c_fc" else out
            parts[module] = {"adapter_down.weight": (SIZE, down), "adapter_up.weight": (up, SIZE)}
    return parts


def _past(prefix: torch.Tensor, layer: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Li and Liang: keys and values of a layer in front of the text's, here of the one head."""
    rows = prefix.view(VIRTUAL, LAYERS, 2, KEYS)[:, layer]
    return rows[:, 0], rows[:, 1]


def _attention(fused: torch.Tensor, past: tuple[torch.Tensor, torch.Tensor] | None) -> torch.Tensor:
    """Causal attention of several query heads to one key and value head. Shape (tokens, width + 2 * keys) in."""
    queries, keys, values = fused.split((WIDTH, KEYS, KEYS), dim=-1)
    if past is not None:
        keys, values = torch.cat([past[0], keys]), torch.cat([past[1], values])
    scores = queries.view(-1, HEADS, KEYS).transpose(0, 1) @ keys.T / KEYS**0.5
    seen = torch.ones(scores.shape[-2:], dtype=torch.bool).tril(len(keys) - len(queries))
    weights = scores.masked_fill(~seen, float("-inf")).softmax(-1)
    return (weights @ values).transpose(0, 1).reshape(-1, WIDTH)
