"""Memory planned before anything is loaded: from headers and configurations alone."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.errors import ModelMissing, ModelTooLarge, WrongUse
from glossator.models.free_memory import free_card_memory
from glossator.models.hub import HubModel, hub_model
from glossator.models.memory import Model, architecture_of, graph_need, need, starcoder
from glossator.models.placing import place_and_plan
from glossator.models.plan import QUANTIZATIONS, available_devices, decide, describe_model, plans, too_large
from glossator.models.weights import read_tensors
from glossator.settings import ModelSettings

GIGA = 10**9


def known(name: str) -> Model:
    model = starcoder(f"bigcode/{name}")
    assert model is not None
    return model


@pytest.mark.parametrize(
    ("name", "millions"),
    [("starcoderbase-1b", 1137), ("starcoderbase-3b", 3043), ("starcoderbase-7b", 7327), ("starcoderbase", 15517)],
)
def test_published_shapes_have_the_published_number_of_parameters(name: str, millions: int) -> None:
    assert known(name).parameters / 1e6 == pytest.approx(millions, rel=0.01)


def test_quantised_weights_leave_embeddings_as_they_are() -> None:
    model = known("starcoderbase-7b")
    whole, int8, nf4 = (need(model, one, "bfloat16", 2048, on_gpu=True) for one in QUANTIZATIONS)
    assert whole.weights > 1.8 * int8.weights > 2.7 * nf4.weights
    assert whole.cache == int8.cache == 2 * 2048 * 42 * 2 * 128 * 2
    assert need(model, "nf4", "bfloat16", 2048, True, adapters=363).total == nf4.total + 363


def test_graphs_need_what_was_measured() -> None:
    """tests.bench.memory, on 2026-11-22: 1,514 MB for this shape at 1,024 tokens."""
    assert graph_need(known("starcoderbase-1b"), 1024).total / 1e6 == pytest.approx(1514, rel=0.1)


def test_adapters_take_part_in_what_is_chosen_but_never_keep_a_model_from_loading() -> None:
    model, adapters = known("starcoderbase-7b"), 400_000_000
    alone = decide(model, ModelSettings(), "cuda", 9 * GIGA)
    assert (alone.quantization, alone.context) == ("int8", 8192)
    room = alone.need.total + adapters
    assert decide(model, ModelSettings(), "cuda", room, adapters=adapters).quantization == "int8"
    tight = decide(model, ModelSettings(), "cuda", room - 1, adapters=adapters)
    assert (tight.quantization, tight.need.adapters) == ("nf4", adapters)
    fixed = ModelSettings(quantization="int8", context=8192)
    without = decide(model, fixed, "cuda", alone.need.total, adapters=adapters)
    assert without.need.adapters == 0
    refused = too_large(model, fixed, "cuda", without.beside(adapters, alone.need.total), "mine")
    assert refused.what.startswith("The adapter mine does not fit: with it the model bigcode/starcoderbase-7b needs")
    assert 'set model.quantization to "nf4" (' in refused.next_step
    assert "model.name" not in refused.next_step


@pytest.mark.parametrize(
    ("name", "device", "free", "chosen"),
    [
        ("starcoderbase-7b", "cuda", 80, ("none", "bfloat16", 8192)),
        ("starcoderbase-7b", "cuda", 12, ("int8", "bfloat16", 8192)),
        ("starcoderbase-7b", "cuda", 6, ("nf4", "bfloat16", 8192)),
        ("starcoderbase-7b", "cuda", 4.6, ("nf4", "bfloat16", 4096)),
        ("starcoderbase-1b", "cpu", 64, ("int8", "float32", 8192)),
        ("starcoderbase-1b", "mps", 64, ("none", "float16", 8192)),
        ("starcoderbase-1b", "graph", 64, ("int8", "float32", 8192)),
    ],
)
def test_auto_takes_the_best_that_fits(name: str, device: str, free: float, chosen: tuple[str, str, int]) -> None:
    plan = decide(known(name), ModelSettings(), device, int(free * GIGA))  # type: ignore[arg-type]
    assert (plan.quantization, plan.dtype, plan.context) == chosen
    assert plan.fits


@pytest.mark.parametrize(
    ("choices", "kind", "quantization"),
    [
        (ModelSettings(device="cpu"), "graph", "int8"),
        (ModelSettings(device="cpu", runtime="torch"), "cpu", "int8"),
        (ModelSettings(device="cpu", quantization="nf4"), "cpu", "nf4"),
        (ModelSettings(device="cpu", dtype="bfloat16", quantization="none"), "cpu", "none"),
    ],
)
def test_what_is_shown_is_what_the_engine_will_choose(choices: ModelSettings, kind: str, quantization: str) -> None:
    model = known("starcoderbase-1b")
    place, plan = place_and_plan(model, replace(choices, context=1024))
    assert (place.kind, plan.quantization) == (kind, quantization)
    if kind == "graph":
        assert plan.need == graph_need(model, 1024)
        assert [one.quantization for one in plans(model, choices, place.kind, place.free)] == ["int8"]


def test_apples_processors_have_a_card_inside() -> None:
    card = ["cuda"] if free_card_memory() else []
    assert [one[0] for one in available_devices("darwin arm64")] == ["cpu", *(card or ["mps"])]
    assert [one[0] for one in available_devices("darwin x86_64")] == ["cpu", *card]


def test_without_bitsandbytes_auto_does_not_quantise() -> None:
    assert decide(known("starcoderbase-1b"), ModelSettings(), "cpu", 64 * GIGA, quantizes=False).quantization == "none"


@pytest.mark.parametrize(
    ("choices", "device", "free", "says"),
    [
        (ModelSettings(quantization="none"), "cpu", 12, ('quantization to "int8"', 'quantization to "nf4"', "-3b")),
        (ModelSettings(), "cpu", 3, ('model.name to "bigcode/starcoderbase-1b" (',)),
        (ModelSettings(quantization="nf4", context=8192), "cuda", 4.7, ("model.context to 4096 (", "-3b")),
        (ModelSettings(), "cuda", 0.1, ("Free some memory",)),
    ],
)
def test_too_large_is_a_sentence_with_what_fits(
    choices: ModelSettings, device: str, free: float, says: tuple[str, ...]
) -> None:
    with pytest.raises(ModelTooLarge, match=r"starcoderbase-7b needs .* GB of") as caught:
        decide(known("starcoderbase-7b"), choices, device, int(free * GIGA))  # type: ignore[arg-type]
    for words in says:
        assert words in caught.value.next_step
    assert caught.value.next_step.count(" GB)") <= 3


def test_every_choice_that_is_named_does_fit() -> None:
    for free in range(1, 31):
        try:
            decide(known("starcoderbase-7b"), ModelSettings(quantization="none"), "cpu", free * GIGA)
        except ModelTooLarge as error:
            named = [float(part.split(" GB")[0]) for part in error.next_step.split("(")[1:]]
            assert all(size <= free for size in named)


def test_longer_context_than_the_model_has_is_refused() -> None:
    with pytest.raises(WrongUse, match="has a context of 8192 tokens, not 9000"):
        plans(known("starcoderbase-1b"), ModelSettings(context=9000), "cpu", GIGA)


def test_architectures_by_the_names_that_families_give_them() -> None:
    llama = {"hidden_size": 576, "num_attention_heads": 9, "num_key_value_heads": 3, "num_hidden_layers": 30}
    assert architecture_of(llama | {"max_position_embeddings": 8192}).cache_bytes(1, 4) == 30 * 2 * 3 * 64 * 4
    bigcode = {"n_embd": 2048, "n_head": 16, "n_layer": 24, "n_positions": 8192, "multi_query": True}
    assert architecture_of(bigcode).cache_bytes(1, 2) == 12_288, "12.3 KB, as published"


def test_hub_names_and_revisions() -> None:
    assert hub_model("bigcode/starcoderbase-1b") == HubModel("bigcode/starcoderbase-1b")
    tagged = hub_model("owner/name@refs/pr/1")
    assert tagged == HubModel("owner/name", "refs/pr/1")
    assert tagged.pull_command == "glossator models pull owner/name --revision refs/pr/1"
    for other in ("smollm2", "a/b/c", "/a/b", "../b", "a/..", "a/b@../../x", "-a/b", ""):
        assert hub_model(other) is None, other


def write_safetensors(file: Path, header: object, body: bytes = b"") -> None:
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + body)


GOOD = {"w.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}, "__metadata__": {"format": "pt"}}


@pytest.mark.parametrize(
    ("header", "body", "says"),
    [
        (GOOD, b"x" * 15, "it has .* bytes, and its header speaks of"),
        (GOOD, b"x" * 17, "it has .* bytes, and its header speaks of"),
        ([], b"", "header cannot be read"),
        ({"w": {"dtype": "F32"}}, b"", "header cannot be read"),
        ({"w": 7}, b"", "header cannot be read"),
    ],
)
def test_damaged_weights_are_named(tmp_path: Path, header: object, body: bytes, says: str) -> None:
    write_safetensors(tmp_path / "model.safetensors", header, body)
    with pytest.raises(ModelMissing, match=rf"model\.safetensors are damaged: .*{says}"):
        read_tensors(tmp_path)


def test_files_that_are_no_safetensors_and_shards_that_are_missing(tmp_path: Path) -> None:
    for content in (b"", b"\xff" * 100, b"<html>not found</html>", (5).to_bytes(8, "little") + b"{}"):
        (tmp_path / "model.safetensors").write_bytes(content)
        with pytest.raises(ModelMissing, match="are damaged"):
            read_tensors(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    write_safetensors(tmp_path / "one.safetensors", GOOD, b"x" * 16)
    index = {"weight_map": {"w.weight": "one.safetensors", "v.weight": "two.safetensors"}}
    (tmp_path / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(ModelMissing, match=r"lacks 1 of its 2 files of weights: two\.safetensors"):
        read_tensors(tmp_path)
    write_safetensors(tmp_path / "two.safetensors", GOOD, b"x" * 16)
    assert [tensor.size for tensor in read_tensors(tmp_path)] == [16, 16]
    with pytest.raises(ModelMissing, match="configuration of the model"):
        describe_model("x", tmp_path)
