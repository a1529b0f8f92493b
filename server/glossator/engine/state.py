"""What ``GET /health`` tells. Written by the model's thread, read by the HTTP loop; single assignments only."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from glossator import __version__
from glossator.errors import GlossatorError
from glossator.models.plan import Plan
from glossator.models.progress import Progress
from glossator.settings import ModelSettings

Phase = Literal["starting", "converting", "loading", "ready", "unloaded", "failed"]

PAGE_BYTES = 4096


@dataclass
class EngineState:
    """The state of the process: its model, and counters by which a test or a person sees that it works or rests."""

    model: str
    phase: Phase = "starting"
    progress: Progress = Progress("Starting")
    error: GlossatorError | None = None
    choices: ModelSettings = ModelSettings()
    plan: Plan | None = None
    runtime: str = ""
    runtime_reason: str = ""
    generated_tokens: int = 0
    prefilled_tokens: int = 0
    finished_jobs: int = 0
    cancelled_jobs: int = 0
    format: str = ""
    adapters: tuple[dict[str, Any], ...] = ()
    last_used: float = field(default_factory=time.monotonic)

    def enter(self, phase: Phase, message: str, fraction: float = 0.0) -> None:
        """Go into a phase; ``fraction`` from 0 to 1 is how much of it is done."""
        self.progress = Progress(message, fraction, 1)
        self.phase = phase

    def show_adapters(self, resident: tuple[dict[str, Any], ...]) -> None:
        """These adapters are loaded now."""
        self.adapters = resident

    def fail(self, error: GlossatorError) -> None:
        """The model could not be loaded; the next request tries again."""
        self.error = error
        self.enter("failed", str(error))

    def answer(self, jobs: int, working: int = 0) -> dict[str, Any]:
        """The body of ``GET /health``; ``jobs`` are those asked for and not finished, ``working`` those that the
        model's thread still has: one that nobody wants any more ends its step first."""
        return {
            "state": self.phase,
            "progress": round(self.progress.fraction, 3),
            "message": self.progress.message,
            "model": self.model,
            "format": self.format,
            "error": describe_error(self.error) if self.phase == "failed" and self.error else None,
            "choices": describe_choices(self.choices),
            "quantization": self.plan.quantization if self.plan and self.phase == "ready" else None,
            "dtype": self.plan.dtype if self.plan and self.phase == "ready" else None,
            "runtime": self.runtime,
            "runtime_reason": self.runtime_reason,
            "needed_mb": round(self.plan.need.total / 1e6) if self.plan else None,
            "pid": os.getpid(),
            "version": __version__,
            "rss_mb": round(resident_bytes() / 1e6),
            "active_jobs": jobs,
            "working": working,
            "generated_tokens": self.generated_tokens,
            "prefilled_tokens": self.prefilled_tokens,
            "finished_jobs": self.finished_jobs,
            "cancelled_jobs": self.cancelled_jobs,
            "adapters": list(self.adapters),
            "idle_seconds": round(time.monotonic() - self.last_used, 1),
        }


def describe_error(error: GlossatorError) -> dict[str, str]:
    """An error so that the client can raise it again: its class's name and both sentences."""
    return {"kind": type(error).__name__, "what": error.what, "next_step": error.next_step}


def describe_choices(choices: ModelSettings) -> list[str]:
    """How a model is to be loaded, as one value to compare: an engine with other choices is replaced."""
    return [choices.quantization, choices.dtype, choices.device, str(choices.context), choices.runtime]


def resident_bytes() -> int:
    """The memory that this process holds now; where the system does not say so cheaply, the most it ever held."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * PAGE_BYTES
    except OSError:
        return _peak_bytes()


def own_bytes() -> int:
    """The memory that would be free if this process let go of everything: without the pages of mapped files, which the
    system counts as free already."""
    try:
        told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines())
        return int(told["RssAnon"].split()[0]) << 10
    except (OSError, ValueError, KeyError):
        return resident_bytes()


def _peak_bytes() -> int:
    try:
        import resource
    except ImportError:  # Windows
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS, the system that comes here
