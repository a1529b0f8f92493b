"""`python -m tests.bench.vscode`: from a key to ghost text, from the pointer to a tooltip, and the start of the
extension, in the real VS Code.

Timed in the window itself, from the event to the frame in which the answer stands, so the editor's own waiting is in
it: `editor.hover.delay` is 100 ms here (VS Code's default is 300), and ghost text waits for a pause in typing. The
model is the embedded one, and shows what it is not sure of, too: otherwise there would be little to time. Each place
is visited twice: nothing is known at first, all is remembered the second time. The start is what VS Code itself says it
took to load the extension's code and to run it until it waits, in a window of its own.
"""

from __future__ import annotations

import argparse
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import TimeoutError as NothingCame
from playwright.sync_api import sync_playwright
from rich.console import Console
from rich.table import Table

from tests.clients.vscode.fixtures import QUIET
from tests.clients.vscode.tools import fetch
from tests.clients.vscode.window import Window
from tests.clients.vscode.workbench import running, variables
from tests.house.tree import HERO

NAMES = ("PeftModel", "AutoTokenizer", "bubble_sort", "range", "len", "from_pretrained", "encode", "generate", "decode")
FUNCTIONS = ("total", "average", "largest", "reversed_words", "is_even", "read_lines", "write_lines", "count_words")
LONGEST_MS = 15_000
# Notes when the last key or movement was, and when what matches `seen` stands on the screen.
WATCH = """([event, selector, words]) => {
  let began = null;
  window.took = null;
  const shows = one => one.checkVisibility() && one.textContent.includes(words);
  const holds = () => [...document.querySelectorAll(selector)].some(shows);
  addEventListener(event, () => { if (!holds()) { began = performance.now(); window.took = null; } }, true);
  const look = () => {
    if (began !== null && holds()) {
      const start = began;
      began = null;
      requestAnimationFrame(() => { window.took = performance.now() - start; });
    }
  };
  const every = { childList: true, subtree: true, attributes: true, characterData: true };
  new MutationObserver(look).observe(document.body, every);
}"""


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.vscode", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often the whole is done, each time in a new window")
    options = parser.parse_args()
    tools = fetch()
    found: dict[str, list[float | None]] = {}
    with tempfile.TemporaryDirectory(prefix="glossator-") as name, sync_playwright() as playwright:
        base = Path(name)
        (base / "own").mkdir()
        browser = playwright.chromium.launch(executable_path=tools.chromium, args=QUIET.split())
        with variables(base / "own") as environment:
            for number in range(options.rounds):
                folder, home = base / f"project{number}", base / f"home{number}"
                write_project(folder)
                home.mkdir()
                with running(tools, home, folder, sys.executable, environment) as workbench:
                    workbench.configure(glossator__completion__confidence=0)
                    page = browser.new_context(viewport={"width": 1280, "height": 800}).new_page()
                    window = Window(page, workbench)
                    window.open("hero.py")
                    found.setdefault("start of the extension", []).append(activation(window))
                    measure(window, found)
                    page.context.close()
        browser.close()
    Console().print(table(found))


def write_project(folder: Path) -> None:
    """The example to point at, and functions without a body to write."""
    folder.mkdir()
    shutil.copy(HERO, folder / "hero.py")
    (folder / "typed.py").write_text("".join(f"def {name}(items):\n\n\n" for name in FUNCTIONS))


def activation(window: Window) -> float:
    """What VS Code counts, in milliseconds."""
    window.run("Developer: Show Running Extensions")
    row = window.page.locator(".runtime-extensions-editor .monaco-list-row", has_text="Glossator")
    time = re.search(r"Activation: (\d+)ms", row.first.inner_text())
    assert time is not None, row.first.inner_text()
    return float(time[1])


def measure(window: Window, found: dict[str, list[float | None]]) -> None:
    """Point and type; add what it took, in milliseconds, None where nothing came."""
    window.open("hero.py")
    window.page.evaluate(WATCH, ["pointermove", ".monaco-hover", "Explain in full"])
    for visit in ("first", "again"):
        for name in NAMES:
            add(found, f"pointer to tooltip, {visit}", window, lambda name=name: window.point_at(name))  # type: ignore[misc]
    window.open("typed.py")
    window.page.evaluate(WATCH, ["keydown", ".ghost-text-decoration, .ghost-text, .ghost-text-decoration-preview", ""])
    warm_up(window)
    for visit in ("first", "again"):
        for number in range(len(FUNCTIONS)):
            add(found, f"key to ghost text, {visit}", window, lambda number=number: write_in(window, number))  # type: ignore[misc]
            window.page.keyboard.press("Escape")
            for key in ("Shift+Home", "Shift+Home", "Delete"):  # to the indentation, to the margin, gone
                window.page.keyboard.press(key)


def warm_up(window: Window) -> None:
    """The engine starts, and loads its model: not what is measured."""
    window.write("def first(items):\nfor item in ")
    window.run("Glossator: Suggest Here")  # by hand, since that waits for the model
    window.ghost.first.wait_for(timeout=90_000)
    window.page.keyboard.press("Escape")


def write_in(window: Window, number: int) -> None:
    """Begin the body of a function, as somebody who types fast does."""
    window.go_to(3 * number + 2)
    window.page.keyboard.type("    for item in ", delay=40)


def add(found: dict[str, list[float | None]], what: str, window: Window, act: Callable[[], None]) -> None:
    """Act, and wait for what comes of it."""
    window.page.evaluate("window.took = null")
    act()
    try:
        took = window.page.wait_for_function("window.took", timeout=LONGEST_MS).json_value()
    except NothingCame:
        took = None
    found.setdefault(what, []).append(took)


def table(found: dict[str, list[float | None]]) -> Table:
    """A row for each kind."""
    rows = Table("in VS Code", "of", "came", "p50 ms", "p90 ms", "longest ms")
    for what, times in found.items():
        came = sorted(time for time in times if time is not None)
        if len(came) > 1:
            tenths = statistics.quantiles(came, n=10, method="inclusive")
            numbers = [f"{one:.0f}" for one in (statistics.median(came), tenths[8], came[-1])]
        else:
            numbers = ["–"] * 3
        rows.add_row(what, str(len(times)), str(len(came)), *numbers)
    return rows


if __name__ == "__main__":
    main()
