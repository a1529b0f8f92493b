"""Adapters for others: folders for vLLM, files for llama.cpp, examples, and the hub, which gets what was shown."""

from __future__ import annotations

import base64
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from glossator.adapt.collect import collect
from glossator.adapt.examples import Cutting, make_examples
from glossator.adapt.export import shared_files, to_jsonl, to_vllm
from glossator.cli import main
from glossator.errors import DownloadFailed, WrongUse
from glossator.models.adapters import Adapter, add
from glossator.models.conversion import push_adapter
from glossator.models.training import Hyperparameters
from tests.engine.own_engine import own_folders
from tests.models.fake_hub import QuietServer
from tests.models.test_adapter_registry import written

TOKEN = "hf_" + "x" * 34


@pytest.fixture(autouse=True)
def folders() -> Iterator[Path]:
    with own_folders(HF_TOKEN=TOKEN) as root:
        yield root


def lora(tmp_path: Path, **configuration: Any) -> Adapter:
    told = {"base_model_name_or_path": "some/base", "r": 12, "lora_alpha": 24, **configuration}
    source = written(tmp_path / "mine", **told)
    (source / "README.md").write_text(f"---\nbase_model: {told['base_model_name_or_path']}\n---\n# mine\n")
    (source / "training.json").write_text('{"root": "D:/secret-project"}')
    (source / "evaluation.json").write_text('{"verdict": "helps.", "rows": [{"path": "secret.py"}]}')
    (source / "loss.svg").write_text("<svg/>")
    return add(source)


def test_vllm_gets_a_folder_and_is_told_of_the_rank(tmp_path: Path) -> None:
    options = to_vllm(lora(tmp_path), tmp_path / "out" / "mine")
    assert options == f"--enable-lora --max-lora-rank 16 --lora-modules mine={tmp_path}/out/mine"
    assert {one.name for one in (tmp_path / "out" / "mine").iterdir()} == {
        *("adapter_config.json", "adapter_model.safetensors"),
    }


@pytest.mark.parametrize(
    ("configuration", "why"),
    [
        ({"peft_type": "IA3"}, "only LoRA is served"),
        ({"peft_type": "BOTTLENECK"}, "only LoRA is served"),
        ({"use_dora": True}, "is a DoRA"),
        ({"modules_to_save": ["lm_head"]}, "whole modules"),
        ({"bias": "all"}, "changes biases"),
        ({"r": 1024}, "its rank is 1024"),
    ],
)
def test_what_vllm_cannot_serve_is_refused(tmp_path: Path, configuration: dict[str, Any], why: str) -> None:
    with pytest.raises(WrongUse, match=why):
        to_vllm(lora(tmp_path, **configuration), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    adapter = lora(tmp_path)
    with pytest.raises(WrongUse, match="is there already"):
        to_vllm(adapter, adapter.folder)


def test_what_is_shared_names_no_place_of_this_machine_and_no_file(tmp_path: Path) -> None:
    base = tmp_path / "models" / "tiny"
    files = shared_files(lora(tmp_path, base_model_name_or_path=str(base)), tmp_path / "out")
    assert [one.name for one in files] == [
        *("README.md", "adapter_config.json", "adapter_model.safetensors", "loss.svg"),
    ]
    told = "".join(one.read_text() for one in files)
    assert str(tmp_path) not in told and "secret" not in told
    assert json.loads((tmp_path / "out" / "adapter_config.json").read_text())["base_model_name_or_path"] == "tiny"
    assert "base_model: tiny" in files[0].read_text()


def test_examples_are_those_of_the_training_and_of_no_file_that_was_held_out(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    for number in range(5):
        text = f"def add{number}(first, second):\n    return first + second + {number}\n" * 20
        (project / f"f{number}.py").write_text(text)
    told = Hyperparameters(length=64)
    record = {"root": str(project), "held_out": ["f3.py"], "parameters": {"length": 64}}
    adapter = lora(tmp_path)
    count = to_jsonl(adapter, record, None, tmp_path / "out.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    trained = [one for one in collect(project).taken if one.path != "f3.py"]
    made = make_examples(trained, Cutting(64, told.holes, told.spm_share, told.syntax_share), told.seed + 1)
    assert lines == [{"prompt": one.before, "suffix": one.after, "completion": one.middle} for one in made]
    assert count == len(lines) > 3 and not any("add3" in json.dumps(one) for one in lines)
    with pytest.raises(WrongUse, match=r"has no training\.json"):
        to_jsonl(adapter, {}, None, tmp_path / "none.jsonl")


@dataclass
class TakingHub:
    """What a hub was sent: paths with contents, and the tokens of the requests. ``refuses`` answers with status 403."""

    refuses: bool = False
    address: str = ""
    asked: list[str] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    private: bool | None = None
    files: dict[str, bytes] = field(default_factory=dict)


@contextmanager
def taking_hub(refuses: bool = False) -> Iterator[TakingHub]:
    """A hub on a free port that takes a commit."""
    hub = TakingHub(refuses)

    class Taking(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *told: Any) -> None:
            pass

        def do_GET(self) -> None:
            self.answer(404, {"error": "not found"})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            hub.asked.append(self.path)
            hub.tokens.add(self.headers.get("Authorization", ""))
            self.answer(*(taken(hub, self.path, body)))

        def answer(self, status: int, told: Any) -> None:
            sent = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

    with QuietServer(("127.0.0.1", 0), Taking) as server:
        hub.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        os.environ["HF_ENDPOINT"] = hub.address
        try:
            yield hub
        finally:
            server.shutdown()


def taken(hub: TakingHub, path: str, body: bytes) -> tuple[int, Any]:
    """One request: a repository is made, files are announced, a commit comes."""
    if hub.refuses:
        return 403, {"error": "Forbidden"}
    if path.endswith("/repos/create"):
        told = json.loads(body)
        hub.private = bool(told.get("private")) or told.get("visibility") == "private"
        return 200, {"url": f"{hub.address}/owner/mine", "name": "owner/mine"}
    if "/preupload/" in path:
        files = json.loads(body)["files"]
        return 200, {"files": [{"path": one["path"], "uploadMode": "regular", "shouldIgnore": False} for one in files]}
    if path.endswith("/validate-yaml"):
        return 200, {"errors": [], "warnings": []}
    for line in body.decode().splitlines():
        told = json.loads(line)
        if told["key"] == "file":
            hub.files[told["value"]["path"]] = base64.b64decode(told["value"]["content"])
    return 200, {"commitUrl": f"{hub.address}/owner/mine/commit/1", "commitOid": "1" * 40, "success": True}


@pytest.mark.slow
def test_the_hub_gets_what_was_shown_and_only_with_consent(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    adapter = lora(tmp_path)
    with taking_hub() as hub:
        assert main(["adapters", "push", "mine", "owner/mine"]) == 2
        assert "nobody could be asked" in capsys.readouterr().err and hub.asked == []
        assert main(["adapters", "push", "mine", "owner/mine", "--yes"]) == 0, capsys.readouterr().err
        said = capsys.readouterr().out
    assert f"To {hub.address}, as owner/mine" in said and "may repeat what it was trained on" in said
    assert all(f"{name} ({len(content):,} bytes)" in said for name, content in hub.files.items())
    assert set(hub.files) == {"README.md", "adapter_config.json", "adapter_model.safetensors", "loss.svg"}
    assert hub.files["adapter_model.safetensors"] == (adapter.folder / "adapter_model.safetensors").read_bytes()
    assert hub.private and hub.tokens == {f"Bearer {TOKEN}"}


@pytest.mark.slow
def test_a_hub_that_refuses_and_a_token_that_is_missing_are_said(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shared_files(lora(tmp_path), folder)
    with taking_hub(refuses=True), pytest.raises(DownloadFailed, match=r"does not take owner/mine \(status 403\)"):
        push_adapter("owner/mine", folder, public=False)
    with taking_hub() as hub:
        os.environ["HF_TOKEN"] = ""
        os.environ["HF_HOME"] = str(tmp_path)
        with pytest.raises(DownloadFailed, match="nothing without a token"):
            push_adapter("owner/mine", folder, public=False)
        assert hub.asked == []
