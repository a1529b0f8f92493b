"""The extension in the real VS Code, with the real server.

``GLOSSATOR_PICTURES=FOLDER pytest tests/clients/test_vscode.py`` leaves pictures of what was seen.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.clients.vscode.tools import NoBrowserError, Tools, fetch
from tests.clients.vscode.window import Window
from tests.clients.vscode.workbench import Workbench, running, without_glossator
from tests.house.tree import HERO, ROOT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tools() -> Tools:
    """What the checks need; skipped only where no browser can be had."""
    try:
        return fetch()
    except NoBrowserError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def browser(tools: Tools) -> Iterator[Browser]:
    """One browser for all windows."""
    quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tools.chromium, args=quiet.split())
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    """What the editor's processes see: the packages of this checkout."""
    packages = [str(ROOT / "server"), str(ROOT / "cache"), os.environ.get("PYTHONPATH", "")]
    return {**without_glossator(), "PYTHONPATH": os.pathsep.join(filter(None, packages))}


@pytest.fixture(scope="module")
def workbench(tools: Tools, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    """VS Code on a project with the hero script."""
    folder = tmp_path_factory.mktemp("project")
    shutil.copy(HERO, folder / "hero.py")
    (folder / "sort.py").write_text("def bubble_sort(items):\n    for i in range(len(items)):\n")
    home = tmp_path_factory.mktemp("home")
    with running(tools, home, folder, sys.executable, environment) as workbench:
        yield workbench


@pytest.fixture(scope="module")
def window(browser: Browser, workbench: Workbench) -> Iterator[Window]:
    """A window of it."""
    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
    window = Window(page, workbench)
    try:
        window.open("hero.py")
        yield window
    finally:
        window.picture("last")
    page.context.close()


def test_a_tooltip_cites_its_sources(window: Window) -> None:
    window.point_at("encode")
    expect(window.hover).to_contain_text("return_tensors")
    expect(window.hover).to_contain_text("Explain in full")
    window.picture("hover-dark")


def test_the_selection_is_explained_beside_the_code(window: Window) -> None:
    window.select(3, 8)
    window.run("Glossator: Explain Selection")
    panel = window.panel()
    expect(panel.locator("details.sources summary")).to_contain_text("source")
    expect(panel.locator("#words")).to_contain_text("documentation")
    window.picture("panel-dark")
