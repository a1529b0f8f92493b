"""Adapters as peft itself saves them: the same scores as in peft's own forward, and on another architecture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import peft
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

from tests.engine.own_adapters import RANK, reference, write_adapter
from tests.engine.test_adapters import TOKENS, adapted, load_base, near, scores

WEIGHTS = "adapter_model.safetensors"
FEW = [token % 250 for token in TOKENS]  # that small is the other model's vocabulary
CAUSAL: dict[str, Any] = {"task_type": "CAUSAL_LM"}
CONFIGURATIONS: list[Any] = [
    peft.LoraConfig(r=4, target_modules="all-linear", use_rslora=True, **CAUSAL),
    peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"], use_dora=True, **CAUSAL),
    peft.LoraConfig(r=4, target_modules=["embed_tokens", "q_proj"], modules_to_save=["lm_head"], **CAUSAL),
    peft.IA3Config(**CAUSAL),
    peft.AdaLoraConfig(init_r=4, total_step=10, target_modules=["q_proj"], **CAUSAL),
    peft.PrefixTuningConfig(num_virtual_tokens=3, **CAUSAL),
    peft.PrefixTuningConfig(num_virtual_tokens=3, prefix_projection=True, encoder_hidden_size=8, **CAUSAL),
    peft.PromptTuningConfig(num_virtual_tokens=3, **CAUSAL),
    peft.PromptEncoderConfig(num_virtual_tokens=3, encoder_hidden_size=8, **CAUSAL),
]


@pytest.mark.filterwarnings("ignore:Could not find a config file", "ignore:`is_gradient_checkpointing` is deprecated")
@pytest.mark.parametrize("configuration", CONFIGURATIONS, ids=lambda one: f"{one.peft_type.value}")
def test_what_peft_saves_scores_as_in_peft(tiny_model: Path, tmp_path: Path, configuration: Any) -> None:
    torch.manual_seed(3)
    model = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_model), configuration).eval()
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.requires_grad and "ranknum" not in name:
                parameter.add_(torch.randn_like(parameter) * 0.1)
        wanted = model(torch.tensor([FEW])).logits[0, -1].numpy()
    model.save_pretrained(tmp_path / "saved", save_embedding_layers=False)
    base = load_base(tiny_model)
    found = adapted(base, tmp_path / "saved")
    assert scores(found, FEW) == near(wanted)
    assert scores(found, FEW[:3], FEW[3:5], FEW[5:]) == near(wanted)
    assert scores(base, FEW) != near(wanted)


def test_an_adalora_that_gave_ranks_away(tiny_starcoder: Path, tmp_path: Path) -> None:
    kept = torch.tensor([True, False, True, True, False, True])
    name = "transformer.h.{}.attn.c_attn.lora_E"
    pattern = {name.format(0): kept.tolist(), name.format(1): [True] * RANK}
    folder = write_adapter(tmp_path / "pruned", "adalora", rank_pattern=pattern)
    tensors = load_file(folder / WEIGHTS)
    for key, tensor in tensors.items():
        if ".h.0." in key:
            tensors[key] = (tensor[:, kept] if key.endswith("lora_B") else tensor[kept]).contiguous()
    save_file(tensors, folder / WEIGHTS)
    wanted = reference(tiny_starcoder, TOKENS, "adalora", tensors)[-1].numpy()
    assert scores(adapted(load_base(tiny_starcoder), folder), TOKENS) == near(wanted)
    assert json.loads((folder / "adapter_config.json").read_text("utf-8"))["rank_pattern"] == pattern
