"""One Neovim with the plugin, typed into and read back."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pynvim

from tests.e2e.wire import without_settings
from tests.house.tree import ROOT

PLUGIN = ROOT / "editor-clients/neovim"
GHOST_SERVER = Path(__file__).with_name("scripted_ghost.py")
SCRIPTED_SERVER = ROOT / "tests/e2e/scripted_server.py"
PATIENCE = float(os.environ.get("GLOSSATOR_TEST_PATIENCE", "60"))  # seconds; of a busy machine
FAREWELL = 10.0  # seconds that it has to end
INIT = """
vim.opt.runtimepath:prepend({plugin!r})
vim.o.swapfile = false
-- No message may wait for Enter: Neovim answers nobody meanwhile.
if vim.fn.exists("&messagesopt") == 1 then vim.o.messagesopt = "wait:0,history:500" end
vim.o.more = false
told = {{}}
vim.notify = function(message) table.insert(told, message) end
{before}
vim.lsp.config("glossator", {{ cmd = {command} }})
{setup}
"""


class Editor:
    """A running Neovim. ``lua`` runs code in it and gives back what it returns."""

    def __init__(self, nvim: pynvim.Nvim) -> None:
        self.nvim = nvim

    def lua(self, code: str, *arguments: Any) -> Any:
        return self.nvim.exec_lua(code, *arguments)

    def type(self, keys: str) -> None:
        """Keys as a user presses them: ``<CR>``, ``<Tab>`` …"""
        self.nvim.input(keys)

    def until(self, code: str, *arguments: Any) -> Any:
        """Wait until a Lua expression is true; gives its value."""
        end = time.monotonic() + PATIENCE
        while True:
            value = self.lua(f"return {code}", *arguments)
            if value:
                return value
            assert time.monotonic() < end, f"never: {code}\n{self.state()}"
            time.sleep(0.02)

    def state(self) -> str:
        """What a failed test wants to know."""
        shown = self.lua("return {vim.api.nvim_get_mode().mode, vim.api.nvim_buf_get_lines(0, 0, -1, false), told}")
        return f"{shown}\n{self.nvim.command_output('messages')}\n" + "\n".join(filter("~".__ne__, self.screen()))

    def lines(self) -> list[str]:
        return list(self.lua("return vim.api.nvim_buf_get_lines(0, 0, -1, false)"))

    def told(self) -> list[str]:
        """What the user was told."""
        return list(self.lua("return told"))

    def ghost(self) -> list[str]:
        """The ghost text, line by line, from the marks in the buffer; empty while there is none."""
        mark = self.lua("""
            local space = vim.api.nvim_get_namespaces()["glossator.ghost"]
            local marks = space and vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true }) or {}
            return marks[1] and { marks[1][4].virt_text, marks[1][4].virt_lines or {} }
        """)
        if not mark:
            return []
        return ["".join(text for text, *_ in chunks) for chunks in (mark[0], *mark[1])]

    def await_ghost(self, *lines: str) -> None:
        """Wait until exactly this is shown."""
        end = time.monotonic() + PATIENCE
        while self.ghost() != list(lines):
            assert time.monotonic() < end, f"{self.ghost()} is shown, not {list(lines)}\n{self.state()}"
            time.sleep(0.02)

    def await_lines(self, *lines: str) -> None:
        """Wait until exactly this is the text."""
        end = time.monotonic() + PATIENCE
        while self.lines() != list(lines):
            assert time.monotonic() < end, f"{self.lines()} is there, not {list(lines)}\n{self.state()}"
            time.sleep(0.02)

    def floats(self) -> list[str]:
        """The texts of the floating windows."""
        return list(
            self.lua("""
            local found = {}
            for _, window in ipairs(vim.api.nvim_list_wins()) do
              if vim.api.nvim_win_get_config(window).relative ~= "" then
                local buf = vim.api.nvim_win_get_buf(window)
                table.insert(found, table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), "\\n"))
              end
            end
            return found
        """)
        )

    def screen(self) -> list[str]:
        """What a terminal would show, without its last, empty cells."""
        return [
            line.rstrip()
            for line in self.lua("""
            vim.cmd.redraw()
            local rows = {}
            for row = 1, vim.o.lines do
              local cells = {}
              for column = 1, vim.o.columns do
                cells[column] = vim.fn.screenstring(row, column)
              end
              rows[row] = table.concat(cells)
            end
            return rows
        """)
        ]

    def attached(self) -> None:
        """Wait until the server serves the buffer."""
        self.until("(vim.lsp.get_clients({ name = 'glossator', bufnr = 0 })[1] or {}).initialized")

    def suggest(self, *items: Any) -> None:
        """What the scripted server suggests from now on: texts, or whole items."""
        whole = [item if isinstance(item, dict) else {"insertText": item} for item in items]
        self.tell("items", {"items": whole})

    def tell(self, what: str, params: Any = None) -> None:
        """Tell the scripted server something."""
        client = "vim.lsp.get_clients({ name = 'glossator' })[1]"
        self.lua(f"{client}:notify('scripted/' .. ..., select(2, ...))", what, params or {"now": True})

    def heard(self, method: str) -> list[Any]:
        """What the scripted server was sent of a method."""
        client = "vim.lsp.get_clients({ name = 'glossator' })[1]"
        answer = self.lua(f"return {client}:request_sync('scripted/heard', {{}}, 60000, 0).result")
        return [params for name, params in answer if name == method]

    def await_heard(self, method: str, count: int) -> list[Any]:
        """Wait until it was sent that many."""
        end = time.monotonic() + PATIENCE
        while len(found := self.heard(method)) < count:
            assert time.monotonic() < end, f"{found}\n{self.state()}"
            time.sleep(0.02)
        return found


@contextmanager
def running(
    program: Path,
    folder: Path,
    *,
    server: Sequence[str] = (sys.executable, str(GHOST_SERVER)),
    setup: str = "",
    before: str = "",
    arguments: Sequence[str] = (),
    **variables: str,
) -> Iterator[Editor]:
    """Neovim with nothing of the user's, gone afterwards with its server."""
    command = "{ " + ", ".join(f'"{word}"' for word in server) + " }"
    init = folder / "init.lua"
    init.write_text(INIT.format(plugin=str(PLUGIN), before=before, command=command, setup=setup))
    kept = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    own = {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path]), "NVIM_LOG_FILE": str(folder / "nvim.log")}
    # pynvim passes the environment of this process on; `env` sets it for that one child.
    environment = {**without_settings(), **kept, **own, **variables}
    assigned = [f"{name}={value}" for name, value in environment.items()]
    argv = ["env", "-i", *assigned, str(program), "--embed", "--headless", "-u", str(init), *arguments]
    nvim = pynvim.attach("child", argv=argv)
    process = psutil.Process(nvim.funcs.getpid())
    try:
        yield Editor(nvim)
    finally:
        family = [process, *process.children(recursive=True)] if process.is_running() else []
        with watched(process), suppress(EOFError, OSError):
            nvim.command("qall!")
        nvim.close()
        for one in family:
            end(one)


@contextmanager
def watched(process: psutil.Process) -> Iterator[None]:
    """A process that hangs answers nobody: after a while it is ended, so that whoever waits for it goes on."""
    watchdog = threading.Timer(FAREWELL, end, [process])
    watchdog.start()
    try:
        yield
    finally:
        watchdog.cancel()


def end(process: psutil.Process) -> None:
    """End a process that may be gone already."""
    with suppress(psutil.NoSuchProcess):
        process.kill()
