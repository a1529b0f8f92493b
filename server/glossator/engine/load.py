"""From a model's name to a model that answers. One model is resident; asking for another replaces it.

The converted weights are stored in half precision. SmolLM2-135M, one core, against fp32 files of the same GGUF:
269 MB instead of 538; loaded and widened in 0.3 s instead of 0.1; on 600 tokens of Python the logits differ by 0.05
at most, the likeliest token in 1 place, the loss by 0.0004. Half the disk was worth a fifth of a second.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from glossator.engine.adapters.effect import record, try_out
from glossator.engine.convert import converted
from glossator.engine.give_back import give_back
from glossator.engine.healing import Spellings
from glossator.engine.prefix_cache import PrefixCache, Slots
from glossator.engine.runtimes import Order, OutOfMemory, Runtime, load_runtime
from glossator.engine.state import EngineState, own_bytes
from glossator.engine.tokenizer import Tokenizer
from glossator.errors import GlossatorError, ModelTooLarge, ModelUnavailable, WrongUse
from glossator.models.adapter_format import read_infill
from glossator.models.adapters import Adapter, PromptStyle, find, held_bytes, is_shipped, split_name
from glossator.models.choose_runtime import choose_runtime
from glossator.models.free_memory import free_memory
from glossator.models.local_extra import has_bitsandbytes
from glossator.models.memory import Model, graph_bytes, tuner_bytes
from glossator.models.placing import MOST_GRAPHS, beside_graph, expected_bytes
from glossator.models.plan import DeviceKind, Plan, decide, describe_model, too_large
from glossator.models.progress import Progress
from glossator.settings import ModelSettings

if TYPE_CHECKING:  # it brings torch along
    from glossator.engine.adapters.resident import Adapters

# How much of the loading is done, of 1, when the runtime starts and when all weights are read.
STARTS, WEIGHTS_READ = 0.05, 0.95
Loaded = TypeVar("Loaded")


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


@dataclass
class Base:
    """What every answer of a model shares, and the runtime of the model itself once it is needed: where an adapter is
    merged into a graph, nobody may ever ask the model without it."""

    name: str
    folder: Path
    model: Model
    tokenizer: Tokenizer
    spellings: Spellings
    slots: Slots = field(default_factory=list)
    runtime: Runtime | None = None

    def loaded(self, runtime: Runtime, tokenizer: Tokenizer) -> LoadedModel:
        """The model as one runtime computes it."""
        ends = runtime.ends | tokenizer.ends()
        return LoadedModel(self.name, runtime, tokenizer, self.spellings, PrefixCache(runtime, self.slots), ends)

    def forget(self, runtime: Runtime) -> None:
        """Let go of what a runtime computed."""
        self.slots[:] = [slot for slot in self.slots if slot[0] is not runtime]


@dataclass(frozen=True, slots=True)
class Merged:
    """A graph with an adapter merged into it; ``size`` in bytes."""

    adapter: Adapter
    runtime: Runtime
    size: int
    load_ms: float
    notes: tuple[str, ...]

    def describe(self) -> dict[str, Any]:
        """As ``/health`` shows it."""
        told = {"name": self.adapter.name, "type": self.adapter.type, "load_ms": self.load_ms}
        return {**told, "bytes": self.size, "weights": "merged into a graph", "notes": list(self.notes)}


class Models:
    """The resident model. Used by the model's thread only."""

    def __init__(
        self,
        state: EngineState,
        threads: int,
        choices: ModelSettings = ModelSettings(),
        routed: Sequence[str] = (),
        memory: Callable[[], int] = free_memory,
    ) -> None:
        self._state = state
        self._threads = threads
        self._choices = choices
        self._routed = routed  # the adapters that will be asked for
        self._free_memory = memory
        self._loaded: Base | None = None
        self._adapters: Adapters | None = None
        self._beside_shown: tuple[dict[str, Any], ...] = ()
        self._graphs: dict[str, Merged] = {}
        self._beneath = 0  # bytes of what adapters need beneath them: peft, and beside a graph torch and its weights

    def get(self, name: str) -> LoadedModel:
        """The model of that name, or the base of ``base:adapter`` with that adapter, loaded now if need be.

        Raises:
            GlossatorError: it is not there, or cannot be loaded.
        """
        base_name, adapter = split_name(name)
        base = self._base(base_name)
        return self._adapted(base, adapter) if adapter else base.loaded(self._own(base), base.tokenizer)

    def _adapted(self, base: Base, adapter: str) -> LoadedModel:
        """The base with an adapter. What goes wrong concerns this adapter, not the engine's state."""
        found = find(adapter)
        try:
            merges = choose_runtime(base.model, self._choices, found).name == "onnx"
            runtime = self._merged(base, found) if merges else self._beside(base, found)
        finally:
            self._state.enter("ready", "Ready", 1.0)  # the base answers, whatever became of the adapter
        infill = read_infill(found.folder)
        tokenizer = base.tokenizer.taught(infill) if infill else base.tokenizer
        return replace(base.loaded(runtime, tokenizer), adapter=adapter, prompt_style=found.prompt_style)

    def _beside(self, base: Base, adapter: Adapter) -> Runtime:
        """The adapter next to torch's base as it is, which is loaded too where the base itself runs as a graph."""
        from glossator.engine.adapters.resident import Adapters

        if self._adapters is None:
            whole = self._beside_graph(base.name) if self._state.runtime == "onnx" else self._own(base)
            self._adapters = Adapters(base.name, whole, self._show, base.forget)
            self._beneath += self._tuners(whole)
        if not self._adapters.holds(adapter):
            self._make_room(base, adapter, held_bytes(adapter))
        return self._adapters.get(adapter.name).runtime

    def _beside_graph(self, name: str) -> Runtime:
        """torch's base, with what the base's graph takes left alone."""
        assert self._state.plan is not None
        need = self._state.plan.need
        taken = need.total - need.other - need.adapters + self._held()
        runtime, plan = self._load_torch(name, converted(name, lambda step: None), taken)
        self._beneath = beside_graph(plan)
        return runtime

    def _tuners(self, whole: Runtime) -> int:
        """The bytes that the first adapter brings along; they are the machine's, and no card's."""
        from glossator.engine.torch_runtime import TorchRuntime

        assert isinstance(whole, TorchRuntime)
        return tuner_bytes(whole.quantization) if whole.device == "cpu" else 0

    def _merged(self, base: Base, adapter: Adapter) -> Runtime:
        """A graph with the adapter merged into it. What came with Glossator was tried before it came."""
        began = time.monotonic()
        if adapter.sha256 not in self._graphs:
            size = graph_bytes(base.model)
            self._make_room(base, adapter, size)
            runtime = self._load_merged(base, adapter)
            load_ms = round((time.monotonic() - began) * 1000, 1)
            shown = Path(base.name).name.partition("@")[0]
            notes = () if is_shipped(adapter.name) else try_out(adapter, shown, self._own(base), runtime)
            self._graphs[adapter.sha256] = Merged(adapter, runtime, size, load_ms, notes)
        merged = self._graphs[adapter.sha256] = self._graphs.pop(adapter.sha256)
        while len(self._graphs) > MOST_GRAPHS:
            self._drop_oldest(base)
        self._show()
        return merged.runtime

    def _load_merged(self, base: Base, adapter: Adapter) -> Runtime:
        try:
            return self._load_graph(base, adapter)
        except WrongUse as error:  # it does not belong to the base
            record(adapter.name, str(error))
            raise

    def _make_room(self, base: Base, adapter: Adapter, size: int) -> None:
        """Room for so many bytes of an adapter; those that were not asked for the longest go for it.

        Raises:
            ModelTooLarge: there is none even without them, so they stay.
        """
        plan, (kind, free) = self._state.plan, self._device()
        assert plan is not None
        alone = plan.beside(self._beneath + size, free)
        if not alone.fits:
            raise too_large(base.model, self._choices, kind, alone, adapter.name)
        while not plan.beside(self._held() + size, free).fits:
            self._drop_oldest(base)
        self._state.plan = plan.beside(self._held() + size, free)
        gc.collect()

    def _held(self) -> int:
        """The bytes of everything beside the base."""
        graphs = sum(one.size for one in self._graphs.values())
        return self._beneath + graphs + (self._adapters.size if self._adapters else 0)

    def _drop_oldest(self, base: Base) -> None:
        """Let go of an adapter; of graphs first, which are larger."""
        if self._graphs:
            base.forget(self._graphs.pop(next(iter(self._graphs))).runtime)
        elif self._adapters is not None:
            self._adapters.drop_oldest()

    def _device(self) -> tuple[DeviceKind, int]:
        """Where the base runs, and what is free there for the base and everything beside it together."""
        if self._state.runtime == "onnx":
            return "graph", self._free_memory() + own_bytes()
        from glossator.engine.devices import find_device

        device = find_device(self._choices.device, self._free_memory)
        return device.kind, device.free

    def _show(self, beside: tuple[dict[str, Any], ...] | None = None) -> None:
        """Tell which adapters are loaded: those merged into graphs, and those beside torch's base."""
        self._beside_shown = self._beside_shown if beside is None else beside
        merged = tuple(one.describe() for one in self._graphs.values())
        self._state.show_adapters((*merged, *self._beside_shown))

    def _base(self, name: str) -> Base:
        if self._loaded is None or self._loaded.name != name:
            self._let_go()  # before the next one is there, or both would fill the memory
            self._state.model = name
            self._loaded = self._said(name, lambda: self._load(name))
            if self._loaded.runtime is not None:
                self._state.enter("ready", "Ready", 1.0)
        return self._loaded

    def _own(self, base: Base) -> Runtime:
        """The runtime of the base itself, loaded now if need be."""
        if base.runtime is None:
            base.runtime = self._said(base.name, lambda: self._load_graph(base, None))
            self._state.enter("ready", "Ready", 1.0)
        return base.runtime

    def _said(self, name: str, load: Callable[[], Loaded]) -> Loaded:
        """What is loaded; a failure is the engine's state."""
        try:
            return load()
        except GlossatorError as error:
            self._state.fail(error)
            raise
        except Exception as error:  # whatever a foreign file makes transformers raise
            what = f"The model {name} cannot be loaded: {type(error).__name__}: {error}."
            failure = ModelUnavailable(what, "See 'glossator engine logs'.")
            self._state.fail(failure)
            raise failure from error

    def unload(self) -> None:
        """Give the model's memory back to the system; the next request loads it again."""
        self._let_go()
        give_back()
        self._state.enter("unloaded", "Unloaded after a time without requests")  # last: it is said when it is true

    def _let_go(self) -> None:
        self._loaded, self._adapters, self._beneath = None, None, 0
        self._graphs.clear()
        self._show(())

    def _load(self, name: str) -> Base:
        enter = self._state.enter
        enter("converting", "Looking for the weights")
        folder = converted(name, lambda step: enter("converting", step.message, step.fraction))
        enter("loading", "Reading the tokenizer", 0.02)
        tokenizer = Tokenizer(folder)
        base = Base(name, folder, describe_model(name, folder), tokenizer, Spellings(tokenizer.bytes_of))
        choice = choose_runtime(base.model, self._choices)
        if choice.name == "onnx":
            free = self._free_memory() + own_bytes()
            beside = expected_bytes(base.model, self._choices, "graph", self._routed)
            self._state.plan = decide(base.model, self._choices, "graph", free, adapters=beside)
        else:
            enter("loading", "Starting torch", STARTS)
            base.runtime, self._state.plan = self._load_torch(name, folder)
        self._state.runtime, self._state.runtime_reason = choice.name, choice.reason
        enter("loading", "Almost ready", WEIGHTS_READ)
        return base

    def _load_graph(self, base: Base, adapter: Adapter | None) -> Runtime:
        """For what was planned already."""
        from glossator.engine.graph.kept import kept_graph

        assert self._state.plan is not None
        folder = kept_graph(base.name, adapter, lambda step: self._state.enter("loading", step.message, STARTS))
        return self._load_runtime("onnx", Order(folder, self._threads, "cpu", self._state.plan), base.model)

    def _load_torch(self, name: str, folder: Path, taken: int = 0) -> tuple[Runtime, Plan]:
        """Planned first: what does not fit is said before anything is read. ``taken`` bytes hold what stays."""
        from glossator.engine.architecture import require_known
        from glossator.engine.devices import find_device
        from glossator.engine.quantize import require_bitsandbytes

        model = describe_model(name, folder)
        require_known(name, folder)
        device = find_device(self._choices.device, self._free_memory)
        beside = 0 if taken else expected_bytes(model, self._choices, device.kind, self._routed)
        plan = decide(model, self._choices, device.kind, device.free - taken, has_bitsandbytes(), beside)
        if plan.quantization != "none":
            require_bitsandbytes()
        return self._load_runtime("torch", Order(folder, self._threads, device.name, plan), model), plan

    def _load_runtime(self, runtime: str, order: Order, model: Model) -> Runtime:
        try:
            loaded = load_runtime(runtime, order, self._tell)
            give_back()  # what reading and quantising took
            return loaded
        except OutOfMemory as error:
            plan = order.plan
            what = f"The memory ran out while the model {model.name} was loading ({plan.quantization}, {plan.dtype})."
            kind: DeviceKind = "cpu" if order.device == "cpu" else "mps" if order.device == "mps" else "cuda"
            raise ModelTooLarge(what, too_large(model, self._choices, kind, plan).next_step) from error

    def _tell(self, step: Progress) -> None:
        self._state.enter("loading", step.message, STARTS + step.fraction * (WEIGHTS_READ - STARTS))
