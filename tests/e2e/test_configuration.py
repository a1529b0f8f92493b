"""Settings that the editor gives, at the start and while it runs."""

from pathlib import Path
from typing import Any

from tests.e2e.wire import FILE, Wire, command, connected, inline, place

PULLS: dict[str, Any] = {"workspace": {"configuration": True, "didChangeConfiguration": {"dynamicRegistration": True}}}


async def model_of(wire: Wire) -> str:
    return (await wire.status())["model"]


async def test_initialization_options_apply(fresh: Wire) -> None:
    await fresh.initialize(initializationOptions={"model": {"name": "mine"}})
    assert await model_of(fresh) == "mine"


async def test_the_section_of_the_editor_is_asked_for_and_wins(fresh: Wire) -> None:
    fresh.configuration = {"model": {"name": "section"}, "server": {"path": "x"}, "trace": {"server": "off"}}
    await fresh.initialize(PULLS, initializationOptions={"model": {"name": "start"}, "hover": {"enabled": False}})
    assert await model_of(fresh) == "section"
    fresh.open("easy\n")
    assert await fresh.request("textDocument/hover", place(0, 2)) is None
    status = await fresh.status()
    assert status["assembled"] == "1"
    assert not fresh.messages()


async def test_changes_are_subscribed_to(fresh: Wire) -> None:
    await fresh.initialize(PULLS)
    await fresh.until(lambda: bool(fresh.notifications("client/registerCapability")))
    (wish,) = fresh.notifications("client/registerCapability")[0]["registrations"]
    assert wish["method"] == "workspace/didChangeConfiguration"
    assert wish["registerOptions"] == {"section": "glossator"}


async def test_an_unknown_setting_is_named_once_and_the_rest_applies(fresh: Wire) -> None:
    fresh.configuration = {"model": {"name": "mine"}, "hover": {"colour": "red"}, "completion": {"maxTokens": "many"}}
    await fresh.initialize(PULLS)
    assert await model_of(fresh) == "mine"
    fresh.notify("workspace/didChangeConfiguration", {"settings": None})
    await fresh.until(lambda: len(fresh.notifications("workspace/configuration")) == 2)
    await fresh.status()
    (message,) = fresh.messages()
    assert "hover.colour" in message and "completion.max_tokens" in message


async def test_changed_settings_apply_at_once_and_the_former_parts_are_closed(fresh: Wire) -> None:
    fresh.configuration = {"model": {"name": "one"}}
    await fresh.initialize(PULLS)
    assert await model_of(fresh) == "one"
    fresh.configuration = {"model": {"name": "two"}}
    fresh.notify("workspace/didChangeConfiguration", {"settings": None})
    await fresh.count("assembled", 2)
    assert await model_of(fresh) == "two"
    await fresh.count("closed", 1)


async def test_settings_that_did_not_change_leave_the_parts_alone(fresh: Wire) -> None:
    await fresh.initialize(PULLS)
    fresh.notify("workspace/didChangeConfiguration", {"settings": None})
    await fresh.until(lambda: len(fresh.notifications("workspace/configuration")) == 2)
    assert (await fresh.status())["assembled"] == "1"


async def test_pushed_settings_apply_where_the_editor_cannot_be_asked(plain: Wire) -> None:
    plain.notify("workspace/didChangeConfiguration", {"settings": {"glossator": {"model": {"name": "pushed"}}}})
    await plain.count("assembled", 2)
    assert await model_of(plain) == "pushed"


async def test_a_request_under_way_keeps_the_parts_it_began_with(plain: Wire) -> None:
    plain.open("hold\n")
    asked = plain.ask("textDocument/inlineCompletion", inline(0, 4))
    await plain.count("complete_held", 1)
    plain.notify("workspace/didChangeConfiguration", {"settings": {"model": {"name": "two"}}})
    await plain.count("assembled", 2)
    assert "closed" not in await plain.status()
    await plain.release()
    assert (await plain.answer(asked))["result"]["items"]
    await plain.count("closed", 1)


async def test_features_are_switched_off_and_on(plain: Wire) -> None:
    plain.open("easy\n")
    plain.notify(
        "workspace/didChangeConfiguration",
        {"settings": {"hover": {"enabled": False}, "completion": {"enabled": False}}},
    )
    await plain.count("assembled", 2)
    assert await plain.request("textDocument/hover", place(0, 2)) is None
    assert (await plain.request("textDocument/inlineCompletion", inline(0, 4)))["items"] == []
    why = await plain.request("workspace/executeCommand", command("glossator.why", FILE))
    assert why["reason"] == "disabled"
    plain.notify("workspace/didChangeConfiguration", {"settings": {}})
    await plain.count("assembled", 3)
    assert await plain.request("textDocument/hover", place(0, 2))


async def test_parts_that_cannot_be_made_are_told_and_mended(fresh: Wire) -> None:
    await fresh.initialize(initializationOptions={"model": {"name": "unusable"}})
    fresh.open("easy\n")
    assert await fresh.request("textDocument/hover", place(0, 2)) is None
    assert fresh.messages() == ["The model cannot be used. Choose another."]
    fresh.notify("workspace/didChangeConfiguration", {"settings": {"model": {"name": "good"}}})
    await fresh.count("assembled", 1)
    assert await fresh.request("textDocument/hover", place(0, 2))


async def test_what_the_parts_could_not_do_is_told(fresh: Wire) -> None:
    await fresh.initialize(initializationOptions={"python": {"environment": "nowhere"}})
    assert await fresh.status()
    assert fresh.messages() == ["There is no environment nowhere. Name another."]


async def test_the_root_is_the_first_folder_and_its_file_applies(tmp_path: Path) -> None:
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "glossator.toml").write_text('[model]\nname = "of the project"\n')
    folders = [{"uri": (tmp_path / name).as_uri(), "name": name} for name in ("a b", "other")]
    async with connected() as wire:
        await wire.initialize(rootUri=tmp_path.as_uri(), workspaceFolders=folders)
        status = await wire.status()
        assert status["root"] == str(tmp_path / "a b")
        assert status["model"] == "of the project"
        wire.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": folders[:1]}})
        await wire.count("assembled", 2)
        assert (await wire.status())["root"] == str(tmp_path / "other")


async def test_roots_that_are_no_files_are_no_roots(fresh: Wire) -> None:
    await fresh.initialize(rootUri="vscode-vfs://somewhere/there", workspaceFolders=None)
    assert (await fresh.status())["root"] == "None"


async def test_an_unreadable_settings_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "glossator.toml").write_text("[model\n")
    async with connected() as wire:
        await wire.initialize(rootUri=tmp_path.as_uri())
        assert await wire.status()
        (message,) = wire.messages()
        assert "glossator.toml cannot be read" in message
