"""The editors that tests start. The fixtures of each stand beside what drives it."""

from collections.abc import Generator

import pytest

from tests.clients.neovim.fixtures import program, start
from tests.clients.vscode.fixtures import browser, environment, project, scripted, tools, window, workbench
from tests.clients.vscode.window import Window

__all__ = ["browser", "environment", "program", "project", "scripted", "start", "tools", "window", "workbench"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failure in VS Code what the extension and the server said."""
    report = yield
    window = getattr(item, "funcargs", {}).get("window")
    if report.when == "call" and report.failed and isinstance(window, Window):
        window.picture(f"failed-{item.name}")
        report.sections.append(("What VS Code and Glossator said", window.workbench.said()))
    return report
