"""Adapters that cannot be used: each is refused by name, with a sentence; none runs code, none changes the base."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from glossator.engine.adapters.attach import attach
from glossator.engine.adapters.files import read_files
from glossator.engine.load import Models
from glossator.engine.state import EngineState
from glossator.engine.torch_runtime import TorchRuntime
from glossator.errors import GlossatorError, ModelMissing, WrongUse
from glossator.models.adapters import add, find
from tests.engine.own_adapters import write_adapter
from tests.engine.own_engine import own_folders
from tests.engine.test_adapters import load_base

Damage = Callable[[Path], None]
WEIGHTS = "adapter_model.safetensors"


def configured(**fields: Any) -> Damage:
    """A change of the configuration."""

    def change(folder: Path) -> None:
        file = folder / "adapter_config.json"
        file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | fields), "utf-8")

    return change


def reshaped(change: Callable[[str, torch.Tensor], torch.Tensor]) -> Damage:
    """A change of each tensor."""

    def apply(folder: Path) -> None:
        tensors = {key: change(key, tensor).contiguous() for key, tensor in load_file(folder / WEIGHTS).items()}
        save_file(tensors, folder / WEIGHTS)

    return apply


def renamed(old: str, new: str) -> Damage:
    """A change of each key; a new name of nothing drops those tensors."""

    def apply(folder: Path) -> None:
        tensors = load_file(folder / WEIGHTS)
        kept = {key.replace(old, new): tensor for key, tensor in tensors.items() if new or old not in key}
        save_file(kept, folder / WEIGHTS)

    return apply


def truncated(folder: Path) -> None:
    file = folder / WEIGHTS
    file.write_bytes(file.read_bytes()[:-100])


def truncated_pickle(folder: Path) -> None:
    torch.save(load_file(folder / WEIGHTS), folder / "adapter_model.bin")
    (folder / WEIGHTS).unlink()
    file = folder / "adapter_model.bin"
    file.write_bytes(file.read_bytes()[:-200])


def without(name: str) -> Damage:
    return lambda folder: (folder / name).unlink()


class Planted:
    """Unpickles to a file that appears."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        return Path.touch, (self.trace,)


def planted(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    torch.save({"weight": Planted(folder / "it_ran")}, folder / "adapter_model.bin")


def planted_old_format(folder: Path) -> None:
    (folder / WEIGHTS).unlink()
    (folder / "adapter_model.bin").write_bytes(pickle.dumps({"weight": Planted(folder / "it_ran")}, protocol=2))


REFUSED: list[tuple[str, Damage, str]] = [
    ("lora", without("adapter_config.json"), "has no adapter_config.json. Name a folder that peft's save_pretrained"),
    ("lora", lambda folder: (folder / "adapter_config.json").write_text("{") and None, "cannot be read"),
    ("lora", without(WEIGHTS), "has neither adapter_model.safetensors nor adapter_model.bin"),
    ("lora", configured(peft_type="LOHA"), "is of the type 'LOHA', which the engine does not run. It runs LORA, IA3"),
    ("lora", configured(peft_type=None), "is of the type None"),
    ("lora", configured(task_type="SEQ_CLS"), "it was made for the task SEQ_CLS, not for CAUSAL_LM"),
    ("lora", configured(bias="all"), "it replaces biases of its base (bias='all')"),
    ("lora", configured(init_lora_weights="pissa_niter_4"), "which changes the base's own weights"),
    ("lora", configured(r="eight"), "does not belong to tiny: '<=' not supported"),
    ("lora", configured(target_modules=["q_proj"]), "does not belong to tiny: Target modules {'q_proj'} not found"),
    ("lora", configured(r=4), "does not belong to tiny: size mismatch"),
    ("lora", reshaped(lambda key, one: one.repeat(1, 2)), "does not belong to tiny: size mismatch"),
    ("lora", renamed(".h.1.", ".h.7."), "weights for modules that are not there, such as transformer.h.7.attn"),
    ("lora", renamed(".h.1.", ""), "it has no weights for 6 places that it changes, such as transformer.h.1.attn"),
    ("lora", truncated, "its adapter_model.safetensors is damaged"),
    ("lora", truncated_pickle, "its adapter_model.bin is damaged"),
    ("lora", planted, "its adapter_model.bin holds more than weights, or is damaged. Nothing in it was run."),
    (
        "lora",
        planted_old_format,
        "its adapter_model.bin holds more than weights, or is damaged. Nothing in it was run.",
    ),
    ("parallel", configured(non_linearity="sign"), "its non_linearity is 'sign', none of tanh"),
    ("parallel", configured(bottleneck_size=8), "does not belong to tiny: size mismatch"),
    ("parallel", configured(use_parallel_adapter=False), "'c_attn' have no place for a bottleneck"),
    (
        "ia3",
        renamed(".mlp.c_proj.", ".mlp.c_fc."),
        "modules that are not there, such as transformer.h.0.mlp.c_fc.ia3_l",
    ),
    ("prompt-tuning", configured(num_virtual_tokens=9), "its virtual tokens are 5 × 64, which must be 9 × 64"),
    ("prompt-tuning", renamed("prompt_embeddings", "prompts"), "its weights have no prompt_embeddings"),
    ("prefix-tuning", configured(num_layers=4, token_dim=8, num_attention_heads=1), "for 4 layers, which do not fit"),
]


@pytest.fixture(scope="module")
def runtime(tiny_starcoder: Path) -> TorchRuntime:
    """The base that they do not belong to."""
    return load_base(tiny_starcoder)


@pytest.mark.parametrize(("kind", "damage", "sentence"), REFUSED)
def test_each_is_refused_by_name(
    runtime: TorchRuntime, tmp_path: Path, kind: str, damage: Damage, sentence: str
) -> None:
    folder = write_adapter(tmp_path / "broken-one", kind)
    damage(folder)
    before = runtime.session().feed([1, 2, 3])
    with pytest.raises(GlossatorError) as caught:
        attach("broken-one", "tiny", runtime.model, read_files("broken-one", folder))
    said = str(caught.value)
    assert sentence in said
    assert "broken-one" in said
    assert said.count("\n") == 0 and len(said) < 400, said
    assert not (folder / "it_ran").exists()
    assert (runtime.session().feed([1, 2, 3]) == before).all()


def test_the_planted_code_would_run_elsewhere(tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "evil", "lora")
    planted(folder)
    with zipfile.ZipFile(folder / "adapter_model.bin") as archive:
        data = next(archive.read(name) for name in archive.namelist() if name.endswith("data.pkl"))
    pickle.loads(data)
    assert (folder / "it_ran").exists(), "else the tests above would prove nothing"


def test_an_adapter_of_another_base_is_refused_and_the_base_goes_on(tiny_model: Path, tmp_path: Path) -> None:
    with own_folders():
        add(write_adapter(tmp_path / "lora", "lora"))
        state = EngineState(str(tiny_model))
        models = Models(state, 1)
        models.get(str(tiny_model))
        with pytest.raises(WrongUse, match="The adapter lora does not belong to tiny"):
            models.get(f"{tiny_model}:lora")
        assert state.phase == "ready"
        assert state.adapters == ()
        assert "does not belong" in find("lora").effect, "told by 'adapters list' too"
        with pytest.raises(ModelMissing, match="There is no adapter 'unknown'"):
            models.get(f"{tiny_model}:unknown")


def test_one_that_changes_nothing_is_reported(tiny_starcoder: Path, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "fresh", "lora")
    reshaped(lambda key, one: one * 0 if "lora_B" in key else one)(folder)
    with own_folders():
        add(folder)
        add(write_adapter(tmp_path / "trained", "lora"))
        state = EngineState(str(tiny_starcoder))
        models = Models(state, 1)
        models.get(f"{tiny_starcoder}:fresh")
        models.get(f"{tiny_starcoder}:trained")
        told = {one["name"]: " ".join(one["notes"]) for one in state.answer(0)["adapters"]}
        assert told["fresh"].startswith("The adapter fresh changes nothing: with it and without it")
        assert "changes nothing" in find("fresh").effect
        assert told["trained"] == ""
        assert find("trained").effect.startswith("Changes the scores of tiny by up to ")


def test_an_adapter_made_for_another_name_runs_and_says_so(tiny_starcoder: Path, tmp_path: Path) -> None:
    with own_folders():
        add(write_adapter(tmp_path / "mine", "lora", base_model_name_or_path="bigcode/starcoderbase-7b"))
        state = EngineState(str(tiny_starcoder))
        Models(state, 1).get(f"{tiny_starcoder}:mine")
        assert state.adapters[0]["notes"] == [
            "The adapter mine says that it was made for starcoderbase-7b, and runs on tiny."
        ]


def test_a_broken_header_is_damage(runtime: TorchRuntime, tmp_path: Path) -> None:
    folder = write_adapter(tmp_path / "broken", "lora")
    (folder / WEIGHTS).write_bytes(struct.pack("<Q", 1 << 60) + b"{}")
    with pytest.raises(WrongUse, match="is damaged"):
        read_files("broken", folder)
