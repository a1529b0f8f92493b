"""Settings to parts: what holds is what the parts do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from glossator.assemble import assemble
from glossator.models.catalog import SMOLLM2
from glossator.models.store import revision
from glossator.settings import ExplainSettings, ModelSettings, Settings
from tests.engine.own_engine import own_folders


@pytest.mark.parametrize(
    ("explain", "model", "writes"),
    [
        ("auto", SMOLLM2.name, False),
        ("always", SMOLLM2.name, True),
        ("auto", "/some/folder", True),
        ("never", "/some/folder", False),
    ],
)
def test_no_hover_waits_for_a_model_that_does_not_write(explain: str, model: str, writes: bool, tmp_path: Path) -> None:
    settings = Settings(explain=ExplainSettings(explain), model=ModelSettings(model))
    with own_folders():
        parts = assemble(settings, tmp_path)
    assert (parts.explain_tools.model is not None) is writes
    assert parts.settings.hover.synthesis == ("auto" if writes else "off")


def test_other_weights_in_the_same_folder_are_another_revision(tmp_path: Path) -> None:
    assert SMOLLM2.gguf_sha256 in revision(SMOLLM2.name)
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"one")
    before = revision(str(tmp_path))
    assert revision(str(tmp_path)) == before
    os.utime(weights, ns=(1, weights.stat().st_mtime_ns + 1))
    assert revision(str(tmp_path)) != before
