"""Where a model can run: what the user asked for, if it is there, else one sentence why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import torch

from glossator.engine.state import own_bytes
from glossator.errors import PartMissing, WrongUse
from glossator.models.free_memory import free_memory
from glossator.models.plan import DeviceKind

ON_CPU = 'set model.device to "cpu" or "auto"'


@dataclass(frozen=True, slots=True)
class Device:
    """``name`` as torch spells it; ``free`` is in bytes, with what this process holds counted as free on a CPU."""

    name: str
    kind: DeviceKind
    free: int


def find_device(asked: str, free: Callable[[], int] = free_memory) -> Device:
    """The device for ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``; ``free`` says how many bytes of the machine's
    memory are.

    Raises:
        WrongUse: there is no such kind of device, or no card of that number.
        PartMissing: torch cannot use it here; the next step says what is missing.
    """
    match = re.fullmatch(r"(auto|cpu|cuda|mps)(?::(\d+))?", asked.strip().lower())
    if match is None or (match[2] and match[1] != "cuda"):
        raise WrongUse(f"There is no device {asked!r}.", "Set model.device to auto, cpu, cuda, cuda:1 or mps.")
    kind, number = match[1], int(match[2] or 0)
    if kind == "cuda" or (kind == "auto" and torch.cuda.is_available()):
        return _card(number)
    if kind == "mps" or (kind == "auto" and torch.backends.mps.is_available()):
        return _apple(free)
    return Device("cpu", "cpu", free() + own_bytes())


def explain_cuda(reason: str, version: str | None) -> PartMissing:
    """Why torch has no card, out of what it says, and of the CUDA ``version`` that it was built with, if any."""
    if version is None:
        what = "The device cuda was asked for, and the torch installed here is one for CPUs alone."
        return PartMissing(what, f"Install torch with CUDA (pytorch.org says how), or {ON_CPU}.")
    if "driver" in reason and "too old" in reason:
        found = re.search(r"found version (\d+)", reason)
        which = f" (version {found[1]})" if found else ""
        what = f"The NVIDIA driver{which} is too old for the torch installed here, which needs CUDA {version}."
        return PartMissing(what, f"Update the driver, install a torch for an older CUDA, or {ON_CPU}.")
    what = f"The device cuda was asked for, and torch finds no NVIDIA card that it can use ({_first_line(reason)})."
    return PartMissing(what, f"See what 'nvidia-smi' says, or {ON_CPU}.")


def _card(number: int) -> Device:
    try:
        torch.cuda.init()  # type: ignore[no-untyped-call]
        count = torch.cuda.device_count()
    except (RuntimeError, AssertionError) as error:
        raise explain_cuda(str(error), torch.version.cuda) from error
    if number >= count:
        cards = ", ".join(f"cuda:{one} ({torch.cuda.get_device_name(one)})" for one in range(count)) or "none"
        raise WrongUse(f"There is no card cuda:{number}.", f"There are: {cards}.")
    free, _ = torch.cuda.mem_get_info(number)
    return Device(f"cuda:{number}", "cuda", free + torch.cuda.memory_reserved(number))


def _apple(free: Callable[[], int]) -> Device:
    if not torch.backends.mps.is_available():
        what = "The device mps was asked for, which only Macs with Apple's own processors have."
        raise PartMissing(what, ON_CPU[0].upper() + ON_CPU[1:] + ".")
    return Device("mps", "mps", free() + own_bytes())


def _first_line(text: str) -> str:
    return (text.strip().splitlines() or ["it does not say why"])[0].rstrip(".")
