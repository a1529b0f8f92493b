"""The settings that VS Code shows are the declared options: written by `pytest tests/house --regenerate`."""

import json
import re
import typing
from typing import Any

from glossator.settings import Settings, options
from glossator.settings.declarations import Option
from tests.house.tree import ROOT

MANIFEST = ROOT / "editor-clients/vscode/package.json"
TYPES = {"true or false": "boolean", "a whole number": "integer", "a number": "number"}
# A folder that is not trusted chooses neither what is read nor what is loaded.
RESTRICTED = ["glossator.python.environment", "glossator.model.name"]


def properties() -> dict[str, Any]:
    """Every option as VS Code's manifest declares a setting, in order."""
    return {f"glossator.{camel(one.name)}": declared(one, number) for number, one in enumerate(options())}


def declared(one: Option, order: int) -> dict[str, Any]:
    """One setting. What a project cannot set is the application's: no workspace can set it either."""
    choices = re.findall(r'"([^"]*)"', one.type)
    return {
        "type": TYPES.get(one.type, "string"),
        **({"enum": choices} if choices else {}),
        **({"minimum": 0} if one.type in ("a whole number", "a number") else {}),
        "default": one.default,
        "scope": "application" if one.personal else "resource",
        "order": order,
        "description": one.sentence,
    }


def camel(name: str) -> str:
    """``engine.idle_exit`` as editors write it: ``engine.idleExit``."""
    return re.sub(r"_([a-z])", lambda match: match[1].upper(), name)


def test_the_manifest_has_every_option(regenerate: bool) -> None:
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    generated = manifest["contributes"]["configuration"][0]
    if regenerate:
        generated["properties"] = properties()
        MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    assert generated["properties"] == properties()


def test_a_project_can_set_no_personal_option_through_the_editor() -> None:
    personal = {f"glossator.{camel(one.name)}" for one in options() if one.personal}
    assert personal
    assert {name for name, one in properties().items() if one["scope"] == "application"} == personal


def test_what_starts_programs_is_no_setting_of_a_workspace() -> None:
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    by_hand = manifest["contributes"]["configuration"][1]["properties"]
    assert {by_hand[f"glossator.server.{name}"]["scope"] for name in ("interpreter", "package")} == {"machine"}
    assert manifest["capabilities"]["untrustedWorkspaces"]["restrictedConfigurations"] == RESTRICTED
    assert set(RESTRICTED) <= set(properties())


def test_the_editors_own_settings_do_not_meet_the_servers() -> None:
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    groups = {name.split(".")[1] for name in manifest["contributes"]["configuration"][1]["properties"]}
    assert not groups & set(typing.get_type_hints(Settings))
