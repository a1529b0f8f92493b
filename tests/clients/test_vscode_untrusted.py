"""A folder that is not trusted, in the real VS Code: it starts and chooses nothing, and is explained all the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.clients.vscode.window import Window

pytestmark = pytest.mark.slow
TRUSTED = False


@pytest.fixture(scope="module")
def project(project: Path) -> Path:
    """The folder names programs to start in every way that a folder can."""
    evil = project / "evil"
    evil.write_text(f"#!/bin/sh\ntouch {project}/ran\n")
    evil.chmod(0o755)
    (project / "glossator.py").write_text(f"open({str(project / 'ran')!r}, 'w')\n")
    (project / "glossator.toml").write_text('search.consent = "on"\n')
    (project / ".vscode").mkdir()
    wishes = {"server.interpreter": str(evil), "server.package": "evil", "python.environment": str(project)}
    settings = {f"glossator.{name}": value for name, value in wishes.items()}
    (project / ".vscode/settings.json").write_text(json.dumps({**settings, "glossator.search.consent": "on"}))
    return project


def test_it_is_explained_from_what_is_here(window: Window) -> None:
    window.point_at("encode")
    expect(window.hover).to_contain_text("return_tensors")
    expect(window.status).to_have_attribute(
        "aria-label", "Glossator: Ready. This folder is not trusted: local sources only."
    )
    window.picture("untrusted-dark")


def test_nothing_of_the_folder_was_run_or_asked(window: Window) -> None:
    window.select(3, 8)
    window.run("Glossator: Explain Selection")
    expect(window.panel().locator("#words")).to_contain_text("documentation")
    expect(window.toasts.filter(has_text="web sources")).to_have_count(0)
    assert not (window.workbench.folder / "ran").exists()
