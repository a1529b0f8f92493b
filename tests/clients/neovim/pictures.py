"""`python -m tests.clients.neovim.pictures [FOLDER]`: the README's pictures of Neovim, out of a real Neovim's screen.

The example script in Neovim 0.12, explained and completed by the embedded model: it must be pulled, and transformers be
installed in the environment that `VIRTUAL_ENV` names. Look at what comes out; nothing checks its beauty.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import tempfile
import time
from io import StringIO
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from rich.color import Color
from rich.console import Console
from rich.style import Style
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from glossator.cli.demo import EXAMPLE
from glossator.paths import data_directory
from tests.clients.neovim.editor import Editor, running
from tests.clients.neovim.install import neovim_012
from tests.clients.neovim.real import SERVE, WINDOW
from tests.clients.neovim.screen import Look, Screen, draw
from tests.house.tree import ROOT

PICTURES = ROOT / "editor-clients/pictures"
COLUMNS, LINES = 120, 42
CALL = "25G020lzt"
BEFORE = f"""
vim.o.termguicolors, vim.o.number, vim.o.winborder = true, true, "rounded"
vim.o.wrap = false
vim.o.laststatus, vim.o.ruler, vim.o.showcmd = 0, false, false
vim.o.columns, vim.o.lines = {COLUMNS}, {LINES}
vim.api.nvim_set_hl(0, "NormalFloat", {{ link = "Normal" }})
"""
SETUP = 'require("glossator").setup({ progress = false, settings = { completion = { deadline = 60 } } })'
# Whether the model, and nothing else, has an answer for the place of the cursor.
ASKED = """(function(client, at)
  local text = { uri = vim.uri_from_bufnr(0) }
  local place = { line = at[1] - 1, character = at[2] }
  local params = { textDocument = text, position = place, context = { triggerKind = 2 } }
  client:request_sync("textDocument/inlineCompletion", params, 90000, 0)
  local why = { command = "glossator.why", arguments = { text.uri } }
  local told = client:request_sync("workspace/executeCommand", why, 90000, 0).result or { items = 0 }
  return told.items > 0 and told.meta.backend == "The engine"
end)(vim.lsp.get_clients({ name = "glossator" })[1], vim.api.nvim_win_get_cursor(0))"""
MONOSPACE = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"


def main() -> int:
    """Take the three pictures."""
    folder = Path(sys.argv[1]) if sys.argv[1:] else PICTURES
    kept = {"GLOSSATOR_DATA_DIR": str(data_directory()), "VIRTUAL_ENV": os.environ.get("VIRTUAL_ENV", "")}
    with tempfile.TemporaryDirectory(prefix="glossator-") as home:
        script = Path(home) / EXAMPLE.name
        own = {f"GLOSSATOR_{name}_DIR": str(Path(home) / name.lower()) for name in ("CACHE", "CONFIG", "RUNTIME")}
        for name, take in (("ghost-text", ghost_text), ("hover", hover), ("explanation", explanation)):
            script.write_bytes(EXAMPLE.read_bytes())
            arguments = [str(script)]
            neovim = neovim_012()
            with running(
                neovim, Path(home), server=SERVE, setup=SETUP, before=BEFORE, arguments=arguments, **kept, **own
            ) as editor:
                editor.attached()
                take(editor)
                svg = drawn(draw(editor.nvim, COLUMNS, LINES), name)
            (folder / f"{name}.svg").write_text(svg, "utf-8")
    return 0


def ghost_text(editor: Editor) -> None:
    """In the empty block of the sort, as soon as the engine answers: before that nothing comes, or names."""
    editor.type("15GA<CR>")
    editor.until("vim.api.nvim_win_get_cursor(0)[1] == 16")
    for _ in range(40):
        time.sleep(3)  # the engine needs its time, more than polling leaves it
        if editor.lua(f"return {ASKED}"):
            break
    editor.type("x<BS>")
    editor.until("require('glossator.ghost').shown()")


def hover(editor: Editor) -> None:
    """On the call with the string that was left open."""
    editor.type(f"{CALL}K")
    editor.until("vim.b.lsp_floating_preview")


def explanation(editor: Editor) -> None:
    """The same beside the code, with its sources unfolded."""
    editor.type(f"{CALL}zb:Glossator explain<CR>")
    editor.until(f"vim.wo[{WINDOW}].winbar:find('a: ask', 1, true)")
    editor.lua(f"vim.wo[{WINDOW}].foldenable = false")


def drawn(screen: Screen, name: str) -> str:
    """A screen as SVG, without the empty rows at its end, and without fonts from elsewhere."""
    rows = list(screen.rows)
    while rows and "".join(text for text, _ in rows[-1]).strip() in ("", "~", "-- INSERT --"):
        rows.pop()
    console = Console(record=True, width=len(screen.rows[0]), file=StringIO(), color_system="truecolor")
    for row in rows:
        runs = [(look, "".join(text for text, _ in cells)) for look, cells in groupby(row, itemgetter(1))]
        console.print(Text.assemble(*((text, style(look)) for look, text in runs)), soft_wrap=True)
    theme = TerminalTheme(rgb(screen.background), rgb(screen.foreground), [(0, 0, 0)] * 8, [(128, 128, 128)] * 8)
    usual = inspect.signature(console.export_svg).parameters["code_format"].default
    own = re.sub(r"@font-face \{\{.*?\}\}\s*", "", usual, flags=re.DOTALL).replace("Fira Code, monospace", MONOSPACE)
    return console.export_svg(title="Neovim", theme=theme, code_format=own, font_aspect_ratio=0.6, unique_id=name)


def style(look: Look) -> Style:
    """How rich says it."""
    colours = [None if one is None else Color.from_rgb(*rgb(one)) for one in (look.foreground, look.background)]
    under = look.underline or look.undercurl
    fits = {"bold": look.bold, "italic": look.italic, "underline": under, "strike": look.strikethrough}
    return Style(color=colours[0], bgcolor=colours[1], reverse=look.reverse, **fits)


def rgb(colour: int) -> tuple[int, int, int]:
    """Its three parts."""
    return colour >> 16, colour >> 8 & 0xFF, colour & 0xFF


if __name__ == "__main__":
    sys.exit(main())
