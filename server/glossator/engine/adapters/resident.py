"""The adapters that are loaded on one base, each on first need; the least recently used goes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from glossator.engine.adapters.attach import attach
from glossator.engine.adapters.effect import record, try_out
from glossator.engine.adapters.files import read_files
from glossator.engine.adapters.runtime import AdaptedRuntime
from glossator.engine.give_back import give_back
from glossator.engine.runtimes import Runtime
from glossator.engine.torch_runtime import TorchRuntime
from glossator.errors import GlossatorError, WrongUse
from glossator.models.adapters import Adapter, find

Changed = Callable[[tuple[dict[str, Any], ...]], None]

MOST_RESIDENT = 8


@dataclass(frozen=True, slots=True)
class Resident:
    """A loaded adapter. ``notes`` are sentences about it; ``size`` in bytes."""

    adapter: Adapter
    runtime: Runtime
    size: int
    load_ms: float
    how: str
    notes: tuple[str, ...]


class Adapters:
    """The adapters of one base. ``changed`` is told after each change what is resident, as ``/health`` shows it, and
    ``gone`` of a runtime that nobody should hold any longer."""

    def __init__(self, base_name: str, base: Runtime, changed: Changed, gone: Callable[[Runtime], None]) -> None:
        self._base_name = base_name
        self._base = base
        self._changed = changed
        self._gone = gone
        self._resident: dict[str, Resident] = {}

    @property
    def size(self) -> int:
        """The bytes of all that are resident."""
        return sum(one.size for one in self._resident.values())

    def holds(self, adapter: Adapter) -> bool:
        """Whether this state of an adapter is loaded."""
        return adapter.name in self._resident and self._resident[adapter.name].adapter.sha256 == adapter.sha256

    def get(self, name: str) -> Resident:
        """The adapter of that name, loaded now if need be, or if it is another one since it was loaded.

        Raises:
            ModelMissing: none is registered under that name.
            WrongUse: it cannot be used, or not on this base.
        """
        adapter = find(name)
        found = self._resident.pop(name, None)
        if found is None or found.adapter.sha256 != adapter.sha256:
            found = self._load(adapter)
        self._resident[name] = found
        while len(self._resident) > MOST_RESIDENT:
            self.drop_oldest()
        self._changed(tuple(_describe(one) for one in self._resident.values()))
        return found

    def drop_oldest(self) -> None:
        """Let go of the one that was not asked for the longest, of at least one."""
        self._gone(self._resident.pop(next(iter(self._resident))).runtime)

    def _load(self, adapter: Adapter) -> Resident:
        began = time.monotonic()
        base = self._base
        if not isinstance(base, TorchRuntime):
            raise WrongUse(f"{self._base_name} runs without torch, and adapters need it.", "Choose the torch runtime.")
        shown = Path(self._base_name).name.partition("@")[0]
        try:
            files = read_files(adapter.name, adapter.folder)
            attached = attach(adapter.name, shown, base.model, files)
            how = files.how
            del files
            give_back()  # the file's copy of the weights
        except GlossatorError as error:
            record(adapter.name, str(error))
            raise
        runtime = AdaptedRuntime(base, attached)
        load_ms = round((time.monotonic() - began) * 1000, 1)
        notes = try_out(adapter, shown, base, runtime)
        return Resident(adapter, runtime, attached.size, load_ms, how, notes)


def _describe(one: Resident) -> dict[str, Any]:
    return {
        "name": one.adapter.name,
        "type": one.adapter.type,
        "bytes": one.size,
        "load_ms": one.load_ms,
        "weights": one.how,
        "notes": list(one.notes),
    }
