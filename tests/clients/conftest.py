"""The editors that tests start. The fixtures of each stand beside what drives it."""

from tests.clients.neovim.fixtures import program, start
from tests.clients.vscode.fixtures import browser, environment, project, scripted, tools, window, workbench

__all__ = ["browser", "environment", "program", "project", "scripted", "start", "tools", "window", "workbench"]
