"""Neovim with the real server, the real engine and the embedded model: alternatives, which only that engine gives."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.neovim.editor import Editor, running
from tests.clients.neovim.real import SERVE

pytestmark = pytest.mark.slow

SORT = "def bubble_sort(items):\n    for i in range(len(items)):\n"
SETUP = """
require("glossator").setup({
  keys = { accept = "<Tab>", next = "<M-n>", previous = "<M-p>", suggest = "<M-s>" },
  settings = { completion = { deadline = 60 } },
})
"""


@pytest.fixture
def editor(program: Path, environment: dict[str, str], tmp_path: Path) -> Iterator[Editor]:
    """Neovim on a loop that has no body yet."""
    file = tmp_path / "sort.py"
    file.write_text(SORT)
    own = {name: value for name, value in environment.items() if name.startswith("GLOSSATOR_")}
    with running(program, tmp_path, server=SERVE, setup=SETUP, arguments=[str(file)], **own) as started:
        started.attached()
        yield started


def shown(editor: Editor, number: int) -> str:
    """Wait for an alternative by its number; gives its first line."""
    return str(editor.until(MARKED, f" ({number}/"))


# The first line of the ghost text, once its last one ends with the number that is wanted.
MARKED = """(function(mark)
  local space = vim.api.nvim_get_namespaces()["glossator.ghost"]
  local found = vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true })[1]
  local lines = found and { found[4].virt_text, unpack(found[4].virt_lines or {}) } or {}
  local count = lines[1] and lines[#lines][#lines[#lines]][1] or ""
  return count:find(mark, 1, true) and lines[1][1][1]
end)(...)"""


def test_alternatives_of_the_real_model_are_gone_through_and_one_is_taken(editor: Editor) -> None:
    editor.type("Gofor j in <M-s>")
    first = shown(editor, 1)
    editor.type("<M-n>")
    second = shown(editor, 2)
    editor.type("<M-p>")
    assert shown(editor, 1) == first != second
    editor.type("<M-n>")
    shown(editor, 2)
    editor.type("<Tab>")
    text = "table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), '|')"
    editor.until(f"{text}:find(..., 1, true)", f"for j in {second}")
