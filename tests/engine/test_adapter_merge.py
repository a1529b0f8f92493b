"""Merging: offered where weights can equal the adapter, refused with the reason where they cannot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator.errors import WrongUse
from glossator.models.adapters import add
from glossator.models.merging import merge
from tests.engine.own_adapters import MERGEABLE, TYPES, write_adapter
from tests.engine.own_engine import own_folders
from tests.engine.test_adapters import TOKENS, adapted, load_base, near, scores


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Adapters of all types, registered under their names; the folder that they came from."""
    root = tmp_path_factory.mktemp("adapters")
    with own_folders():
        for kind in TYPES:
            add(write_adapter(root / kind, kind))
        yield root


@pytest.mark.slow
@pytest.mark.parametrize("kind", MERGEABLE)
def test_the_merged_model_answers_as_the_adapter_does(
    tiny_starcoder: Path, registry: Path, tmp_path: Path, kind: str
) -> None:
    merge(kind, str(tiny_starcoder), tmp_path / "merged")
    wanted = scores(adapted(load_base(tiny_starcoder), registry / kind), TOKENS)
    assert scores(load_base(tmp_path / "merged"), TOKENS) == near(wanted)
    assert (tmp_path / "merged" / "tokenizer.json").is_file(), "a folder that model.name can take"
    assert [entry.name for entry in tmp_path.iterdir()] == ["merged"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("parallel", "it is of the type parallel, which has a non-linearity between its matrices"),
        ("p-tuning", "it is of the type p-tuning, which adds virtual tokens and changes no weight"),
    ],
)
def test_what_no_weights_equal_is_not_merged(
    tiny_starcoder: Path, registry: Path, tmp_path: Path, kind: str, reason: str
) -> None:
    with pytest.raises(WrongUse, match=f"The adapter {kind} cannot be merged: {reason}"):
        merge(kind, str(tiny_starcoder), tmp_path / "merged")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_no_quantised_base_and_no_folder_that_is_there(tiny_starcoder: Path, registry: Path, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match="is there already"):
        merge("lora", str(tiny_starcoder), tmp_path)
    quantised = tmp_path / "quantised"
    quantised.mkdir()
    for file in tiny_starcoder.iterdir():
        (quantised / file.name).write_bytes(file.read_bytes())
    configuration = json.loads((quantised / "config.json").read_text("utf-8"))
    configuration["quantization_config"] = {"load_in_4bit": True, "quant_method": "bitsandbytes"}
    (quantised / "config.json").write_text(json.dumps(configuration), "utf-8")
    with pytest.raises(WrongUse, match="its weights are quantised, and would be rounded again"):
        merge("lora", str(quantised), tmp_path / "merged")
    assert not (tmp_path / "merged").exists()
