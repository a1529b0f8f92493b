"""Loading: the tiny StarCoder whole and quantised, through the code that loads the real one, and all that can fail."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest

from glossator.child import environment
from glossator.engine.devices import explain_cuda
from glossator.engine.load import LoadedModel, Models
from glossator.engine.state import EngineState
from glossator.errors import GlossatorError
from glossator.models.base import Prompt, read
from glossator.models.engine_process import EngineModel, ensure_running, status
from glossator.models.progress import Progress
from glossator.models.store import conversion_folder
from glossator.settings import EngineSettings, ModelSettings, Settings
from tests.engine.own_engine import own_folders, until
from tests.engine.tiny_starcoder import write_tiny_starcoder

PROMPT = "def add(first, second):\n    return"

# The largest difference of a score from fp32's, as a share of their spread (12.2): the rounding of 8 and of 4 bits.
TOLERANCES = {"none": 1e-5, "int8": 0.1, "nf4": 0.35}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def starcoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny StarCoder's folder."""
    return write_tiny_starcoder(tmp_path_factory.mktemp("starcoder"))


@pytest.fixture(autouse=True)
def own() -> Iterator[Path]:
    """Folders of their own for conversions and engines."""
    with own_folders() as root:
        yield root


def load(folder: Path, state: EngineState | None = None, **choices: Any) -> LoadedModel:
    return Models(state or EngineState("x"), 1, ModelSettings(**choices)).get(str(folder))


@pytest.mark.parametrize("quantization", ["none", "int8", "nf4"])
def test_scores_are_those_of_plain_transformers(starcoder: Path, quantization: str) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    state = EngineState("x")
    loaded = load(starcoder, state, quantization=quantization)
    tokens = loaded.tokenizer.encode(PROMPT)
    with torch.inference_mode():
        plain = AutoModelForCausalLM.from_pretrained(starcoder)
        expected = plain(torch.tensor([tokens])).logits[0, -1].numpy()
    found = loaded.runtime.session().feed(tokens)
    assert numpy.abs(found - expected).max() <= TOLERANCES[quantization] * expected.std()
    assert state.plan is not None
    footprint = loaded.runtime.model.get_memory_footprint()  # type: ignore[attr-defined]
    assert state.plan.need.weights == pytest.approx(footprint, rel=0.1)


@pytest.mark.parametrize(("dtype", "rounding"), [("auto", 1e-5), ("bfloat16", 0.2), ("float16", 0.02)])
def test_weights_are_held_as_the_settings_say(starcoder: Path, dtype: str, rounding: float) -> None:
    state = EngineState("x")
    loaded = load(starcoder, state, dtype=dtype, quantization="none", runtime="torch", device="cpu")
    assert state.plan is not None
    assert state.plan.dtype == ("float32" if dtype == "auto" else dtype)
    assert str(loaded.runtime.model.dtype) == f"torch.{state.plan.dtype}"  # type: ignore[attr-defined]
    tokens = loaded.tokenizer.encode(PROMPT)
    expected = load(starcoder, runtime="torch").runtime.session().feed(tokens)
    found = loaded.runtime.session().feed(tokens)
    assert numpy.abs(found - expected).max() <= rounding * expected.std()


@pytest.mark.parametrize("quantization", ["none", "int8", "nf4"])
async def test_engine_answers_unloads_gives_memory_back_and_loads_again(tmp_path: Path, quantization: str) -> None:
    """Wide enough for its memory to be seen: 43 million numbers, 170 MB in fp32."""
    write_tiny_starcoder(tmp_path, width=768, layers=6)
    chosen = ModelSettings(str(tmp_path), quantization=quantization)  # type: ignore[arg-type]
    settings = Settings(model=chosen, engine=EngineSettings(threads=1, idle_unload=0.06))
    model = EngineModel(settings)
    text, _ = await read(model, Prompt(text=PROMPT, max_tokens=8))
    ready = await status()
    assert ready is not None
    assert ready.details["quantization"] == quantization

    async def unloaded() -> bool:
        found = await status()
        return found is not None and found.state == "unloaded"

    await until(unloaded)
    empty = await status()
    assert empty is not None
    weights_mb = {"none": 172, "int8": 45, "nf4": 24}[quantization]
    assert ready.rss_mb - empty.rss_mb > 0.6 * weights_mb
    assert (await read(model, Prompt(text=PROMPT, max_tokens=8)))[0] == text
    await model.close()


async def test_every_client_hears_how_far_the_loading_is(starcoder: Path) -> None:
    told: tuple[list[Progress], list[Progress]] = ([], [])
    settings = Settings(model=ModelSettings(str(starcoder)), engine=EngineSettings(threads=1))
    first, second = await asyncio.gather(*(ensure_running(settings, one.append) for one in told))
    assert first.pid == second.pid
    for steps in told:
        fractions = [step.fraction for step in steps]
        assert any(0 < fraction < 1 for fraction in fractions)
        assert fractions[-1] == 1


def test_progress_counts_the_bytes_of_tensors(starcoder: Path) -> None:
    from glossator.engine.runtimes import Order, load_runtime
    from glossator.models.plan import decide, describe_model

    told: list[Progress] = []
    plan = decide(describe_model("x", starcoder), ModelSettings(), "cpu", 10**10)
    load_runtime("torch", Order(starcoder, 1, "cpu", plan), told.append)
    done = [step.done for step in told]
    assert done == sorted(done)
    assert len(set(done)) > 20, "one for each tensor"
    assert done[-1] == told[-1].total


async def test_engine_with_other_choices_is_replaced(starcoder: Path) -> None:
    settings = Settings(model=ModelSettings(str(starcoder)), engine=EngineSettings(threads=1))
    first = await ensure_running(settings)
    assert (await ensure_running(settings)).pid == first.pid
    other = replace(settings, model=replace(settings.model, quantization="int8"))
    found = await ensure_running(other)
    assert found.pid != first.pid
    assert found.details["quantization"] == "int8"


def truncated(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])


def configured(**values: Any) -> Any:
    def change(folder: Path) -> None:
        told = json.loads((folder / "config.json").read_text("utf-8"))
        (folder / "config.json").write_text(json.dumps(told | values), "utf-8")

    return change


def without(*names: str) -> Any:
    def change(folder: Path) -> None:
        for name in names:
            (folder / name).unlink()

    return change


def enormous(folder: Path) -> None:
    """A file with a hole: 4 TB by its header, nothing on the disk."""
    size = 4 * 10**12
    header = json.dumps({"w.weight": {"dtype": "F32", "shape": [10**6, 10**6], "data_offsets": [0, size]}}).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.truncate(8 + len(header) + size)


@pytest.mark.parametrize(
    ("damage", "what", "next_step"),
    [
        (truncated, "are damaged: it has", "Copy the model's folder again"),
        (without("model.safetensors"), "has no weights as safetensors", "Copy the model's folder again"),
        (without("tokenizer.json"), "has no tokenizer.json", "save_pretrained"),
        (configured(model_type="unheard"), "an architecture 'unheard' that transformers does not know", "upgrade"),
        (configured(model_type="own", auto_map={"AutoConfig": "own.Own"}), "run code of its own (own.Own)", "Choose"),
        (configured(model_type="t5", d_model=64, num_heads=4, num_layers=2), "does not write text", "starcoderbase-1b"),
        (configured(n_head="many"), "configuration of the model", "again"),
        (enormous, "needs 1062.8 GB of memory (int8, float32, 1024 tokens of context), and", "model"),
    ],
)
def test_what_cannot_be_loaded_is_one_sentence(
    starcoder: Path, tmp_path: Path, damage: Any, what: str, next_step: str
) -> None:
    folder = shutil.copytree(starcoder, tmp_path / "model")
    damage(folder)
    with pytest.raises(GlossatorError) as caught:
        load(folder)
    assert what in caught.value.what
    assert next_step in caught.value.next_step


@pytest.mark.parametrize(
    ("device", "says"),
    [("gpu", "no device 'gpu'"), ("cpu:1", "no device"), ("cuda", "cuda was asked for"), ("mps", "Apple's")],
)
def test_devices_that_are_not_here(starcoder: Path, device: str, says: str) -> None:
    import torch

    if (device == "cuda" and torch.cuda.is_available()) or (device == "mps" and torch.backends.mps.is_available()):
        assert load(starcoder, device=device)
        return
    with pytest.raises(GlossatorError, match=says):
        load(starcoder, device=device)


def test_old_driver_and_missing_card_are_told_apart() -> None:
    """What torch 2 says (aten/src/ATen/cuda, c10/cuda), word for word."""
    old = "The NVIDIA driver on your system is too old (found version 11040). Please update your GPU driver"
    assert "driver (version 11040) is too old" in explain_cuda(old, "12.8").what
    none = explain_cuda("Found no NVIDIA driver on your system. Please check that you have an NVIDIA GPU", "12.8")
    assert "finds no NVIDIA card" in none.what
    assert "for CPUs alone" in explain_cuda("Torch not compiled with CUDA enabled", None).what


BLOCKED = """
import sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "bitsandbytes":
            raise ModuleNotFoundError("No module named 'bitsandbytes'")
sys.meta_path.insert(0, Blocker())
"""
LOADING = """
import sys
from glossator.engine.load import Models
from glossator.engine.state import EngineState
from glossator.errors import GlossatorError
from glossator.settings import ModelSettings
def load(quantization):
    try:
        return Models(EngineState("x"), 1, ModelSettings(quantization=quantization)).get(sys.argv[1]).name
    except GlossatorError as error:
        return f"{type(error).__name__}: {error}"
"""


def run(code: str, folder: Path) -> str:
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_missing_bitsandbytes_is_said_and_auto_does_without(starcoder: Path) -> None:
    said = run(BLOCKED + LOADING + "print(load('int8')); print(load('auto'))", starcoder).splitlines()
    assert said[0].startswith("PartMissing: Quantised weights need bitsandbytes")
    assert "pip install 'glossator[local]'" in said[0]
    assert said[1] == str(starcoder)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory so")
def test_memory_that_runs_out_while_loading_is_said(tmp_path: Path) -> None:
    folder = write_tiny_starcoder(tmp_path, width=768, layers=6)
    limited = (
        "load('none')\n"  # everything is imported
        "import gc, resource; gc.collect()\n"
        "held = int(open('/proc/self/statm').read().split()[0]) * 4096\n"
        "resource.setrlimit(resource.RLIMIT_AS, (held + 60_000_000, held + 60_000_000))\n"
        "print(load('none'))"
    )
    assert run(LOADING + limited, folder).startswith("ModelTooLarge: The memory ran out while the model")


def test_pickled_weights_are_converted_once_and_load(starcoder: Path, tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    folder = shutil.copytree(starcoder, tmp_path / "pickled")
    model = AutoModelForCausalLM.from_pretrained(starcoder)
    (folder / "model.safetensors").unlink()
    torch.save(model.state_dict(), folder / "pytorch_model.bin")  # tied weights twice, as old repositories have them
    loaded = load(folder)
    tokens = loaded.tokenizer.encode(PROMPT)
    found = loaded.runtime.session().feed(tokens)
    expected = load(starcoder).runtime.session().feed(tokens)
    # Not to the last bit: tensors mapped from another file lie otherwise in memory, and are summed in another order.
    assert numpy.abs(found - expected).max() <= TOLERANCES["none"] * expected.std()
    made = conversion_folder(str(folder)) / "conversion.json"
    before = made.stat().st_mtime_ns
    load(folder)
    assert made.stat().st_mtime_ns == before, "not again"


def test_pickle_that_would_run_something_runs_nothing(starcoder: Path, tmp_path: Path) -> None:
    import torch

    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.mkdir, (str(tmp_path / "sprung"),)

    folder = shutil.copytree(starcoder, tmp_path / "trap")
    (folder / "model.safetensors").unlink()
    torch.save({"w": Trap()}, folder / "pytorch_model.bin")
    with pytest.raises(GlossatorError, match="holds more than weights, and nothing in it was run"):
        load(folder)
    assert not (tmp_path / "sprung").exists()
    (folder / "pytorch_model.bin").write_bytes(b"PK\x03\x04 cut off")
    with pytest.raises(GlossatorError, match="cannot be converted"):
        load(folder)


def test_gguf_of_another_architecture_is_said(tmp_path: Path) -> None:
    from gguf import GGUFWriter

    file = tmp_path / "model.gguf"
    writer = GGUFWriter(file, "starcoder")
    writer.add_tensor("token_embd.weight", numpy.zeros((4, 4), dtype=numpy.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    with pytest.raises(GlossatorError, match="its architecture is 'starcoder', only llama is known") as caught:
        load(file)
    assert "safetensors" in caught.value.next_step
    file.write_bytes(b"GGUF")
    with pytest.raises(GlossatorError, match="cannot be converted"):
        load(file)


def test_no_code_of_the_hub_runs_when_bitsandbytes_is_imported(tmp_path: Path) -> None:
    fetches = (
        f"from pathlib import Path\nPath({str(tmp_path / 'ran')!r}).touch()\ndef get_kernel(*given, **named): ...\n"
    )
    (tmp_path / "kernels.py").write_text(fetches, "utf-8")
    asks = "import glossator.engine, bitsandbytes, importlib.util; print(importlib.util.find_spec('kernels'))"
    done = subprocess.run(
        [sys.executable, "-c", asks],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), os.environ.get("PYTHONPATH", "")))},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "None\n", "")
    assert not (tmp_path / "ran").exists()
