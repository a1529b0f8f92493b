"""From a model's name to a model that answers. One model is resident; asking for another replaces it.

The converted weights are stored in half precision. SmolLM2-135M, one core, against fp32 files of the same GGUF:
269 MB instead of 538; loaded and widened in 0.3 s instead of 0.1; on 600 tokens of Python the logits differ by 0.05
at most, the likeliest token in 1 place, the loss by 0.0004. Half the disk was worth a fifth of a second.
"""

from __future__ import annotations

import ctypes
import gc
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from glossator.engine.choose_runtime import choose_runtime
from glossator.engine.convert import converted
from glossator.engine.healing import Spellings
from glossator.engine.prefix_cache import PrefixCache
from glossator.engine.runtimes import Order, OutOfMemory, Runtime, load_runtime
from glossator.engine.state import EngineState, resident_bytes
from glossator.engine.tokenizer import Tokenizer
from glossator.errors import GlossatorError, ModelTooLarge, ModelUnavailable
from glossator.models.adapters import Adapter, PromptStyle, find, split_name
from glossator.models.free_memory import free_memory
from glossator.models.memory import Model
from glossator.models.plan import DeviceKind, decide, describe_model, too_large
from glossator.models.progress import Progress
from glossator.settings import ModelSettings

if TYPE_CHECKING:  # it brings torch along
    from glossator.engine.adapters.resident import Adapters

# How much of the loading is done, of 1, when the runtime starts and when all weights are read.
STARTS, WEIGHTS_READ = 0.05, 0.95
MOST_GRAPHS = 2  # with an adapter merged into each; they share no weights


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """Everything that answering needs. ``adapter`` is the name of the one that ``runtime`` runs with."""

    name: str
    runtime: Runtime
    tokenizer: Tokenizer
    spellings: Spellings
    prefixes: PrefixCache
    ends: frozenset[int]
    adapter: str | None = None
    prompt_style: PromptStyle = "chat"


@dataclass(frozen=True, slots=True)
class Merged:
    """A graph with an adapter merged into it."""

    adapter: Adapter
    runtime: Runtime
    load_ms: float

    def describe(self) -> dict[str, Any]:
        """As ``/health`` shows it."""
        told = {"name": self.adapter.name, "type": self.adapter.type, "load_ms": self.load_ms}
        return {**told, "bytes": 0, "weights": "merged into a graph", "notes": []}


class Models:
    """The resident model. Used by the model's thread only."""

    def __init__(self, state: EngineState, threads: int, choices: ModelSettings = ModelSettings()) -> None:
        self._state = state
        self._threads = threads
        self._choices = choices
        self._loaded: LoadedModel | None = None
        self._adapters: Adapters | None = None
        self._beside_shown: tuple[dict[str, Any], ...] = ()
        self._graphs: dict[str, Merged] = {}

    def get(self, name: str) -> LoadedModel:
        """The model of that name, or the base of ``base:adapter`` with that adapter, loaded now if need be.

        Raises:
            GlossatorError: it is not there, or cannot be loaded.
        """
        base_name, adapter = split_name(name)
        base = self._base(base_name)
        return self._adapted(base, adapter) if adapter else base

    def _adapted(self, base: LoadedModel, adapter: str) -> LoadedModel:
        """The base with an adapter. What goes wrong concerns this adapter, not the engine's state."""
        found = find(adapter)
        try:
            runtime = self._merged(base, found) or self._beside(base, adapter)
        finally:
            self._state.enter("ready", "Ready", 1.0)  # the base answers, whatever became of the adapter
        return replace(
            base,
            runtime=runtime,
            prefixes=base.prefixes.under(runtime),
            adapter=adapter,
            prompt_style=found.prompt_style,
        )

    def _beside(self, base: LoadedModel, adapter: str) -> Runtime:
        """The adapter next to torch's base as it is, which is loaded too where the base itself runs as a graph."""
        from glossator.engine.adapters.resident import Adapters

        if self._adapters is None:
            whole, plan = base.runtime, self._state.plan
            if self._state.runtime == "onnx":
                whole = self._load_torch(base.name, converted(base.name, lambda step: None))
                self._state.plan = plan  # which is told of the base itself
            self._adapters = Adapters(base.name, whole, self._show)
        return self._adapters.get(adapter).runtime

    def _merged(self, base: LoadedModel, adapter: Adapter) -> Runtime | None:
        """A graph with the adapter merged into it; None where that is not to be."""
        folder = converted(base.name, lambda step: None)
        described = describe_model(base.name, folder)
        choice = choose_runtime(described, folder, self._choices, adapter)
        if choice.name != "onnx":
            return None
        began = time.monotonic()
        if adapter.sha256 not in self._graphs:
            runtime = self._load_graph(base.name, described, adapter)
            self._graphs[adapter.sha256] = Merged(adapter, runtime, round((time.monotonic() - began) * 1000, 1))
        merged = self._graphs[adapter.sha256] = self._graphs.pop(adapter.sha256)
        while len(self._graphs) > MOST_GRAPHS:
            del self._graphs[next(iter(self._graphs))]
        self._show()
        return merged.runtime

    def _show(self, beside: tuple[dict[str, Any], ...] | None = None) -> None:
        """Tell which adapters are loaded: those merged into graphs, and those beside torch's base."""
        self._beside_shown = self._beside_shown if beside is None else beside
        merged = tuple(one.describe() for one in self._graphs.values())
        self._state.show_adapters((*merged, *self._beside_shown))

    def _base(self, name: str) -> LoadedModel:
        if self._loaded is None or self._loaded.name != name:
            self._let_go()  # before the next one is there, or both would fill the memory
            self._state.model = name
            try:
                self._loaded = self._load(name)
            except GlossatorError as error:
                self._state.fail(error)
                raise
            except Exception as error:  # whatever a foreign file makes transformers raise
                what = f"The model {name} cannot be loaded: {type(error).__name__}: {error}."
                failure = ModelUnavailable(what, "See 'glossator engine logs'.")
                self._state.fail(failure)
                raise failure from error
            self._state.enter("ready", "Ready", 1.0)
        return self._loaded

    def unload(self) -> None:
        """Give the model's memory back to the system; the next request loads it again."""
        self._let_go()
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)  # else glibc keeps the freed blocks
        self._state.enter("unloaded", "Unloaded after a time without requests")  # last: it is said when it is true

    def _let_go(self) -> None:
        self._loaded = self._adapters = None
        self._graphs.clear()
        self._show(())

    def _load(self, name: str) -> LoadedModel:
        enter = self._state.enter
        enter("converting", "Looking for the weights")
        folder = converted(name, lambda step: enter("converting", step.message, step.fraction))
        enter("loading", "Reading the tokenizer", 0.02)
        tokenizer = Tokenizer(folder)
        spellings = Spellings(tokenizer.bytes_of)
        described = describe_model(name, folder)
        choice = choose_runtime(described, folder, self._choices)
        if choice.name == "onnx":
            runtime = self._load_graph(name, described, None)
        else:
            enter("loading", "Starting torch", STARTS)
            runtime = self._load_torch(name, folder)
        self._state.runtime, self._state.runtime_reason = choice.name, choice.reason
        enter("loading", "Almost ready", WEIGHTS_READ)
        ends = runtime.ends | tokenizer.ends()
        return LoadedModel(name, runtime, tokenizer, spellings, PrefixCache(runtime), ends)

    def _load_graph(self, name: str, model: Model, adapter: Adapter | None) -> Runtime:
        from glossator.engine.graph.kept import kept_graph

        plan = decide(model, replace(self._choices, quantization="int8"), "cpu", free_memory() + resident_bytes())
        folder = kept_graph(name, adapter, lambda step: self._state.enter("loading", step.message, STARTS))
        if adapter is None:
            self._state.plan = plan
        return self._load_runtime("onnx", Order(folder, self._threads, "cpu", plan), model)

    def _load_torch(self, name: str, folder: Path) -> Runtime:
        """Planned first: what does not fit is said before anything is read."""
        from glossator.engine.architecture import require_known
        from glossator.engine.devices import find_device
        from glossator.engine.quantize import has_bitsandbytes, require_bitsandbytes

        model = describe_model(name, folder)
        require_known(name, folder)
        device = find_device(self._choices.device)
        plan = decide(model, self._choices, device.kind, device.free, has_bitsandbytes())
        if plan.quantization != "none":
            require_bitsandbytes()
        self._state.plan = plan
        return self._load_runtime("torch", Order(folder, self._threads, device.name, plan), model)

    def _load_runtime(self, runtime: str, order: Order, model: Model) -> Runtime:
        try:
            return load_runtime(runtime, order, self._tell)
        except OutOfMemory as error:
            plan = order.plan
            what = f"The memory ran out while the model {model.name} was loading ({plan.quantization}, {plan.dtype})."
            kind: DeviceKind = "cpu" if order.device == "cpu" else "mps" if order.device == "mps" else "cuda"
            raise ModelTooLarge(what, too_large(model, self._choices, kind, plan).next_step) from error

    def _tell(self, step: Progress) -> None:
        self._state.enter("loading", step.message, STARTS + step.fraction * (WEIGHTS_READ - STARTS))
