"""A folder to an adapter: collect, split, make examples, have the engine's trainer run, register what came out.

A run keeps all that it needs in ``training/<name>`` of the data directory, so that it goes on after whatever stopped
it; the folder goes when the adapter is registered.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from filelock import FileLock, Timeout

from glossator import errors
from glossator.adapt.card import write_card
from glossator.adapt.collect import Collection
from glossator.adapt.examples import Cutting, make_examples, to_lines
from glossator.adapt.split import Split, split
from glossator.child import SAFE_DIRECTORY, environment
from glossator.errors import GlossatorError, WrongUse
from glossator.models.adapters import Adapter, adapters_folder, add, check_name
from glossator.models.local_extra import require_local_extra
from glossator.models.plan import available_devices, known_model
from glossator.models.remote import remote_of
from glossator.models.store import full_name
from glossator.models.training import Hyperparameters, Task, filled, fitting
from glossator.paths import data_directory
from glossator.settings import Settings

HELD_OUT_EXAMPLES = 100
Event = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asks for: a name, the base as the settings spell it, and how to learn."""

    name: str
    base: str
    parameters: Hyperparameters


def run_folder(name: str) -> Path:
    """Where a training keeps its things.

    Raises:
        WrongUse: that is no name.
    """
    return data_directory() / "training" / check_name(name)


def is_begun(name: str) -> bool:
    """Whether a training of that name waits to go on."""
    return (run_folder(name) / "task.json").is_file()


def require_free(name: str) -> None:
    """Go on only if no adapter has the name.

    Raises:
        WrongUse: one has, or it is no name.
    """
    if (adapters_folder() / check_name(name)).exists():
        what = f"There is an adapter {name!r} already."
        raise WrongUse(what, f"Choose another --name, or run 'glossator adapters remove {name}' first.")


def plan_task(order: Order, training_characters: int, settings: Settings) -> Task:
    """The task with everything that was left open decided.

    Raises:
        ModelMissing: the base is not here.
        ModelTooLarge: it does not fit into the memory that is free.
    """
    model = known_model(order.base)
    devices = [one for one in available_devices() if one[0] != "mps"]  # nobody has tried to train there
    wanted = [one for one in devices if settings.model.device in ("auto", one[0])]
    device, free, _ = (wanted or devices[:1])[-1]
    told = filled(order.parameters, model.parameters, model.architecture.context, device)
    told = fitting(model, told, device, free)
    cores = settings.engine.threads or max((os.cpu_count() or 2) - 1, 1)
    examples = max(training_characters // Cutting(0, 0, 0, 0).spacing, 1)
    steps = max(math.ceil(examples * told.epochs / (told.batch * told.accumulate)), 1)
    steps = min(steps, told.steps) if told.steps else steps
    dtype = "bfloat16" if device == "cuda" else "float32"
    return Task(order.name, full_name(order.base), device, dtype, cores, steps, told)


def begin(order: Order, found: Collection, settings: Settings) -> Path:
    """Write a new run's folder; whole or not at all.

    Raises:
        GlossatorError: there is too little to learn from, or no room.
    """
    parts = split(found.taken, order.parameters.held_out, order.parameters.seed)
    task = plan_task(order, sum(len(one.text) for one in parts.training), settings)
    folder = run_folder(order.name)
    partial = folder.with_name(f".{order.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        _write_examples(partial, parts, task)
        record = _record(order, found, parts, task)
        (partial / "training.json").write_text(json.dumps(record, indent=2) + "\n", "utf-8")
        (partial / "task.json").write_text(task.to_json(), "utf-8")
        partial.rename(folder)
    except OSError as error:
        raise GlossatorError(
            f"The training cannot be prepared: {error.strerror}.", "Make room or set GLOSSATOR_DATA_DIR."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def check_same(order: Order) -> None:
    """Go on only if what waits under the name is what is asked for now.

    Raises:
        WrongUse: other settings were asked for then.
    """
    record = read_record(run_folder(order.name))
    if record.get("asked") != asdict(order.parameters) or record.get("base") != order.base:
        what = f"A training {order.name!r} with other settings was not finished."
        raise WrongUse(what, "Give the same settings to go on with it, or --restart to begin anew.")


def finish(name: str, report: Callable[[Event], None]) -> Adapter:
    """Run, or go on with, the training that waits under a name; register its adapter.

    Raises:
        GlossatorError: it failed; the message is the trainer's. What was saved is kept.
    """
    require_local_extra()
    folder = run_folder(name)
    lock = FileLock(folder.with_name(f".{name}.lock"), mode=0o600)
    try:
        with lock.acquire(timeout=0):
            if not (folder / "result").is_dir():
                with (folder / "events.jsonl").open("a", encoding="utf-8") as kept:
                    for event in _events(folder):
                        kept.write(json.dumps(event) + "\n")
                        kept.flush()
                        report(event)
            adapter = _register(name, folder)
            shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        raise WrongUse(f"The training {name!r} is under way already.", "Wait for it, or stop it first.") from None
    return adapter


def give_up(name: str) -> None:
    """Delete what waits under a name."""
    shutil.rmtree(run_folder(name), ignore_errors=True)


def read_record(folder: Path) -> dict[str, Any]:
    """``training.json`` of a run or of an adapter: what was learnt from, what was held out, how; empty if none."""
    try:
        return dict(json.loads((folder / "training.json").read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def losses(folder: Path) -> tuple[list[tuple[int, float]], list[tuple[int, float]]]:
    """Steps with their losses, and with their held-out ones, of a run that may have been interrupted."""
    events = []
    for line in (folder / "events.jsonl").read_text("utf-8").splitlines():
        try:
            events.append(json.loads(line))
        except ValueError:
            continue  # the line that was being written when it was killed
    found = ({one["step"]: one["loss"] for one in events if one["event"] == kind} for kind in ("step", "held_out"))
    steps, held_out = (sorted(one.items()) for one in found)
    return steps, held_out


def _events(folder: Path) -> Iterator[Event]:
    command = [sys.executable, "-m", "glossator.engine.training", str(folder)]
    with (
        TemporaryFile() as complaints,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            cwd=SAFE_DIRECTORY,
            env=environment() | {"PYTHONWARNINGS": "ignore", "HF_HUB_OFFLINE": "1"},
        ) as process,
    ):
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if line.startswith(b'{"event"'):
                    yield json.loads(line)
        except BaseException:
            process.terminate()
            raise
        if process.wait():
            complaints.seek(0)
            raise _error(complaints.read().decode("utf-8", "replace"), process.returncode)


def _error(said: str, status: int) -> GlossatorError:
    again = "Run the same command again: it goes on from the last checkpoint."
    if status == -9:  # SIGKILL, which Windows lacks
        what = "The training was killed by signal 9, as a system does that runs out of memory."
        return GlossatorError(
            what, f"{again} If memory is short, set a smaller --length, --batch 1 or --checkpointing on."
        )
    if status < 0:
        return GlossatorError(f"The training was killed by signal {-status}.", again)
    last = ([line for line in said.splitlines() if line.strip()] or ["It said nothing."])[-1]
    try:
        told = json.loads(last)
        return getattr(errors, told["kind"], GlossatorError)(told["what"], told["next_step"])
    except (ValueError, KeyError, TypeError):
        return GlossatorError(f"The training failed: {last}.", again)


def _write_examples(folder: Path, parts: Split, task: Task) -> None:
    told = task.parameters
    cutting = Cutting(told.length, told.holes, told.spm_share, told.syntax_share)
    wanted = task.total_steps * told.batch * told.accumulate
    with (folder / "examples.jsonl").open("w", encoding="ascii") as file:
        epoch = 0
        while wanted > 0:
            epoch += 1
            made = make_examples(parts.training, cutting, told.seed + epoch)[:wanted]
            wanted -= len(made)
            file.writelines(to_lines(made))
    held = make_examples(parts.held_out, replace(cutting, fim_share=1.0), told.seed)[:HELD_OUT_EXAMPLES]
    (folder / "held_out.jsonl").write_text("".join(to_lines(held)), "ascii")


def _record(order: Order, found: Collection, parts: Split, task: Task) -> dict[str, Any]:
    """What is kept of a training with its adapter: enough to judge it by files that it never saw."""
    return {
        "base": order.base,
        "asked": asdict(order.parameters),
        "parameters": asdict(task.parameters),
        "steps": task.total_steps,
        "root": str(found.root),
        "commit": found.commit,
        "remote": remote_of(found.root),
        "cut": parts.cut,
        "files": len(parts.training),
        "characters": sum(len(one.text) for one in parts.training),
        "held_out": [one.path for one in parts.held_out],
        "licenses": found.licenses,
        "left_out": found.reasons,
    }


def _register(name: str, folder: Path) -> Adapter:
    record = read_record(folder)
    steps, held_out = losses(folder)
    write_card(folder / "result", name, record, steps, held_out)
    record |= {"losses": steps, "held_out_losses": held_out}
    (folder / "result" / "training.json").write_text(json.dumps(record, indent=1) + "\n", "utf-8")
    return add(folder / "result", name, base=record["base"], purpose="complete", source=record["root"])
