"""The settings that VS Code shows are the declared options: written by `pytest tests/house --regenerate`."""

import json
import typing
from typing import Any

from glossator.settings import Settings
from glossator.settings.declarations import schema
from tests.house.tree import ROOT

MANIFEST = ROOT / "editor-clients/vscode/package.json"
# A folder that is not trusted chooses neither what is read nor what is loaded.
RESTRICTED = ["glossator.python.environment", "glossator.model.name"]


def properties() -> dict[str, Any]:
    """Every option as VS Code's manifest declares a setting, in order."""
    return {name: {**one, "order": number} for number, (name, one) in enumerate(schema().items())}


def test_the_manifest_has_every_option(regenerate: bool) -> None:
    manifest = json.loads(MANIFEST.read_text("utf-8"))
    generated = manifest["contributes"]["configuration"][0]
    if regenerate:
        generated["properties"] = properties()
        MANIFEST.write_text(json.dumps(manifest, indent=2, ensure_ascii=False) + "\n", "utf-8")
    assert generated["properties"] == properties()


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
