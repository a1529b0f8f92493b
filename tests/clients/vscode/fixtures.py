"""VS Code for the tests: fetched once, one browser, one window for each kind of server."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.clients.vscode.tools import NoEditorError, Tools, fetch
from tests.clients.vscode.window import Window
from tests.clients.vscode.workbench import Workbench, running, variables
from tests.house.tree import HERO, ROOT

QUIET = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-sync"
SORT = "def bubble_sort(items):\n    for i in range(len(items)):\n"
# An interpreter in which `glossator serve` is the scripted server of the end-to-end tests.
SCRIPTED = '#!/bin/sh\ncase "$*" in *"glossator serve"*) exec {python} {server};; *) exec {python} "$@";; esac\n'


@pytest.fixture(scope="session")
def tools() -> Tools:
    """What the checks need; skipped only where no browser or no code-server can be had."""
    try:
        return fetch()
    except NoEditorError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")  # playwright's event loop runs as long, and no other test's can meanwhile
def browser(tools: Tools) -> Iterator[Browser]:
    """One browser for a module's windows."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=tools.chromium, args=QUIET.split())
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What the editor's processes see."""
    with variables(tmp_path_factory.mktemp("glossator")) as found:
        yield found


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hero script and a function to complete."""
    folder = tmp_path_factory.mktemp("project") / "demo"
    folder.mkdir()
    shutil.copy(HERO, folder / "hero.py")
    (folder / "sort.py").write_text(SORT)
    (folder / "late.py").write_text("late\nhold\neasy\n")
    return folder


@pytest.fixture(scope="session")
def scripted(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The path of an interpreter whose server does what the words in the text say."""
    path = tmp_path_factory.mktemp("scripted") / "python"
    path.write_text(SCRIPTED.format(python=sys.executable, server=ROOT / "tests/e2e/scripted_server.py"))
    path.chmod(0o755)
    return str(path)


@pytest.fixture(scope="module")
def window(browser: Browser, workbench: Workbench) -> Iterator[Window]:
    """A window of the module's ``workbench``."""
    allowed = ["clipboard-read", "clipboard-write"]
    page = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=allowed).new_page()
    window = Window(page, workbench)
    try:
        window.open(workbench.first)
        yield window
    except BaseException:
        print(workbench.said())  # pytest shows it with the error
        raise
    finally:
        page.context.close()


@pytest.fixture(scope="module")
def workbench(
    request: pytest.FixtureRequest,
    tools: Tools,
    environment: dict[str, str],
    project: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Workbench]:
    """VS Code as the module wants it: ``INTERPRETER`` names a fixture, ``TRUSTED`` and ``FIRST`` are as they say."""
    wanted = request.module
    named = getattr(wanted, "INTERPRETER", "")
    interpreter = request.getfixturevalue(named) if named else sys.executable
    home = tmp_path_factory.mktemp("home")
    trusted, first = getattr(wanted, "TRUSTED", True), getattr(wanted, "FIRST", "hero.py")
    with running(tools, home, project, interpreter, environment, trusted, first) as workbench:
        yield workbench
