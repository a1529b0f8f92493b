"""What of a model fits into the memory that is free, decided before anything is loaded.

Which is best was measured on CPUs at equal quality (tests.bench.memory): from half a billion numbers on, int8 is both
smaller and faster than fp32; below, fp32 is faster. nf4 changes what the model says, so on a CPU only the user
chooses it. On a card: the least changed that fits.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from glossator.errors import ModelMissing, ModelTooLarge, WrongUse
from glossator.models.free_memory import free_card_memory, free_memory
from glossator.models.memory import (
    STARCODERS,
    Model,
    Need,
    Quantization,
    graph_need,
    need,
    read_configuration,
    starcoder,
)
from glossator.models.store import conversion_folder, require
from glossator.models.weights import read_tensors
from glossator.settings import ModelSettings

DeviceKind = Literal["cpu", "cuda", "mps", "graph"]  # the last: a CPU, by onnxruntime
QUANTIZATIONS: tuple[Quantization, ...] = ("none", "int8", "nf4")
DTYPES = {"cpu": "float32", "cuda": "bfloat16", "mps": "float16", "graph": "float32"}
# Plain bf16 is slower than fp32 on CPUs without instructions for it: 224 against 592 tokens/s of prefill.

MACHINE = f"{sys.platform} {platform.machine()}"
INT8_PAYS = 500_000_000
SHORTEST_CONTEXT = 1024


@dataclass(frozen=True, slots=True)
class Plan:
    """How a model is loaded, and what that takes of the memory that is free; both in bytes."""

    quantization: Quantization
    dtype: str
    context: int
    need: Need
    free: int

    @property
    def fits(self) -> bool:
        """Whether there is room."""
        return self.need.total <= self.free

    def beside(self, adapters: int, free: int) -> Plan:
        """The same with so many bytes of adapters and so many free."""
        return replace(self, need=replace(self.need, adapters=adapters), free=free)


def describe_model(name: str, folder: Path) -> Model:
    """What a folder's headers and configuration say.

    Raises:
        ModelMissing: something is missing or damaged.
    """
    tensors = read_tensors(folder)
    configuration, architecture = read_configuration(folder)
    return Model(name, tensors, architecture, configuration)


def known_model(reference: str) -> Model:
    """What is known of a model by its name in the settings, without asking the hub.

    Raises:
        ModelMissing: nothing.
    """
    try:
        source = require(reference)
        made = conversion_folder(reference)
        converted = made if (made / "config.json").is_file() else source
        return describe_model(reference, converted)
    except ModelMissing:
        published = starcoder(reference.partition("@")[0])
        if published is None:
            raise
        return published


def available_devices(machine: str = MACHINE) -> tuple[tuple[DeviceKind, int, str], ...]:
    """The processor, and the graphics card if there is one, with their free bytes and names; the preferred one last.
    Apple's processors have a card inside, which shares their memory."""
    card, free = free_card_memory(), free_memory()
    processor: tuple[DeviceKind, int, str] = ("cpu", free, "CPU")
    if card:
        return (processor, ("cuda", card[1], card[0]))
    return (processor, ("mps", free, "Apple's GPU")) if machine == "darwin arm64" else (processor,)


def plans(model: Model, choices: ModelSettings, device: DeviceKind, free: int, adapters: int = 0) -> tuple[Plan, ...]:
    """A row for each quantization, whether it fits or not; ``adapters`` are the bytes of those beside the model."""
    kinds: tuple[Quantization, ...] = ("int8",) if device == "graph" else QUANTIZATIONS
    return tuple(_plan(model, choices, device, free, one, adapters) for one in kinds)


def decide(
    model: Model, choices: ModelSettings, device: DeviceKind, free: int, quantizes: bool = True, adapters: int = 0
) -> Plan:
    """The plan that the settings ask for; where they say ``auto``, the best that fits, unquantised where nothing
    ``quantizes`` here. Where they name no context, it is shortened rather than the model refused. ``adapters`` are the
    bytes of those that will be asked for: where the model fits only without them, it is planned without.

    Raises:
        ModelTooLarge: it does not fit; the next step names the nearest choices that do.
    """
    if device == "graph":
        wanted: tuple[Quantization, ...] = ("int8",)
    elif choices.quantization != "auto":
        wanted = (choices.quantization,)
    elif device == "cuda":
        wanted = QUANTIZATIONS
    elif device == "mps" or not quantizes:
        wanted = ("none",)
    else:
        wanted = ("int8",) if model.parameters >= INT8_PAYS else ("none", "int8")
    shorter = [] if choices.context else [replace(choices, context=one) for one in _shorter(model.architecture.context)]
    sizes = (adapters, 0) if adapters else (0,)
    found = [
        _plan(model, chosen, device, free, one, size)
        for size in sizes
        for chosen in (choices, *shorter)
        for one in wanted
    ]
    best = next((plan for plan in found if plan.fits), None)
    if best is None:
        raise too_large(model, choices, device, found[-1])
    return best


def too_large(
    model: Model, choices: ModelSettings, device: DeviceKind, failed: Plan, adapter: str = ""
) -> ModelTooLarge:
    """The sentence for a plan that does not fit, or did not when it was tried: with at most three that should. With
    ``adapter``, the model is loaded, and it is that one for which there is no room."""
    room = min(failed.free, failed.need.total - 1)
    others = _others(model, choices, device, failed)
    fits = [(label, total) for label, total in others if total <= room and not (adapter and "model.name" in label)]
    fitting = [f"{label} ({_giga(total)})" for label, total in _nearest(fits)]
    where = "of the graphics card's memory" if device == "cuda" else "of memory"
    who = f"The adapter {adapter} does not fit: with it the model" if adapter else "The model"
    what = (
        f"{who} {model.name} needs {_giga(failed.need.total)} {where} ({failed.quantization}, {failed.dtype}, "
        f"{failed.context} tokens of context), and {_giga(failed.free)} are free."
    )
    if fitting:
        return ModelTooLarge(what, f"What fits: set {', or '.join(fitting)}.")
    smaller = "an adapter with fewer numbers" if adapter else "a smaller model: 'glossator models list'"
    return ModelTooLarge(what, f"Free some memory, or choose {smaller}.")


def _plan(
    model: Model, choices: ModelSettings, device: DeviceKind, free: int, quantization: Quantization, adapters: int = 0
) -> Plan:
    dtype = DTYPES[device] if choices.dtype == "auto" else choices.dtype
    longest = model.architecture.context
    if choices.context > longest:
        what = f"The model {model.name} has a context of {longest} tokens, not {choices.context}."
        raise WrongUse(what, f"Set model.context to {longest} or less; 0 takes all of it.")
    context = choices.context or longest
    return Plan(quantization, dtype, context, _need(model, quantization, dtype, context, device, adapters), free)


def _need(
    model: Model, quantization: Quantization, dtype: str, context: int, device: DeviceKind, adapters: int
) -> Need:
    if device == "graph":
        return graph_need(model, context, adapters)
    return need(model, quantization, dtype, context, device == "cuda", adapters)


def _nearest(fits: Sequence[tuple[str, int]]) -> list[tuple[str, int]]:
    """At most three: the quantizations, else the longest context, and the largest smaller model."""
    kept: dict[str, tuple[str, int]] = {}
    for label, total in fits:
        kind = label.split()[0]
        if kind == "model.context" and any(one.startswith("model.quantization") for one in kept):
            continue  # why give up context, where the same fits without
        kept.setdefault(label if kind == "model.quantization" else kind, (label, total))
    return list(kept.values())[:3]


def _others(model: Model, choices: ModelSettings, device: DeviceKind, failed: Plan) -> Iterator[tuple[str, int]]:
    """Other choices with the bytes they need, the nearest first, those of one kind together: another quantization, a
    shorter context, a smaller model of the family."""
    now, adapters = failed.quantization, failed.need.adapters
    smaller = QUANTIZATIONS[QUANTIZATIONS.index(now) + 1 :] if device not in ("mps", "graph") else ()
    for quantization in smaller:
        yield (
            _label(quantization, now),
            _need(model, quantization, failed.dtype, failed.context, device, adapters).total,
        )
    for quantization in (now, *smaller):
        for context in _shorter(failed.context):
            total = _need(model, quantization, failed.dtype, context, device, adapters).total
            yield f"model.context to {context}{_label(quantization, now, ' and ')}", total
    for sibling in _siblings(model):
        context = min(choices.context or sibling.architecture.context, sibling.architecture.context)
        for quantization in (now, *smaller):
            total = _need(sibling, quantization, failed.dtype, context, device, adapters).total
            yield f'model.name to "{sibling.name}"{_label(quantization, now, " and ")}', total


def _label(quantization: Quantization, now: Quantization, before: str = "") -> str:
    return "" if quantization == now else f'{before}model.quantization to "{quantization}"'


def _shorter(context: int) -> Iterator[int]:
    while (context := context // 2) >= SHORTEST_CONTEXT:
        yield context


def _siblings(model: Model) -> Iterator[Model]:
    """The smaller ones of its family, largest first."""
    names = list(STARCODERS)
    known = names.index(model.name.partition("@")[0]) if model.name.partition("@")[0] in names else -1
    return (found for name in names[known + 1 :] if (found := starcoder(name)) and found.parameters < model.parameters)


def _giga(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
