"""Layers of settings: later wins, what is wrong is named, the rest holds."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from glossator.settings import BackendSettings, Settings, load, named_options, options, options_table, parse, schema

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
NAMES = [one.name.split(".") for one in options()]


def test_nothing_said_means_the_defaults() -> None:
    assert parse() == (Settings(), ())
    assert parse({}, None) == (Settings(), ())


def test_later_layers_win_setting_by_setting() -> None:
    settings, problems = parse(
        {"engine": {"threads": 1, "idle_exit": 1}, "hover": {"synthesis": "off"}}, {"engine": {"threads": 2}}
    )
    assert (settings.engine.threads, settings.engine.idle_exit, settings.hover.synthesis) == (2, 1.0, "off")
    assert problems == ()


def test_editors_may_write_camel_case() -> None:
    settings, problems = parse({"engine": {"idleExit": 3}}, {"Completion": {"MaxTokens": 5}})
    assert (settings.engine.idle_exit, settings.completion.max_tokens) == (3.0, 5)
    assert problems == ()


def test_what_is_unknown_is_named_and_the_rest_holds() -> None:
    settings, problems = parse({"hover": {"synthesys": "off", "enabled": False}, "hoover": {"enabled": True}})
    assert settings.hover.enabled is False
    assert [str(problem) for problem in problems] == [
        "There is no setting hover.synthesys. In hover there are: enabled, synthesis.",
        "There is no group of settings named 'hoover'. "
        "Groups are: hover, explain, completion, model, adapters, engine, python, symbols, search, backends.",
    ]


@pytest.mark.parametrize(
    ("name", "value", "must"),
    [
        ("hover.enabled", "yes", "true or false"),
        ("hover.enabled", 1, "true or false"),
        ("hover.synthesis", "always", '"off" or "cached" or "auto"'),
        ("hover.synthesis", ["off"], '"off" or "cached" or "auto"'),
        ("model.name", 7, "text"),
        ("model.name", ["a"], "text"),
        ("completion.max_tokens", -1, "a whole number, and not below 0"),
        ("completion.max_tokens", 2.5, "a whole number, and not below 0"),
        ("completion.max_tokens", True, "a whole number, and not below 0"),
        ("completion.max_tokens", "true", "a whole number, and not below 0"),
        ("completion.max_tokens", float("inf"), "a whole number, and not below 0"),
        ("completion.deadline", "soon", "a number, and not below 0"),
        ("completion.deadline", float("nan"), "a number, and not below 0"),
        ("completion.deadline", float("inf"), "a number, and not below 0"),
        ("completion.deadline", {}, "a number, and not below 0"),
    ],
)
def test_an_unusable_value_is_named_and_the_default_holds(name: str, value: Any, must: str) -> None:
    section, key = name.split(".")
    settings, problems = parse({section: {key: value}})
    assert settings == Settings()
    assert [str(problem) for problem in problems] == [f"The setting {name} is {value!r}. It must be {must}."]


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("hover.enabled", "False", False),
        ("completion.max_tokens", "7", 7),
        ("completion.max_tokens", 7.0, 7),
        ("completion.deadline", 1, 1.0),
        ("completion.deadline", "0.5", 0.5),
        ("model.name", "true", "true"),
    ],
)
def test_a_value_is_taken_as_its_type(name: str, value: Any, holds: Any) -> None:
    section, key = name.split(".")
    settings, problems = parse({section: {key: value}})
    taken = getattr(getattr(settings, section), key)
    assert (taken, type(taken), problems) == (holds, type(holds), ())


def test_null_means_not_set() -> None:
    assert parse({"hover": {"enabled": False}}, {"hover": {"enabled": None}, "engine": None})[0].hover.enabled is False


@pytest.mark.parametrize("layer", [[], "text", 7, {"hover": []}, {"hover": "off"}, {7: {}}])
def test_a_layer_of_the_wrong_shape_is_a_problem(layer: Any) -> None:
    settings, problems = parse(layer)
    assert settings == Settings()
    assert len(problems) == 1


@given(JUNK, st.sampled_from(NAMES), JUNK)
def test_whatever_is_said_there_are_settings(layer: Any, name: list[str], value: Any) -> None:
    settings, _ = parse(layer, {name[0]: {name[1]: value}})
    assert isinstance(settings, Settings)


def test_project_user_editor_environment_the_later_wins(
    configuration: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "glossator.toml").write_text(
        "[engine]\nthreads = 1\nidle_exit = 1\nidle_unload = 1\nload_timeout = 1\n"
    )
    (configuration / "glossator.toml").write_text("[engine]\nidle_exit = 2\nidle_unload = 2\nload_timeout = 2\n")
    environment["GLOSSATOR_ENGINE_LOAD_TIMEOUT"] = "4"
    settings, problems = load(tmp_path, {"engine": {"idleUnload": 3, "loadTimeout": 3}})
    engine = settings.engine
    assert (engine.threads, engine.idle_exit, engine.idle_unload, engine.load_timeout) == (1, 2.0, 3.0, 4.0)
    assert problems == ()


def test_no_files_and_no_project_are_no_trouble(configuration: Path) -> None:
    assert load(None) == (Settings(), ())
    assert load(configuration) == (Settings(), ())


def test_an_empty_variable_says_nothing(configuration: Path, environment: dict[str, str]) -> None:
    environment["GLOSSATOR_COMPLETION_MAX_TOKENS"] = ""
    assert load(None) == (Settings(), ())


@pytest.mark.parametrize(
    "content",
    [b"[hover", b"hover = ", b"\xff\xfe", b"[hover]\nenabled = maybe", b"a = " + b"[" * 5000],
    ids=["open table", "no value", "not UTF-8", "no such word", "too deep"],
)
def test_a_broken_file_is_named_and_the_other_still_applies(
    configuration: Path, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "glossator.toml").write_bytes(content)
    (configuration / "glossator.toml").write_text("[hover]\nenabled = false\n")
    settings, problems = load(tmp_path)
    assert settings.hover.enabled is False
    assert len(problems) == 1
    assert str(tmp_path / "glossator.toml") in problems[0].what
    assert "\n" not in str(problems[0])


def test_a_file_may_begin_with_a_byte_order_mark(configuration: Path) -> None:
    (configuration / "glossator.toml").write_text("[hover]\nenabled = false\n", encoding="utf-8-sig")
    assert load(None)[0].hover.enabled is False


def test_a_folder_of_that_name_is_named(configuration: Path) -> None:
    (configuration / "glossator.toml").mkdir()
    _, problems = load(None)
    assert len(problems) == 1


def test_every_option_is_in_the_table_with_its_default() -> None:
    rows = options_table().splitlines()[2:]
    assert len(rows) == len(NAMES) + len(list(named_options()))
    assert rows[1].startswith('| `hover.synthesis` | "off" or "cached" or "auto" | `"auto"` | ')
    assert all(row.count("|") == 5 and row.endswith(". |") for row in rows)


# Groups that the user names.


def test_a_named_group_joins_its_layers() -> None:
    settings, problems = parse(
        {"backends": {"order": "work", "work": {"url": "https://a/v1", "model": "m"}}},
        {"backends": {"work": {"model": "n", "keyVariable": "K"}, "other-1": {"infill": "chat"}}},
        {"backends": {"named": {"third": {"url": "https://c/v1"}}}},
    )
    assert problems == ()
    assert settings.backends.order == "work"
    assert dict(settings.backends.named) == {
        "work": BackendSettings(url="https://a/v1", model="n", key_variable="K"),
        "other-1": BackendSettings(infill="chat"),
        "third": BackendSettings(url="https://c/v1"),
    }


@pytest.mark.parametrize(
    ("group", "told"),
    [
        ({"work": {"colour": 1}}, "There is no setting backends.work.colour."),
        ({"work": {"infill": "some"}}, "The setting backends.work.infill is 'some'."),
        ({"work": {"monthly_cost": -1}}, "The setting backends.work.monthly_cost is -1."),
        ({"engine": {"url": "x"}}, "There cannot be a group 'backends.engine'."),
        ({"a b": {"url": "x"}}, "There cannot be a group 'backends.a b'."),
        ({"named": {"x": 3}}, "The settings backends.x are 3."),
        ({"odd": 3}, "There is no setting backends.odd."),
        ({"order": {"url": "x"}}, "The setting backends.order is {'url': 'x'}."),
    ],
)
def test_what_is_wrong_in_a_named_group_is_named(group: Any, told: str) -> None:
    settings, problems = parse({"backends": {**group, "good": {"url": "https://a/v1"}}})
    assert settings.backends.named["good"].url == "https://a/v1"
    assert [str(problem).startswith(told) for problem in problems] == [True]


@given(JUNK)
def test_any_junk_as_a_named_group_is_survived(junk: Any) -> None:
    for layer in ({"backends": {"work": junk}}, {"backends": junk}, {"backends": {"named": junk}}):
        parse(layer)


def test_a_project_cannot_name_a_backend(tmp_path: Path, environment: dict[str, str]) -> None:
    environment["GLOSSATOR_CONFIG_DIR"] = str(tmp_path / "configuration")
    (tmp_path / "glossator.toml").write_text(
        '[backends]\norder = "evil"\nconsent = "on"\nignore = "x/"\n'
        '[backends.evil]\nurl = "https://evil.example/v1"\n[backends.named.worse]\nurl = "https://evil.example/v1"\n'
    )
    settings, problems = load(tmp_path)
    assert (settings.backends.order, settings.backends.consent) == ("engine", "off")
    assert (settings.backends.ignore, dict(settings.backends.named)) == ("x/", {})
    told = [problem.what.partition(" sets ")[2] for problem in problems]
    names = ("order", "consent", "evil", "named")
    assert told == [f"backends.{name}, which a project cannot." for name in names]


def test_the_schema_says_what_the_table_says() -> None:
    found = schema()
    assert len(found) == len(NAMES) + 1
    assert found["glossator.completion.maxTokens"] == {
        "type": "integer",
        "default": 64,
        "minimum": 0,
        "description": "Longest completion, in the model's tokens.",
        "scope": "resource",
    }
    assert found["glossator.backends.consent"]["enum"] == ["off", "ask", "on"]
    assert found["glossator.backends.consent"]["scope"] == "machine", "a folder's own settings are a project's"
    named = found["glossator.backends.named"]
    assert named["scope"] == "machine"
    assert set(named["additionalProperties"]["properties"]) >= {"url", "model", "keyVariable", "monthlyCost"}
