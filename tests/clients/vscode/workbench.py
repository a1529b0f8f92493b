"""code-server as one user's VS Code: its own home, settings and extensions; ends with the block."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.clients.vscode.tools import Tools
from tests.house.tree import ROOT

PATIENCE = float(os.environ.get("GLOSSATOR_TEST_PATIENCE", "90"))  # seconds; of a busy machine
# Neither extensions nor packages may come from the network, in a test of the installation least of all.
NO_NETWORK = {
    "EXTENSIONS_GALLERY": json.dumps({"serviceUrl": "", "itemUrl": "", "resourceUrlTemplate": ""}),
    "PIP_INDEX_URL": "http://127.0.0.1:9",
    "PIP_RETRIES": "0",
    "PIP_CONFIG_FILE": os.devnull,
}
SETTINGS: Mapping[str, Any] = {
    "telemetry.telemetryLevel": "off",
    "update.mode": "none",
    "extensions.autoUpdate": False,
    "extensions.autoCheckUpdates": False,
    "extensions.ignoreRecommendations": True,
    "workbench.enableExperiments": False,
    "workbench.settings.enableNaturalLanguageSearch": False,
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": False,
    "workbench.welcomePage.walkthroughs.openOnInstall": False,
    "security.workspace.trust.startupPrompt": "never",
    "chat.disableAIFeatures": True,
    "chat.commandCenter.enabled": False,
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.layoutControl.enabled": False,
    "git.enabled": False,
    "editor.minimap.enabled": False,
    "editor.cursorBlinking": "solid",
    "editor.hover.delay": 100,
    "editor.quickSuggestions": {"other": "off", "comments": "off", "strings": "off"},
    "editor.wordBasedSuggestions": "off",
    "window.commandCenter": False,
    "window.menuBarVisibility": "hidden",
    "files.autoSave": "off",
    "files.hotExit": "off",
    "glossator.completion.deadline": 60,  # a busy machine's model takes its time
}


@dataclass(frozen=True)
class Workbench:
    """A running code-server with a folder open."""

    address: str
    folder: Path
    home: Path
    first: str
    process: psutil.Process

    def url(self, file: str, line: int = 1, column: int = 1, workspace: Path | None = None) -> str:
        """The address of the window, with a file open and the cursor in it; both count from 1. Of several folders, if a
        file names them."""
        host = self.address.removeprefix("http://")
        opened = f"vscode-remote://{host}{self.folder / file}:{line}:{column}"
        payload = json.dumps([["openFile", opened], ["gotoLineMode", "true"]])
        what = f"workspace={workspace}" if workspace else f"folder={self.folder}"
        return f"{self.address}/?{what}&payload={urllib.request.quote(payload)}"  # type: ignore[attr-defined]

    def servers(self) -> list[psutil.Process]:
        """The processes of ``glossator serve`` in this editor."""
        return [one for one in self.process.children(recursive=True) if is_server(words(one))]

    def configure(self, place: str = "User", **settings: Any) -> None:
        """Change settings on disk, the user's or the machine's; dots are spelled ``__``, None takes one away."""
        now = {**self.settings(place), **{name.replace("__", "."): value for name, value in settings.items()}}
        write_json(self._file(place), {name: value for name, value in now.items() if value is not None})

    def settings(self, place: str = "User") -> dict[str, Any]:
        """The settings on disk."""
        return dict(json.loads(self._file(place).read_text()))

    def said(self, most: int = 6000) -> str:
        """The end of what Glossator's output channel holds, the server's stderr in it, and of code-server's."""
        logs = sorted(self.home.glob("user/logs/**/*Glossator.log"), key=lambda log: log.stat().st_mtime)
        logs = [*logs[-2:], self.home / "code-server.log"]
        return "\n".join(f"--- {log.name}\n{log.read_text('utf-8', 'replace')[-most:]}" for log in logs)

    def _file(self, place: str) -> Path:
        return self.home / "user" / place / "settings.json"


@contextmanager
def running(
    tools: Tools,
    home: Path,
    folder: Path,
    interpreter: str,
    environment: Mapping[str, str],
    trusted: bool = True,
    first: str = "hero.py",
) -> Iterator[Workbench]:
    """VS Code with the extension installed; ``first`` is the file that its window opens."""
    user = home / "user"
    chosen = {**SETTINGS, "security.workspace.trust.enabled": not trusted}
    for place, content in (("User", chosen), ("Machine", {"glossator.server.interpreter": interpreter})):
        (user / place).mkdir(parents=True)
        write_json(user / place / "settings.json", content)
    (home / "tmp").mkdir()
    (home / "config.yaml").touch()
    own = {**environment, "HOME": str(home), "TMPDIR": str(home / "tmp"), **NO_NETWORK}
    for name in ("XDG_RUNTIME_DIR", "VSCODE_IPC_HOOK_CLI"):
        own.pop(name, None)
    program = [str(tools.node), str(tools.code_server), "--config", str(home / "config.yaml")]
    folders = ["--user-data-dir", str(user), "--extensions-dir", str(home / "extensions")]
    installing = [*program, *folders, "--install-extension", str(tools.vsix), "--force"]
    subprocess.run(installing, env=own, check=True, capture_output=True, timeout=120)
    quiet = "--auth none --disable-telemetry --disable-update-check --disable-getting-started-override --disable-proxy"
    trust = ["--disable-workspace-trust"] if trusted else []
    options = ["--bind-addr", "127.0.0.1:0", "--reconnection-grace-time", "3", *quiet.split(), *trust, *folders]
    command = [*program, *options, "--vscode-option", f"builtin-extensions-dir={tools.built_in}", str(folder)]
    with (home / "code-server.log").open("w") as log:
        # A session of its own, so that what it leaves behind can be ended with it.
        process = subprocess.Popen(command, env=own, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        address = address_of(process, home / "code-server.log")
        yield Workbench(address, folder, home, first, psutil.Process(process.pid))
    finally:
        end(process)


@contextmanager
def variables(own: Path) -> Iterator[dict[str, str]]:
    """The environment of an editor's processes: the packages of this checkout, the model, and folders below ``own``."""
    data = Path(os.environ.get("GLOSSATOR_TEST_DATA_DIR") or Path.home() / ".cache" / "glossator-test")
    (data / "models").mkdir(parents=True, exist_ok=True)
    (own / "data").mkdir()
    (own / "data/models").symlink_to(data / "models")  # what is counted of suggestions is this session's own
    folders = {f"GLOSSATOR_{name}_DIR": str(own / name.lower()) for name in ("CACHE", "CONFIG", "DATA", "RUNTIME")}
    packages = [str(ROOT / "server"), str(ROOT / "cache"), os.environ.get("PYTHONPATH", "")]
    ends = {"GLOSSATOR_ENGINE_IDLE_EXIT": "3"}  # minutes: also where this process is killed
    found = {**without_glossator(), **folders, **ends, "PYTHONPATH": os.pathsep.join(filter(None, packages))}
    command = [sys.executable, "-m", "glossator"]
    subprocess.run([*command, "models", "pull"], env=found, check=True, capture_output=True, timeout=600)
    try:
        yield found
    finally:
        subprocess.run([*command, "engine", "stop"], env=found, check=False, capture_output=True, timeout=60)


def write_json(path: Path, content: Any) -> None:
    """In one step, since the editor watches the file."""
    path.with_suffix(".new").write_text(json.dumps(content))
    path.with_suffix(".new").replace(path)


def words(process: psutil.Process) -> list[str]:
    """A process' command line; empty if it is gone."""
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def is_server(line: list[str]) -> bool:
    """Whether a command line is that of ``glossator serve``, or of the scripted one."""
    return line[-2:] == ["glossator", "serve"] or (len(line) > 1 and line[1].endswith("scripted_server.py"))


def end(process: subprocess.Popen[bytes]) -> None:
    """End it with all that it started, whoever that belongs to by now: code-server's own helpers take their time."""
    for number, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)):
        family = in_session(process.pid)
        for one in family:
            with suppress(psutil.Error):
                one.send_signal(number)
        psutil.wait_procs(family, timeout=seconds)
    process.wait(timeout=5)


def in_session(leader: int) -> list[psutil.Process]:
    """The processes of a session that still run."""
    return [one for one in psutil.process_iter() if session_of(one.pid) == leader]


def session_of(pid: int) -> int | None:
    """A process' session; None if it is gone."""
    try:
        return os.getsid(pid)
    except OSError:
        return None


def address_of(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where it listens, as it says itself; a port chosen beforehand may be another's by then."""
    deadline = time.monotonic() + PATIENCE
    while not (found := re.search(r"listening on (http://127\.0\.0\.1:\d+)", log.read_text("utf-8", "replace"))):
        assert process.poll() is None and time.monotonic() < deadline, f"no editor: {log.read_text()[-3000:]}"
        time.sleep(0.1)
    return found[1]


def without_glossator() -> dict[str, str]:
    """This process' environment without Glossator's own settings, but with its folders."""
    kept = ("_DIR",)
    return {k: v for k, v in os.environ.items() if not k.startswith("GLOSSATOR_") or k.endswith(kept)}
