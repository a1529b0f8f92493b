"""The extension in the real VS Code where things go wrong or take long: no server, a slow one, one that dies."""

from __future__ import annotations

import json
import signal
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Frame, expect

from tests.clients.vscode.window import Window
from tests.clients.vscode.workbench import words

pytestmark = pytest.mark.slow
INTERPRETER, FIRST = "scripted", "late.py"


def test_a_missing_server_is_one_message_and_a_new_interpreter_is_enough(window: Window, scripted: str) -> None:
    window.workbench.configure("Machine", glossator__server__interpreter="/nowhere/python")
    expect(window.status).to_contain_text("not installed")
    expect(window.toasts).to_have_count(1)
    expect(window.toasts).to_contain_text("/nowhere/python is no Python interpreter that runs")
    window.picture("missing-dark")
    window.dismiss()
    window.workbench.configure("Machine", glossator__server__interpreter=scripted)
    window.ready()


def test_a_python_that_is_too_old_is_named(window: Window, scripted: str, tmp_path: Path) -> None:
    old = program(tmp_path / "python3.8", "echo '[[3, 8], \"0.1.0\"]'")
    window.workbench.configure("Machine", glossator__server__interpreter=old)
    expect(window.toasts).to_contain_text("is Python 3.8; Glossator needs 3.10 or newer. Choose another one.")
    window.dismiss()
    window.workbench.configure("Machine", glossator__server__interpreter=scripted)
    window.ready()


def test_an_adapter_is_chosen_from_a_list_and_kept_in_the_settings(window: Window) -> None:
    window.run("Glossator: Choose an Adapter")
    window.choose("For suggestions")
    expect(window.list).to_contain_text("The model itself")
    window.picture("adapters-dark")
    window.choose("terse")
    window.until(lambda: window.workbench.settings().get("glossator.adapters.complete") == "terse")
    window.run("Glossator: Choose an Adapter")
    expect(window.list.locator(".monaco-list-row", has_text="For suggestions")).to_contain_text("terse")
    window.page.keyboard.press("Escape")


def test_a_model_is_chosen_by_what_it_needs(window: Window) -> None:
    window.run("Glossator: Choose the Model")
    expect(window.list).to_contain_text("40.0 GB, only 2.0 GB free")
    expect(window.list).to_contain_text("What fits: small")
    window.picture("models-dark")
    window.choose("1.0 GB of 2.0 GB free")
    window.until(lambda: window.workbench.settings().get("glossator.model.name") == "small")
    window.workbench.configure(glossator__model__name=None)
    window.ready()


def test_the_models_words_join_the_tooltip_that_is_open(window: Window) -> None:
    window.point_at("late")
    expect(window.hover).to_contain_text("late")
    expect(window.hover).not_to_contain_text("Written.")
    cursor = window.cursor()
    until_released(window, lambda: "Written." in window.hover.inner_text())
    assert window.cursor() == cursor and window.in_editor(), "the tooltip took the focus"
    window.picture("joined-dark")


def test_a_slow_explanation_streams_and_can_be_cancelled(window: Window) -> None:
    window.go_to(1)
    window.run("Glossator: Explain Selection")
    panel = window.panel()
    expect(panel.locator("#words")).to_have_text("Writing …")
    expect(panel.locator(".body")).to_contain_text("A fact.")
    expect(window.status).to_contain_text("explaining")
    window.picture("streaming-dark")
    panel.locator("#cancel").click()
    expect(panel.locator(".note")).to_contain_text("What had come by then stands")
    expect(panel.locator(".failure")).to_have_count(0)
    expect(panel.locator(".body")).to_contain_text("A fact.")
    window.picture("cancelled-dark")
    window.ready()


def test_a_server_killed_while_it_writes_leaves_a_panel_that_can_try_again(window: Window) -> None:
    panel = window.panel()
    panel.get_by_text("Try again").click()
    expect(panel.locator("#words")).to_have_text("Writing …")
    (server,) = window.workbench.servers()
    server.kill()
    expect(panel.locator(".failure")).to_contain_text("It was not answered")
    window.ready()
    panel.get_by_text("Try again").click()
    expect(panel.locator("#words")).to_have_text("Writing …")
    panel.locator("#cancel").click()
    expect(window.toasts).to_have_count(0)


def test_a_cancelled_question_is_asked_again_and_one_without_an_answer_searched_for(window: Window) -> None:
    window.open("late.py")
    window.go_to(2)
    window.run("Glossator: Explain Selection")
    panel = window.panel()
    released(window, panel)
    panel.locator("#question").fill("why so?")
    panel.locator("#send").click()
    panel.locator("#cancel").click()
    expect(panel.locator(".note")).to_contain_text("Cancelled")
    panel.get_by_text("Try again").click()
    expect(panel.locator("section").last).to_have_attribute("aria-busy", "true")
    released(window, panel)
    expect(panel.locator("section h2")).to_have_text(["why so?"])
    panel.get_by_text("Search for more").click()
    expect(panel.locator("section").last).to_have_attribute("aria-busy", "true")
    released(window, panel)
    expect(panel.locator("section h2")).to_have_text(["why so?"])
    expect(panel.get_by_text("Search for more")).to_have_count(0)


def test_loading_shows_how_far_it_is(window: Window) -> None:
    window.write("stuck")
    expect(window.status).to_contain_text("loading the model (25%)")
    window.picture("loading-dark")
    until_released(window, lambda: window.ghost.count() > 0)
    window.ready()


def test_a_server_that_cannot_live_is_left_alone_and_comes_back_on_request(window: Window) -> None:
    for _ in range(6):
        if "failed" in window.status.inner_text():
            break
        window.until(lambda: len(window.workbench.servers()) == 1 or "failed" in window.status.inner_text())
        for server in window.workbench.servers():
            server.kill()
        window.page.wait_for_timeout(700)
    expect(window.status).to_contain_text("failed")
    expect(window.toasts).to_have_count(1)
    window.picture("failed-dark")
    window.dismiss()
    window.run("Glossator: Restart the Server")
    window.ready()


def test_unsaved_and_huge_files_are_no_trouble(window: Window) -> None:
    (window.workbench.folder / "huge.py").write_text("value = 1\n" * 200_000)
    window.open("huge.py")
    window.point_at("value")
    expect(window.hover).to_contain_text("value")
    window.run("File: New Untitled Text File")
    window.page.keyboard.type("easy")
    window.point_at("easy")
    expect(window.hover).to_contain_text("easy")
    assert len(window.workbench.servers()) == 1


def test_a_notebooks_cells_are_explained(window: Window) -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": ["easy"], "outputs": [], "execution_count": None}
    notebook = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (window.workbench.folder / "note.ipynb").write_text(json.dumps(notebook))
    window.open("note.ipynb")
    window.point_at("easy")
    expect(window.hover).to_contain_text("Explain in full")


def test_the_second_of_two_folders_is_explained_too(window: Window, tmp_path: Path) -> None:
    (tmp_path / "far.py").write_text("easy\n")
    both = tmp_path / "both.code-workspace"
    both.write_text(json.dumps({"folders": [{"path": str(window.workbench.folder)}, {"path": str(tmp_path)}]}))
    window.open(str(tmp_path / "far.py"), workspace=both)
    window.point_at("easy")
    expect(window.hover).to_contain_text("Explain in full")
    assert len(window.workbench.servers()) == 1


def test_a_window_loaded_anew_while_it_waits_starts_over(window: Window) -> None:
    window.open("late.py")
    window.go_to(2)
    window.run("Glossator: Explain Selection")
    expect(window.panel().locator("#state")).to_contain_text("Reading")
    window.open("late.py")
    window.until(lambda: len(window.workbench.servers()) == 1)
    window.point_at("easy")
    expect(window.hover).to_contain_text("Explain in full")
    expect(window.toasts).to_have_count(0)


def test_a_full_disk_leaves_the_explanations(window: Window, scripted: str, tmp_path: Path) -> None:
    full = program(tmp_path / "python", f'ulimit -f 0; exec {sys.executable} "$@"')  # what is written is refused
    (window.workbench.folder / "plain.py").write_text('def sort(items):\n    """Put in order."""\n\n\nsort([1])\n')
    window.open("plain.py")
    window.workbench.configure("Machine", glossator__server__interpreter=full)
    window.until(lambda: [words(one)[-2:] for one in window.workbench.servers()] == [["glossator", "serve"]])
    window.ready()
    window.point_at("sort")
    expect(window.hover).to_contain_text("Put in order.")
    window.picture("full-disk-dark")
    window.workbench.configure("Machine", glossator__server__interpreter=scripted)
    window.ready()


def test_an_installation_without_a_network_says_so_and_can_be_tried_again(window: Window) -> None:
    window.run("Glossator: Install or Repair the Server")
    told = window.toasts.filter(has_text="pip could not install")
    expect(told).to_contain_text("http.proxy")
    expect(told.get_by_text("Try Again")).to_be_visible()
    window.picture("offline-dark")
    window.dismiss()
    window.ready()


def test_the_server_is_installed_into_an_environment_of_its_own(window: Window, scripted: str, tmp_path: Path) -> None:
    wanted = wheel(tmp_path / "glossator-0.1.0-py3-none-any.whl")
    window.workbench.configure("Machine", glossator__server__interpreter=None, glossator__server__package=wanted)
    window.run("Glossator: Install or Repair the Server")
    own = "glossator.glossator/server/bin/python"
    window.until(lambda: any(words(one)[0].endswith(own) for one in window.workbench.servers()))
    window.dismiss()  # without an interpreter that has it, there was none for a moment
    window.ready()
    window.workbench.configure("Machine", glossator__server__interpreter=scripted, glossator__server__package=None)
    window.until(lambda: not any(words(one)[0].endswith(own) for one in window.workbench.servers()))
    window.ready()


def test_two_windows_have_a_server_each_and_none_outlives_its_window(window: Window) -> None:
    other = window.page.context.new_page()
    second = Window(other, window.workbench)
    second.open("late.py")
    assert len(window.workbench.servers()) == 2
    other.close()
    window.until(lambda: len(window.workbench.servers()) == 1)


def released(window: Window, panel: Frame) -> None:
    """Let the server go on until the last answer is there."""
    until_released(window, lambda: panel.locator("section").last.get_attribute("aria-busy") is None)


def until_released(window: Window, holds: Callable[[], bool]) -> None:
    """Let the server go on with what waits until something holds: a signal may come before anything waits."""

    def tried() -> bool:
        for server in window.workbench.servers():
            server.send_signal(signal.SIGUSR1)
        return holds()

    window.until(tried)


def wheel(path: Path) -> str:
    """A package for pip that needs no network: it lends the packages of this environment. Where it is."""
    about = "glossator-0.1.0.dist-info"
    files = {
        "lent.pth": sysconfig.get_path("purelib"),
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: glossator\nVersion: 0.1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{about}/RECORD"] = "".join(f"{name},,\n" for name in (*files, f"{about}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(path)


def program(path: Path, script: str) -> str:
    """A shell script that can be run; where it is."""
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)
