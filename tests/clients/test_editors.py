"""Emacs, Vim and Helix as their users start them, with the set-ups that `editor-clients/README.md` prints."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.debian import PrivateRoot, private_root
from tests.e2e.wire import SERVER, without_settings
from tests.house.tree import ROOT

pytestmark = pytest.mark.slow

PAGE = ROOT / "editor-clients/README.md"
SCRIPTS = Path(__file__).with_name("editors")
CODE = "import json\n\ntext = json.dumps([1], indent=2)\n"
SIGNATURE = "Serialize"  # how the documentation of json.dumps begins
PATIENCE = 300
SERVE = [sys.executable, "-m", "glossator", "serve"]
SCRIPTED = [sys.executable, str(SERVER)]


@pytest.fixture(scope="module")
def editors() -> PrivateRoot:
    """The editors, or the reason why there are none."""
    return private_root()


class Desk:
    """A home of its own with a project in it, and a `glossator` on the path."""

    def __init__(self, folder: Path, server: list[str]) -> None:
        self.folder = folder
        for name in ("home", "bin", "project"):
            (folder / name).mkdir()
        program = folder / "bin/glossator"
        program.write_text(f"#!/bin/sh\nexec {shlex.join(server)}\n")
        program.chmod(0o755)
        self.file = folder / "project/demo.py"
        self.file.write_text(CODE)
        kept = {name: value for name, value in without_settings().items() if not name.startswith("XDG_")}
        folders = {f"GLOSSATOR_{kind}_DIR": str(folder / kind) for kind in ("DATA", "CACHE", "RUNTIME", "CONFIG")}
        path = f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**kept, **folders, "PATH": path, "HOME": str(folder / "home"), "FILE": str(self.file)}

    def set_up(self, name: str, file: str) -> None:
        """Write the set-up of the page to a file, where scripts find it as `SETUP`."""
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(printed(name))
        self.environment["SETUP"] = str(path)

    def run(self, command: list[str], **variables: str) -> str:
        """Run an editor to its end; gives what it printed."""
        done = subprocess.run(
            command,
            cwd=self.file.parent,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def printed(name: str) -> str:
    """The set-up that the page marks as tested under a name."""
    found = re.search(rf"<!-- tested: {name} -->\n```\w+\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert found, f"the page has no set-up for {name}"
    return found.group(1)


def test_every_set_up_that_is_marked_as_tested_is(request: pytest.FixtureRequest) -> None:
    marked = set(re.findall(r"<!-- tested: (\S+) -->", PAGE.read_text("utf-8")))
    used = set(re.findall(r"\.set_up\(\"(\S+)\"", Path(__file__).read_text("utf-8")))
    assert marked == used


def emacs(editors: PrivateRoot, script: str) -> tuple[list[str], dict[str, str]]:
    """The command and the variables that run a script in Emacs."""
    share = editors.find("usr/share/emacs/[0-9]*")
    libexec = editors.find("usr/libexec/emacs/*/*")
    packages = [str(path) for path in editors.root.glob("usr/share/emacs/site-lisp/elpa-src/*")]
    lisp = [str(share / "lisp"), *(str(path) for path in (share / "lisp").rglob("*") if path.is_dir()), *packages]
    variables = {"EMACSLOADPATH": ":".join(lisp), "EMACSDATA": str(share / "etc"), "EMACSPATH": str(libexec)}
    dump = f"--dump-file={editors.find('usr/libexec/emacs/*/*/*.pdmp')}"
    bare = (
        "(setq native-comp-enable-subr-trampolines nil native-comp-jit-compilation nil)"  # they need its binary alone
    )
    return editors.program("emacs-nox", dump, "-Q", "--batch", "--eval", bare, "-l", str(SCRIPTS / script)), variables


def test_emacs_with_eglot_shows_hovers_also_behind_an_edit(editors: PrivateRoot, tmp_path: Path) -> None:
    desk = Desk(tmp_path, SERVE)
    desk.set_up("eglot", "init.el")
    command, variables = emacs(editors, "eglot.el")
    first, second = desk.run(command, **variables).split("HOVER ")[1:]
    assert SIGNATURE in first
    assert "Deserialize" in second and second.endswith("END\n")


def test_emacs_with_lsp_mode_shows_a_hover_and_ghost_text(editors: PrivateRoot, tmp_path: Path) -> None:
    desk = Desk(tmp_path, SCRIPTED)
    desk.set_up("lsp-mode", "init.el")
    command, variables = emacs(editors, "lsp_mode.el")
    shown = desk.run(command, **variables)
    assert re.search(r"^HOVER .*dumps", shown, re.MULTILINE), shown
    assert "GHOST y<easy>\n" in shown
    assert shown.endswith("LINE easy<easy>\nEND\n")


def test_vim_with_ale_shows_a_hover(editors: PrivateRoot, tmp_path: Path) -> None:
    desk = Desk(tmp_path, SERVE)
    desk.set_up("ale", "vimrc")
    runtime, shown = str(editors.find("usr/share/vim/vim9*")), tmp_path / "shown"
    vim = editors.program("vim.basic", "-N", "-u", str(SCRIPTS / "ale.vim"), "-i", "NONE", "-n", "-es")
    desk.run(vim, VIMRUNTIME=runtime, ALE=str(editors.root / "usr/share/vim-ale"), SHOWN=str(shown))
    assert SIGNATURE in shown.read_text("utf-8")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[list[str]]:
    """The command of a tmux of our own, which ends with the test."""
    if not shutil.which("tmux"):
        pytest.skip("there is no tmux to show Helix in")
    command = ["tmux", "-S", str(tmp_path / "tmux"), "-f", "/dev/null"]
    yield command
    subprocess.run([*command, "kill-server"], capture_output=True)


def test_helix_shows_a_hover(editors: PrivateRoot, tmp_path: Path, terminal: list[str]) -> None:
    desk = Desk(tmp_path, SERVE)
    desk.set_up("helix", "home/.config/helix/languages.toml")
    runtime = f"HELIX_RUNTIME={editors.root / 'usr/lib/hx/runtime'}"
    helix = ["env", runtime, *editors.program("hx", f"{desk.file}:3:15")]

    def tmux(*arguments: str) -> str:
        done = subprocess.run([*terminal, *arguments], env=desk.environment, capture_output=True, text=True, check=True)
        return done.stdout

    tmux("new-session", "-d", "-x", "120", "-y", "40", "-c", str(desk.file.parent), shlex.join(helix))
    until = time.monotonic() + PATIENCE
    screen = ""
    while SIGNATURE not in screen and time.monotonic() < until:
        tmux("send-keys", "Escape")
        time.sleep(0.2)
        tmux("send-keys", "Space", "k")
        time.sleep(1)
        screen = tmux("capture-pane", "-p")
    tmux("send-keys", "Escape", ":q!", "Enter")
    assert SIGNATURE in screen
