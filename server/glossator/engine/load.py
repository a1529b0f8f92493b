"""From a model's name to a model that answers. One model is resident; asking for another replaces it.

The converted weights are stored in half precision. SmolLM2-135M, one core, against fp32 files of the same GGUF:
269 MB instead of 538; loaded and widened in 0.3 s instead of 0.1; on 600 tokens of Python the logits differ by 0.05
at most, the likeliest token in 1 place, the loss by 0.0004. Half the disk was worth a fifth of a second.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from glossator.engine.convert import converted
from glossator.engine.healing import Spellings
from glossator.engine.prefix_cache import PrefixCache
from glossator.engine.runtimes import Order, OutOfMemory, Runtime, load_runtime
from glossator.engine.state import EngineState
from glossator.engine.tokenizer import Tokenizer
from glossator.errors import GlossatorError, ModelTooLarge, ModelUnavailable
from glossator.models.adapters import PromptStyle, split_name
from glossator.models.plan import decide, describe_model, too_large
from glossator.models.progress import Progress
from glossator.settings import ModelSettings

if TYPE_CHECKING:  # it brings torch along
    from glossator.engine.adapters.resident import Adapters

# How much of the loading is done, of 1, when torch starts and when all weights are read.
TORCH_STARTS, WEIGHTS_READ = 0.05, 0.95


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


class Models:
    """The resident model. Used by the model's thread only."""

    def __init__(self, state: EngineState, threads: int, choices: ModelSettings = ModelSettings()) -> None:
        self._state = state
        self._threads = threads
        self._choices = choices
        self._loaded: LoadedModel | None = None
        self._adapters: Adapters | None = None

    def get(self, name: str) -> LoadedModel:
        """The model of that name, or the base of ``base:adapter`` with that adapter, loaded now if need be.

        Raises:
            GlossatorError: it is not there, or cannot be loaded.
        """
        base_name, adapter = split_name(name)
        base = self._base(base_name)
        return self._adapted(base, adapter) if adapter else base

    def _adapted(self, base: LoadedModel, adapter: str) -> LoadedModel:
        """The base as it is, run with an adapter. What goes wrong concerns this adapter, not the engine's state."""
        from glossator.engine.adapters.resident import Adapters

        if self._adapters is None:
            self._adapters = Adapters(base.name, base.runtime, self._state.show_adapters)
        resident = self._adapters.get(adapter)
        return replace(
            base,
            runtime=resident.runtime,
            prefixes=base.prefixes.under(resident.runtime),
            adapter=adapter,
            prompt_style=resident.adapter.prompt_style,
        )

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
        self._state.enter("unloaded", "Unloaded after a time without requests")
        gc.collect()
        if sys.platform == "linux":
            ctypes.CDLL(None).malloc_trim(0)  # else glibc keeps the freed blocks

    def _let_go(self) -> None:
        self._loaded = self._adapters = None
        self._state.show_adapters(())

    def _load(self, name: str) -> LoadedModel:
        enter = self._state.enter
        enter("converting", "Looking for the weights")
        folder = converted(name, lambda step: enter("converting", step.message, step.fraction))
        enter("loading", "Reading the tokenizer", 0.02)
        tokenizer = Tokenizer(folder)
        spellings = Spellings(tokenizer.bytes_of)
        enter("loading", "Starting torch", TORCH_STARTS)
        runtime = self._load_runtime(name, folder)
        enter("loading", "Almost ready", WEIGHTS_READ)
        ends = runtime.ends | tokenizer.ends()
        return LoadedModel(name, runtime, tokenizer, spellings, PrefixCache(runtime), ends)

    def _load_runtime(self, name: str, folder: Path) -> Runtime:
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
        try:
            return load_runtime("torch", Order(folder, self._threads, device.name, plan), self._tell)
        except OutOfMemory as error:
            what = f"The memory ran out while the model {name} was loading ({plan.quantization}, {plan.dtype})."
            raise ModelTooLarge(what, too_large(model, self._choices, device.kind, plan).next_step) from error

    def _tell(self, step: Progress) -> None:
        self._state.enter("loading", step.message, TORCH_STARTS + step.fraction * (WEIGHTS_READ - TORCH_STARTS))
