"""The plugin in real Neovim, with Glossator's own server: explanations, hovers, commands, and what goes wrong."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.neovim import install
from tests.clients.neovim.editor import GHOST_SERVER, PLUGIN, SCRIPTED_SERVER, Editor, running

Start = Callable[..., Editor]
SCRIPTED = (sys.executable, str(SCRIPTED_SERVER))
CLIENT = "vim.lsp.get_clients({ name = 'glossator' })[1]"
# The lines of the explanation's window, wherever the cursor is.
VIEW = """(function()
  for _, window in ipairs(vim.api.nvim_list_wins()) do
    local buf = vim.api.nvim_win_get_buf(window)
    if vim.api.nvim_buf_get_name(buf):match("^glossator://") then
      return table.concat(vim.api.nvim_buf_get_lines(buf, 0, -1, false), "\\n"), window
    end
  end
  return ""
end)()"""


@pytest.fixture
def scripted(start: Start) -> Callable[..., Editor]:
    """Starts Neovim with a text that the scripted server serves."""

    def started(text: str, **more: Any) -> Editor:
        editor = start(text, server=SCRIPTED, **more)
        editor.attached()
        return editor

    return started


def view(editor: Editor) -> str:
    """What the explanation's window says."""
    return str(editor.lua(f"return ({VIEW})"))


def counted(editor: Editor, name: str, count: int) -> None:
    """Wait until the scripted server counted so many."""
    ask = f"{CLIENT}:request_sync('workspace/executeCommand', {{ command = 'glossator.status' }}, 60000, 0).result"
    editor.until(f"{ask}.{name} == '{count}'")


def release(editor: Editor) -> None:
    """Let the scripted server go on."""
    editor.lua(f"{CLIENT}:request('workspace/executeCommand', {{ command = 'scripted.release' }})")


def test_an_explanation_streams_beside_the_code_and_can_be_asked_about(scripted: Callable[..., Editor]) -> None:
    editor = scripted("late = 1\n")
    editor.type(":Glossator explain<CR>")
    editor.until(f"({VIEW}):find('A fact.', 1, true)")
    counted(editor, "explain_held", 1)
    assert "late = 1" not in view(editor)
    bar = editor.lua(f"return vim.wo[select(2, {VIEW})].winbar")
    assert "one" in bar and "stops" in bar
    assert editor.lines() == ["late = 1"], "the cursor stays in the code"
    release(editor)
    editor.until(f"({VIEW}):find('late = 1', 1, true)")
    assert "a: ask" in editor.lua(f"return vim.wo[select(2, {VIEW})].winbar")


def test_a_further_question_at_the_prompt_is_answered_below(scripted: Callable[..., Editor]) -> None:
    editor = scripted(
        "name = 1\n",
    )
    editor.type(":Glossator explain<CR>")
    editor.until(f"({VIEW}):find('name = 1', 1, true)")
    editor.type(":Glossator followup why so<CR>")
    editor.until(f"({VIEW}):find('why so', 1, true)")
    assert "name = 1" in view(editor)


def test_closing_or_stopping_cancels_in_the_server(scripted: Callable[..., Editor]) -> None:
    editor = scripted("hold = 1\n")
    for count, stop in enumerate(("<C-c>", "q"), 1):
        editor.type(":Glossator explain<CR>")
        counted(editor, "explain_held", count)
        editor.lua(f"vim.api.nvim_set_current_win(select(2, {VIEW}))")
        # Not typed: Neovim takes a <C-c> that comes while it works for an interrupt, before any mapping.
        editor.lua("vim.fn.maparg(..., 'n', false, true).callback()", stop)
        counted(editor, "explain_cancelled", count)
        if stop == "<C-c>":
            assert "stopped" in editor.lua("return vim.wo.winbar")
            editor.type("q")
        editor.until(f"({VIEW}) == ''")
    assert editor.told() == []


@pytest.mark.parametrize(("word", "told"), [("absent", "no model on this machine"), ("crash", "met a bug")])
def test_what_cannot_be_explained_says_why_in_its_place(scripted: Callable[..., Editor], word: str, told: str) -> None:
    editor = scripted(f"{word} = 1\n")
    editor.type(":Glossator explain<CR>")
    editor.until(f"({VIEW}):find('{told}', 1, true)")


def test_a_selection_is_what_is_explained(scripted: Callable[..., Editor]) -> None:
    editor = scripted("é name = 1\nx\n", before="vim.keymap.set('x', 'gE', '<Plug>(GlossatorExplain)')")
    editor.type("wvegE")
    editor.until(f"({VIEW}):find('name', 1, true)")
    asked = editor.lua("return require('glossator.explain').last_place()")
    assert asked == {"start": {"line": 0, "character": 3}, "end": {"line": 0, "character": 7}}, "UTF-8"


def test_the_code_action_opens_the_same_window(scripted: Callable[..., Editor]) -> None:
    editor = scripted("name = 1\n")
    editor.lua("vim.lsp.buf.code_action({ apply = true, context = { only = { 'explain' }, diagnostics = {} } })")
    editor.until(f"({VIEW}):find('name = 1', 1, true)")


def test_a_hover_is_shown_anew_when_the_models_text_is_there(scripted: Callable[..., Editor]) -> None:
    editor = scripted("late = 1\n")
    editor.type("K")
    editor.until("vim.b.lsp_floating_preview")
    assert any("late = 1" in text for text in editor.floats())
    first = editor.lua("return vim.b.lsp_floating_preview")
    counted(editor, "explain_held", 1)
    release(editor)
    editor.until(f"(vim.b.lsp_floating_preview or {first}) ~= {first}")
    assert any("A fact." in text for text in editor.floats()), editor.floats()


def test_work_shows_in_the_message_area_and_the_statusline(scripted: Callable[..., Editor]) -> None:
    line = """vim.o.statusline = "%{v:lua.require'glossator'.statusline()}" vim.o.laststatus = 3"""
    editor = scripted("late = 1\n", before=line)
    editor.until("require('glossator').statusline() == 'Glossator'")
    editor.type(":Glossator explain<CR>")
    counted(editor, "explain_held", 1)
    editor.until("require('glossator').statusline():find('Explaining', 1, true)")
    screen = editor.screen()
    assert any("Glossator: Explaining" in row for row in screen)
    assert any("Glossator: one" in row for row in screen), screen
    release(editor)
    editor.until("require('glossator').statusline() == 'Glossator'")


def test_every_sub_command_is_offered_and_unknown_ones_are_told(scripted: Callable[..., Editor]) -> None:
    editor = scripted("name = 1\n")
    offered = editor.lua("return vim.fn.getcompletion('Glossator ', 'cmdline')")
    commands = "explain followup article why adapter model status stats snooze log restart"
    assert offered == sorted(commands.split())
    assert editor.lua("return vim.fn.getcompletion('Glossator s', 'cmdline')") == ["snooze", "stats", "status"]
    editor.type(":Glossator dance<CR>")
    editor.until("#told == 1")
    assert "has no dance" in editor.told()[0]
    for command, shown in (("status", "assembled"), ("why", "No completion was asked"), ("stats", "accepted")):
        editor.type(f":Glossator {command}<CR>")
        editor.until("vim.b.lsp_floating_preview and vim.api.nvim_win_is_valid(vim.b.lsp_floating_preview)")
        assert any(shown in text for text in editor.floats()), (command, editor.floats())
        editor.type("l<Esc>h")
        editor.lua("pcall(vim.api.nvim_win_close, vim.b.lsp_floating_preview, true)")
    editor.type(":Glossator model other<CR>")
    counted_model = f"{CLIENT}:request_sync('workspace/executeCommand', {{ command = 'glossator.status' }}, 60000, 0)"
    editor.until(f"{counted_model}.result.model == 'other'")


def test_an_article_opens_beside_the_code(scripted: Callable[..., Editor]) -> None:
    editor = scripted("name = 1\n")
    editor.type(":Glossator article<CR>")
    editor.until(f"({VIEW}):find('scripted.py, explained', 1, true)")


def test_a_server_that_dies_is_told_once_and_can_be_started_again(start: Start) -> None:
    editor = start("x = 1\n")
    editor.attached()
    editor.suggest("a")
    editor.tell("crash")
    editor.until("#vim.lsp.get_clients() == 0")
    editor.until("#vim.tbl_filter(function(one) return one:find('restart starts it again') end, told) == 1")
    editor.type("Ay<Esc>")
    editor.type(":Glossator explain<CR>")
    editor.until("told[#told]:find('does not run here')")
    editor.type(":Glossator restart<CR>")
    editor.attached()
    editor.suggest("b")
    editor.type("Ax")
    editor.await_ghost("b")


def test_a_missing_server_is_told_once_with_what_to_do(start: Start, tmp_path: Path) -> None:
    editor = start("x = 1\n", server=("no-such-glossator", "serve"))
    editor.until("#told > 0")
    (tmp_path / "other.py").touch()
    editor.nvim.command(f"edit {tmp_path}/other.py")
    editor.nvim.command("checkhealth glossator")
    told = editor.told()
    assert len(told) == 1 and "pip install glossator" in told[0]
    report = "\n".join(editor.lines())
    assert "no-such-glossator cannot be started" in report and "pip install glossator" in report


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("raise SystemExit(3)", "ended (code 3)"),
        ("import time; print('Hello there!'.ljust(99), flush=True); time.sleep(600)", "does not run here"),
        ("import time; time.sleep(600)", "does not run here"),
    ],
    ids=["ends at once", "speaks something else", "says nothing"],
)
def test_what_is_no_server_is_told_and_keeps_nobody_from_editing(start: Start, script: str, told: str) -> None:
    editor = start("x = 1\n", server=(sys.executable, "-c", script))
    editor.type("Ay<Esc>")
    editor.await_lines("x = 1y")
    editor.type(":Glossator explain<CR>")
    editor.until("table.concat(told):find(..., 1, true)", told)
    editor.type(":Glossator status<CR>")
    editor.type("u")
    editor.await_lines("x = 1")


def test_buffers_come_and_go(start: Start) -> None:
    setup = "require('glossator').setup({ ghost = { debounce = 1 } })"
    editor = start("one\n", setup=setup)
    editor.attached()
    editor.suggest("two")
    editor.type("A ")
    editor.await_ghost("two")
    editor.type("<Esc>:edit!<CR>")
    editor.await_lines("one")
    editor.attached()
    editor.type("A <BS> ")
    editor.await_ghost("two")
    editor.tell("hold")
    editor.type("x")
    editor.await_heard("textDocument/inlineCompletion", 2)
    editor.type("<Esc>:bwipeout!<CR>")
    editor.until("vim.api.nvim_buf_get_name(0) == ''")
    assert editor.told() == [] and "Error" not in editor.nvim.command_output("messages")


def test_two_clients_on_one_buffer_show_one_ghost_text(start: Start, tmp_path: Path) -> None:
    editor = start("", setup="require('glossator').setup({ keys = { accept = '<Tab>' } })")
    editor.attached()
    second = "vim.tbl_extend('force', vim.lsp.config.glossator, { root_dir = ... })"
    editor.lua(f"vim.lsp.start({second}, {{ bufnr = 0 }})", str(tmp_path / "elsewhere"))
    editor.until("#vim.lsp.get_clients({ bufnr = 0 }) == 2")
    for client in (1, 2):
        editor.lua(
            f"vim.lsp.get_clients()[{client}]:notify('scripted/items', {{ items = {{ {{ insertText = 'y' }} }} }})"
        )
    editor.type("ix")
    editor.await_ghost("y")
    editor.lua("vim.lsp.get_clients()[1]:stop()")
    editor.until("#vim.lsp.get_clients({ bufnr = 0 }) == 1")
    editor.type("<Esc>ccx")
    editor.await_ghost("y")
    editor.suggest()
    editor.type("<Tab>")
    editor.await_lines("xy")


def test_neovims_own_ghost_text_on_wish(start: Start, program: Path) -> None:
    setup = "require('glossator').setup({ ghost = { mode = 'builtin' }, keys = { accept = '<Tab>' } })"
    editor = start("", setup=setup)
    editor.attached()
    editor.suggest("y")
    editor.type("ix")
    if install.version(program) < (0, 12):
        editor.await_ghost("y")  # there is none: ours
    else:
        space = "vim.api.nvim_get_namespaces()['nvim.lsp.inline_completion']"
        editor.until(f"#vim.api.nvim_buf_get_extmarks(0, {space}, 0, -1, {{}}) > 0")
    editor.suggest()
    editor.type("<Tab>")
    editor.await_lines("xy")


@pytest.mark.parametrize("colours", ["true", "false"])
def test_ghost_text_has_a_colour_of_its_own(start: Start, colours: str) -> None:
    editor = start("", before=f"vim.o.termguicolors = {colours}", setup="vim.cmd.colorscheme('habamax')")
    editor.attached()
    group = "vim.api.nvim_get_hl(0, { name = 'GlossatorGhost', link = false })"
    colour = editor.until(f"({group}).{'fg' if colours == 'true' else 'ctermfg'}")
    assert colour != editor.lua("return vim.api.nvim_get_hl(0, { name = 'Normal' }).fg or -1")


def test_wrong_options_are_told(start: Start) -> None:
    editor = start("", setup="ok, problem = pcall(require('glossator').setup, { ghost = { mode = 'maybe' } })")
    assert "one of own, builtin, off" in editor.lua("return problem")
    editor.lua("require('glossator').setup({ colour = 'red', ghost = { speed = 1 } })")
    assert [one.split(".")[0] for one in editor.told()] == [
        "Glossator has no option colour",
        "Glossator has no option ghost",
    ]


def test_the_help_has_tags_for_everything_it_names(start: Start, tmp_path: Path) -> None:
    copied = tmp_path / "plugin/doc"
    copied.mkdir(parents=True)
    (copied / "glossator.txt").write_bytes((PLUGIN / "doc/glossator.txt").read_bytes())
    editor = start(None)
    editor.nvim.command(f"helptags {copied}")
    editor.nvim.command(f"set runtimepath^={copied.parent}")
    tags = {line.split("\t")[0] for line in (copied / "tags").read_text().splitlines()}
    named = editor.lua(
        """
        local found = {}
        for link in table.concat(vim.fn.readfile(...), "\\n"):gmatch("|([%w-<>():.]+)|") do
          table.insert(found, link)
        end
        return found
    """,
        str(copied / "glossator.txt"),
    )
    assert {"glossator", "glossator-options", ":Glossator"} <= tags and len(named) > 5
    for tag in {*named, *tags}:
        editor.nvim.command(f"help {tag}")


def test_vim_pack_installs_it_as_the_page_says(tmp_path: Path) -> None:
    upstream = tmp_path / "upstream"
    shutil.copytree(PLUGIN, upstream / "editor-clients/neovim")
    own = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "core.hooksPath=/dev/null"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "All"]):
        subprocess.run(["git", *own, *words], cwd=upstream, check=True, capture_output=True)
    page = (PLUGIN / "README.md").read_text("utf-8")
    printed = re.search(r"\*\*vim\.pack\*\*.*?```lua\n(.*?)```", page, re.DOTALL)
    assert printed
    set_up = printed[1].replace("https://example.org/glossator", f"file://{upstream}")
    set_up = set_up.replace("{ load =", "{ confirm = false, load =")  # it would ask whether to install
    (tmp_path / "demo.py").touch()
    away = f"vim.opt.runtimepath:remove({str(PLUGIN)!r})"
    server = (sys.executable, str(GHOST_SERVER))
    with running(
        install.neovim_012(), tmp_path, server=server, before=away, setup=set_up, arguments=[str(tmp_path / "demo.py")]
    ) as editor:
        editor.attached()
        loaded = editor.lua("return debug.getinfo(require('glossator').setup).source")
        assert "/site/pack/core/opt/glossator/editor-clients/neovim/" in loaded
        editor.suggest("y")
        editor.type("ix")
        editor.await_ghost("y")


def test_an_older_neovim_is_told_what_is_needed(tmp_path: Path) -> None:
    program = install.neovim_010()
    init = "vim.lsp.config = function() end"  # what the others' init.lua calls
    with running(program, tmp_path, before=init) as editor:
        assert install.version(program) < (0, 11)
        assert editor.told() == ["Glossator needs Neovim 0.11 or newer. Update Neovim, or remove the plugin."]
        assert editor.lua("return vim.fn.exists(':Glossator')") == 0
