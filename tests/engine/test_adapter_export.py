"""LoRA adapters as llama.cpp reads them: which ones it gets, and how their matrices lie in the file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from gguf import GGUFReader
from safetensors.torch import load_file

from glossator.errors import WrongUse
from glossator.models.adapters import add
from glossator.models.conversion import adapter_to_gguf
from tests.engine.own_adapters import write_adapter
from tests.engine.own_engine import own_folders


@pytest.fixture(autouse=True)
def folders() -> Iterator[Path]:
    """Folders of their own."""
    with own_folders() as root:
        yield root


@pytest.mark.slow
def test_llama_cpp_is_given_only_what_it_can_do(tmp_path: Path, tiny_starcoder: Path, tiny_model: Path) -> None:
    for kind, why in {"ia3": "of the type ia3", "lora": "of the architecture gpt_bigcode"}.items():
        add(write_adapter(tmp_path / kind, kind))
        with pytest.raises(WrongUse, match=why):
            adapter_to_gguf(kind, str(tiny_starcoder), tmp_path / "out.gguf")
    with pytest.raises(WrongUse, match=r"it changes transformer\.h\.0"):
        adapter_to_gguf("lora", str(tiny_model), tmp_path / "out.gguf")
    assert not (tmp_path / "out.gguf").exists()


@pytest.mark.slow
def test_a_file_for_llama_cpp_holds_the_matrices_as_it_orders_them(tmp_path: Path, tiny_model: Path) -> None:
    source = write_llama_lora(tmp_path / "mine", tiny_model)
    add(source)
    adapter_to_gguf("mine", str(tiny_model), tmp_path / "out.gguf")
    reader = GGUFReader(tmp_path / "out.gguf")
    assert reader.fields["general.type"].contents() == "adapter"
    assert reader.fields["adapter.lora.alpha"].contents() == 8.0
    tensors = {one.name: one.data for one in reader.tensors}
    weights = load_file(source / "adapter_model.safetensors")
    key = "base_model.model.model.layers.1.self_attn.{}.lora_{}.weight"
    assert (tensors["blk.1.attn_q.weight.lora_a"] == weights[key.format("q_proj", "A")].numpy()).all()
    assert (tensors["blk.1.attn_v.weight.lora_b"] == weights[key.format("v_proj", "B")].numpy()).all()
    ordered = weights[key.format("k_proj", "B")].numpy().reshape(2, 2, 8, 4).swapaxes(1, 2).reshape(32, 4)
    assert (tensors["blk.1.attn_k.weight.lora_b"] == ordered).all()


def write_llama_lora(folder: Path, model: Path, scale: float = 0.02, rank: int = 4) -> Path:
    """A LoRA of random weights at every linear layer of a llama."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoModelForCausalLM

    folder.mkdir()
    torch.manual_seed(3)
    weights = {}
    for name, module in AutoModelForCausalLM.from_pretrained(model).named_modules():
        if isinstance(module, torch.nn.Linear) and name != "lm_head":
            key = f"base_model.model.{name}"
            weights[f"{key}.lora_A.weight"] = torch.randn(rank, module.in_features) * scale
            weights[f"{key}.lora_B.weight"] = torch.randn(module.out_features, rank) * scale
    save_file(weights, folder / "adapter_model.safetensors")
    told = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 8, "target_modules": "all-linear"}
    (folder / "adapter_config.json").write_text(json.dumps({**told, "base_model_name_or_path": str(model)}))
    return folder
