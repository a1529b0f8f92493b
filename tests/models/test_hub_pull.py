"""Models of the hub: fetched by its own library from a server that answers as the hub does, with all its troubles."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from glossator.child import environment
from glossator.engine.hub_blob import partial_file
from glossator.errors import DownloadFailed, GlossatorError, ModelMissing, ModelUnavailable
from glossator.models.base import Prompt, read
from glossator.models.conversion import pull_from_hub
from glossator.models.engine_process import EngineModel, is_alive
from glossator.models.progress import Progress
from glossator.models.store import local_models, require
from glossator.settings import ModelSettings, Settings
from tests.engine.own_engine import own_folders
from tests.engine.tiny_starcoder import write_tiny_starcoder
from tests.models.fake_hub import COMMIT, fake_hub

Files = dict[str, bytes]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """The tiny StarCoder's files by name."""
    folder = write_tiny_starcoder(tmp_path_factory.mktemp("hub"))
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@pytest.fixture(autouse=True)
def hub_folders() -> Iterator[Path]:
    """A hub's cache of our own, impatience, and no token."""
    with own_folders(HF_HUB_ETAG_TIMEOUT="1", HF_HUB_DOWNLOAD_TIMEOUT="1", HF_TOKEN="", NO_PROXY="127.0.0.1") as root:
        os.environ["HF_HOME"] = str(root / "hf")
        os.environ.pop("HF_HUB_CACHE", None)
        yield root


def test_model_is_fetched_once_with_progress_into_the_hubs_cache(files: Files, hub_folders: Path) -> None:
    told: list[Progress] = []
    with fake_hub(files | {"flax_model.msgpack": b"x" * 9, "pytorch_model.bin": b"pickled"}) as hub:
        os.environ["HF_ENDPOINT"] = hub.address
        pull_from_hub("owner/tiny", told.append)
        first = hub.sent
        pull_from_hub("owner/tiny")
        assert hub.sent == first, "what is here is not sent again"
    folder = require("owner/tiny")
    assert folder == hub_folders / "hf/hub/models--owner--tiny/snapshots" / COMMIT
    assert {file.name for file in folder.iterdir()} == set(files), "safetensors, and no weights of other kinds"
    assert [(model.name, model.state) for model in local_models()][1:] == [("owner/tiny", "ready")]
    assert told[-1].message == "Fetching weights"
    assert told[-1].done == told[-1].total == len(files["model.safetensors"])


def test_interrupted_fetch_goes_on_where_it_stopped(files: Files, hub_folders: Path) -> None:
    """The beginning lies there as a killed pull leaves it: written in blocks of 10 MB, which this model is below."""
    weights = files["model.safetensors"]
    blob = hub_folders / "hf/hub/models--owner--tiny/blobs" / hashlib.sha256(weights).hexdigest()
    blob.parent.mkdir(parents=True)
    partial_file(blob).write_bytes(weights[:700_000])
    with fake_hub(files) as hub:
        os.environ["HF_ENDPOINT"] = hub.address
        pull_from_hub("owner/tiny")
        assert hub.sent == sum(map(len, files.values())) - 700_000
    assert (require("owner/tiny") / "model.safetensors").read_bytes() == weights


@pytest.mark.parametrize(
    ("trouble", "token", "what", "next_step"),
    [
        ("gated", "", "is gated", "Accept them at https://huggingface.co/owner/tiny, set HF_TOKEN"),
        ("gated", "hf_mine", "is gated", "use the token of that account"),
        ("missing", "", "has no model owner/tiny, or it is private", "Check the spelling"),
        ("token", "hf_wrong", "refuses the token", "Set HF_TOKEN"),
        ("busy", "", "status 500", "Wait a while"),
        ("reset", "", "cannot be reached, or broke off", "Check the network"),
        ("altered", "", "arrived damaged", "again"),
        ("slow", "", "cannot be reached, or broke off", "HTTPS_PROXY"),
    ],
)
def test_the_hubs_troubles_are_one_sentence_and_the_next_step(
    files: Files, trouble: str, token: str, what: str, next_step: str
) -> None:
    os.environ["HF_TOKEN"] = token
    with fake_hub(files, trouble) as hub, pytest.raises(DownloadFailed) as caught:
        os.environ["HF_ENDPOINT"] = hub.address
        pull_from_hub("owner/tiny")
    assert what in caught.value.what
    assert next_step in caught.value.next_step
    assert not token or token not in str(caught.value)


def test_missing_revision_unreachable_hub_and_offline_are_said(files: Files) -> None:
    with fake_hub(files, "revision") as hub, pytest.raises(DownloadFailed, match="no revision 'v9'"):
        os.environ["HF_ENDPOINT"] = hub.address
        pull_from_hub("owner/tiny@v9")
    with pytest.raises(DownloadFailed, match="cannot be reached"):
        pull_from_hub("owner/tiny")  # the server is gone
    os.environ["HF_HUB_OFFLINE"] = "1"
    with pytest.raises(DownloadFailed, match="HF_HUB_OFFLINE is set"):
        pull_from_hub("owner/tiny")


def test_revision_is_a_model_of_its_own(files: Files) -> None:
    with fake_hub(files) as hub:
        os.environ["HF_ENDPOINT"] = hub.address
        pull_from_hub("owner/tiny@v1")
    assert require(ModelSettings("owner/tiny", "v1").reference).name == COMMIT
    with pytest.raises(ModelMissing, match=r"Run 'glossator models pull owner/tiny'\."):
        require("owner/tiny")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows stops no process")
def test_what_stands_still_is_given_up(files: Files) -> None:
    def stand_still(_: Progress) -> None:
        for child in psutil.Process().children():
            child.suspend()

    with fake_hub(files) as hub, pytest.raises(DownloadFailed, match=r"Nothing has moved for 0\.5 seconds"):
        os.environ["HF_ENDPOINT"] = hub.address
        pull_from_hub("owner/tiny", stand_still, patience=0.5)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file sizes")
def test_full_disk_is_said(files: Files) -> None:
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "from glossator.models.conversion import pull_from_hub; pull_from_hub('owner/tiny')"
    )
    with fake_hub(files) as hub:
        os.environ["HF_ENDPOINT"] = hub.address
        command = [sys.executable, "-c", limited]
        done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=120)
        assert "no room on the disk for the model owner/tiny. Free some, or set HF_HOME" in done.stderr
        pull_from_hub("owner/tiny")  # with room it goes on
    assert require("owner/tiny")


def test_damaged_file_in_the_cache_is_fetched_anew(files: Files) -> None:
    with fake_hub(files) as hub:
        os.environ["HF_ENDPOINT"] = hub.address
        pull_from_hub("owner/tiny")
        weights = (require("owner/tiny") / "model.safetensors").resolve()
        weights.write_bytes(weights.read_bytes()[:-1000])
        pull_from_hub("owner/tiny")
    assert weights.read_bytes() == files["model.safetensors"]


def test_what_cannot_be_run_is_refused_before_its_weights_are_fetched(files: Files) -> None:
    own_code = b'{"model_type": "own", "auto_map": {"AutoModelForCausalLM": "modeling_own.Own"}}'
    with fake_hub(files | {"config.json": own_code}) as hub:
        os.environ["HF_ENDPOINT"] = hub.address
        with pytest.raises(ModelUnavailable, match=r"wants to run code of its own \(modeling_own\.Own\)"):
            pull_from_hub("owner/tiny")
        assert not any("safetensors" in path for path in hub.asked)


def test_repository_without_weights_is_said(files: Files) -> None:
    bare = {name: content for name, content in files.items() if not name.endswith(".safetensors")}
    with fake_hub(bare) as hub, pytest.raises(GlossatorError, match="neither safetensors nor pickled"):
        os.environ["HF_ENDPOINT"] = hub.address
        pull_from_hub("owner/tiny")


async def test_asking_a_model_that_was_not_pulled_asks_nobody(files: Files) -> None:
    with fake_hub(files) as hub:
        os.environ["HF_ENDPOINT"] = hub.address
        settings = Settings(model=ModelSettings("owner/tiny"))
        with pytest.raises(ModelMissing, match="Run 'glossator models pull owner/tiny'"):
            await read(EngineModel(settings), Prompt(text="def"))
        assert hub.asked == []
        assert not is_alive()
