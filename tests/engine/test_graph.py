"""Models as graphs for onnxruntime: what they say beside transformers, where they are kept, and when they are used."""

from __future__ import annotations

from pathlib import Path

import numpy
import pytest

from glossator.engine.load import Models
from glossator.engine.runtimes import Runtime, Session
from glossator.engine.state import EngineState
from glossator.models import adapters
from glossator.settings import ModelSettings
from tests.engine.own_adapters import LLAMA, STARCODER, write_adapter

AS_GRAPH = ModelSettings(runtime="onnx")
AS_IT_IS = ModelSettings(runtime="torch")
TOKENS = [(7 * number + 3) % 256 + 20 for number in range(600)]  # longer than a session's first room


def loaded(model: Path, choices: ModelSettings, adapter: str = "") -> Runtime:
    name = f"{model}:{adapter}" if adapter else str(model)
    return Models(EngineState(str(model)), 1, choices).get(name).runtime


def scores_of(session: Session, tokens: list[int], chunk: int = 128) -> numpy.ndarray:
    return numpy.concatenate([session.score(tokens[at : at + chunk]) for at in range(0, len(tokens), chunk)])


def differs(one: numpy.ndarray, other: numpy.ndarray) -> float:
    """The root of the mean square of the difference, of that of what is compared with."""
    return float(numpy.sqrt(numpy.square(one - other).mean() / numpy.square(other - other.mean()).mean()))


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
    assert differs(found, expected) < 0.05
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


def test_a_graph_is_built_once_for_each_state(tiny_model: Path, folders: Path) -> None:
    loaded(tiny_model, AS_GRAPH)
    (graph,) = (folders / "data").rglob("graph.json") if (folders / "data").exists() else folders.rglob("graph.json")
    before = graph.stat().st_mtime_ns
    loaded(tiny_model, AS_GRAPH)
    assert graph.stat().st_mtime_ns == before
    graph.unlink()  # as if the build had been broken off
    loaded(tiny_model, AS_GRAPH)
    assert len(list(folders.rglob("graph.json"))) == 1
    assert not list(folders.rglob(".graph-*")), "nothing half done is left"


@pytest.mark.parametrize(("method", "base"), [("lora", LLAMA), ("ia3", LLAMA), ("lora", STARCODER)])
def test_an_adapter_is_merged_before_anything_is_rounded(
    method: str, base: str, tiny_model: Path, tiny_starcoder: Path, folders: Path, tmp_path: Path
) -> None:
    model = tiny_model if base == LLAMA else tiny_starcoder
    adapters.add(write_adapter(tmp_path / "mine", method, base), "mine")
    expected = scores_of(loaded(model, AS_IT_IS, "mine").session(), TOKENS[:200])
    found = scores_of(loaded(model, AS_GRAPH, "mine").session(), TOKENS[:200])
    without = scores_of(loaded(model, AS_GRAPH).session(), TOKENS[:200])
    assert differs(found, expected) < 0.05
    assert differs(without, expected) > 3 * differs(found, expected), "the adapter is in it"
