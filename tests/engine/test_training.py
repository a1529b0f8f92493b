"""An adapter is trained in a process of its own, on a base in 4 bits; it goes on after a kill; a full disk is said."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from glossator.adapt.collect import collect
from glossator.adapt.train import Order, begin, check_same, finish, is_begun, losses, read_record, run_folder
from glossator.engine.load import Models
from glossator.engine.state import EngineState
from glossator.engine.training.run import COMPLETE, last_checkpoint
from glossator.errors import GlossatorError, WrongUse
from glossator.models.adapters import Adapter, find, registered
from glossator.models.training import Hyperparameters
from glossator.settings import ModelSettings, Settings
from tests.engine.own_engine import own_folders
from tests.engine.tiny_starcoder import CODE

LEARNING = Hyperparameters(
    **{"rank": 4, "learning_rate": 1e-2, "length": 96, "batch": 2, "accumulate": 2, "epochs": 50.0, "steps": 8},
    **{"evaluate_every": 2, "held_out": 0.2, "patience": 50, "quantization": "nf4"},
)
SECONDS = 300


@pytest.fixture(scope="module")
def here() -> Iterator[Path]:
    """Folders of our own; no training outlives them."""
    with own_folders(OMP_NUM_THREADS="1") as root:
        try:
            yield root
        finally:
            for child in psutil.Process().children(recursive=True):
                if "glossator.engine.training" in child.cmdline():
                    child.kill()


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ten files."""
    folder = tmp_path_factory.mktemp("repository")
    for number in range(10):
        (folder / f"f{number}.py").write_text(CODE.replace("add", f"add{number}").replace("item", f"thing{number}"))
    return folder


def order_for(name: str, base: Path) -> Order:
    return Order(name, str(base), LEARNING)


def begun(name: str, base: Path, repository: Path) -> Path:
    settings = Settings(model=ModelSettings(str(base), device="cpu"))
    return begin(order_for(name, base), collect(repository), settings)


@pytest.fixture(scope="module")
def trained(here: Path, tiny_starcoder: Path, repository: Path) -> tuple[Adapter, dict[str, Any]]:
    """An adapter of a training that nothing disturbed, and its record."""
    begun("mine", tiny_starcoder, repository)
    adapter = finish("mine", lambda event: None)
    return adapter, read_record(adapter.folder)


@pytest.mark.slow
def test_the_loss_falls_and_the_engine_runs_what_came_of_it(
    trained: tuple[Adapter, dict[str, Any]], tiny_starcoder: Path
) -> None:
    adapter, record = trained
    assert len(record["losses"]) == 8
    assert min(loss for _, loss in record["held_out_losses"]) < record["held_out_losses"][0][1] - 0.05
    models = Models(EngineState(str(tiny_starcoder)), 1)
    plain, own = (models.get(name).runtime.session() for name in (str(tiny_starcoder), f"{tiny_starcoder}:mine"))
    assert abs(plain.feed([20, 21, 22]) - own.feed([20, 21, 22])).max() > 0.01
    assert {one.name for one in adapter.folder.iterdir()} >= {"README.md", "loss.svg", "glossator.json"}
    assert not is_begun("mine")


@pytest.mark.slow
def test_a_killed_training_goes_on_as_if_nothing_had_been(
    trained: tuple[Adapter, dict[str, Any]], tiny_starcoder: Path, repository: Path
) -> None:
    folder = begun("again", tiny_starcoder, repository)

    def kill(event: Mapping[str, Any]) -> None:
        if event["event"] == "step" and event["step"] == 5:
            for child in psutil.Process().children():
                if "glossator.engine.training" in child.cmdline():
                    child.kill()

    with pytest.raises(GlossatorError, match="killed by signal 9"):
        finish("again", kill)
    assert "again" not in {one.name for one in registered()}
    assert last_checkpoint(folder) is not None
    check_same(order_for("again", tiny_starcoder))
    with pytest.raises(WrongUse, match="other settings"):
        check_same(Order("again", str(tiny_starcoder), Hyperparameters()))
    steps = losses(folder)[0]
    record = read_record(finish("again", lambda event: None).folder)
    assert steps[0][1] == pytest.approx(record["losses"][0][1])
    for mine, undisturbed in zip(record["losses"], trained[1]["losses"], strict=True):
        assert mine == pytest.approx(undisturbed, abs=1e-3)
    assert record["held_out_losses"][-1] == pytest.approx(trained[1]["held_out_losses"][-1], abs=1e-3)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are POSIX's")
def test_a_full_disk_is_said_and_what_is_whole_is_kept(here: Path, tiny_starcoder: Path, repository: Path) -> None:
    folder = begun("full", tiny_starcoder, repository)

    def small_files() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))

    command = [sys.executable, "-m", "glossator.engine.training", str(folder)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, preexec_fn=small_files, env=dict(os.environ)
    )
    assert done.returncode == 3
    assert "The disk has no room" in done.stderr.splitlines()[-1]
    assert "full" not in {one.name for one in registered()} and is_begun("full")
    assert last_checkpoint(folder) is None


@pytest.mark.skipif(sys.platform == "win32", reason="limits of files are POSIX's")
def test_a_disk_that_fills_while_it_is_prepared_leaves_nothing(
    here: Path, tiny_starcoder: Path, repository: Path
) -> None:
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, limits[1]))
    try:
        with pytest.raises(GlossatorError, match="cannot be prepared: File too large") as caught:
            begun("unprepared", tiny_starcoder, repository)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert "Make room" in caught.value.next_step
    assert not is_begun("unprepared")
    assert not list(run_folder("unprepared").parent.glob("*unprepared*"))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory so")
def test_memory_that_runs_out_while_it_learns_is_said(here: Path, tiny_starcoder: Path, repository: Path) -> None:
    folder = begun("large", tiny_starcoder, repository)
    limited = (
        "import resource, sys\n"
        "from glossator.engine.training import base, run\n"
        "import glossator.engine.training.trainer\n"  # everything is imported
        "held = int(open('/proc/self/statm').read().split()[0]) * 4096\n"
        "resource.setrlimit(resource.RLIMIT_AS, (held + 40_000_000, held + 40_000_000))\n"
        "sys.exit(run.main(sys.argv[1:]))"
    )
    done = subprocess.run([sys.executable, "-c", limited, str(folder)], capture_output=True, text=True, timeout=SECONDS)
    assert "The memory ran out while large was trained." in done.stderr.splitlines()[-1], done.stderr
    assert "--checkpointing on" in done.stderr.splitlines()[-1]
    assert is_begun("large") and "large" not in {one.name for one in registered()}


def test_checkpoints_that_were_cut_off_are_not_used(tmp_path: Path) -> None:
    for number, files in {2: ["a", COMPLETE], 10: ["a", COMPLETE], 12: ["a"]}.items():
        folder = tmp_path / "checkpoints" / f"checkpoint-{number}"
        folder.mkdir(parents=True)
        for name in files:
            (folder / name).touch()
    assert last_checkpoint(tmp_path) == tmp_path / "checkpoints" / "checkpoint-10"
    assert not (tmp_path / "checkpoints" / "checkpoint-12").exists()
    assert last_checkpoint(tmp_path / "none") is None


def test_a_training_is_named_and_its_name_is_not_taken(here: Path) -> None:
    with pytest.raises(WrongUse, match="no name"):
        run_folder("../x")
    with pytest.raises(GlossatorError, match="There is no adapter"):
        find("nobody")
