"""`python -m tests.engine.slow_engine FOLDER …`: an engine whose model loads as far as it is let.

It is the engine in everything but this: the weights are half read until there is a file `half` in the folder, and read
but not ready until there is a file `whole`.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from glossator.engine.__main__ import main
from glossator.engine.runtimes import RUNTIMES, Order, Runtime
from glossator.models.progress import Progress, Report

PATIENCE = 120.0  # seconds; the test that forgot it has failed long before
MESSAGE = "Reading 100 MB of weights"


def held_back(gates: Path) -> None:
    """Put gates before the loader that there is."""
    load = RUNTIMES["torch"]

    def slowly(order: Order, report: Report) -> Runtime:
        for done, gate in ((50e6, "half"), (100e6, "whole")):
            report(Progress(MESSAGE, done, 100e6))
            wait_for(gates / gate)
        return load(order, lambda step: None)

    RUNTIMES["torch"] = slowly


def wait_for(gate: Path) -> None:
    """Go on when the file is there."""
    until = time.monotonic() + PATIENCE
    while not gate.exists():
        if time.monotonic() > until:
            raise TimeoutError(gate)
        time.sleep(0.01)


if __name__ == "__main__":
    held_back(Path(sys.argv[1]))
    sys.exit(main(sys.argv[2:]))
