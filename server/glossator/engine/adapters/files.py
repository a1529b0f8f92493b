"""An adapter's two files, read so that nothing in them can run."""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from peft import PeftConfig
from safetensors import SafetensorError
from safetensors.torch import load_file

from glossator.engine.adapters.bottleneck import NON_LINEARITIES, register
from glossator.errors import GlossatorError, WrongUse
from glossator.models.adapters import read_configuration, weights_file

Weights = Mapping[str, torch.Tensor]

# Ways to begin training that subtract from the base's own weights: the adapter alone is not what was trained.
CHANGES_THE_BASE = ("pissa", "olora", "corda", "loftq_with_base")


@dataclass(frozen=True, slots=True)
class AdapterFiles:
    """What was read. ``how`` says how the weights were read, for people."""

    config: Any
    weights: Weights
    how: str


def read_files(name: str, folder: Path) -> AdapterFiles:
    """Read an adapter's folder.

    Raises:
        WrongUse: a file is missing, damaged, or holds more than weights; or the adapter needs what is not served.
    """
    configuration = read_configuration(folder)
    register()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a field of a newer peft; a field that matters is checked below
            config = PeftConfig.from_pretrained(str(folder))
    except (ValueError, TypeError, AttributeError) as error:
        raise _refused(name, f"its configuration cannot be used: {error}") from error
    _check(name, config, configuration)
    config.inference_mode = True
    weights, how = _read_weights(name, weights_file(folder))
    return AdapterFiles(config, weights, how)


def _check(name: str, config: Any, configuration: Mapping[str, Any]) -> None:
    if config.task_type not in (None, "CAUSAL_LM"):
        raise _refused(name, f"it was made for the task {config.task_type}, not for CAUSAL_LM")
    if getattr(config, "bias", "none") != "none":
        raise _refused(name, f"it replaces biases of its base (bias={config.bias!r}), which others share")
    begun = str(configuration.get("init_lora_weights", "")).lower()
    if begun.startswith(CHANGES_THE_BASE):
        raise _refused(name, f"it was begun with init_lora_weights={begun!r}, which changes the base's own weights")
    if getattr(config, "layer_replication", None) or getattr(config, "alora_invocation_tokens", None):
        raise _refused(name, "it uses layer_replication or alora_invocation_tokens")
    if config.peft_type == "BOTTLENECK" and config.non_linearity not in NON_LINEARITIES:
        known = ", ".join(NON_LINEARITIES)
        raise _refused(name, f"its non_linearity is {config.non_linearity!r}, none of {known}")
    if hasattr(config, "init_lora_weights"):
        config.init_lora_weights = True  # the cheapest: they are replaced at once


def _read_weights(name: str, file: Path) -> tuple[Weights, str]:
    try:
        if file.suffix == ".safetensors":
            return load_file(file), "safetensors"
        weights = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        what = f"The adapter {name} is refused: its {file.name} holds more than weights, or is damaged."
        raise WrongUse(what, "Nothing in it was run. Get the adapter as safetensors, from whom you trust.") from error
    except (SafetensorError, OSError, EOFError, RuntimeError, ValueError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")
        what = f"The adapter {name} is refused: its {file.name} is damaged: {said}."
        raise WrongUse(what, "Copy or download it again.") from error
    if not isinstance(weights, Mapping) or not all(isinstance(one, torch.Tensor) for one in weights.values()):
        raise WrongUse(f"The adapter {name} is refused: its {file.name} is no table of weights.", "Get another copy.")
    return weights, "a pickle, read with weights_only=True"


def _refused(name: str, why: str) -> GlossatorError:
    said = (why.splitlines() or [""])[0].rstrip(".")
    return WrongUse(f"The adapter {name} is refused: {said}.", "Choose another adapter.")
