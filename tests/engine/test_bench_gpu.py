"""The measurement that wants a graphics card, tried on the processor with a tiny shape: it must not fail on the day."""

from __future__ import annotations

import argparse
import re
from dataclasses import asdict

import pytest

from tests.bench import gpu
from tests.bench.shapes import shape_with_adapter


@pytest.mark.slow
def test_every_figure_is_measured_and_stands_in_the_table() -> None:
    options = argparse.Namespace(shape="tiny", device="cpu", prompt=160, tokens=8)
    found = {}
    with shape_with_adapter("tiny", "float32") as folder:
        for way in ("nf4", "int8", "bf16"):
            asked = argparse.Namespace(**vars(options), ways=way, folder=str(folder))
            found[way] = gpu.measure(asked)
    for figures in found.values():
        measured = {name: value for name, value in asdict(figures).items() if name not in ("switch_ms", "adapter")}
        assert all(measured.values()), measured
    told = gpu.table(options, found)
    assert re.search(r"on .+, \d{4}-\d\d-\d\d:", told)
    assert "|  | nf4 | int8 | bf16 |" in told
    rows = [line.split("|")[1:-1] for line in told.splitlines() if line.startswith("|")][2:]
    assert [row[0].strip() for row in rows] == [label for label, _, _ in gpu.ROWS]
    assert all(re.fullmatch(r" -?\d+(\.\d+)? ", cell) for row in rows for cell in row[1:])
