"""Neovim with `glossator serve` as it is installed; behind that a model's service that the test speaks for."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from tests.clients.neovim.editor import PATIENCE, Editor, running
from tests.clients.neovim.service import Service, serving

SERVE = (sys.executable, "-m", "glossator", "serve")
CODE = '''def area(width, height):
    """Multiply the sides.

    Both must be positive numbers, or a ValueError is raised.

    Args:
        width: How wide it is, in metres.
        height: How high it is, in metres.
    """
    return width * height


print(area(2, height=3))
'''
COLUMNS, LINES = 80, 30
CALL = "13G07l"  # keys that go to the call
SETTINGS = """
[backends]
order = "service"
consent = "on"
[backends.service]
url = "{}"
model = "scripted"
infill = "suffix"
[completion]
deadline = 60
[explain]
model = "always"
[hover]
synthesis = "off"
"""
SETUP = """
require("glossator").setup({
  keys = {
    accept = "<Tab>", accept_word = "<M-w>", accept_line = "<M-l>",
    next = "<M-n>", previous = "<M-p>", dismiss = "<C-]>", suggest = "<M-s>",
  },
  ghost = { debounce = 10 },
})
"""
BEFORE = """
visited = {{}}
vim.ui.open = function(address) table.insert(visited, address) end
vim.o.hidden = true
vim.o.laststatus, vim.o.ruler = 0, false
vim.o.columns, vim.o.lines = {columns}, {lines}
"""
# The explanation's window, wherever the cursor is; 0 while there is none.
WINDOW = """(function()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    if vim.api.nvim_buf_get_name(vim.api.nvim_win_get_buf(window)):match("^glossator://") then
      return window
    end
  end
  return 0
end)()"""
VIEW = f"""(function(window)
  local lines = window > 0 and vim.api.nvim_buf_get_lines(vim.api.nvim_win_get_buf(window), 0, -1, false) or {{}}
  return table.concat(lines, "\\n")
end)({WINDOW})"""


@dataclass
class Real:
    """A Neovim whose files are in ``folder``, and what its model says."""

    editor: Editor
    service: Service
    folder: Path
    files: Iterator[int]
    environment: dict[str, str]

    def open(self, text: str = CODE, name: str = "") -> Path:
        """Another file, alone on the screen, with nothing said yet. Its name is new, so nothing of it is remembered."""
        path = self.folder / (name or f"file{next(self.files)}.py")
        path.write_bytes(text.encode())
        self.service.go_on.set()
        self.service.completions.clear()
        self.service.answers.clear()
        self.editor.lua("vim.cmd.stopinsert() told, visited = {}, {}")
        self.editor.until("vim.api.nvim_get_mode().mode == 'n'")
        # Closes what floats, too.
        self.editor.nvim.command("silent only! | silent edit " + str(path))
        self.editor.attached()
        return path

    def await_service(self, holds: Callable[[Service], bool]) -> None:
        """Wait until something holds of what the model was asked."""
        end = time.monotonic() + PATIENCE
        while not holds(self.service):
            assert time.monotonic() < end, (
                f"held {self.service.held}, broken {self.service.broken}\n{self.editor.state()}"
            )
            time.sleep(0.02)

    def view(self) -> str:
        """What the explanation's window says."""
        return str(self.editor.lua(f"return {VIEW}"))

    def await_view(self, words: str) -> str:
        """Wait until it says so."""
        self.editor.until(f"{VIEW}:find(..., 1, true)", words)
        return self.view()

    def await_bar(self, words: str) -> None:
        """Wait until it stands over it."""
        self.editor.until(f"vim.wo[{WINDOW}].winbar:find(..., 1, true)", words)

    def enter_view(self) -> None:
        """Go there."""
        self.editor.lua(f"vim.api.nvim_set_current_win({WINDOW})")

    def put_cursor(self, words: str) -> None:
        """Go to the end of some words."""
        self.editor.lua("vim.fn.search(..., 'we')", rf"\V{words}")


@contextmanager
def really(program: Path, folder: Path) -> Iterator[Real]:
    """One Neovim for many tests: the server takes a second or more to start."""
    for name in ("config", "project"):
        (folder / name).mkdir(parents=True)
    for name in ("pyproject.toml", "first.py"):
        (folder / "project" / name).touch()
    folders = {f"GLOSSATOR_{name}_DIR": str(folder / name.lower()) for name in ("DATA", "CACHE", "CONFIG", "RUNTIME")}
    first = str(folder / "project/first.py")
    folders["HF_HUB_CACHE"] = str(folder / "hub")
    with serving() as service:
        (folder / "config/glossator.toml").write_text(SETTINGS.format(service.url))
        with running(
            program,
            folder,
            server=SERVE,
            setup=SETUP,
            before=BEFORE.format(columns=COLUMNS, lines=LINES),
            arguments=[first],
            **folders,
        ) as editor:
            yield Real(editor, service, folder / "project", count(1), folders)
