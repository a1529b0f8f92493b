"""What a training is told, and how much memory it takes: shared by the command line and the engine's trainer."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from glossator.errors import GlossatorError, ModelTooLarge
from glossator.models.free_memory import free_memory
from glossator.models.memory import BITSANDBYTES, NUMBER_BYTES, Model, Quantization, is_quantised, need
from glossator.models.plan import DTYPES, DeviceKind
from glossator.settings.declarations import option

TRAINER = 450_000_000  # bytes: what transformers' Trainer, peft and accelerate take beside the engine's own
HOLES = 0.8  # of the examples; Bavarian et al. (arXiv 2207.14255) found little lost from left to right up to 0.9
KEPT_PER_LAYER = 36  # numbers kept for the way back, for each token and layer, in widths of the model; chosen
SCORES = 4  # copies of the scores of a whole vocabulary: as computed, in float32, their exponents, their gradient


@dataclass(frozen=True, slots=True)
class Hyperparameters:
    """How is learnt. Zero, or an empty word, is chosen by the model's size."""

    rank: int = option(0, "The rank of the LoRA matrices.")
    alpha: int = option(0, "LoRA's scale; else twice the rank.")
    dropout: float = option(0.05, "Share of the LoRA inputs that are left out at random.")
    learning_rate: float = option(0.0, "The highest learning rate; it falls along a cosine.")
    warmup: float = option(0.03, "Share of the steps in which the learning rate grows.")
    weight_decay: float = option(0.01, "AdamW's weight decay.")
    clip: float = option(1.0, "Longest gradient.")
    length: int = option(0, "Longest sequence, in tokens.")
    batch: int = option(0, "Examples that are computed together.")
    accumulate: int = option(0, "Batches for each step.")
    epochs: float = option(3.0, "Passes over the files, each with new holes; an early stop ends them.")
    steps: int = option(0, "Most steps, however many epochs that is; 0 sets no limit.")
    patience: int = option(3, "Held-out losses without a better one after which it stops.")
    evaluate_every: int = option(0, "Steps between held-out losses, and between checkpoints.")
    held_out: float = option(0.1, "Share of the files that are held out.")
    fim_share: float = option(
        -1.0,
        "Share of examples with a hole, the others are read from left to right; below 0 it is chosen: 0.8, and none for"
        " a base that knows no holes.",
    )
    spm_share: float = option(0.5, "Share of holes whose suffix comes first, where the model knows both orders.")
    syntax_share: float = option(0.5, "Share of holes that end where the syntax or the line does.")
    context_weight: float = option(0.2, "What a token around the hole counts, beside one in it.")
    quantization: str = option("", "How the base is held while it is trained on: none or nf4.")
    checkpointing: str = option("", "Compute activations again rather than keep them: on or off.")
    seed: int = option(7, "Decides everything that is drawn.")

    @property
    def holes(self) -> float:
        """The share of examples that are written with a hole."""
        return self.fim_share if self.fim_share >= 0 else HOLES


@dataclass(frozen=True, slots=True)
class Task:
    """One training, as its process is told of it. ``model`` as the engine names it."""

    name: str
    model: str
    device: str
    dtype: str
    threads: int
    total_steps: int
    parameters: Hyperparameters

    def to_json(self) -> str:
        """As it is written into the run's folder."""
        return json.dumps(dataclasses.asdict(self), indent=2)


def read_task(file: Path) -> Task:
    """What ``Task.to_json`` wrote.

    Raises:
        GlossatorError: it is damaged.
    """
    try:
        told = json.loads(file.read_text("utf-8"))
        return Task(**{**told, "parameters": Hyperparameters(**told["parameters"])})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GlossatorError(f"{file} cannot be read: {error}.", "Start anew with --restart.") from error


def filled(given: Hyperparameters, size: int, context: int, device: DeviceKind) -> Hyperparameters:
    """What was left open, by how many numbers the model has: the tiers of what others trained with (README)."""
    small, large = size < 500_000_000, size > 5_000_000_000
    card = device == "cuda"
    usual: dict[str, Any] = {
        "rank": 16,
        "learning_rate": 3e-4 if small else 1e-4 if large else 2e-4,
        "length": min(2048 if card else 512, context),
        "batch": 4 if card and not large else 1,
        "accumulate": 4 if card and not large else 16 if card else 8,
        "quantization": "nf4" if not small and (card or large) else "none",
        "checkpointing": "off" if small else "on",
    }
    chosen = replace(given, **{name: value for name, value in usual.items() if not getattr(given, name)})
    return replace(chosen, alpha=chosen.alpha or 2 * chosen.rank, length=min(chosen.length, context))


def training_bytes(model: Model, told: Hyperparameters, device: DeviceKind) -> int:
    """The most bytes that a training takes."""
    number = NUMBER_BYTES[DTYPES[device]]
    quantization: Quantization = "nf4" if told.quantization == "nf4" else "none"
    base = need(model, quantization, DTYPES[device], 0, device == "cuda").total
    added = sum(told.rank * sum(tensor.shape) for tensor in model.tensors if is_quantised(tensor))
    vocabulary, width = max((tensor.shape for tensor in model.tensors if len(tensor.shape) == 2), default=(0, 0))
    tokens = told.batch * told.length
    layers = model.architecture.layers
    kept = tokens * width * (layers + KEPT_PER_LAYER if told.checkpointing == "on" else layers * KEPT_PER_LAYER)
    other = TRAINER + (BITSANDBYTES if quantization == "nf4" else 0)
    return round(base + 16 * added + kept * number + tokens * vocabulary * 4 * SCORES + other)


def fitting(model: Model, told: Hyperparameters, device: DeviceKind, free: int | None = None) -> Hyperparameters:
    """The parameters as they are if they fit into the free memory, in bytes.

    Raises:
        ModelTooLarge: they do not; the next step names what would.
    """
    free = free_memory() if free is None else free
    takes = training_bytes(model, told, device)
    if takes <= free:
        return told
    fits = next((label for label, one in _smaller(told) if training_bytes(model, one, device) <= free), "")
    what = f"Training on {model.name} needs {takes / 1e9:.1f} GB of memory, and {free / 1e9:.1f} GB are free."
    step = f"This would fit: {fits}." if fits else "Nothing that could be set would fit: choose a smaller --base."
    raise ModelTooLarge(what, step)


def declared() -> Iterator[tuple[str, type, Any, str]]:
    """Each hyper-parameter: its name, type, default and sentence."""
    for one in dataclasses.fields(Hyperparameters):
        yield one.name, type(one.default), one.default, str(one.metadata["sentence"])


def settable(told: Mapping[str, Any]) -> Hyperparameters:
    """The hyper-parameters that are not None, over the defaults."""
    names = {name for name, *_ in declared()}
    return Hyperparameters(**{name: value for name, value in told.items() if name in names and value is not None})


def _smaller(told: Hyperparameters) -> Iterator[tuple[str, Hyperparameters]]:
    """What needs less, the least harmful first; each with all that stands before it."""
    label: list[str] = []
    steps: tuple[tuple[Literal["batch", "checkpointing", "quantization", "length"], Any], ...] = (
        ("batch", 1),
        ("checkpointing", "on"),
        ("quantization", "nf4"),
        ("length", 512),
        ("length", 256),
    )
    for name, value in steps:
        now = getattr(told, name)
        if now == value or (name in ("batch", "length") and now < value):
            continue
        told = replace(told, **{name: value})
        label = [*(one for one in label if not one.startswith(f"--{name} ")), f"--{name} {value}"]
        yield " ".join(label), told
