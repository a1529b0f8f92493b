"""Ghost text in real Neovim: what is shown while one types, and what is in the text once it was accepted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.clients.neovim.editor import Editor

Start = Callable[..., Editor]
KEYS = """{
  accept = "<Tab>", accept_word = "<M-w>", accept_line = "<M-l>",
  next = "<M-n>", previous = "<M-p>", dismiss = "<C-]>", suggest = "<M-s>",
}"""


@pytest.fixture
def ghost(start: Start) -> Editor:
    """An empty text, served by the scripted server, with every key mapped."""
    return ready(start)


def ready(start: Start, text: str = "", keys: str = KEYS, ghost: str = "{ debounce = 10 }", **more: Any) -> Editor:
    """A text that is served."""
    setup = f"require('glossator').setup({{ keys = {keys}, ghost = {ghost} }})"
    editor = start(text, setup=setup, **more)
    editor.attached()
    return editor


def item(text: str, first: int, last: int, line: int = 0, **more: Any) -> dict[str, Any]:
    """A suggestion with a range."""
    at = {"start": {"line": line, "character": first}, "end": {"line": line, "character": last}}
    return {"insertText": text, "range": at, **more}


def test_ghost_text_is_shown_typed_along_and_accepted(ghost: Editor) -> None:
    ghost.suggest("a, b):\n    return a + b")
    ghost.type("idef add(")
    ghost.await_ghost("a, b):", "    return a + b")
    ghost.suggest("never shown")
    ghost.type("a,")
    ghost.await_ghost(" b):", "    return a + b")
    assert "def add(a, b):" in "\n".join(ghost.screen())
    ghost.type("<Tab>")
    ghost.await_lines("def add(a, b):", "    return a + b")
    assert ghost.nvim.current.window.cursor == (2, 16)


def test_an_accepted_suggestion_is_one_undo_step(ghost: Editor) -> None:
    ghost.suggest("two\nthree")
    ghost.type("ione ")
    ghost.await_ghost("two", "three")
    ghost.suggest()
    ghost.type("<Tab>")
    ghost.await_lines("one two", "three")
    ghost.type("<Esc>u")
    ghost.await_lines("one ")
    ghost.type("u")
    ghost.await_lines("")
    ghost.type("<C-r><C-r>")
    ghost.await_lines("one two", "three")


def test_the_dot_repeats_what_was_typed_and_what_was_accepted(ghost: Editor) -> None:
    ghost.suggest("two")
    ghost.type("ione ")
    ghost.await_ghost("two")
    ghost.suggest()
    ghost.type("<Tab>;<Esc>")
    ghost.await_lines("one two;")
    ghost.type("j0.")
    ghost.await_lines("one two;one two;")


def test_a_break_that_the_user_makes_in_the_undo_history_stays(ghost: Editor) -> None:
    ghost.suggest("three")
    ghost.type("ione <C-g>utwo ")
    ghost.await_ghost("three")
    ghost.suggest()
    ghost.type("<Tab><Esc>")
    ghost.await_lines("one two three")
    for left in ("one two ", "one ", ""):
        ghost.type("u")
        ghost.await_lines(left)


def test_by_word_and_by_line(ghost: Editor) -> None:
    ghost.suggest("größe(x):\n\treturn x")
    ghost.type("idef ")
    ghost.await_ghost("größe(x):", "    return x")
    for word, left in (("größe", "(x):"), ("größe(", "x):"), ("größe(x", "):")):
        ghost.type("<M-w>")
        ghost.await_ghost(left, "    return x")
        assert ghost.lines() == [f"def {word}"]
    ghost.type("<M-l>")
    ghost.await_lines("def größe(x):")
    ghost.await_ghost("", "    return x")
    ghost.type("<M-l>")
    ghost.await_lines("def größe(x):", "\treturn x")
    assert ghost.ghost() == []


def test_alternatives_go_round_and_those_that_no_longer_fit_are_left_out(ghost: Editor) -> None:
    ghost.suggest("red", "rose", "blue")
    ghost.type("ix = ")
    ghost.await_ghost("red (1/3)")
    ghost.type("<M-n>")
    ghost.await_ghost("rose (2/3)")
    ghost.type("<M-p><M-p>")
    ghost.await_ghost("blue (3/3)")
    ghost.type("<M-n>r")
    ghost.await_ghost("ed (1/3)")
    ghost.type("<M-n>")
    ghost.await_ghost("ose (2/3)")
    ghost.type("<M-n>")
    ghost.await_ghost("ed (1/3)")


def test_of_a_single_suggestion_alternatives_are_asked_for(ghost: Editor) -> None:
    ghost.suggest("red")
    ghost.type("ix = ")
    ghost.await_ghost("red")
    ghost.suggest("blue", "green")
    ghost.type("<M-n>")
    ghost.await_ghost("blue (1/2)")
    assert [one["context"]["triggerKind"] for one in ghost.heard("textDocument/inlineCompletion")] == [2, 1]


def test_what_is_late_is_cancelled_and_never_shown(ghost: Editor) -> None:
    ghost.suggest("late")
    ghost.tell("hold")
    ghost.type("ione ")
    ghost.await_heard("textDocument/inlineCompletion", 1)
    ghost.type("two")
    asked = ghost.await_heard("textDocument/inlineCompletion", 2)
    assert [one["position"]["character"] for one in asked] == [4, 7]
    assert len(ghost.heard("$/cancelRequest")) == 1
    ghost.type("<Esc>")
    ghost.await_heard("$/cancelRequest", 2)
    ghost.tell("release")
    ghost.heard("nothing")  # a round trip: the held answers have come
    assert ghost.ghost() == [] and ghost.lines() == ["one two"]


def test_what_is_asked_by_hand_right_behind_a_letter_stays_asked(start: Start) -> None:
    ghost = ready(start, ghost="{ debounce = 1 }")
    ghost.suggest("late")
    ghost.tell("hold")
    ghost.type("ione <M-s>")
    ghost.await_heard("textDocument/inlineCompletion", 1)
    ghost.until("vim.wait(200) or true")  # longer than the pause after which it would ask by itself
    ghost.tell("release")
    ghost.await_ghost("late")
    assert [one["context"]["triggerKind"] for one in ghost.heard("textDocument/inlineCompletion")] == [1]


def test_an_answer_for_a_text_that_a_macro_changed_meanwhile_is_dropped(start: Start) -> None:
    ghost = ready(start, ghost="{ debounce = 600000 }")  # or the changed text would be asked about, rightly
    ghost.suggest("late")
    ghost.tell("hold")
    ghost.type("ione <M-s>")
    ghost.await_heard("textDocument/inlineCompletion", 1)
    ghost.lua("vim.api.nvim_buf_set_lines(0, 0, 0, false, {'above'})")
    ghost.tell("release")
    ghost.heard("nothing")
    assert ghost.ghost() == []


def test_accepting_right_after_a_letter_leaves_nothing_behind(ghost: Editor) -> None:
    ghost.suggest("abc")
    ghost.type("ix = ")
    ghost.await_ghost("abc")
    ghost.suggest()
    ghost.type("a<Tab>")
    ghost.await_lines("x = abc")


def test_a_range_replaces_what_is_before_and_behind_the_cursor(ghost: Editor) -> None:
    ghost.suggest(item("print(value)", 0, 7))
    ghost.type("iprint()<Left>")
    ghost.await_ghost("value")
    ghost.suggest()
    ghost.type("<Tab>")
    ghost.await_lines("print(value)")


def test_columns_are_counted_in_the_units_that_were_agreed_upon(ghost: Editor) -> None:
    ghost.suggest(item('"😀é", "ß")', 4, 11))
    ghost.type('if("😀é", )<Left>')
    ghost.suggest(item('"😀é", "ß")', 2, 10))
    ghost.type("<C-]><M-s>")
    ghost.await_ghost('"ß"')
    ghost.type("<Tab>")
    ghost.await_lines('f("😀é", "ß")')


def test_what_stands_behind_the_cursor_is_shown_where_it_will_stand(ghost: Editor) -> None:
    ghost.suggest("a,\n  b")
    ghost.type("if()<Left>")
    ghost.await_ghost("a,", "  b)")
    assert [line for line in ghost.screen() if line.startswith(("f(", "  b"))] == ["f(a,", "  b)"]
    ghost.type("<Tab>")
    ghost.await_lines("f(a,", "  b)")


def test_a_snippet_is_shown_as_text_and_expanded(ghost: Editor) -> None:
    ghost.suggest({"insertText": {"kind": "snippet", "value": "for ${1:x} in ${2:xs}:"}})
    ghost.type("i<M-s>")
    ghost.await_ghost("for x in xs:")
    ghost.suggest()
    ghost.type("<Tab>")
    ghost.await_lines("for x in xs:")
    ghost.type("y<Tab>")
    ghost.until("vim.api.nvim_get_mode().mode == 's' and vim.snippet.active({ direction = -1 })")
    ghost.type("ys")
    ghost.await_lines("for y in ys:")


def test_the_completion_menu_comes_first(ghost: Editor) -> None:
    ghost.lua("vim.o.completeopt = 'menuone,noselect'")
    ghost.suggest("alpha")
    ghost.type("ialbum alto<CR>al")
    ghost.await_ghost("alpha")
    ghost.type("<C-n>")
    ghost.until("vim.fn.pumvisible() == 1")
    assert ghost.ghost() == []
    ghost.type("<C-e>")
    ghost.await_ghost("alpha")


def test_tab_does_what_it_did_where_there_is_no_ghost_text(start: Start) -> None:
    editor = ready(start, before="vim.keymap.set('i', '<Tab>', function() return 'mine' end, { expr = true })")
    editor.type("i<Tab>")
    editor.await_lines("mine")
    editor.suggest("!")
    editor.type("x")
    editor.await_ghost("!")
    editor.suggest()
    editor.type("<Tab><Tab>")
    editor.await_lines("minex!mine")


@pytest.mark.parametrize(
    ("before", "lines"),
    [
        ("", ["    "]),
        ("vim.cmd [[inoremap <Tab> mapped]]", ["mapped"]),
        ("vim.cmd [[imap <Tab> <Tab>deep]]", ["    deep"]),
        ("vim.cmd [[inoremap <silent><expr> <Tab> 'ex' .. 'pr']]", ["expr"]),
        ("vim.cmd [[autocmd FileType python inoremap <buffer> <Tab> own]]", ["own"]),
    ],
)
def test_whatever_way_tab_was_mapped(start: Start, before: str, lines: list[str]) -> None:
    editor = ready(start, before=before)
    editor.type("i<Tab>")
    editor.await_lines(*lines)


def test_tab_still_jumps_in_a_snippet(ghost: Editor) -> None:
    ghost.type("i")
    ghost.lua("vim.snippet.expand('f(${1:a}, ${2:b})')")
    ghost.type("x<Tab>")
    ghost.until("vim.api.nvim_get_mode().mode == 's' and vim.snippet.active({ direction = -1 })")
    ghost.type("y")
    ghost.await_lines("f(x, y)")


def test_plug_mappings_serve_those_who_map_themselves(start: Start) -> None:
    editor = ready(start, keys="{}", before="vim.keymap.set('i', '<C-y>', '<Plug>(GlossatorAccept)')")
    assert "glossator" not in editor.nvim.command_output("imap <Tab>").lower()
    editor.suggest("y")
    editor.type("ix")
    editor.await_ghost("y")
    editor.type("<C-y>")
    editor.await_lines("xy")


def test_leaving_dismissing_and_snoozing_take_it_away(ghost: Editor) -> None:
    ghost.suggest("more")
    for away in ("<Esc>", "<C-]>", "<Cmd>Glossator snooze 5<CR>", "<Cmd>new<CR>"):
        ghost.type("<Esc>ccone ")
        ghost.lua("require('glossator.ghost').snooze(0)")
        ghost.type("x<BS>")
        ghost.await_ghost("more")
        ghost.type(away)
        ghost.await_ghost()
    ghost.until("vim.lsp.get_clients()[1] ~= nil")


def test_windows_line_ends_stay(start: Start) -> None:
    editor = ready(start, "one\r\ntwo\r\n")
    editor.suggest("a\r\nb")
    editor.type("A ")
    editor.await_ghost("a", "b")
    editor.suggest()
    editor.type("<Tab><Esc>:write<CR>")
    editor.until("not vim.bo.modified")
    path = editor.lua("return vim.api.nvim_buf_get_name(0)")
    assert Path(path).read_bytes() == b"one a\r\nb\r\ntwo\r\n"
