"""`python -m tests.clients.vscode.pictures [FOLDER]`: the README's pictures of VS Code, out of the real one.

The example script in a small window without what is not ours, explained and completed by the embedded model. Look at
what comes out; nothing checks its beauty.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, expect, sync_playwright

from tests.clients.vscode.fixtures import QUIET
from tests.clients.vscode.tools import fetch
from tests.clients.vscode.window import Window
from tests.clients.vscode.workbench import Workbench, running, variables
from tests.house.tree import HERO, ROOT

PICTURES = ROOT / "editor-clients/pictures"
SIZE = {"width": 1000, "height": 600}
SHARPNESS = 1.5
LOOK = {
    "workbench.activityBar.location": "hidden",
    "breadcrumbs.enabled": False,
    "editor.hover.above": False,
    "editor.stickyScroll.enabled": False,
    "editor.lightbulb.enabled": "off",
    "editor.renderWhitespace": "none",
    "workbench.editor.showTabs": "single",
    "glossator.search.consent": "off",
    "glossator.completion.confidence": 0,
}
THEMES = (("Default Dark Modern", "dark"), ("Default Light Modern", "light"))


def main() -> int:
    """Take them in a dark theme and in a light one."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else PICTURES
    tools = fetch()
    with tempfile.TemporaryDirectory(prefix="glossator-") as name, sync_playwright() as playwright:
        base = Path(name)
        for part in ("own", "home", "demo"):
            (base / part).mkdir()
        shutil.copy(HERO, base / "demo/hero.py")
        browser = playwright.chromium.launch(executable_path=tools.chromium, args=QUIET.split())
        with (
            variables(base / "own") as environment,
            running(tools, base / "home", base / "demo", sys.executable, environment) as workbench,
        ):
            for theme, short in THEMES:
                workbench.configure(**LOOK, **{"workbench.colorTheme": theme})
                take(browser, workbench, folder, short)
        browser.close()
    return 0


def take(browser: Browser, workbench: Workbench, folder: Path, theme: str) -> None:
    """Hover, explanation and ghost text."""
    page = browser.new_context(viewport=SIZE, device_scale_factor=SHARPNESS).new_page()  # type: ignore[arg-type]
    window = Window(page, workbench)
    for what, show in (("hover", hover), ("panel", explanation), ("ghost", ghost_text)):
        window.open("hero.py")
        if page.locator(".part.sidebar").is_visible():  # a window remembers that it was closed
            window.run("View: Close Primary Side Bar")
        show(window)
        page.wait_for_timeout(1000)  # for what fades in, and for the notes at the border to go
        page.screenshot(path=folder / f"vscode-{what}-{theme}.png")
    window.run("File: Revert File")  # the line that was made for the ghost text
    page.context.close()


def hover(window: Window) -> None:
    """On the call with the string that was left open, which stands at the top."""
    window.go_to(1)
    for _ in range(19):
        window.page.keyboard.press("Control+ArrowDown")
    window.point_at("encode")
    expect(window.hover).to_contain_text("return_tensors")


def explanation(window: Window) -> None:
    """The same beside the code."""
    window.go_to(25, 22)
    window.run("Glossator: Explain Selection")
    expect(window.panel().locator("#words")).to_contain_text("taken from the documentation")


def ghost_text(window: Window) -> None:
    """In the empty block of the sort."""
    window.go_to(15)
    window.page.keyboard.press("End")
    window.page.keyboard.press("Enter")
    window.run("Glossator: Suggest Here")  # by hand, since that waits for the model
    window.ghost.first.wait_for()


if __name__ == "__main__":
    sys.exit(main())
