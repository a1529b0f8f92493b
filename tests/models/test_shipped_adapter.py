"""The adapter that comes with Glossator: what its recipe makes, there to be chosen, and out of harm's way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator.adapt.recipe import read_recipe
from glossator.cli import main
from glossator.models.adapters import SHIPPED, WEIGHTS, available, find, record_effect
from glossator.models.catalog import CATALOG
from glossator.models.choosing import Choice
from glossator.models.routing import AUTO, AdapterRoutes, read_routes
from glossator.models.weights import read_header
from glossator.settings import AdapterSettings, Settings
from tests.engine.own_engine import own_folders

NAME = "fill-in-the-middle"
MOST_BYTES = 25_000_000


@pytest.fixture(autouse=True)
def folders() -> Iterator[Path]:
    """Folders of their own."""
    with own_folders() as root:
        yield root


def test_it_completes_where_it_is_chosen_and_explains_nowhere() -> None:
    routes, problems = read_routes(Settings(adapters=AdapterSettings(complete=NAME)))
    assert (routes.adapter("complete", "python"), routes.adapter("explain"), problems) == (NAME, "", ())
    assert {one.completes_with for one in CATALOG.values()} <= {"", *(one.name for one in available())}


def test_what_is_brought_for_a_model_completes_until_somebody_says_otherwise() -> None:
    routes = AdapterRoutes(complete=AUTO, brought=NAME)
    assert (routes.decide("complete"), routes.names) == (Choice(NAME, "comes with Glossator"), (NAME,))
    routes.choose("complete", "")
    assert routes.adapter("complete") == ""


def test_its_files_are_whole_small_and_safe() -> None:
    adapter = find(NAME)
    weights = adapter.folder / WEIGHTS[0]
    assert adapter.folder == SHIPPED / NAME
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == adapter.sha256
    assert weights.stat().st_size == adapter.size <= MOST_BYTES
    assert {tensor.name.rpartition(".lora_")[2] for tensor in read_header(weights)} == {"A.weight", "B.weight"}


def test_it_was_trained_as_its_recipe_says() -> None:
    recipe = read_recipe(NAME)
    record = json.loads((SHIPPED / NAME / "training.json").read_text("utf-8"))
    assert record["base"] == recipe.base
    assert {name: record["parameters"][name] for name in recipe.parameters} == dict(recipe.parameters)
    assert record["recipe"] == recipe.digest


def test_it_can_be_neither_removed_nor_replaced_nor_written_to(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = {file: file.read_bytes() for file in SHIPPED.rglob("*") if file.is_file()}
    assert main(["adapters", "list"]) == 0
    assert NAME in capsys.readouterr().out
    assert main(["adapters", "remove", NAME]) == 2
    assert 'set adapters.complete = "" or "auto"' in capsys.readouterr().err
    assert main(["adapters", "add", str(SHIPPED / NAME)]) == 2
    assert "came with Glossator. Choose another name" in capsys.readouterr().err
    record_effect(NAME, "Changes nothing.")
    assert {file: file.read_bytes() for file in SHIPPED.rglob("*") if file.is_file()} == before
    assert main(["adapters", "add", str(SHIPPED / NAME), "--name", "copy"]) == 0
    assert find("copy").sha256 == find(NAME).sha256
