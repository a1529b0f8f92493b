"""Models as graphs for onnxruntime: what they say beside transformers, where they are kept, and when they are used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
from safetensors.torch import load_file, save_file

from glossator.engine.graph.kept import graph_folder
from glossator.engine.load import Models
from glossator.engine.onnx_runtime import FIRST_ROOM
from glossator.engine.runtimes import Halt, Halted, Runtime, Session
from glossator.engine.state import EngineState
from glossator.errors import WrongUse
from glossator.models import adapters
from glossator.models.choose_runtime import choose_runtime
from glossator.models.plan import describe_model
from glossator.models.weights import Tensor
from glossator.settings import ModelSettings
from tests.engine.own_adapters import MERGEABLE, write_adapter
from tests.engine.own_engine import own_folders

AS_GRAPH = ModelSettings(runtime="onnx")
AS_IT_IS = ModelSettings(runtime="torch")
ROUNDING = 0.2  # measured: 0.11 at most; these random weights have outliers as no trained model has
TOKENS = [(7 * number + 3) % 256 + 20 for number in range(600)]  # longer than a session's first room


def loaded(model: Path, choices: ModelSettings, adapter: str = "") -> Runtime:
    name = f"{model}:{adapter}" if adapter else str(model)
    return Models(EngineState(str(model)), 1, choices).get(name).runtime


def scores_of(session: Session, tokens: list[int], chunk: int = 128) -> numpy.ndarray:
    return numpy.concatenate([session.score(tokens[at : at + chunk]) for at in range(0, len(tokens), chunk)])


def differs(one: numpy.ndarray, other: numpy.ndarray) -> float:
    """The root of the mean square of the difference, of that of what is compared with."""
    return float(numpy.sqrt(numpy.square(one - other).mean() / numpy.square(other - other.mean(axis=0)).mean()))


@pytest.fixture(scope="module")
def folders() -> Iterator[Path]:
    """Folders for the whole module: a graph takes seconds to build."""
    with own_folders() as root:
        yield root


@pytest.fixture(params=["tiny_model", "tiny_starcoder", "many_heads"])
def model(request: pytest.FixtureRequest, folders: Path) -> Path:
    """Each architecture that there is a graph for."""
    found: Path = request.getfixturevalue(request.param)
    return found


@pytest.fixture(scope="session")
def many_heads(tiny_starcoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPTBigCode with keys and values for each head, as SantaCoder's relatives have."""
    import shutil

    import torch
    from transformers import GPTBigCodeConfig, GPTBigCodeForCausalLM

    folder = tmp_path_factory.mktemp("heads") / "many"
    shutil.copytree(tiny_starcoder, folder)
    config = GPTBigCodeConfig.from_pretrained(folder, multi_query=False, initializer_range=0.2)
    torch.manual_seed(3)
    GPTBigCodeForCausalLM(config).save_pretrained(folder)
    return folder


def test_a_graph_says_what_transformers_says_but_for_rounding(model: Path) -> None:
    expected = scores_of(loaded(model, AS_IT_IS).session(), TOKENS)
    found = scores_of(loaded(model, AS_GRAPH).session(), TOKENS)
    assert found.shape == expected.shape
    assert differs(found, expected) < ROUNDING
    assert differs(found[1:], expected[:-1]) > 0.5, "else the comparison could not fail"


def test_sessions_forget_and_copy(model: Path) -> None:
    runtime = loaded(model, AS_GRAPH)
    session = runtime.session()
    fresh = scores_of(session, TOKENS[:520], 1)[-1]
    copied = session.copy(300)
    session.keep(300)
    assert (list(session.tokens), list(copied.tokens)) == (TOKENS[:300], TOKENS[:300])
    session.feed([5] * 40)  # another way on must not reach the copy
    found = scores_of(copied, TOKENS[300:520], 1)[-1]
    assert numpy.array_equal(found, fresh), "the same steps over the same numbers"
    assert len(session.tokens) == 340


def test_what_is_halted_is_neither_copied_nor_given_more_room(tiny_model: Path) -> None:
    runtime = loaded(tiny_model, AS_GRAPH)
    session, other = runtime.session(), runtime.session()
    for one in (session, other):
        one.feed(TOKENS[:FIRST_ROOM])
    halt = Halt()
    halt.ask()
    with pytest.raises(Halted):
        session.copy(300, halt)
    session.heed(halt)
    with pytest.raises(Halted):
        session.feed(TOKENS[FIRST_ROOM:])
    session.heed(Halt())
    assert (len(session.tokens), session.room) == (FIRST_ROOM, FIRST_ROOM)
    assert numpy.array_equal(session.feed(TOKENS[FIRST_ROOM:]), other.feed(TOKENS[FIRST_ROOM:]))


def test_a_graph_is_built_once_for_each_state(tiny_model: Path, folders: Path) -> None:
    loaded(tiny_model, AS_GRAPH)
    graph = graph_folder(str(tiny_model), None) / "graph.json"
    before = graph.stat().st_mtime_ns
    loaded(tiny_model, AS_GRAPH)
    assert graph.stat().st_mtime_ns == before
    graph.unlink()  # as if the build had been broken off
    loaded(tiny_model, AS_GRAPH)
    assert graph.is_file()
    assert not list(folders.rglob(".graph-*")), "nothing half done is left"


@pytest.mark.parametrize("kind", MERGEABLE)
def test_an_adapter_is_merged_before_anything_is_rounded(
    kind: str, tiny_starcoder: Path, folders: Path, tmp_path: Path
) -> None:
    adapters.add(write_adapter(tmp_path / kind, kind), kind)
    expected = scores_of(loaded(tiny_starcoder, AS_IT_IS, kind).session(), TOKENS[:200])
    found = scores_of(loaded(tiny_starcoder, AS_GRAPH, kind).session(), TOKENS[:200])
    without = scores_of(loaded(tiny_starcoder, AS_GRAPH).session(), TOKENS[:200])
    assert differs(found, expected) < ROUNDING
    assert differs(without, expected) > 3 * differs(found, expected), "else the adapter need not be in it"


def test_an_adapter_that_cannot_be_merged_runs_beside_torchs_base(
    tiny_starcoder: Path, folders: Path, tmp_path: Path
) -> None:
    adapters.add(write_adapter(tmp_path / "mine", "parallel"), "mine")
    state = EngineState(str(tiny_starcoder))
    models = Models(state, 1, AS_GRAPH)
    found = scores_of(models.get(f"{tiny_starcoder}:mine").runtime.session(), TOKENS[:50])
    assert numpy.array_equal(found, scores_of(loaded(tiny_starcoder, AS_IT_IS, "mine").session(), TOKENS[:50]))
    assert [one["name"] for one in state.adapters] == ["mine"]
    assert state.answer(0)["runtime"] == "onnx", "the base itself"


def test_a_merged_adapter_that_changes_nothing_or_belongs_elsewhere_is_reported(
    tiny_starcoder: Path, tiny_model: Path, folders: Path, tmp_path: Path
) -> None:
    fresh = write_adapter(tmp_path / "fresh", "lora")
    weights = load_file(fresh / "adapter_model.safetensors")
    zeroed = {name: one * 0 if "lora_B" in name else one for name, one in weights.items()}
    save_file(zeroed, fresh / "adapter_model.safetensors")
    adapters.add(fresh)
    adapters.add(write_adapter(tmp_path / "trained", "lora", seed=5))
    state = EngineState(str(tiny_starcoder))
    models = Models(state, 1, AS_GRAPH)
    models.get(f"{tiny_starcoder}:fresh")
    models.get(f"{tiny_starcoder}:trained")
    told = {one["name"]: one["notes"] for one in state.adapters}
    assert told["fresh"][0].startswith("The adapter fresh changes nothing: with it and without it tiny")
    assert told["trained"] == []
    assert adapters.find("trained").effect.startswith("Changes the scores of tiny by up to ")
    with pytest.raises(WrongUse, match="does not belong to"):
        loaded(tiny_model, AS_GRAPH, "trained")
    assert "does not belong to" in adapters.find("trained").effect


OBSTACLES = [
    ({}, {}, "onnx", "onnxruntime, the fastest on a CPU, with weights in 8 bits."),
    ({}, {"runtime": "torch"}, "torch", "The settings ask for torch."),
    ({}, {"quantization": "nf4"}, "torch", "Torch, since it holds weights in 8 bits, and the settings ask for nf4."),
    ({}, {"device": "cuda"}, "torch", "Torch, since onnx runs on the processor only."),
    ({}, {"dtype": "bfloat16"}, "torch", "Torch, since it computes in float32, and the settings ask for bfloat16."),
    ({"model_type": "mpt"}, {}, "torch", "Torch, since there is no graph for the architecture mpt."),
    ({"hidden_size": 80}, {}, "torch", "Torch, since its matrices are no multiples of 64."),
    (
        {"rope_parameters": {"rope_type": "llama3"}},
        {},
        "torch",
        "Torch, since there is no graph for positions of the type llama3.",
    ),
    ({"quantization_config": {"bits": 4}}, {}, "torch", "Torch, since its weights are quantised already."),
]


@pytest.mark.parametrize(("configured", "chosen", "name", "reason"), OBSTACLES)
def test_the_runtime_is_chosen_and_the_reason_told(
    configured: dict[str, object], chosen: dict[str, str], name: str, reason: str, tiny_model: Path
) -> None:
    config = json.loads((tiny_model / "config.json").read_text("utf-8"))
    weights = tuple(Tensor(f"layers.{number}", "F32", (4096, 4096)) for number in range(2))
    model = replace(  # large enough to be worth it
        describe_model("tiny", tiny_model), tensors=weights, configuration={**config, **configured}
    )
    choices = ModelSettings(**{"device": "cpu", **chosen})
    choice = choose_runtime(model, choices)
    assert (choice.name, choice.reason) == (name, reason)


def test_who_asks_for_onnx_hears_why_it_cannot_be(tiny_model: Path) -> None:
    config = json.loads((tiny_model / "config.json").read_text("utf-8"))
    model = replace(describe_model("tiny", tiny_model), configuration={**config, "model_type": "mpt"})
    with pytest.raises(WrongUse) as caught:
        choose_runtime(model, AS_GRAPH)
    assert str(caught.value) == (
        'The model tiny cannot run with onnx: there is no graph for the architecture mpt. Set model.runtime to "auto".'
    )
