"""Ask for a merged model: in a process of its own, because only the engine's code may import what it takes."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from glossator import errors
from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import GlossatorError
from glossator.models.local_extra import require_local_extra
from glossator.models.store import full_name, require


def merge(adapter: str, model: str, target: Path) -> None:
    """Write the model with the adapter merged into it to a new folder, which ``model.name`` can name.

    Raises:
        PartMissing: the local extra is not installed, or the model is not here.
        WrongUse: that adapter cannot be merged, or not there.
    """
    require_local_extra()
    require(model)
    names = [adapter, full_name(model), str(target.expanduser().absolute())]
    command = [sys.executable, "-m", "glossator.engine.adapters.merge", *names]
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, capture_output=True, cwd=SAFE_DIRECTORY, env=environment(), check=False
    )
    if done.returncode == 0:
        return
    last = (done.stderr.decode("utf-8", "replace").strip().splitlines() or ["It said nothing."])[-1]
    try:
        kind, what, next_step = json.loads(last)
    except ValueError:
        raise GlossatorError(f"The adapter {adapter} could not be merged. {last}") from None
    raise getattr(errors, kind, GlossatorError)(what, next_step)
