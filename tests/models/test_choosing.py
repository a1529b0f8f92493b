"""Adapters that somebody chose to use, and those that were trained on the workspace: who answers, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from glossator.cli import main
from glossator.models.adapters import Adapter, add, remove
from glossator.models.choosing import Choice, Choices, choose
from glossator.models.remote import plain, remote_of
from glossator.models.routing import AdapterRoutes, read_routes
from glossator.settings import AdapterSettings, ModelSettings, Settings, load, parse
from tests.engine.own_engine import own_folders
from tests.models.test_adapter_registry import written

BASE = "some/base"


@pytest.fixture(autouse=True)
def folders() -> Iterator[Path]:
    with own_folders() as root:
        yield root


def registered(tmp_path: Path, name: str, **record: Any) -> Adapter:
    """An adapter with a ``training.json``."""
    source = written(tmp_path / name, base_model_name_or_path=BASE)
    (source / "training.json").write_text(json.dumps(record))
    return add(source, name)


def routes_of(root: Path, adapters: AdapterSettings = AdapterSettings()) -> AdapterRoutes:
    settings = Settings(model=ModelSettings(BASE), adapters=adapters)
    routes, _ = read_routes(settings)
    routes.kept = Choices(root, settings)
    return routes


def test_a_choice_is_heard_by_windows_that_are_open(tmp_path: Path) -> None:
    registered(tmp_path, "mine")
    window = routes_of(tmp_path)
    assert window.decide("complete") == Choice("")
    choose(None, "complete", "", "mine")
    assert window.decide("complete") == Choice("mine", "chosen everywhere")
    assert window.decide("explain") == Choice("")
    choose(None, "complete", "", None)
    assert window.decide("complete") == Choice("")


def test_the_nearest_folder_wins_and_a_language_before_all_of_them(tmp_path: Path) -> None:
    for name in ("all", "near", "go"):
        registered(tmp_path, name)
    project = tmp_path / "project"
    project.mkdir()
    choose(None, "complete", "", "all")
    choose(project, "complete", "", "near")
    choose(project, "complete", "Go", "go")
    window, other = routes_of(project / "inner"), routes_of(tmp_path)
    assert [window.adapter("complete", one) for one in ("python", "go", "")] == ["near", "go", "near"]
    assert other.adapter("complete", "go") == "all"
    choose(project, "complete", "", "")
    assert window.decide("complete") == Choice("", f"chosen for {project}"), "the base itself"


def test_choices_are_stronger_than_settings_and_a_window_than_both(tmp_path: Path) -> None:
    for name in ("mine", "other", "third"):
        registered(tmp_path, name)
    window = routes_of(tmp_path, AdapterSettings(complete="other", languages="go=other,c="))
    assert window.decide("complete") == Choice("other", "adapters.complete")
    assert window.decide("complete", "c") == Choice("", "adapters.languages for c")
    choose(None, "complete", "", "mine")
    assert {window.adapter("complete", one) for one in ("", "go", "c")} == {"mine"}
    window.choose("complete", "third")
    assert window.decide("complete") == Choice("third", "chosen in this window")


def test_an_adapter_that_was_removed_is_chosen_no_longer(tmp_path: Path) -> None:
    registered(tmp_path, "mine")
    choose(None, "complete", "", "mine")
    window = routes_of(tmp_path)
    assert window.adapter("complete") == "mine"
    remove("mine")
    assert window.adapter("complete") == ""


@pytest.mark.parametrize(("record", "below"), [("root", False), ("root", True), ("remote", False)])
def test_an_adapter_that_was_trained_on_a_repository_completes_there(tmp_path: Path, record: str, below: bool) -> None:
    project, clone = tmp_path / "project", tmp_path / "clone"
    for one in (project, clone):
        (one / ".git").mkdir(parents=True)
        (one / ".git" / "config").write_text('[remote "origin"]\n\turl = https://me:key@git.example/team/tool.git\n')
    registered(tmp_path, "mine", root=str(project), remote=remote_of(project))
    where = clone if record == "remote" else project / "inner" if below else project
    told = "git.example/team/tool" if record == "remote" else str(project)
    window = routes_of(where)
    assert window.decide("complete") == Choice("mine", f"trained on {told}")
    assert window.decide("explain") == Choice("")
    assert routes_of(tmp_path).decide("complete") == Choice("")
    assert routes_of(where, AdapterSettings(automatic="never")).decide("complete") == Choice("")
    assert "complete: mine (trained on" in window.told()


def test_one_that_does_not_help_is_not_used_by_itself(tmp_path: Path) -> None:
    adapter = registered(tmp_path, "mine", root=str(tmp_path))
    window, always = routes_of(tmp_path), routes_of(tmp_path, AdapterSettings(automatic="always"))
    assert window.adapter("complete") == "mine"
    (adapter.folder / "evaluation.json").write_text('{"helps": false}')
    assert (window.adapter("complete"), always.adapter("complete")) == ("", "mine")


def test_one_for_another_base_is_not_used_by_itself(tmp_path: Path) -> None:
    source = written(tmp_path / "other", base_model_name_or_path="another/base")
    (source / "training.json").write_text(json.dumps({"root": str(tmp_path)}))
    add(source)
    assert routes_of(tmp_path).adapter("complete") == ""


@pytest.mark.parametrize("text", ["", "{", "[]", '{"": []}', '{"": {"complete": 3}}'])
def test_damaged_choices_are_none(tmp_path: Path, folders: Path, text: str) -> None:
    choose(None, "complete", "", "mine")
    (folders / "data" / "adapter-choices.json").write_text(text)
    assert routes_of(tmp_path).decide("complete") == Choice("")
    choose(None, "complete", "", "")
    assert routes_of(tmp_path).decide("complete") == Choice("", "chosen everywhere")


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("git@git.example:team/tool.git", "git.example/team/tool"),
        ("https://token:x-oauth@Git.Example/team/tool", "git.example/team/tool"),
        ("ssh://git@git.example:2222/team/tool.git/", "git.example/team/tool"),
        ("/srv/git/tool.git", "/srv/git/tool"),
        ("../tool", "../tool"),
    ],
)
def test_a_remote_is_known_however_it_is_spelled_and_no_key_is_kept(url: str, name: str) -> None:
    assert plain(url) == name


def test_a_work_tree_has_the_remote_of_its_repository(tmp_path: Path) -> None:
    own = tmp_path / "main" / ".git" / "worktrees" / "one"
    own.mkdir(parents=True)
    (own / "commondir").write_text("../..\n")
    (tmp_path / "main" / ".git" / "config").write_text('[core]\n\tbare = false\n[remote "origin"]\n\turl = a:b/c\n')
    (tmp_path / "tree" / "inner").mkdir(parents=True)
    (tmp_path / "tree" / ".git").write_text(f"gitdir: {own}\n")
    assert remote_of(tmp_path / "tree" / "inner") == "a/b/c"
    assert remote_of(tmp_path) == ""


def test_a_projects_file_chooses_no_folder_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "glossator.toml").write_text('[adapters]\ncomplete = "../../evil"\nautomatic = "always"\n')
    settings, _ = load(tmp_path)
    routes, problems = read_routes(settings)
    assert routes.complete == "" and "no adapter's name" in str(problems[0])
    assert parse({"adapters": {"automatic": "sometimes"}})[1]


def test_the_command_line_says_what_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    registered(tmp_path, "mine")
    assert main(["adapters", "use", "mine"]) == 0
    said = capsys.readouterr().out
    assert "mine answers (complete, everywhere), in open windows too" in said and "was made for some/base" in said
    assert main(["adapters", "use", "base", "--language", "go", "--here"]) == 0
    assert "the model itself answers (complete go, /" in capsys.readouterr().out.replace(str(Path.cwd()), "/")
    assert main(["adapters", "use", "--forget"]) == 0
    assert main(["adapters", "use"]) == 2
    assert main(["adapters", "use", "nobody"]) == 3
    assert main(["adapters", "use", "mine", "--purpose", "explain", "--language", "go"]) == 2
