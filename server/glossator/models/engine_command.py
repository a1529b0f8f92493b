"""The command line of an engine's process: what of the settings it is told."""

from __future__ import annotations

import sys

from glossator.models.routing import read_routes
from glossator.models.store import full_name
from glossator.settings import Settings

CHOICES = ("quantization", "dtype", "device", "context", "runtime")  # of the settings; another one needs a new engine


def engine_command(settings: Settings) -> list[str]:
    """The command line of an engine with these settings. The adapters are those for which it leaves room: which one
    answers is said with each question."""
    engine, (routes, _) = settings.engine, read_routes(settings)
    options = ["--model", full_name(settings.model.reference), "--threads", str(engine.threads)]
    options += [word for name in CHOICES for word in (f"--{name}", str(getattr(settings.model, name)))]
    options += ["--adapters", ",".join(routes.names)] if routes.names else []
    times = ["--idle-unload", str(engine.idle_unload), "--idle-exit", str(engine.idle_exit)]
    loopback = ["--tcp"] if engine.loopback else []
    return [sys.executable, "-m", "glossator.engine", *options, *times, *loopback]
