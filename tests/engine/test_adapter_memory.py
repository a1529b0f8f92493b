"""Adapters in the memory plan: what each takes is known before it is loaded, and one for which there is no room is
refused in a sentence, while the model and the others go on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from glossator.engine.adapters.attach import attach
from glossator.engine.adapters.files import read_files
from glossator.engine.load import Models
from glossator.engine.state import EngineState, own_bytes
from glossator.engine.torch_runtime import TorchRuntime
from glossator.errors import ModelTooLarge
from glossator.models.adapters import add, find, held_bytes
from glossator.models.memory import TUNERS
from glossator.models.placing import expected_bytes
from glossator.models.plan import describe_model
from glossator.settings import ModelSettings
from tests.bench.shapes import write_parallel_adapter, write_shape
from tests.engine.own_adapters import TYPES, write_adapter
from tests.engine.own_engine import own_folders
from tests.engine.tiny_starcoder import write_tiny_starcoder

PLENTY = 100_000_000_000
LITTLE = 1_000_000  # bytes: more than asking takes
CPU = ModelSettings(quantization="none", device="cpu", runtime="torch", context=1024)


@pytest.fixture(autouse=True)
def folders() -> Iterator[Path]:
    """Folders of their own."""
    with own_folders() as root:
        yield root


class Free:
    """So much memory is free beside what this process holds, until something else is said."""

    def __init__(self, total: int) -> None:
        self.total = total

    def __call__(self) -> int:
        own_bytes()  # asking takes pages itself, the first time
        return self.total - own_bytes()


def models(base: Path, free: Free, choices: ModelSettings = CPU, *routed: str) -> tuple[Models, EngineState]:
    state = EngineState(str(base))
    return Models(state, 1, choices, routed, free), state


def total(state: EngineState) -> int:
    assert state.plan is not None
    return state.plan.need.total


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_what_an_adapter_takes_is_known_from_its_files_header(
    tiny_starcoder: Path, tmp_path: Path, kind: str, dtype: str
) -> None:
    source = write_adapter(tmp_path / kind, kind)
    weights = source / "adapter_model.safetensors"
    save_file({name: one.to(getattr(torch, dtype)) for name, one in load_file(weights).items()}, weights)
    adapter = add(source)
    base = Models(EngineState("x"), 1, CPU).get(str(tiny_starcoder)).runtime
    assert isinstance(base, TorchRuntime)
    attached = attach(kind, "tiny", base.model, read_files(kind, adapter.folder))
    # AdaLoRA has one number more for each layer, which it computes.
    assert attached.size == pytest.approx(held_bytes(adapter), rel=0.01 if kind == "adalora" else 0)
    pickled = add(write_adapter(tmp_path / "pickled", kind, form="bin"))
    assert held_bytes(pickled) >= attached.size


def test_each_adapter_counts_and_what_has_no_room_is_refused_while_the_rest_goes_on(
    tiny_starcoder: Path, tmp_path: Path
) -> None:
    sizes = {
        name: held_bytes(add(write_adapter(tmp_path / name, kind)))
        for name, kind in {"small": "ia3", "first": "lora", "second": "parallel", "third": "adapterh"}.items()
    }
    free = Free(PLENTY)
    loading, state = models(tiny_starcoder, free)
    base = str(tiny_starcoder)
    loading.get(base)
    alone = total(state) + TUNERS
    loading.get(f"{base}:first")
    loading.get(f"{base}:second")
    assert total(state) == alone + sizes["first"] + sizes["second"]
    free.total = alone + sizes["third"]  # so the two must go for it
    loading.get(f"{base}:third")
    assert [one["name"] for one in state.adapters] == ["third"]
    assert total(state) == free.total
    free.total = alone + sizes["third"] - 1  # it is there already, so nothing more is asked
    loading.get(f"{base}:third")
    free.total = alone + sizes["small"] - LITTLE
    with pytest.raises(ModelTooLarge, match="The adapter small does not fit: with it the model") as caught:
        loading.get(f"{base}:small")
    assert "tokens of context), and" in caught.value.what
    assert [one["name"] for one in state.adapters] == ["third"], "nobody went for what cannot fit"
    assert state.phase == "ready"
    assert loading.get(base).runtime.session().feed([1, 2, 3]).shape


def test_refusals_name_the_nearest_choices_but_no_other_model(tmp_path: Path) -> None:
    base = write_tiny_starcoder(tmp_path, width=64, context=4096, layers=2)
    huge = write_adapter(tmp_path / "wide", "lora")
    free = Free(PLENTY)
    choices = ModelSettings(quantization="none", device="cpu", runtime="torch")
    loading, state = models(base, free, choices)
    loading.get(str(base))
    free.total = total(state) + TUNERS + held_bytes(add(huge)) - LITTLE
    with pytest.raises(ModelTooLarge) as caught:
        loading.get(f"{base}:wide")
    assert caught.value.next_step.startswith("What fits: set model.context to 2048 (")
    assert "model.name" not in caught.value.next_step


def test_room_is_left_for_the_adapters_that_the_settings_name(tmp_path: Path) -> None:
    base = write_tiny_starcoder(tmp_path, context=8192)
    add(write_adapter(tmp_path / "mine", "parallel"))
    choices = ModelSettings(quantization="none", device="cpu", runtime="torch")
    loading, state = models(base, Free(PLENTY), choices)
    loading.get(str(base))
    alone = total(state)
    routed = expected_bytes(describe_model("x", base), choices, "cpu", ["mine", "mine", "", "not-here"])
    assert routed == TUNERS + held_bytes(find("mine"))
    for room, names, context in (
        (alone + routed, ("mine",), 8192),
        (alone + routed - LITTLE, ("mine",), 4096),
        (alone + routed - LITTLE, (), 8192),
    ):
        loading, state = models(base, Free(room), choices, *names)
        loading.get(str(base))
        assert state.plan is not None and state.plan.context == context


def test_a_model_that_fits_only_without_its_adapters_is_loaded_without(tiny_starcoder: Path, tmp_path: Path) -> None:
    loading, state = models(tiny_starcoder, Free(PLENTY))
    loading.get(str(tiny_starcoder))
    add(write_adapter(tmp_path / "mine", "parallel"))
    tight, state = models(tiny_starcoder, Free(total(state)), CPU, "mine")
    tight.get(str(tiny_starcoder))
    assert state.phase == "ready"
    with pytest.raises(ModelTooLarge, match="The adapter mine does not fit"):
        tight.get(f"{tiny_starcoder}:mine")


@pytest.mark.parametrize("kind", ["lora", "parallel"])
def test_an_adapter_that_goes_gives_its_memory_back(tiny_starcoder: Path, tmp_path: Path, kind: str) -> None:
    import gc
    import weakref

    adapter = add(write_adapter(tmp_path / "mine", kind))
    other = add(write_adapter(tmp_path / "other", "parallel"))
    free = Free(PLENTY)
    loading, state = models(tiny_starcoder, free)
    base = str(tiny_starcoder)
    loading.get(base)
    alone = total(state) + TUNERS
    answering = loading.get(f"{base}:mine")
    session = answering.runtime.session()
    session.feed([1, 2, 3])
    answering.prefixes.put(session)
    held: Any = weakref.ref(answering.runtime)
    del answering, session
    free.total = alone + max(held_bytes(adapter), held_bytes(other))
    loading.get(f"{base}:other")
    gc.collect()
    assert held() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's own memory from mapped files")
@pytest.mark.parametrize("quantization", ["none", "nf4"])
def test_what_loading_took_and_freed_is_given_back(tiny_starcoder: Path, quantization: Any) -> None:
    """Freed blocks between blocks in use, as quantising leaves them: here 50 MB, made by hand."""
    choices = ModelSettings(quantization=quantization, device="cpu", runtime="torch", context=1024)
    loading, _ = models(tiny_starcoder, Free(PLENTY), choices)
    loading.get(str(tiny_starcoder))  # what comes along the first time is here
    blocks = [b"x" * 100_000 for _ in range(1000)]
    del blocks[::2]
    before = own_bytes()
    loading.unload()
    loading.get(str(tiny_starcoder))
    assert own_bytes() < before - 40_000_000
    assert len(blocks) == 500


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's own memory from mapped files")
def test_what_is_planned_is_what_is_taken(tmp_path: Path) -> None:
    """An adapter of 205 MB, in tensors so large that no freed block can hold one."""
    base = write_shape("tiny", tmp_path / "tiny")
    for name, bottleneck in (("small", 16), ("large", 80_000)):
        adapter = add(write_parallel_adapter("tiny", tmp_path / name, bottleneck), name)
    loading, state = models(base, Free(PLENTY))
    loading.get(f"{base}:small").runtime.session().feed([1, 2, 3])  # what comes along the first time is here
    before, planned = own_bytes(), total(state)
    loading.get(f"{base}:large").runtime.session().feed([1, 2, 3])
    assert total(state) - planned == held_bytes(adapter) > 200_000_000
    assert own_bytes() - before == pytest.approx(held_bytes(adapter), rel=0.1)
