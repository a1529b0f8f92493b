"""An adapter's files on a base: a tree of its own, or a beginning of keys and values of its own."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import torch
from peft import PeftModelForCausalLM, set_peft_model_state_dict
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn
from transformers import DynamicCache, PreTrainedModel

from glossator.engine.adapters.files import AdapterFiles
from glossator.engine.adapters.twin import twin
from glossator.errors import WrongUse

INSIDE = "adapter"  # what peft calls it: the user's name could be that of a module
PROMPT_KEY = "prompt_embeddings"


@dataclass(frozen=True, slots=True)
class Attached:
    """``model`` to run, with the first ``virtual`` positions already in ``start``. ``size`` in bytes, without what is
    the base's. ``peft_model`` can merge and save."""

    model: PreTrainedModel
    peft_model: Any
    size: int
    virtual: int = 0
    start: DynamicCache | None = None


def attach(name: str, base_name: str, base: PreTrainedModel, files: AdapterFiles) -> Attached:
    """Put an adapter on a base, whose modules and weights stay as they are.

    Raises:
        WrongUse: it does not belong to the base; says by what that shows.
    """
    model = twin(base)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # peft's advice for training
            peft_model = PeftModelForCausalLM(model, files.config, adapter_name=INSIDE).eval()
        _check_prompt(peft_model, files)
        loaded = set_peft_model_state_dict(peft_model, dict(files.weights), adapter_name=INSIDE)
    except (ValueError, RuntimeError, KeyError, AttributeError, TypeError) as error:
        raise _stranger(name, base_name, _first_line(error)) from error
    _check_keys(name, base_name, loaded)
    peft_model.requires_grad_(False)
    for module in model.modules():
        if isinstance(module, BaseTunerLayer):
            module.register_forward_hook(_keep_type)
    shared = {id(parameter) for parameter in base.parameters()}
    own = [parameter for parameter in peft_model.parameters() if id(parameter) not in shared]
    size = sum(parameter.numel() * parameter.element_size() for parameter in own)
    if not files.config.is_prompt_learning:
        return Attached(model, peft_model, size)
    virtual = int(files.config.num_virtual_tokens)
    return Attached(base, peft_model, size, virtual, _beginning(name, base_name, base, peft_model, virtual))


def _keep_type(_layer: nn.Module, inputs: tuple[torch.Tensor, ...], answer: torch.Tensor) -> torch.Tensor:
    """The answer in the inputs' type: peft's IA3 on 8 bits answers bfloat16 with float32, and the next norm fails."""
    return answer.to(inputs[0].dtype) if inputs[0].is_floating_point() else answer  # an embedding's inputs are numbers


@torch.inference_mode()
def _beginning(name: str, base_name: str, base: PreTrainedModel, peft_model: Any, virtual: int) -> DynamicCache:
    """Keys and values of the virtual tokens. Whatever follows has positions that count on from there."""
    cache = DynamicCache(config=base.config)
    encoder, config = peft_model.prompt_encoder[INSIDE], peft_model.peft_config[INSIDE]
    if config.peft_type != "PREFIX_TUNING":
        embeddings = peft_model.get_prompt(batch_size=1).to(base.dtype)
        base(inputs_embeds=embeddings, past_key_values=cache, use_cache=True)
        return cache
    heads = int(config.num_attention_heads)
    rows = encoder.embedding.weight.view(virtual, config.num_layers * 2, heads, -1).permute(1, 2, 0, 3)
    if (rows.shape[1], rows.shape[3]) != _shape_of_keys(base) or config.num_layers != base.config.num_hidden_layers:
        found = f"keys of {rows.shape[1]} × {rows.shape[3]} for {config.num_layers} layers"
        raise _stranger(name, base_name, f"it brings {found}, which do not fit")
    for layer in range(config.num_layers):
        keys, values = (rows[2 * layer + part].unsqueeze(0).to(base.device, base.dtype) for part in (0, 1))
        cache.update(keys.clone(), values.clone(), layer)
    return cache


def _shape_of_keys(base: PreTrainedModel) -> tuple[int, int]:
    """The heads and the width of the keys that this base computes, asked of it with one token."""
    cache = DynamicCache(config=base.config)
    base(torch.zeros(1, 1, dtype=torch.long, device=base.device), past_key_values=cache, use_cache=True)
    keys = cache.layers[0].keys
    return int(keys.shape[1]), int(keys.shape[3])


def _check_prompt(peft_model: Any, files: AdapterFiles) -> None:
    """peft takes virtual tokens of any width, and fails when they are used."""
    if not files.config.is_prompt_learning:
        return
    given = files.weights.get(PROMPT_KEY)
    wanted = tuple(peft_model.prompt_encoder[INSIDE].embedding.weight.shape)
    if given is None:
        raise ValueError(f"its weights have no {PROMPT_KEY}")
    if tuple(given.shape) != wanted:
        raise ValueError(f"its virtual tokens are {_spell(tuple(given.shape))}, which must be {_spell(wanted)}")
    width = peft_model.word_embeddings.embedding_dim
    if files.config.peft_type != "PREFIX_TUNING" and wanted[-1] != width:
        raise ValueError(f"its virtual tokens are {wanted[-1]} wide, and the base's tokens {width}")


def _check_keys(name: str, base_name: str, loaded: Any) -> None:
    surplus = [key for key in loaded.unexpected_keys if PROMPT_KEY not in key]
    if surplus:
        what = f"it brings {len(surplus)} weights for modules that are not there, such as {_plain(surplus[0])}"
        raise _stranger(name, base_name, what)
    own = (key for key in loaded.missing_keys if f".{INSIDE}" in key and not key.startswith("prompt_encoder."))
    missing = [key for key in own if ".ranknum." not in key]  # AdaLoRA computes it and never saves it
    if missing:
        what = f"it has no weights for {len(missing)} places that it changes, such as {_plain(missing[0])}"
        raise _stranger(name, base_name, what)


def _stranger(name: str, base_name: str, why: str) -> WrongUse:
    what = f"The adapter {name} does not belong to {base_name}: {why}."
    return WrongUse(what, "Choose an adapter that was made for this base.")


def _first_line(error: Exception) -> str:
    """What peft or torch says, without the list of everything that follows it."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
    mismatch = next((line for line in lines if line.startswith("size mismatch")), lines[0])
    return mismatch.replace(f".{INSIDE}", "").split(". ")[0].rstrip(".")


def _plain(key: str) -> str:
    return key.replace(f".{INSIDE}", "").removeprefix("base_model.model.")


def _spell(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))
