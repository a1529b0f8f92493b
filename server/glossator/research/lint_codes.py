"""What a checker's code in a comment stands for, as the checker that is installed says it.

Read from the installed packages' files, never imported; only ruff, where it is installed beside us, is asked: it is a
program without Python files.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from glossator.research.evidence import Evidence
from glossator.research.sentences import sentences

SECONDS = 5.0
_CODE = re.compile(r"[A-Z]{1,10}\d{1,5}")
_MYPY = r'ErrorCode\(\s*"{code}",\s*((?:"[^"]*"\s*)+)'
_PYCODESTYLE = r'"{code}:? ([^"]+)"'


def noqa_meaning(code: str, folders: Sequence[Path]) -> Evidence | None:
    """What ``# noqa: F401`` silences, by ruff, pycodestyle or pyflakes."""
    if not _CODE.fullmatch(code):
        return None
    return _ruff(code) or _pycodestyle(code, folders) or _pyflakes(code, folders)


def type_error_meaning(code: str, folders: Sequence[Path]) -> Evidence | None:
    """What ``# type: ignore[attr-defined]`` silences, by mypy."""
    found = _search(folders, "mypy/errorcodes.py", _MYPY, code)
    told = "".join(re.findall(r'"([^"]*)"', found))
    return Evidence("", "mypy: error codes", f"{code}: {told}.", "docstring") if told else None


@lru_cache(maxsize=64)
def _ruff(code: str) -> Evidence | None:
    scripts = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", f"{os.name}_user")]
    program = shutil.which("ruff", path=os.pathsep.join(scripts))
    if program is None:
        return None
    command = [program, "rule", code, "--output-format", "json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
        told = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    does = re.search(r"## What it does\s+(.*?)\n\s*\n", told.get("explanation") or "", re.DOTALL)
    text = " ".join(sentences(does[1])[:1]) if does is not None else ""
    name = f"{code} ({told.get('name')})"
    return Evidence("", f"ruff rule {code}", f"{name}: {text}", "help") if text else None


def _pycodestyle(code: str, folders: Sequence[Path]) -> Evidence | None:
    told = _search(folders, "pycodestyle.py", _PYCODESTYLE, code)
    return Evidence("", "pycodestyle", f"{code}: {told}.", "docstring") if told else None


def _pyflakes(code: str, folders: Sequence[Path]) -> Evidence | None:
    """flake8 gives pyflakes' messages their codes."""
    name = _search(folders, "flake8/plugins/pyflakes.py", r'"(\w+)": "{code}"', code)
    told = _search(folders, "pyflakes/messages.py", r"class {code}\(.*?message = '([^']+)'", name) if name else ""
    return Evidence("", "pyflakes", f"{code}: {told.replace('%r', '…')}.", "docstring") if told else None


def _search(folders: Sequence[Path], file: str, pattern: str, code: str) -> str:
    for folder in folders:
        try:
            text = (folder / file).read_text("utf-8", "replace")
        except OSError:
            continue
        match = re.search(pattern.replace("{code}", re.escape(code)), text, re.DOTALL)
        if match is not None:
            return match[1]
    return ""
