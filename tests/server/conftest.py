"""Folders of their own for every test, so that none meets the user's settings, models or engine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def environment() -> Iterator[dict[str, str]]:
    """The process's environment without any of Glossator's variables; put back at the end."""
    before = dict(os.environ)
    for name in [name for name in before if name.startswith(("GLOSSATOR_", "XDG_"))]:
        del os.environ[name]
    yield os.environ  # type: ignore[misc]
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def configuration(environment: dict[str, str], tmp_path: Path) -> Path:
    """The user's configuration folder, empty."""
    folder = tmp_path / "configuration"
    folder.mkdir()
    environment["GLOSSATOR_CONFIG_DIR"] = str(folder)
    return folder
