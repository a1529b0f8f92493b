"""Adapters on this machine: added whole or not at all, found by name, routed by settings. Without torch."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from glossator.cli import main
from glossator.errors import GlossatorError, ModelMissing, WrongUse
from glossator.examine import examine
from glossator.models.adapters import (
    adapters_folder,
    add,
    find,
    locate,
    record_effect,
    registered,
    remove,
    revision,
    split_name,
)
from glossator.models.base import Piece, Prompt
from glossator.models.cached import CachedModel
from glossator.models.routing import RememberingRoutedModel, RoutedModel, brought_for, read_routes
from glossator.models.scripted import ScriptedModel
from glossator.settings import AdapterSettings, ModelSettings, Settings, load
from glossator_cache import Cache
from tests.engine.own_engine import own_folders

PARALLEL = {
    "peft_type": "BOTTLENECK",
    "use_parallel_adapter": True,
    "base_model_name_or_path": "bigcode/starcoderbase-7b",
}


@pytest.fixture(autouse=True)
def folders() -> Iterator[Path]:
    """Folders of their own."""
    with own_folders() as root:
        yield root


def written(folder: Path, weights: str = "adapter_model.safetensors", **fields: Any) -> Path:
    """An adapter's folder, whose weights nobody here loads."""
    folder.mkdir()
    (folder / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 8, **fields}), "utf-8")
    (folder / weights).write_bytes(whole_weights(weights, folder.name))
    return folder


def whole_weights(name: str, said: str) -> bytes:
    """The least that is a file of its kind: no tensor, and a word that tells it from another."""
    if name.endswith(".bin"):
        return b"\x80\x02" + said.encode()
    header = json.dumps({"__metadata__": {"said": said}}).encode()
    return len(header).to_bytes(8, "little") + header


def test_what_is_added_is_found_and_what_is_removed_is_gone(tmp_path: Path) -> None:
    add(written(tmp_path / "mine", base_model_name_or_path="some/base", revision="abc"), purpose="complete")
    add(written(tmp_path / "Astraios-7B", **PARALLEL) / "adapter_config.json", "astraios-7b")
    mine, other = find("mine"), find("astraios-7b")
    assert registered() == (other, mine)
    assert (mine.type, mine.base, mine.revision, mine.purpose, mine.prompt_style) == (
        *("lora", "some/base", "abc", "complete", "none"),
    )
    assert (other.type, other.prompt_style, other.base) == ("parallel", "question_answer", "bigcode/starcoderbase-7b")
    assert mine.sha256 == hashlib.sha256(whole_weights(".safetensors", "mine")).hexdigest()
    assert mine.source == str(tmp_path / "mine")
    assert mine.size == len(whole_weights(".safetensors", "mine"))
    record_effect("mine", "Changes nothing.")
    assert find("mine").effect == "Changes nothing."
    remove("mine")
    assert registered() == (other,)
    with pytest.raises(ModelMissing, match=r"There is no adapter 'mine'\. Adapters here: astraios-7b"):
        find("mine")


@pytest.mark.parametrize("name", ["../evil", "a/b", "A", "", ".hidden", "x" * 65, "a:b", "C:\\x", "-x", "nul\0"])
def test_names_are_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(GlossatorError):
        add(written(tmp_path / "SOME NAME"), name)
    with pytest.raises(ModelMissing):
        find(name)
    assert registered() == ()


def test_nothing_half_written_stays(tmp_path: Path) -> None:
    source = written(tmp_path / "mine")
    (source / "adapter_model.safetensors").unlink()
    (source / "adapter_model.safetensors").symlink_to(source / "adapter_model.safetensors")  # is there, cannot be read
    with pytest.raises(WrongUse):
        add(source)
    half = adapters_folder() / ".mine.partial"
    half.mkdir()
    (half / "adapter_model.safetensors").write_bytes(b"half")
    assert registered() == ()
    whole = written(tmp_path / "other")
    add(whole, "mine")
    assert [entry.name for entry in adapters_folder().iterdir() if entry.is_dir()] == ["mine"]
    with pytest.raises(WrongUse, match="There is an adapter 'mine' already"):
        add(whole, "mine")


@pytest.mark.parametrize(
    ("weights", "content", "said"),
    [
        ("adapter_model.safetensors", whole_weights(".safetensors", "mine")[:-3], "its header cannot be read"),
        ("adapter_model.safetensors", whole_weights(".safetensors", "mine") + b"rest", "bytes, and its header speaks"),
        ("adapter_model.safetensors", b"<!DOCTYPE html><html>sign in</html>", "its header cannot be read"),
        ("adapter_model.safetensors", b"version https://git-lfs.github.com/spec/v1\n", "only Git LFS's note"),
        ("adapter_model.bin", b"<!DOCTYPE html><html>sign in</html>", "nothing that torch has saved"),
        ("adapter_model.bin", b"PK\x03\x04 and the rest never came", "it is cut off"),
        ("adapter_model.bin", b"", "it is cut off"),
    ],
)
def test_weights_that_are_cut_off_or_none_are_refused(
    tmp_path: Path, weights: str, content: bytes, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source = written(tmp_path / "mine", weights)
    (source / weights).write_bytes(content)
    assert main(["adapters", "add", str(source)]) == 2
    told = " ".join(capsys.readouterr().err.split())
    assert said in told and ("again" in told or "git lfs pull" in told)
    assert registered() == ()


def test_what_cannot_be_stored_is_said(tmp_path: Path) -> None:
    (adapters_folder() / ".mine.partial").write_text("a file where a folder must be", "utf-8")
    with pytest.raises(GlossatorError, match="cannot be stored"):
        add(written(tmp_path / "mine"))


def test_a_colon_stands_between_base_and_adapter_and_may_be_part_of_a_path(tmp_path: Path) -> None:
    odd = tmp_path / "model:odd"
    odd.mkdir()
    (odd / "config.json").write_text("{}", "utf-8")
    for model, parts in {
        "smollm2-135m-instruct": ("smollm2-135m-instruct", ""),
        "smollm2-135m-instruct:mine": ("smollm2-135m-instruct", "mine"),
        "bigcode/starcoderbase-7b@main:astraios-7b": ("bigcode/starcoderbase-7b@main", "astraios-7b"),
        "C:\\models\\base": ("C:\\models\\base", ""),
        "C:\\models\\base:mine": ("C:\\models\\base", "mine"),
        str(odd): (str(odd), ""),
        f"{odd}:mine": (str(odd), "mine"),
    }.items():
        assert split_name(model) == parts


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = written(tmp_path / "mine", "adapter_model.bin", base_model_name_or_path="some/base")
    assert main(["adapters", "add", str(folder), "--purpose", "explain", "--prompt-style", "question_answer"]) == 0
    said = capsys.readouterr().out
    assert "(lora, made for some/base)" in said
    assert "read with weights_only=True" in said
    assert 'set adapters.explain = "mine"' in said
    assert main(["adapters", "list"]) == 0
    listed = capsys.readouterr().out
    assert "mine" in listed and "has not tried it yet" in listed
    assert main(["adapters", "show", "mine"]) == 0
    assert "prompt_style: question_answer" in capsys.readouterr().out
    assert main(["adapters", "add", str(tmp_path)]) == 2
    assert "has no adapter_config.json" in capsys.readouterr().err
    assert main(["adapters", "add", str(tmp_path / "nowhere")]) == 2
    assert "There is no " in capsys.readouterr().err
    assert main(["adapters", "remove", "mine"]) == 0
    assert main(["adapters", "show", "mine"]) == 3
    assert "There is no adapter 'mine'" in capsys.readouterr().err


def test_an_adapter_in_the_hubs_cache_is_added_by_its_name_and_asks_nobody(tmp_path: Path, folders: Path) -> None:
    reference = "bigcode/Astraios-7b-parallel"
    routes, problems = read_routes(Settings(adapters=AdapterSettings(explain=reference)))
    assert routes.explain == "" and problems[0].next_step == f"Run 'glossator adapters add {reference}'."
    with own_folders(HF_HUB_CACHE=str(tmp_path / "hub"), HF_ENDPOINT="http://127.0.0.1:1"):
        with pytest.raises(ModelMissing, match=f"Run 'glossator adapters add {reference}@v2'"):
            locate(f"{reference}@v2")
        repository, commit = tmp_path / "hub" / "models--bigcode--Astraios-7b-parallel", "a" * 40
        (repository / "refs").mkdir(parents=True)
        (repository / "refs" / "main").write_text(commit, "utf-8")
        (repository / "snapshots").mkdir()
        written(repository / "snapshots" / commit, "adapter_model.bin", **PARALLEL)
        assert main(["adapters", "add", reference]) == 0
        added = find("astraios-7b-parallel")
        assert (added.source, added.revision) == (reference, commit)
        assert (added.type, added.prompt_style) == ("parallel", "question_answer")
        routes, problems = read_routes(
            Settings(adapters=AdapterSettings(explain=reference, languages=f"go={reference},c="))
        )
        assert (routes.explain, dict(routes.languages), problems) == (*(added.name, {"go": added.name, "c": ""}, ()),)


def test_settings_choose_by_purpose_and_language(tmp_path: Path) -> None:
    (tmp_path / "glossator.toml").write_text(
        '[adapters]\ncomplete = "own"\nlanguages = "python=py, Go=go-one"\n', "utf-8"
    )
    settings, problems = load(tmp_path)
    routes, more = read_routes(settings)
    assert (problems, more) == ((), ())
    assert [routes.adapter("complete", language) for language in ("python", "go", "rust")] == ["py", "go-one", "own"]
    assert routes.adapter("explain", "python") == ""
    written(tmp_path / "chosen")
    add(tmp_path / "chosen")
    routes.choose("complete", "chosen")
    assert routes.adapter("complete", "python") == "chosen"
    routes.choose("complete", "")
    assert routes.adapter("complete", "python") == ""
    with pytest.raises(ModelMissing):
        routes.choose("explain", "unknown")
    with pytest.raises(WrongUse, match="There is no purpose 'paint'"):
        routes.choose("paint", "chosen")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (AdapterSettings(complete="/srv/evil"), "names '/srv/evil', which is no adapter's name"),
        (AdapterSettings(explain="../up"), "The setting adapters.explain names '../up'"),
        (AdapterSettings(languages="python"), "The setting adapters.languages has 'python'. Write it as"),
        (AdapterSettings(languages="go=a/b"), "The setting adapters.languages names 'a/b'"),
    ],
)
def test_a_path_is_never_an_adapter(settings: AdapterSettings, said: str) -> None:
    routes, problems = read_routes(Settings(adapters=settings))
    assert said in str(problems[0])
    ours = brought_for(Settings().model.name)
    assert {routes.adapter("complete", "go"), routes.adapter("explain")} <= {"", ours}


async def test_a_question_is_sent_and_remembered_under_its_adapter(tmp_path: Path) -> None:
    add(written(tmp_path / "mine"))
    routes, _ = read_routes(Settings(adapters=AdapterSettings(explain="mine", languages="python=py")))
    engine = ScriptedModel(("first", "second", "third"))
    with closing(Cache(tmp_path / "cache")) as cache:
        explain = RememberingRoutedModel(CachedModel(engine, cache, "model"), routes, "explain")
        prompt = Prompt(text="question", language="python")
        assert await texts(explain.stream(prompt)) == "first"
        assert await explain.recall(prompt) is not None
        routes.choose("explain", "")
        assert await explain.recall(prompt) is None, "the model itself was not asked yet"
        routes.choose("explain", "mine")
        remove("mine")
        assert await explain.recall(prompt) is None, "other weights under that name may say something else"
        assert await texts(RoutedModel(engine, routes, "complete").stream(prompt)) == "second"
    assert [asked.adapter for asked in engine.asked] == ["mine", "py"]
    assert revision("mine") == "mine"


def test_the_doctor_looks_at_adapters(tmp_path: Path) -> None:
    def finding(**names: str) -> str:
        settings = Settings(model=ModelSettings(str(tmp_path)), adapters=AdapterSettings(**names))
        return next(f"{one.state}: {one.detail}" for one in examine(settings, tmp_path) if one.part == "adapters")

    assert finding() == "ok: none in use, 0 on this machine"
    assert finding(complete="mine") == "broken: There is no adapter 'mine'."
    add(written(tmp_path / "mine"))
    assert finding(complete="mine", languages="go=mine") == "ok: mine in use, 1 on this machine"
    record_effect("mine", "The adapter mine changes nothing: …")
    assert finding(complete="mine") == "broken: The adapter mine changes nothing: …"


async def texts(pieces: AsyncGenerator[Piece, None]) -> str:
    return "".join([piece.text async for piece in pieces])
