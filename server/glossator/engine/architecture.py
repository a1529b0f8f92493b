"""Whether transformers itself knows a model's architecture. A model that brings code of its own is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from glossator.errors import ModelUnavailable

OTHER = "Choose a model of an architecture that it knows, or try a newer one: pip install --upgrade transformers"


def require_known(name: str, folder: Path) -> None:
    """Go on only if the model can be loaded without running anything that came with it.

    Raises:
        ModelUnavailable: it cannot.
    """
    from transformers import AutoConfig, AutoModelForCausalLM
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING

    configuration = _read(folder)
    kind = configuration.get("model_type")
    if kind not in CONFIG_MAPPING:
        if configuration.get("auto_map"):
            what = (
                f"The model {name} wants to run code of its own ({_code(configuration)}), which Glossator never does."
            )
            raise ModelUnavailable(what, "Choose a model of an architecture that transformers knows by itself.")
        raise ModelUnavailable(
            f"The model {name} is of an architecture {kind!r} that transformers does not know.", OTHER
        )
    try:
        loaded = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # transformers checks fields with errors of several libraries
        what = f"The configuration of the model {name} is refused by transformers ({_line(error)})."
        raise ModelUnavailable(what, "Pull or copy the model again.") from error
    if type(loaded) not in AutoModelForCausalLM._model_mapping:
        what = f"The model {name} ({kind}) does not write text from left to right."
        raise ModelUnavailable(what, "Choose a causal language model, such as bigcode/starcoderbase-1b.")


def _read(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / "config.json").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ModelUnavailable(
            f"{folder / 'config.json'} cannot be read ({error}).", "Pull or copy the model again."
        ) from error
    return found if isinstance(found, dict) else {}


def _code(configuration: dict[str, Any]) -> str:
    mapped = configuration["auto_map"]
    return str(next(iter(mapped.values()), "?")) if isinstance(mapped, dict) else str(mapped)


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
