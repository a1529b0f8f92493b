"""``glossator adapters eval`` through a real engine, with a tiny StarCoder and adapters of random weights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator.adapt.report import read
from glossator.cli import main
from glossator.models.adapters import Adapter, add
from tests.adapt.test_evaluate import FILES
from tests.engine.own_adapters import write_adapter
from tests.engine.own_engine import own_folders

pytestmark = pytest.mark.slow


@pytest.fixture
def adapter(tiny_starcoder: Path, tmp_path: Path) -> Iterator[Adapter]:
    """One that was trained on a folder of six files, by its record, and another as its control."""
    project = tmp_path / "project"
    project.mkdir()
    for one in FILES:
        (project / one.path).write_text(one.text)
    record = {"root": str(project), "held_out": [one.path for one in FILES[:5]], "commit": "", "losses": [[4, 1.0]]}
    with own_folders(GLOSSATOR_MODEL_RUNTIME="torch", GLOSSATOR_COMPLETION_MAX_TOKENS="8"):
        for seed, name in enumerate(("mine", "other")):
            source = write_adapter(tmp_path / name, "lora", seed=seed)
            (source / "training.json").write_text(json.dumps(record))
            found = add(source, base=str(tiny_starcoder), purpose="complete")
        yield found


def test_four_ways_are_asked_judged_and_kept(
    adapter: Adapter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page, mine = tmp_path / "page.html", adapter.folder.with_name("mine")
    command = ["adapters", "eval", "mine", "--examples", "5", "--control", "other", "--output", str(page)]
    assert main([*command, "--format", "json"]) == 0, capsys.readouterr().err
    told = json.loads(capsys.readouterr().out)
    assert [one["name"] for one in told["arms"]] == ["base", "context", "control", "adapter"]
    assert (told["files"], sum(told["gaps"].values()), told["helps"]) == (5, 5, False)
    assert "over the control" in told["verdict"] and read(mine)["verdict"] == told["verdict"]
    perplexities = {arm: values["perplexity"]["value"] for arm, values in told["estimates"].items()}
    weights = {round(perplexities[name], 3) for name in ("base", "control", "adapter")}
    assert len(weights) == 3, "each is another model"
    assert told["verdict"] in page.read_text() and told["verdict"] in (mine / "README.md").read_text()
    assert main(["adapters", "list"]) == 0
    assert f"Evaluated: {told['verdict']}" in capsys.readouterr().out
