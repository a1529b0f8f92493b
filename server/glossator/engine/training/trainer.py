"""transformers' Trainer over our sequences: weighted loss, a fixed order, an early stop, and events."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from transformers import EarlyStoppingCallback, Trainer, TrainerCallback, TrainingArguments

from glossator.engine.training.base import Base, computes_in_half
from glossator.engine.training.run import COMPLETE
from glossator.engine.training.sequences import Sequences, collated
from glossator.models.training import Task

Tell = Callable[..., None]
EVALUATIONS = 20  # held-out losses in a whole training, where nothing else is said


def make_trainer(folder: Path, task: Task, base: Base, tell: Tell) -> Trainer:
    """The trainer of a run's folder. Held-out losses are of what belongs into the hole alone."""
    told, encoder = task.parameters, base.encoder
    events = _Events(tell, told.batch * told.accumulate)
    trainer = _Weighted(
        model=base.model,
        args=_arguments(folder, task),
        train_dataset=Sequences(
            folder / "examples.jsonl", encoder, told.context_weight if encoder.family.infill else 1.0
        ),
        eval_dataset=Sequences(folder / "held_out.jsonl", encoder, 0.0),
        data_collator=partial(collated, pad=encoder.end),
        callbacks=[EarlyStoppingCallback(early_stopping_patience=told.patience), events],
    )
    trainer.model_accepts_loss_kwargs = False  # our loss is a batch's mean: the trainer divides by their number
    return trainer


class _Weighted(Trainer):  # type: ignore[misc]
    """The mean of what each token's prediction costs, by the tokens' weights."""

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """The loss of a batch. Scores are computed only where one counts: a vocabulary is a fifth of a small model."""
        weights, wanted = inputs["weights"][:, 1:], inputs["input_ids"][:, 1:]
        counting = (weights > 0).any(0).nonzero().squeeze(1)
        answer = model(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"], logits_to_keep=counting)
        weights = weights[:, counting]
        scores = answer.logits.float().flatten(0, 1)
        costs = torch.nn.functional.cross_entropy(scores, wanted[:, counting].flatten(), reduction="none")
        loss = (costs.view_as(weights) * weights).sum() / weights.sum().clamp(min=1e-6)
        return (loss, {"logits": loss.detach()[None]}) if return_outputs else loss

    def prediction_step(
        self, model: Any, inputs: Any, prediction_loss_only: bool, ignore_keys: Any = None
    ) -> tuple[Any, None, None]:
        """The loss alone: the scores of a vocabulary would fill the memory."""
        with torch.no_grad():
            return self.compute_loss(model, self._prepare_inputs(inputs)).detach(), None, None


class _Events(TrainerCallback):  # type: ignore[misc]
    """Tells of steps, losses and checkpoints, and marks a checkpoint when all of it is written."""

    def __init__(self, tell: Tell, examples: int) -> None:
        self._tell = tell
        self._examples = examples

    def on_log(self, arguments: Any, state: Any, control: Any, logs: dict[str, float] | None = None, **_: Any) -> None:
        """A step's loss, or a held-out one."""
        if logs and "loss" in logs:
            if not math.isfinite(logs["loss"]):
                control.should_training_stop = True
            self._tell("step", step=state.global_step, loss=logs["loss"], rate=logs["learning_rate"])
        elif logs and "eval_loss" in logs and state.global_step:
            self._tell("held_out", step=state.global_step, loss=logs["eval_loss"])

    def on_save(self, arguments: Any, state: Any, control: Any, **_: Any) -> None:
        """A checkpoint is whole."""
        folder = Path(arguments.output_dir) / f"checkpoint-{state.global_step}"
        (folder / COMPLETE).touch()
        self._tell("checkpoint", step=state.global_step)


def _arguments(folder: Path, task: Task) -> TrainingArguments:
    told = task.parameters
    every = told.evaluate_every or max(task.total_steps // EVALUATIONS, 1)
    return TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        max_steps=task.total_steps,
        per_device_train_batch_size=told.batch,
        per_device_eval_batch_size=told.batch,
        gradient_accumulation_steps=told.accumulate,
        train_sampling_strategy="sequential",  # the file's lines are in the order that was drawn
        learning_rate=told.learning_rate,
        lr_scheduler_type="cosine",
        warmup_steps=math.ceil(told.warmup * task.total_steps),
        weight_decay=told.weight_decay,
        max_grad_norm=told.clip,
        bf16=computes_in_half(task),
        use_cpu=task.device == "cpu",
        seed=told.seed,
        logging_steps=1,
        eval_strategy="steps",
        eval_steps=every,
        save_strategy="steps",
        save_steps=every,
        save_total_limit=2,  # the best, and one that is whole while the next is written
        load_best_model_at_end=True,
        metric_for_best_model="eval_loss",
        greater_is_better=False,
        restore_callback_states_from_checkpoint=True,
        remove_unused_columns=False,
        label_names=[],
        dataloader_num_workers=0,
        disable_tqdm=True,
        report_to=[],
        log_level="error",
        torch_compile=False,
    )
