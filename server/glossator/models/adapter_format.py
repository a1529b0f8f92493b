"""How an adapter spells a hole where its base knows none: ``glossator.json`` beside ``adapter_config.json``.

The base's own spare special tokens stand before each part, since no text that a user types can become one. Their
meaning is taken from the words behind them: a model that never saw these tokens often has one and the same vector for
all of them (so has SmolLM2-135M: eleven of seventeen), and a LoRA over its layers could not tell them apart.

The suffix comes first and nothing stands between prefix and answer, as Codestral has it: so the answer goes on with
the prefix, which is all that such a base has learnt to do.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from glossator.errors import WrongUse
from glossator.models.formats import Family, Infill, Slot, Special, Template

FORMAT_FILE = "glossator.json"


def brought(base: Family, spares: Iterable[str]) -> Family:
    """The base's family with a format of an adapter's own; plain words where the base has no special token to spare."""
    spare = next(iter(sorted(spares)), None)
    mark: Template = (Special(spare),) if spare else ("\n#",)
    spm = (*mark, " after:\n", Slot.AFTER, *mark, " before:\n", Slot.BEFORE)
    return with_infill(base, Infill(spm=spm, order="spm"))


def with_infill(base: Family, infill: Infill) -> Family:
    """The family with that format, whose special tokens end a text if they come in an answer."""
    marks = {item.token for item in (*infill.psm, *infill.spm) if isinstance(item, Special)}
    return replace(base, infill=infill, marks=tuple(dict.fromkeys((*base.marks, *sorted(marks)))))


def to_json(infill: Infill) -> dict[str, Any]:
    """As it is written into the file, under ``infill``."""
    parts = {"psm": [_spelled(item) for item in infill.psm], "spm": [_spelled(item) for item in infill.spm]}
    return {"order": infill.order, **parts}


def read_infill(folder: Path) -> Infill | None:
    """The format that an adapter brings; None if it brings none.

    Raises:
        WrongUse: the file is damaged.
    """
    try:
        told = json.loads((folder / FORMAT_FILE).read_text("utf-8"))["infill"]
        if told is None:
            return None
        infill = Infill(_template(told["psm"]), _template(told["spm"]), _order(told["order"]))
        if not {Slot.BEFORE, Slot.AFTER}.issubset(infill.template):
            raise ValueError("a part of the hole is missing")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{folder / FORMAT_FILE} cannot be read: {type(error).__name__}: {error}."
        raise WrongUse(what, "Copy the adapter again.") from error
    return infill


def _order(told: Any) -> Any:
    if told not in ("psm", "spm"):
        raise ValueError(f"{told!r} is no order")
    return told


def _spelled(item: str | Special | Slot) -> Mapping[str, str] | str:
    if isinstance(item, str):
        return item
    return {"slot": item.value} if isinstance(item, Slot) else {"special": item.token}


def _template(items: Iterable[Any]) -> Template:
    return tuple(
        item if isinstance(item, str) else Slot(item["slot"]) if "slot" in item else Special(str(item["special"]))
        for item in items
    )
