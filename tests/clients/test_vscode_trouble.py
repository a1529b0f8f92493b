"""The extension in the real VS Code where things go wrong or take long: no server, a slow one, one that dies."""

from __future__ import annotations

import signal

import pytest
from playwright.sync_api import expect

from tests.clients.vscode.window import Window

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


def test_the_models_words_join_the_tooltip_that_is_open(window: Window) -> None:
    window.point_at("late")
    expect(window.hover).to_contain_text("late")
    expect(window.hover).not_to_contain_text("Written.")
    cursor = window.cursor()
    (server,) = window.workbench.servers()
    server.send_signal(signal.SIGUSR1)
    expect(window.hover).to_contain_text("Written.")
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
    expect(panel.locator("#words")).to_contain_text("Cancelled")
    expect(panel.locator(".body")).to_contain_text("A fact.")
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


def test_loading_shows_how_far_it_is(window: Window) -> None:
    window.write("loads")
    expect(window.ghost.first).to_be_visible()


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


def test_two_windows_have_a_server_each_and_none_outlives_its_window(window: Window) -> None:
    other = window.page.context.new_page()
    second = Window(other, window.workbench)
    second.open("late.py")
    assert len(window.workbench.servers()) == 2
    other.close()
    window.until(lambda: len(window.workbench.servers()) == 1)
