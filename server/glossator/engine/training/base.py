"""The model that an adapter is trained on: loaded, perhaps in 4 bits, with LoRA matrices at every linear layer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from glossator.engine.architecture import require_known
from glossator.engine.convert import converted
from glossator.engine.quantize import quantization, require_bitsandbytes
from glossator.engine.tokenizer import Tokenizer
from glossator.engine.training.sequences import Encoder, spares
from glossator.models.adapter_format import brought
from glossator.models.formats import Infill
from glossator.models.memory import Need
from glossator.models.plan import Plan
from glossator.models.training import Task


@dataclass(frozen=True, slots=True)
class Base:
    """``model`` is peft's, ``trainable`` how many numbers are learnt, ``infill`` the format that the adapter brings."""

    model: Any
    encoder: Encoder
    trainable: int
    infill: Infill | None = None


def prepare_base(task: Task) -> Base:
    """Load the task's model for training.

    Raises:
        GlossatorError: it is not there, or cannot be loaded.
    """
    from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training
    from transformers import AutoModelForCausalLM, set_seed
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    torch.set_num_threads(task.threads)
    folder = converted(task.model, lambda step: None)
    require_known(task.model, folder)
    told = task.parameters
    checkpoints = told.checkpointing == "on"
    if told.quantization == "nf4":
        require_bitsandbytes()
    dtype = "bfloat16" if computes_in_half(task) else task.dtype
    plan = Plan("nf4" if told.quantization == "nf4" else "none", dtype, told.length, Need(0, 0, 0), 0)
    model = AutoModelForCausalLM.from_pretrained(
        folder,
        dtype=getattr(torch, dtype),
        quantization_config=quantization(plan),
        device_map={"": task.device},
        local_files_only=True,
        trust_remote_code=False,
        use_safetensors=True,
    )
    model.config.use_cache = False
    for module in model.modules():
        # On CPUs with AVX512_BF16 bitsandbytes packs 4-bit weights anew at the first evaluation, and the packed ones
        # have no way back: the next training step fails, or learns nothing.
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False
    if told.quantization == "nf4":
        model = prepare_model_for_kbit_training(model, checkpoints, {"use_reentrant": False} if checkpoints else None)
    elif checkpoints:
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    set_seed(told.seed)
    learnt = LoraConfig(
        r=told.rank,
        lora_alpha=told.alpha,
        lora_dropout=told.dropout,
        target_modules="all-linear",
        task_type="CAUSAL_LM",
    )
    adapted = get_peft_model(model, learnt)
    encoder, infill = _encoder(folder, told.length, told.fim_share > 0)
    trainable = sum(one.numel() for one in adapted.parameters() if one.requires_grad)
    return Base(adapted, encoder, trainable, infill)


def computes_in_half(task: Task) -> bool:
    """Whether matrices are multiplied in bf16: on a card, and on a CPU that has instructions for it, where a pass of
    SmolLM2 over 256 tokens takes half the time (91 against 184 tokens a second on one core with AMX). What is learnt
    stays in fp32."""
    able: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
    return task.dtype == "bfloat16" or bool(able.get("amx_bf16") or able.get("avx512_bf16"))


def _encoder(folder: Any, length: int, wants_holes: bool) -> tuple[Encoder, Infill | None]:
    """A base that knows no holes is taught them only where somebody said so. On a package of 25,000 lines an adapter
    that was, in 35 steps, made 12.5 % of 80 texts exactly, beside 22.5 % of the base read from left to right."""
    tokenizer = Tokenizer(folder)
    family, infill = tokenizer.family, None
    if family.infill is None and wants_holes:
        family = brought(family, spares(tokenizer, folder))
        infill = family.infill
    named = [tokenizer.specials[token] for token in family.ends if token in tokenizer.specials]
    end = named[0] if named else min(tokenizer.ends() or tokenizer.document_start() or (0,))
    return Encoder(tokenizer, family, length, end), infill
