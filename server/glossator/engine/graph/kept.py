"""Where the graph of a model and an adapter lies; it is built when it is not there, in a process of its own."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryFile

from glossator import errors
from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import GlossatorError
from glossator.models.adapters import Adapter
from glossator.models.progress import Progress, Report
from glossator.models.store import conversion_folder, full_name, model_lock, revision

GRAPH_VERSION = 1  # raise it whenever a graph would come out differently


def kept_graph(model: str, adapter: Adapter | None, report: Report) -> Path:
    """The graph's folder; the first call for each state of model and adapter takes seconds to minutes.

    Raises:
        GlossatorError: it cannot be built.
    """
    folder = graph_folder(model, adapter)
    if not (folder / "graph.json").is_file():
        with model_lock(model):
            if not (folder / "graph.json").is_file():
                report(Progress(f"Building the graph of {Path(model).name} for this processor, once"))
                _build(model, folder, adapter)
    return folder


def graph_folder(model: str, adapter: Adapter | None) -> Path:
    """Named by everything that the graph depends on; it need not exist."""
    state = (GRAPH_VERSION, revision(model), adapter.sha256 if adapter else "")
    digest = hashlib.sha256(repr(state).encode()).hexdigest()[:16]
    return conversion_folder(model).parent / f"graph-{digest}"


def _build(model: str, folder: Path, adapter: Adapter | None) -> None:
    command = [sys.executable, "-m", "glossator.engine.graph.build", full_name(model), str(folder)]
    command += [adapter.name] if adapter else []
    with TemporaryFile() as said:
        status = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            cwd=SAFE_DIRECTORY,
            env=environment(),
            check=False,
        ).returncode
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").split("\n")
    if status:
        raise _error([line for line in lines if line.strip()] or [f"It ended with status {status}."])


def _error(lines: list[str]) -> GlossatorError:
    try:
        told = json.loads(lines[-1])
        kind = getattr(errors, told["kind"])
        return kind(told["what"], told["next_step"]) if issubclass(kind, GlossatorError) else GlossatorError(lines[-1])
    except (ValueError, KeyError, TypeError, AttributeError):
        next_step = 'Set model.runtime to "torch", and please report it.'
        return GlossatorError(f"The graph could not be built: {lines[-1]}.", next_step)
