"""Where a model runs here and what that takes, together with the adapters that will be asked for.

The engine, ``models plan`` and ``doctor`` ask the same functions, so what is shown is what will be done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from glossator.models.adapters import available, held_bytes
from glossator.models.choose_runtime import choose_runtime
from glossator.models.local_extra import has_bitsandbytes
from glossator.models.memory import GRAPH_PROCESS, GRAPH_WORKING, Model, graph_bytes, tuner_bytes
from glossator.models.plan import DeviceKind, Plan, available_devices, decide
from glossator.settings import ModelSettings

MOST_GRAPHS = 2  # with an adapter merged into each; they share no weights
ENDLESS = 1 << 60  # bytes
GRAPH_LABEL = "CPU, as a graph"


@dataclass(frozen=True, slots=True)
class Place:
    """A device with its free bytes, and how people call it."""

    kind: DeviceKind
    free: int
    label: str


def find_place(model: Model, choices: ModelSettings) -> Place:
    """Where the engine would run it.

    Raises:
        WrongUse: onnx is asked for, and cannot run it.
    """
    devices = [Place(*one) for one in available_devices()]
    if choose_runtime(model, choices).name == "onnx":
        return Place("graph", devices[0].free, GRAPH_LABEL)
    asked = choices.device.strip().lower().partition(":")[0]
    return next((one for one in devices if one.kind == asked), devices[-1])


def place_and_plan(model: Model, choices: ModelSettings, routed: Sequence[str] = ()) -> tuple[Place, Plan]:
    """Where and how the engine would load it, with room for the ``routed`` adapters if there is.

    Raises:
        WrongUse: the settings ask for what this model cannot do.
        ModelTooLarge: it does not fit.
    """
    place = find_place(model, choices)
    beside = expected_bytes(model, choices, place.kind, routed)
    return place, decide(model, choices, place.kind, place.free, has_bitsandbytes(), beside)


def expected_bytes(model: Model, choices: ModelSettings, kind: DeviceKind, routed: Sequence[str]) -> int:
    """The bytes of the adapters that will be asked for: beside torch's base their own; beside a graph, graphs with one
    merged into each, and for the others torch's base too."""
    found = [one for one in available() if one.name in routed]
    if kind != "graph":
        own = sum(map(held_bytes, found))
        return own + tuner_bytes(choices.quantization) if found and kind == "cpu" else own
    others = [one for one in found if choose_runtime(model, choices, one).name != "onnx"]
    graphs = min(len(found) - len(others), MOST_GRAPHS) * graph_bytes(model)
    beneath = beside_graph(decide(model, choices, "cpu", ENDLESS, has_bitsandbytes())) if others else 0
    return graphs + beneath + sum(map(held_bytes, others))


def beside_graph(base: Plan) -> int:
    """What torch and a base of its own take in a process that has a graph already."""
    return base.need.weights + base.need.other - GRAPH_PROCESS - GRAPH_WORKING
