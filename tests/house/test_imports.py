"""The import contracts of pyproject.toml hold, and each of them can break."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import HERO, PACKAGES, ROOT

# Of the models, the engine shares what names and finds them; whatever talks to a model, it is itself behind.
SHARED_WITH_ENGINE = {
    "adapter_format",
    "adapters",
    "base",
    "catalog",
    "choose_runtime",
    "dialogue",
    "ending",
    "engine_address",
    "families",
    "formats",
    "free_memory",
    "hub",
    "local_extra",
    "memory",
    "placing",
    "plan",
    "progress",
    "store",
    "training",
    "weights",
}

# File, what is planted there, and how the complaint spells it.
PLANTED = [
    ("server/glossator/text.py", "import glossator.explain.pipeline", "glossator.text -> glossator.explain.pipeline"),
    (
        "server/glossator/complete/completion.py",
        "import glossator.explain.pipeline",
        "complete.completion -> ",
    ),
    ("server/glossator/research/evidence.py", "import glossator.models.base", "glossator.research.evidence -> "),
    ("server/glossator/models/scripted.py", "import glossator.syntax", "glossator.models.scripted -> glossator.syntax"),
    ("server/glossator/cli/__init__.py", "import glossator.engine", "glossator.cli -> glossator.engine"),
    ("server/glossator/lsp/__init__.py", "import torch.nn", "glossator.lsp -> torch"),
    ("server/glossator/explain/pipeline.py", "import pygls.server", "glossator.explain.pipeline -> pygls"),
    ("server/glossator/research/tavily.py", "import httpx2", "glossator.research.tavily -> httpx2"),
    ("server/glossator/settings/reading.py", "import diskcache", "glossator.settings.reading -> diskcache"),
    ("server/glossator/explain/explanation.py", "import glossator_cache", "explain.explanation -> glossator_cache"),
    ("cache/glossator_cache/key.py", "import glossator.errors", "glossator_cache.key -> glossator.errors"),
]

ENGINE_IMPORTS = """
import grimp
graph = grimp.build_graph("glossator", cache_dir=None)
engine = {"glossator.engine", *graph.find_descendants("glossator.engine")}
print(*{name for module in engine for name in graph.find_modules_directly_imported_by(module)} - engine)
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Both packages without the hero script: it does not parse, which grimp does not forgive."""
    for package in PACKAGES:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns(HERO.name, "__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_point_down(copy: Path) -> None:
    code, said = lint(copy)
    assert code == 0, said
    assert "0 broken" in said


def test_every_contract_can_break(copy: Path) -> None:
    (copy / "server/glossator/unplaced.py").write_text('"""A module without a layer."""\n')
    for file, line, _ in PLANTED:
        (copy / file).write_text((copy / file).read_text("utf-8") + f"\n{line}\n", "utf-8")
    code, said = lint(copy)
    assert code == 1
    assert "0 kept" in said
    assert [complaint for *_, complaint in PLANTED if complaint not in said] == []
    assert "unplaced" in said


def test_the_cache_may_be_met_where_it_is_meant_to_be(copy: Path) -> None:
    for file in ("server/glossator/assemble.py", "server/glossator/research/cached.py"):
        (copy / file).write_text("import glossator_cache.cache\nfrom glossator_cache import Cache\n", "utf-8")
    code, said = lint(copy)
    assert code == 0, said


def test_the_engine_shares_only_what_finds_models(copy: Path) -> None:
    imported = set(run(copy, ENGINE_IMPORTS).stdout.split())
    models = {name.split(".")[2] for name in imported if name.startswith("glossator.models.")}
    assert models <= SHARED_WITH_ENGINE
    assert "glossator.errors" in imported or not list((copy / "server/glossator/engine").glob("[a-z]*.py"))
    others = {name.split(".")[1] for name in imported if name.startswith("glossator.")} - {"models"}
    assert others <= {"settings", "paths", "child", "errors", "text"}


def lint(folder: Path) -> tuple[int, str]:
    """The exit code and the words of import-linter over a copy."""
    done = run(folder, "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])")
    return done.returncode, done.stdout + done.stderr


def run(folder: Path, program: str) -> subprocess.CompletedProcess[str]:
    """Run a program that sees the copy, in a process of its own: this one may have imported the original."""
    path = [str(folder / package.split("/")[0]) for package in PACKAGES]
    command = [sys.executable, "-c", f"import sys; sys.path[:0] = {path}\n{program}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300)
