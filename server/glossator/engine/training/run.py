"""Train what a run's folder asks for, and tell of it in lines of JSON on standard output.

::

    task.json examples.jsonl held_out.jsonl      what to do; written before, never changed
    checkpoints/checkpoint-N/{…, complete}       without the last file it was cut off, and is not used
    result/                                      the adapter, there as soon as it is whole

Started again in the same folder it goes on from the last whole checkpoint: the same order, the same random numbers, the
optimizer's state. Standard output that nobody reads any more ends it, so that no training outlives who asked for it.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import psutil

from glossator.errors import GlossatorError, ModelTooLarge
from glossator.models.training import Task, read_task

COMPLETE = "complete"
NICE = 10


def main(arguments: list[str]) -> int:
    """Train; answers the exit status."""
    folder = Path(arguments[0])
    _give_way()
    warnings.simplefilter("ignore")
    try:
        train(folder, read_task(folder / "task.json"))
    except BrokenPipeError:  # who asked is gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except GlossatorError as error:
        told = {"kind": type(error).__name__, "what": error.what, "next_step": error.next_step}
        print(json.dumps(told), file=sys.stderr)
        return error.exit_code
    return 0


def tell(event: str, **fields: Any) -> None:
    """One line for whoever started this process."""
    print(json.dumps({"event": event, **fields}), flush=True)


def train(folder: Path, task: Task) -> None:
    """Train to the end and leave the adapter in ``result``.

    Raises:
        GlossatorError: the base cannot be trained on, or the disk or the memory is full. What was saved stays.
    """
    from glossator.engine.runtimes import OutOfMemory
    from glossator.engine.torch_runtime import out_of_memory_said

    tell("stage", message="Starting torch")
    try:
        with out_of_memory_said():
            _train(folder, task)
    except BrokenPipeError:
        raise
    except OutOfMemory as error:
        what = f"The memory ran out while {task.name} was trained."
        raise ModelTooLarge(what, "Set a smaller --length, --batch 1 or --checkpointing on.") from error
    except Exception as error:
        if not _is_full(error):
            raise
        what = f"The disk has no room for a checkpoint of {task.name} ({_line(error)}); the last whole one is kept."
        raise GlossatorError(what, "Make room, then run the same command again: it goes on from there.") from error


def last_checkpoint(folder: Path) -> Path | None:
    """The newest checkpoint that is whole; those that were cut off are deleted."""
    whole = []
    for one in (folder / "checkpoints").glob("checkpoint-*"):
        if (one / COMPLETE).is_file():
            whole.append(one)
        else:
            shutil.rmtree(one, ignore_errors=True)
    return max(whole, key=lambda one: int(one.name.rpartition("-")[2]), default=None)


def _train(folder: Path, task: Task) -> None:
    from glossator.engine.training.base import prepare_base
    from glossator.engine.training.trainer import make_trainer

    base = prepare_base(task)
    trainer = make_trainer(folder, task, base, tell)
    start = last_checkpoint(folder)
    done = int(start.name.rpartition("-")[2]) if start else 0
    tell("start", steps=task.total_steps, done=done, trainable=base.trainable)
    if done == 0:
        tell("held_out", step=0, loss=trainer.evaluate()["eval_loss"])
    trainer.train(resume_from_checkpoint=str(start) if start else None)
    best = trainer.evaluate()["eval_loss"]
    _leave(folder, task, trainer.model, base, best)
    tell("end", step=trainer.state.global_step, best=best)


def _leave(folder: Path, task: Task, model: Any, base: Any, best: float) -> None:
    from glossator.models.adapter_format import FORMAT_FILE, to_json

    partial = folder / "result.partial"
    shutil.rmtree(partial, ignore_errors=True)
    model.peft_config["default"].base_model_name_or_path = task.model
    model.save_pretrained(str(partial), safe_serialization=True, save_embedding_layers=False)
    (partial / "README.md").unlink(missing_ok=True)  # peft's, which says nothing
    format_of = {"infill": to_json(base.infill) if base.infill else None, "held_out_loss": best}
    (partial / FORMAT_FILE).write_text(json.dumps(format_of, indent=2) + "\n", "utf-8")
    partial.rename(folder / "result")


def _give_way() -> None:
    """Lower our importance, so that completion stays usable."""
    process = psutil.Process()
    try:
        process.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else NICE)
        if sys.platform == "linux":
            process.ionice(psutil.IOPRIO_CLASS_IDLE)
    except (psutil.Error, OSError):
        return


def _is_full(error: Exception) -> bool:
    """Whether a file could not be written: safetensors and torch say so in errors of their own."""
    said = str(error).lower()
    marks = ("no space left", "file too large", "quota exceeded", "unexpected pos", "iowriter", "file write failed")
    return any(mark in said for mark in marks)


def _line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0].rstrip(".")
