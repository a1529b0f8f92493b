"""Weights in 8 and 4 bits, by bitsandbytes."""

from __future__ import annotations

from typing import Any

from glossator.errors import PartMissing
from glossator.models.plan import Plan


def require_bitsandbytes() -> None:
    """Go on only if weights can be quantised here.

    Raises:
        PartMissing: bitsandbytes is not installed, or does not load.
    """
    try:
        import bitsandbytes  # noqa: F401
    except (ImportError, OSError, RuntimeError) as error:
        what = f"Quantised weights need bitsandbytes, which cannot be imported ({error})."
        raise PartMissing(
            what, "Run: pip install 'glossator[local]', or set model.quantization to \"none\"."
        ) from error


def quantization(plan: Plan) -> Any:
    """What transformers is told: None, LLM.int8(), or NF4 with double quantisation."""
    import torch
    from transformers import BitsAndBytesConfig

    if plan.quantization == "none":
        return None
    if plan.quantization == "int8":
        return BitsAndBytesConfig(load_in_8bit=True)
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=getattr(torch, plan.dtype),
    )
