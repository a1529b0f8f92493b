"""Adapters of every type on bases of every precision, against the papers' formulas in plain torch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy
import pytest
import torch

from glossator.engine.adapters.attach import attach
from glossator.engine.adapters.files import read_files
from glossator.engine.adapters.runtime import AdaptedRuntime
from glossator.engine.events import Finished, Text
from glossator.engine.generate import answer
from glossator.engine.load import Models
from glossator.engine.question import Question
from glossator.engine.state import EngineState
from glossator.engine.torch_runtime import TorchRuntime
from glossator.models.adapters import add
from glossator.settings import ModelSettings
from tests.engine.own_adapters import PROMPTS, TYPES, VIRTUAL, Linear, random_weights, reference, write_adapter
from tests.engine.own_engine import own_folders

TOKENS = [30, 44, 201, 99, 310, 140, 55, 61]
NEAR = 1e-5  # of the largest score, which float32 keeps to seven digits
# In 8 bits the inputs of a layer are rounded too: a sum in another order may fall to the next step, on some processors.
NEAR_INT8 = 4e-3
Quantization = Literal["none", "int8", "nf4"]
DataType = Literal["float32", "bfloat16"]


@pytest.fixture(scope="module", params=["none", "int8", "nf4"])
def base(request: pytest.FixtureRequest, tiny_starcoder: Path) -> TorchRuntime:
    """The tiny StarCoder, loaded."""
    return load_base(tiny_starcoder, request.param)


def load_base(folder: Path, quantization: Quantization = "none", dtype: DataType = "float32") -> TorchRuntime:
    """A model as the engine loads it."""
    choices = ModelSettings(str(folder), quantization=quantization, dtype=dtype, device="cpu")
    runtime = Models(EngineState(str(folder)), 1, choices).get(str(folder)).runtime
    assert isinstance(runtime, TorchRuntime)
    return runtime


def near(wanted: Any, share: float = NEAR) -> Any:
    """To compare scores with: equal but for what is rounded."""
    return pytest.approx(wanted, abs=float(share * numpy.abs(wanted).max()))


def adapted(base: TorchRuntime, folder: Path) -> AdaptedRuntime:
    """The base with an adapter, read from its folder."""
    return AdaptedRuntime(base, attach(folder.name, "tiny", base.model, read_files(folder.name, folder)))


def scores(runtime: Any, *chunks: Sequence[int]) -> Any:
    """The scores after the chunks, fed one after the other to a fresh session."""
    session = runtime.session()
    return [session.feed(chunk) for chunk in chunks][-1]


def own_linear(base: TorchRuntime, kind: str) -> Linear | None:
    """The linear layers of a quantised base. Int8 rounds inputs by what is fed together: virtual tokens come alone."""
    if not hasattr(base.model.config, "quantization_config"):
        return None
    border = VIRTUAL if kind in PROMPTS[:2] else 0

    def linear(name: str, x: torch.Tensor) -> torch.Tensor:
        layer = base.model.get_submodule(name)
        parts = [part for part in (x[:border], x[border:]) if len(part)]
        return torch.cat([layer(part.unsqueeze(0))[0] for part in parts])

    return linear


@pytest.mark.parametrize("form", ["safetensors", "bin"])
@pytest.mark.parametrize("kind", TYPES)
def test_every_type_on_every_base_is_its_formula(
    base: TorchRuntime, tmp_path: Path, kind: str, form: str, tiny_starcoder: Path
) -> None:
    before = scores(base, TOKENS)
    runtime = adapted(base, write_adapter(tmp_path / kind, kind, form))
    with torch.inference_mode():
        wanted = reference(tiny_starcoder, TOKENS, kind, random_weights(kind), own_linear(base, kind))[-1].numpy()
    found = scores(runtime, TOKENS)
    assert found == near(wanted, NEAR_INT8 if base.quantization == "int8" else NEAR)
    assert numpy.abs(found - before).max() > 0.02 * numpy.abs(before).max(), "an adapter that is not heard"
    assert (scores(base, TOKENS) == before).all(), "the base is not to the bit what it was"


@pytest.mark.parametrize("quantization", ["none", "int8", "nf4"])
def test_every_type_runs_in_bfloat16(tiny_starcoder: Path, tmp_path: Path, quantization: Quantization) -> None:
    base = load_base(tiny_starcoder, quantization, "bfloat16")
    without = scores(base, TOKENS)
    for kind in TYPES:
        found = scores(adapted(base, write_adapter(tmp_path / kind, kind)), TOKENS)
        wanted = reference(tiny_starcoder, TOKENS, kind, random_weights(kind))[-1].numpy()
        if quantization != "nf4":  # four bits are further from the base than some adapters
            assert numpy.abs(found - wanted).max() < numpy.abs(wanted - without).max() / 3, kind
        assert numpy.abs(found - without).max() > 0.02 * numpy.abs(without).max(), kind
    assert (scores(base, TOKENS) == without).all()


@pytest.mark.parametrize("kind", TYPES)
def test_what_was_loaded_can_be_saved_and_loaded_again(base: TorchRuntime, tmp_path: Path, kind: str) -> None:
    files = read_files(kind, write_adapter(tmp_path / kind, kind, "bin"))
    first = attach(kind, "tiny", base.model, files)
    first.peft_model.save_pretrained(tmp_path / "again", save_embedding_layers=False)
    again = adapted(base, tmp_path / "again" / "adapter")
    assert (scores(again, TOKENS) == scores(AdaptedRuntime(base, first), TOKENS)).all()


@pytest.mark.parametrize("kind", TYPES)
def test_sessions_go_on_are_cut_and_copied_under_each_type(tiny_starcoder: Path, tmp_path: Path, kind: str) -> None:
    runtime = adapted(load_base(tiny_starcoder), write_adapter(tmp_path / kind, kind))
    whole = scores(runtime, TOKENS)
    wanted = near(whole)
    session = runtime.session()
    for token in TOKENS:
        last = session.feed([token])
    assert last == wanted
    copied = session.copy(3)
    session.keep(5)
    assert session.feed(TOKENS[5:]) == wanted
    assert copied.feed(TOKENS[3:]) == wanted
    assert list(copied.tokens) == list(session.tokens) == TOKENS


def test_all_types_are_resident_at_once_and_do_not_meet(base: TorchRuntime, tmp_path: Path) -> None:
    alone = {kind: scores(adapted(base, write_adapter(tmp_path / kind, kind)), TOKENS) for kind in TYPES}
    runtimes = {kind: adapted(base, tmp_path / kind) for kind in TYPES}
    plain, sessions = base.session(), {kind: runtime.session() for kind, runtime in runtimes.items()}
    without = plain.feed(TOKENS)
    for kind, session in sessions.items():
        assert (session.feed(TOKENS) == alone[kind]).all(), kind
    assert (base.session().feed(TOKENS) == without).all()


@pytest.fixture
def registry(tiny_starcoder: Path, tmp_path: Path) -> Iterator[Models]:
    """The tiny StarCoder with adapters of all types registered under their names."""
    with own_folders():
        for kind in TYPES:
            add(write_adapter(tmp_path / kind, kind))
        yield Models(EngineState(str(tiny_starcoder)), threads=1)


def ask(
    models: Models, name: str, text: str = "def add(first", tokens: int = 12
) -> tuple[list[Text | Finished], Iterator[None]]:
    """The events of an answer to come, and the steps that make them."""
    events: list[Text | Finished] = []
    question = Question(model=name, text=text, max_tokens=tokens, heal=False)
    return events, answer(models.get(name), question, EngineState(name), 0.0, events.append)


ENDED = object()


def text_of(events: list[Text | Finished]) -> str:
    return "".join(event.text for event in events if isinstance(event, Text))


def test_requests_that_take_turns_answer_as_if_they_were_alone(registry: Models, tiny_starcoder: Path) -> None:
    names = [str(tiny_starcoder), *(f"{tiny_starcoder}:{kind}" for kind in TYPES)]
    alone = {}
    for name in names:
        events, steps = ask(registry, name)
        list(steps)
        alone[name] = text_of(events)
    assert len(set(alone.values())) > len(names) // 2, "else the test would not notice a mix"
    registry.unload()
    turns = {name: ask(registry, name) for name in names}
    pending = {name: steps for name, (_, steps) in turns.items()}
    while pending:
        pending = {name: steps for name, steps in pending.items() if next(steps, ENDED) is not ENDED}
    assert {name: text_of(events) for name, (events, _) in turns.items()} == alone


def test_a_prefix_is_reused_under_its_own_adapter_only(registry: Models, tiny_starcoder: Path) -> None:
    text = "for number in range(10):\n    print(number)\n" * 3
    seen: dict[str, list[tuple[str, int]]] = {}
    for name in (str(tiny_starcoder), f"{tiny_starcoder}:lora", f"{tiny_starcoder}:prefix-tuning") * 2:
        events, steps = ask(registry, name, text)
        list(steps)
        end = events[-1]
        assert isinstance(end, Finished)
        assert end.figures.adapter == (name.partition(":")[2] or None)
        seen.setdefault(name, []).append((text_of(events), end.figures.reused_tokens))
    for first, again in seen.values():
        assert first[0] == again[0]
        assert first[1] == 0 < again[1]
