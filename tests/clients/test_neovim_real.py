"""The plugin in real Neovim with the real `glossator serve`; only the model's words are ours. One Neovim for all."""

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.clients.neovim.real import CALL, CODE, COLUMNS, LINES, SERVE, WINDOW, Real, really
from tests.clients.neovim.screen import draw
from tests.e2e.wire import without_settings

SCREENS = Path(__file__).with_name("neovim") / "screens"
BODY = "a, b):\n    return a + b"
SHOWN = "It raises a `ValueError` unless both are positive numbers.¹"
WRITTEN = SHOWN.replace(".¹", " [1].")


@pytest.fixture(scope="module")
def session(program: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Real]:
    """Neovim and its server."""
    with really(program, tmp_path_factory.mktemp("real")) as started:
        yield started


@pytest.fixture
def real(session: Real) -> Real:
    """The same with a new file, and a model that has said nothing."""
    session.open()
    return session


def suggested(real: Real, text: str = BODY) -> None:
    """Type the beginning of a function in an empty file, until the rest is suggested."""
    real.open("")
    real.service.completions["add("] = text
    real.editor.type("idef add(")
    real.editor.await_ghost(*text.split("\n"))


def explained(real: Real) -> None:
    """Ask for an explanation of the call, of which the model writes one sentence."""
    real.service.answers[:] = [WRITTEN]
    real.editor.type(f"{CALL}:Glossator explain<CR>")


def same_screen(real: Real, name: str, regenerate: bool) -> None:
    """The whole screen is that of the reference. `--regenerate` writes it anew: look at it then."""
    seen = draw(real.editor.nvim, COLUMNS, LINES).spelled().replace(str(real.folder), "")
    reference = SCREENS / f"{name}.txt"
    if regenerate:
        reference.write_text(seen, "utf-8")
    assert seen == reference.read_text("utf-8")


def test_a_hover_floats_with_sources_and_highlighting(real: Real, regenerate: bool) -> None:
    real.open(CODE.replace("area", "shape"), "shape.py")
    real.editor.type(f"{CALL}K")
    real.editor.until("vim.b.lsp_floating_preview")
    (text,) = real.editor.floats()
    assert "`height = 3` — How high it is, in metres.¹" in text
    same_screen(real, "hover", regenerate)


def test_ghost_text_looks_like_none_that_is_there(real: Real, regenerate: bool) -> None:
    real.editor.type("Go<CR>")
    real.service.completions["volume("] = "width, height, depth):\n    return width * height * depth"
    real.editor.type("def volume(")
    real.editor.await_ghost("width, height, depth):", "    return width * height * depth")
    same_screen(real, "ghost-text", regenerate)


def test_ghost_text_is_typed_along_and_accepted_in_one_undo_step(real: Real) -> None:
    suggested(real)
    asked = len(real.service.prompts)
    real.editor.type("a,")
    real.editor.await_ghost(" b):", "    return a + b")
    assert len(real.service.prompts) == asked, "what is typed along asks nobody"
    real.editor.type("<Tab>")
    real.editor.await_lines("def add(a, b):", "    return a + b")
    real.editor.type("<Esc>u")
    real.editor.await_lines("def add(a,")


def test_ghost_text_is_accepted_by_word_and_by_line(real: Real) -> None:
    suggested(real)
    real.editor.type("<M-w>")
    real.editor.await_lines("def add(a")
    real.editor.await_ghost(", b):", "    return a + b")
    real.editor.type("<M-l>")
    real.editor.await_lines("def add(a, b):")
    real.editor.await_ghost("", "    return a + b")
    real.editor.type("<M-l>")
    real.editor.await_lines("def add(a, b):", "    return a + b")


def test_the_dot_repeats_what_was_accepted(real: Real) -> None:
    suggested(real, "x): pass")
    real.editor.type("<Tab><Esc>")
    real.editor.await_lines("def add(x): pass")
    real.editor.lua("vim.api.nvim_buf_set_lines(0, -1, -1, false, { '' })")
    real.editor.type("j.")
    real.editor.await_lines("def add(x): pass", "def add(x): pass")


def test_alternatives_are_asked_for_by_hand(real: Real) -> None:
    suggested(real)
    real.editor.type("<M-n>")
    told = "(vim.lsp.get_clients()[1]:request_sync('workspace/executeCommand', {"
    told += "command = 'glossator.why', arguments = { vim.uri_from_bufnr(0) } }, 60000, 0).result or {})"
    real.editor.until(f"vim.tbl_contains({told}.meta.context, 'manual') or {told}.items == 1")
    real.editor.await_ghost(*BODY.split("\n"))


def test_tab_indents_where_nothing_is_suggested(real: Real) -> None:
    real.open("")
    real.editor.type("i<Tab>x")
    real.editor.await_lines("    x")


def test_what_a_slow_model_says_of_an_older_text_is_never_shown(real: Real) -> None:
    real.open("")
    real.service.completions = {"add(": "too late", "add(left, ": "right): ..."}
    real.service.go_on.clear()
    held, broken = real.service.held, real.service.broken
    real.editor.type("idef add(")
    real.await_service(lambda service: service.held > held)
    real.editor.type("left, ")
    real.await_service(lambda service: service.broken > broken)
    assert real.editor.ghost() == []
    real.service.go_on.set()
    real.editor.await_ghost("right): ...")


def test_an_explanation_grows_beside_the_code_with_its_sources_folded(real: Real, regenerate: bool) -> None:
    real.open(CODE.replace("area", "sides"), "sides.py")
    real.service.go_on.clear()
    explained(real)
    assert SHOWN not in real.await_view("Multiply the sides.")
    real.await_bar("stops")
    real.service.go_on.set()
    real.await_view(SHOWN)
    real.await_bar("a: ask")
    assert real.editor.lua("return vim.fn.win_getid()") != real.editor.lua(f"return {WINDOW}")
    same_screen(real, "explanation", regenerate)
    real.enter_view()
    assert real.editor.lua("return vim.fn.foldclosed('$')") > 0
    real.editor.type("Gza")
    real.editor.until("vim.fn.foldclosed('$') == -1")


def test_a_citation_leads_to_its_source(real: Real) -> None:
    path = real.open(CODE + "\n\nimport json\njson.dumps(1)\n")
    explained(real)
    real.await_view("Multiply the sides.¹")
    real.await_bar("a: ask")
    real.enter_view()
    real.put_cursor("sides.")
    real.editor.type("gx")
    real.editor.until("told[1]")
    assert real.editor.told() == ["There is no citation under the cursor."]
    real.put_cursor("sides.¹")
    real.editor.type("gx")
    real.editor.until("vim.api.nvim_buf_get_name(0) == ...", str(path))
    assert real.editor.nvim.current.window.cursor == (1, 0)


def test_a_source_on_the_web_is_opened_by_the_system(real: Real) -> None:
    real.open("import json\n\njson.dumps(1)\n")
    real.editor.type("3G06l:Glossator explain<CR>")
    text = real.await_view("Serialize")
    real.await_bar("a: ask")
    number = next(line for line in real.view().split("\n") if "docs.python.org" in line or "documentation" in line)[0]
    real.enter_view()
    real.editor.type("zR")
    real.put_cursor(f"{number}. ")
    real.editor.type("gx")
    real.editor.until("visited[1]")
    assert real.editor.lua("return visited")[0].startswith("https://docs.python.org"), text


def test_stopping_and_closing_an_explanation_stop_the_model(real: Real) -> None:
    for name, key in (("first", "<C-c>"), ("second", "q")):
        real.open(CODE.replace("area", name))
        real.service.go_on.clear()
        held, broken = real.service.held, real.service.broken
        explained(real)
        real.await_service(lambda service, before=held: service.held > before)
        real.enter_view()
        # Not typed: Neovim takes a <C-c> that comes while it works for an interrupt, before any mapping.
        real.editor.lua("vim.fn.maparg(..., 'n', false, true).callback()", key)
        real.await_service(lambda service, before=broken: service.broken > before)
        if key == "<C-c>":
            real.await_bar("stopped")
            real.editor.type("q")
        real.editor.until(f"{WINDOW} == 0")
    assert real.editor.told() == []


def test_a_further_question_at_the_prompt_is_answered_below(real: Real) -> None:
    explained(real)
    real.await_bar("a: ask")
    real.enter_view()
    real.editor.type("a")
    real.editor.until("vim.api.nvim_get_mode().mode == 'c'")
    real.editor.type("how high?<CR>")
    real.await_bar("a: ask")
    first, answer = real.await_view("**how high?**").split("**how high?**")
    assert SHOWN in first and SHOWN in answer, (first, answer)


def test_a_line_without_anything_to_explain_says_so(real: Real) -> None:
    real.editor.type("11G:Glossator explain<CR>")
    real.await_view("Nothing here can be explained.")


def test_a_question_that_the_sources_leave_open_can_be_searched_for(real: Real) -> None:
    explained(real)
    real.await_bar("a: ask")
    real.service.answers.clear()
    real.enter_view()
    real.editor.type(":Glossator followup who painted the bicycle<CR>")
    real.await_bar("s: search")
    assert "let it search for more" in real.await_view("**who painted the bicycle**")
    assert "shape" not in real.view().split("**who painted")[1], "what it is about stands above already"
    assert real.editor.nvim.current.line == "**who painted the bicycle**", "the answer is in sight"
    real.editor.type("s")
    real.await_bar("a: ask  r: anew")
    assert real.view().count("who painted the bicycle") == 1 and "let it search" not in real.view()


def test_the_health_check_says_what_runs(real: Real) -> None:
    real.editor.lua("vim.cmd('checkhealth glossator')")
    report = "\n".join(real.editor.lines())
    assert "runs: version" in report and "ghost.mode is own" in report and "<Tab> accepts" in report
    assert "OK pip: pip" in report, "what glossator doctor says"


def test_why_stats_and_status_are_sentences(real: Real) -> None:
    suggested(real)
    real.editor.type("<Esc>")
    for command, words in (("why", "1 suggestion."), ("stats", "In 30 days"), ("status", "workspace")):
        real.editor.type(f":Glossator {command}<CR>")
        real.editor.until("vim.b.lsp_floating_preview and vim.api.nvim_win_is_valid(vim.b.lsp_floating_preview)")
        (text,) = real.editor.floats()
        assert words in text and "{" not in text, text
        real.editor.lua("vim.api.nvim_win_close(vim.b.lsp_floating_preview, true)")


def test_names_of_adapters_models_and_logs_are_completed(real: Real) -> None:
    commit = "0123456789abcdef" * 2 + "01234567"
    adapter, tiny = real.folder / "mine", Path(real.environment["HF_HUB_CACHE"]) / "models--own--tiny"
    for folder in (adapter, tiny / "snapshots" / commit, tiny / "refs"):
        folder.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text(json.dumps({"peft_type": "LORA", "r": 8}))
    (adapter / "adapter_model.safetensors").write_bytes(b"\x02\0\0\0\0\0\0\0{}")
    (tiny / "refs/main").write_text(commit)
    (tiny / "snapshots" / commit / "config.json").write_text("{}")
    (tiny / "snapshots" / commit / "model.safetensors").write_bytes(b"not read here")
    added = [*SERVE[:-1], "adapters", "add", str(adapter)]
    subprocess.run(added, env={**without_settings(), **real.environment}, check=True, capture_output=True, timeout=60)
    offered = {line: real.editor.lua("return vim.fn.getcompletion('Glossator ' .. ..., 'cmdline')", line) for line in (
        "adapter ", "adapter complete ", "adapter explain m", "model ", "log ", "why ",
    )}  # fmt: skip
    assert offered == {
        "adapter ": ["complete", "explain"],
        "adapter complete ": ["fill-in-the-middle", "mine", "none"],
        "adapter explain m": ["mine"],
        "model ": ["own/tiny"],
        "log ": ["client", "engine"],
        "why ": [],
    }
    real.editor.type(":Glossator adapter complete mine<CR>")
    real.editor.until("told[1]")
    assert real.editor.told() == ["Glossator: complete uses mine."]
    real.editor.type(":Glossator adapter complete none<CR>:Glossator log engine<CR>")
    real.editor.until("told[3]")
    assert "complete uses no adapter" in real.editor.told()[1] and "printed nothing" in real.editor.told()[2]
    real.editor.type(":Glossator log client<CR>")
    real.editor.until("(vim.api.nvim_buf_get_name(0) .. (told[4] or '')):find('lsp.log', 1, true)")


def test_a_text_without_a_name_is_served_and_keeps_being_so_under_a_name(real: Real) -> None:
    real.service.completions["add("] = BODY
    real.editor.nvim.command(f"cd {real.folder} | enew | setfiletype python")
    real.editor.attached()
    assert real.editor.lua("return #vim.lsp.get_clients({ name = 'glossator' })") == 1, "the server that runs"
    real.editor.type("idef add(")
    real.editor.await_ghost(*BODY.split("\n"))
    real.editor.nvim.command("enew! | setfiletype python")
    real.editor.until("told[1]")
    assert "one text without a name at a time" in real.editor.told()[0]
    real.editor.nvim.command("bprevious")
    real.editor.nvim.command(f"write {real.folder / 'named.py'}")
    real.editor.type("<Esc>A<BS>(")
    real.editor.await_ghost(*BODY.split("\n"))
    real.editor.nvim.command(f"file {real.folder / 'renamed.py'}")
    real.editor.type("<Esc>A<BS>(")
    real.editor.await_ghost(*BODY.split("\n"))


def test_windows_line_ends_stay(real: Real) -> None:
    path = real.open("x = 1\r\ny = 2\r\n")
    real.service.completions["add("] = BODY
    real.editor.type("Godef add(")
    real.editor.await_ghost(*BODY.split("\n"))
    real.editor.type("<Tab><Esc>:write<CR>")
    real.editor.until("not vim.bo.modified")
    assert path.read_bytes() == b"x = 1\r\ny = 2\r\ndef add(a, b):\r\n    return a + b\r\n"


def test_a_buffer_may_change_and_go_while_it_is_asked_about(real: Real) -> None:
    for name, away in (("third", ":edit!<CR>"), ("fourth", ":bwipeout!<CR>")):
        path = real.open(CODE.replace("area", name))
        real.service.go_on.clear()
        real.service.completions["add("] = BODY
        held, broken = real.service.held, real.service.broken
        explained(real)
        real.await_service(lambda service, before=held: service.held > before)
        real.editor.type("Godef add(")
        real.await_service(lambda service, before=held: service.held > before + 1)
        real.editor.type("<Esc>" + away)
        real.await_service(lambda service, before=broken: service.broken > before)
        real.service.go_on.set()
        real.await_view(SHOWN)
        assert real.editor.ghost() == [] and path.read_text() == CODE.replace("area", name)
    assert real.editor.told() == [] and "Error" not in real.editor.nvim.command_output("messages")


def test_a_server_that_is_killed_is_told_once_and_starts_again(real: Real) -> None:
    real.open(CODE.replace("area", "fifth"))
    real.service.go_on.clear()
    held = real.service.held
    explained(real)
    real.await_service(lambda service: service.held > held)
    servers = [one for one in psutil.Process(real.editor.nvim.funcs.getpid()).children() if "serve" in one.cmdline()]
    servers[0].send_signal(signal.SIGKILL)
    real.editor.until("#vim.lsp.get_clients() == 0 and told[1]")
    assert [one for one in real.editor.told() if "starts it again" in one], real.editor.told()
    real.await_view("The server ended")
    real.editor.type(":Glossator restart<CR>")
    suggested(real)
