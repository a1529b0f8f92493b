"""Adapters of the hub: `glossator adapters add owner/name` against a server that answers as the hub does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator.child import environment
from glossator.cli import main
from glossator.models.adapters import add, find, registered, remove
from tests.engine.own_adapters import write_adapter
from tests.engine.own_engine import own_folders
from tests.models.fake_hub import COMMIT, FakeHub, fake_hub

Files = dict[str, bytes]
ADD = ["adapters", "add", "owner/tiny"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """An adapter's files by name."""
    folder = write_adapter(tmp_path_factory.mktemp("hub") / "lora", "lora", base_model_name_or_path="bigcode/tiny")
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture(autouse=True)
def folders() -> Iterator[Path]:
    """A hub's cache of our own, impatience, and no token."""
    with own_folders(HF_HUB_ETAG_TIMEOUT="1", HF_HUB_DOWNLOAD_TIMEOUT="1", HF_TOKEN="", NO_PROXY="127.0.0.1") as root:
        os.environ["HF_HOME"] = str(root / "hf")
        os.environ.pop("HF_HUB_CACHE", None)
        yield root


def asked_at(hub: FakeHub) -> None:
    os.environ["HF_ENDPOINT"] = hub.address


def test_only_its_two_files_are_fetched_and_their_size_is_told_first(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    more = {"README.md": b"# Tiny", "optimizer.pt": b"x" * 99, "adapter_model.bin": b"x", "run.py": b"import os"}
    with fake_hub(files | more) as hub:
        asked_at(hub)
        assert main([*ADD, "--purpose", "complete"]) == 0
        told = capsys.readouterr()
        assert "Fetching weights (0 MB)" in told.err
        assert "(lora, made for bigcode/tiny)" in told.out
        fetched = {path.rpartition("/")[2] for path in hub.asked if "/resolve/" in path}
        assert fetched == {"adapter_config.json", "adapter_model.safetensors"}
        before = len(hub.asked)
        remove("tiny")
        assert main([*ADD, "--name", "again"]) == 0
        assert len(hub.asked) == before, "what is in the cache is not asked for again"
    found = find("again")
    assert (found.source, found.revision) == ("owner/tiny", COMMIT)
    assert (found.folder / "adapter_model.safetensors").read_bytes() == files["adapter_model.safetensors"]


def test_pickled_weights_are_fetched_only_where_there_are_no_others_and_that_is_said(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_adapter(tmp_path / "parallel", "parallel", form="bin")
    with fake_hub({file.name: file.read_bytes() for file in folder.iterdir()}) as hub:
        asked_at(hub)
        assert main(["adapters", "add", "owner/tiny@v1", "--name", "mine"]) == 0
    told = capsys.readouterr()
    assert "Fetching weights (pickled; they are read with weights_only=True)" in told.err
    assert "Its weights are a pickle; they will be read with weights_only=True" in told.out
    assert (find("mine").type, find("mine").source) == ("parallel", "owner/tiny@v1")


@pytest.mark.parametrize(
    ("trouble", "token", "says"),
    [
        ("gated", "", ("The adapter owner/tiny is gated", "set HF_TOKEN", "run 'glossator adapters add owner/tiny'")),
        ("missing", "", ("The hub has no adapter owner/tiny, or it is private", "Check the spelling")),
        ("token", "hf_wrong", ("The hub refuses the token", "Set HF_TOKEN")),
        ("reset", "", ("cannot be reached, or broke off, while fetching owner/tiny", "HTTPS_PROXY")),
        ("altered", "", ("arrived damaged",)),
    ],
)
def test_the_hubs_troubles_speak_of_the_adapter(
    files: Files, trouble: str, token: str, says: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    os.environ["HF_TOKEN"] = token
    with fake_hub(files, trouble) as hub:
        asked_at(hub)
        assert main(ADD) == 3
    told = capsys.readouterr().err
    assert all(words in told for words in says), told
    assert not token or token not in told
    assert registered() == ()


def test_offline_nobody_is_asked(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    with fake_hub(files) as hub:
        asked_at(hub)
        os.environ["HF_HUB_OFFLINE"] = "1"
        assert main(ADD) == 3
        assert hub.asked == []
    assert "HF_HUB_OFFLINE is set, so the hub is not asked. Unset it" in capsys.readouterr().err


def test_what_is_no_adapter_of_ours_is_refused_before_its_weights_are_fetched(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    unknown = {**files, "adapter_config.json": json.dumps({"peft_type": "VERA"}).encode()}
    for offered, says in (
        (unknown, "is of the type 'VERA', which the engine does not run"),
        ({"model.safetensors": b"x"}, "holds a model. Run 'glossator models pull owner/tiny' instead"),
        ({"adapter_config.json": b"{}"}, "has no adapter_model.safetensors or adapter_model.bin"),
    ):
        with fake_hub(offered) as hub:
            asked_at(hub)
            assert main(ADD) == 2
            assert not any("adapter_model" in path for path in hub.asked)
        assert says in capsys.readouterr().err


def test_a_name_that_is_taken_is_said_before_anything_is_fetched(
    files: Files, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(write_adapter(tmp_path / "tiny", "lora"))
    with fake_hub(files) as hub:
        asked_at(hub)
        assert main(ADD) == 2
        assert hub.asked == []
    assert "There is an adapter 'tiny' already" in capsys.readouterr().err


def test_damaged_file_in_the_cache_is_fetched_anew(files: Files, folders: Path) -> None:
    with fake_hub(files) as hub:
        asked_at(hub)
        assert main(ADD) == 0
        remove("tiny")
        cached = folders / "hf/hub/models--owner--tiny/snapshots" / COMMIT
        (cached / "adapter_config.json").unlink()  # so the cache is asked to be made whole
        weights = (cached / "adapter_model.safetensors").resolve()
        weights.write_bytes(weights.read_bytes()[:-100])
        assert main(ADD) == 0
    assert (find("tiny").folder / "adapter_model.safetensors").read_bytes() == files["adapter_model.safetensors"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
def test_full_disk_is_said(files: Files) -> None:
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))\n"
        "from glossator.models.conversion import pull_adapter; pull_adapter('owner/tiny')"
    )
    with fake_hub(files) as hub:
        asked_at(hub)
        command = [sys.executable, "-c", limited]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=60)
    assert "no room on the disk for the adapter owner/tiny. Free some, or set HF_HOME" in done.stderr
