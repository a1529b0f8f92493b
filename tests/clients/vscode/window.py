"""One window of VS Code, as whoever sits before it sees it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Frame, Locator, Page, expect

from tests.clients.vscode.workbench import PATIENCE, Workbench

expect.set_options(timeout=PATIENCE * 1000)  # a machine may be busy with much else
STATUS = '.statusbar-item[id="glossator.glossator.status"], .statusbar-item[id*="glossator.status"]'
TOOLTIP = ".monaco-editor .monaco-hover:visible, .monaco-resizable-hover:visible .monaco-hover"
# The middle of some words in the code. VS Code draws spaces as U+00A0, and a token may be longer than the words.
FIND = """words => {
  const wanted = words.replaceAll(" ", "\\u00a0");
  for (const line of document.querySelectorAll(".monaco-editor .view-line")) {
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const start = walker.currentNode.textContent.indexOf(wanted);
      if (start >= 0) {
        const range = document.createRange();
        range.setStart(walker.currentNode, start);
        range.setEnd(walker.currentNode, start + wanted.length);
        const box = range.getBoundingClientRect();
        return [box.x + box.width / 2, box.y + box.height / 2];
      }
    }
  }
  throw new Error(`no line shows ${words}`);
}"""


class Window:
    """What can be seen and done. Positions count from 1, as the editor shows them."""

    def __init__(self, page: Page, workbench: Workbench) -> None:
        page.set_default_timeout(PATIENCE * 1000)
        self.page = page
        self.workbench = workbench

    def open(self, file: str, line: int = 1, column: int = 1, workspace: Path | None = None) -> None:
        """Load the window anew with this file; ready when the server is."""
        self.page.goto(self.workbench.url(file, line, column, workspace))
        self.page.locator(".monaco-editor .view-line").first.wait_for()
        self.ready()
        # On a busy machine a page may go without a word, and its extensions live on for the time of grace.
        self.until(lambda: len(self.workbench.servers()) <= len(self.page.context.pages))

    def ready(self) -> None:
        """Wait until the server runs and rests."""
        expect(self.status).to_contain_text("Glossator")
        expect(self.page.locator(STATUS).locator(".codicon-book")).to_be_visible()

    @property
    def status(self) -> Locator:
        """The item in the status bar."""
        return self.page.locator(STATUS).first

    @property
    def hover(self) -> Locator:
        """The tooltip of the editor."""
        return self.page.locator(TOOLTIP).first

    @property
    def ghost(self) -> Locator:
        """The suggestion in grey."""
        return self.page.locator(".ghost-text-decoration, .ghost-text-decoration-preview, .ghost-text")

    @property
    def toasts(self) -> Locator:
        """Messages."""
        return self.page.locator(".notification-toast")

    @property
    def list(self) -> Locator:
        """The list that is open."""
        return self.page.locator(".quick-input-widget:visible .quick-input-list")

    def point_at(self, words: str) -> None:
        """Rest the pointer on words in the code."""
        self.leave()
        x, y = self.page.evaluate(FIND, words)
        self.page.mouse.move(x, y, steps=3)

    def leave(self) -> None:
        """Take the pointer out of the code, and wait for the tooltip to go."""
        self.page.mouse.move(150, 600)
        expect(self.page.locator(TOOLTIP)).to_have_count(0)

    def go_to(self, line: int, column: int = 1) -> None:
        """Put the cursor there."""
        self.focus_editor()
        self.page.keyboard.press("Control+g")
        self.page.locator(".quick-input-widget input").first.fill(f":{line}:{column}")
        self.page.keyboard.press("Enter")

    def select(self, first: int, last: int) -> None:
        """Select whole lines."""
        self.go_to(first)
        for _ in range(last - first + 1):
            self.page.keyboard.press("Shift+ArrowDown")

    def run(self, command: str) -> None:
        """Run a command of the palette by its title."""
        self.page.keyboard.press("F1")
        box = self.page.locator(".quick-input-widget input").first
        box.fill(f">{command}")
        label = self.list.locator(".monaco-list-row .monaco-icon-label-container", has_text=command)
        label.get_by_text(command, exact=True).first.click()

    def choose(self, words: str) -> None:
        """Choose an entry of the list that is open."""
        self.list.locator(".monaco-list-row", has_text=words).first.click()

    def write(self, text: str) -> None:
        """Type on a new line at the end of the file."""
        self.focus_editor()
        self.page.keyboard.press("Control+End")
        self.page.keyboard.type(f"\n{text}")

    def focus_editor(self) -> None:
        """Put the focus into the first editor."""
        self.page.keyboard.press("Control+1")
        self.until(self.in_editor)

    def in_editor(self) -> bool:
        """Whether what is typed goes into code."""
        return bool(self.page.evaluate("!!document.activeElement?.closest('.monaco-editor')"))

    def cursor(self) -> str:
        """Where the cursor is, as the status bar says it."""
        return self.page.locator('[id="status.editor.selection"]').inner_text()

    def close_beside(self) -> None:
        """Close what is open beside the code."""
        self.focus_editor()
        self.run("View: Close Editors in Other Groups")
        expect(self.page.locator(".editor-group-container")).to_have_count(1)

    def dismiss(self) -> None:
        """Close every message."""
        self.run("Notifications: Clear All Notifications")
        expect(self.toasts).to_have_count(0)

    def until(self, holds: Callable[[], object], tries: int = int(PATIENCE * 10)) -> None:
        """Wait for something outside of the window."""
        for _ in range(tries):
            if holds():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("it did not come about")

    def saved(self, file: str) -> str:
        """Save, and what then is on disk."""
        self.page.keyboard.press("Control+s")
        expect(self.page.locator(".tab.dirty")).to_have_count(0)
        return (self.workbench.folder / file).read_text("utf-8")

    def panel(self) -> Frame:
        """The page of the explanation beside the code."""
        return self.frame_with("#turns")

    def frame_with(self, selector: str) -> Frame:
        """The inner frame that holds an element: webviews are frames in frames."""
        for _ in range(int(PATIENCE * 10)):
            for frame in self.page.frames:
                try:
                    if frame != self.page.main_frame and frame.locator(selector).count():
                        return frame
                except Exception:  # a frame that is being replaced
                    continue
            self.page.wait_for_timeout(100)
        raise AssertionError(f"no frame has {selector}")

    def picture(self, name: str) -> None:
        """A picture for people, if somebody asked for pictures."""
        folder = os.environ.get("GLOSSATOR_PICTURES")
        if folder:
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.wait_for_timeout(400)  # for what fades in
            self.page.screenshot(path=f"{folder}/{name}.png")
