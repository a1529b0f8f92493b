"""The control: an adapter that learnt as long and in the same way as another, but on other code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from glossator.adapt.collect import collect
from glossator.adapt.recipe import fetch, read_recipe
from glossator.adapt.train import Order, begin, check_same, is_begun, read_record, require_free
from glossator.errors import WrongUse
from glossator.models.adapters import Adapter, available
from glossator.models.progress import Report
from glossator.models.training import settable
from glossator.settings import Settings

NO_PATIENCE = 1_000_000  # held-out losses: it must not stop before the other did
MANY_EPOCHS = 10_000.0


def control_order(name: str, record: Mapping[str, Any]) -> Order:
    """What is trained as the control of an adapter: the same but for the code, and as many steps as were taken.

    Raises:
        WrongUse: it is not known how the adapter was trained.
    """
    steps = max((step for step, _ in record.get("losses", ())), default=0)
    if not steps or "parameters" not in record:
        what = f"It is not known how {name} was trained: it has no training.json."
        raise WrongUse(what, "Name a control with --control.")
    told = replace(settable(record["parameters"]), steps=steps, epochs=MANY_EPOCHS, patience=NO_PATIENCE)
    return Order(f"{name[:56]}-control", record["base"], told)


def prepare_control(order: Order, recipe: str, settings: Settings, report: Report) -> Adapter | None:
    """The control, if it was trained before; else its training is prepared, or waits to go on.

    Raises:
        WrongUse: there is no such recipe, or its name is taken.
        DownloadFailed: the recipe's code cannot be fetched.
    """
    folder = fetch(read_recipe(recipe), report)
    known = next((one for one in available() if one.name == order.name), None)
    record = read_record(known.folder) if known else {}
    if known and (record.get("asked"), record.get("root")) == (asdict(order.parameters), str(folder.resolve())):
        return known
    require_free(order.name)
    if is_begun(order.name):
        check_same(order)
    else:
        begin(order, collect(folder), settings)
    return None
