"""README, ARCHITECTURE and CHANGELOG say what is so."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from glossator import __version__
from glossator.settings import options_table
from tests.house.tree import HERO, PACKAGES, ROOT, package_modules

# What a path in backticks may be relative to.
BASES = (ROOT, *(ROOT / package for package in PACKAGES), *((ROOT / package).parent for package in PACKAGES))
MADE_BY_USE = {"glossator.toml", "cache.db", "engine.sock", "engine.lock", "engine.log", ".venv", ".venv/"}


def code_map() -> str:
    """Every module of both packages with the first sentence of its docstring."""
    rows: list[str] = []
    for package in PACKAGES:
        rows += [f"### `{package}/`", ""]
        for folder, modules in _by_folder(package):
            rows += [f"**`{folder}/`** {modules.pop('__init__.py', '')}".rstrip(), ""] if folder else []
            rows += [f"- `{folder}/{name}`: {sentence}".replace("`/", "`") for name, sentence in modules.items()]
            rows += [""] if modules else []
    return "\n".join(rows).strip()


GENERATED = [("README.md", "options", options_table), ("ARCHITECTURE.md", "code map", code_map)]


@pytest.mark.parametrize(("file", "name", "content"), GENERATED, ids=[f"{file}: {name}" for file, name, _ in GENERATED])
def test_generated_parts_are_up_to_date(file: str, name: str, content: object, regenerate: bool) -> None:
    """Run `pytest tests/house --regenerate` (or `make format`) to write them anew."""
    assert callable(content)
    path = ROOT / file
    text = path.read_text("utf-8")
    block = f"<!-- {name} -->\n{content()}\n<!-- /{name} -->"
    pattern = re.compile(rf"<!-- {name} -->.*?<!-- /{name} -->", re.DOTALL)
    if regenerate:
        path.write_text(pattern.sub(lambda _: block, text), "utf-8")
        text = path.read_text("utf-8")
    assert pattern.findall(text) == [block]


def test_every_module_is_on_the_map_and_says_what_it_is() -> None:
    text = code_map()
    for module in package_modules():
        package = next(package for package in PACKAGES if module.path.startswith(package))
        name = module.path.removeprefix(f"{package}/")
        assert f"`{name.removesuffix('__init__.py') or '__init__.py'}`" in text, module.path
    assert [line for line in text.splitlines() if line.endswith("`:")] == []


def test_the_newest_entry_of_the_changelog_is_this_version() -> None:
    versions = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert versions[0] == __version__


@pytest.mark.parametrize("file", ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "cache/README.md"])
def test_every_path_that_is_named_exists(file: str) -> None:
    by_hand = re.sub(r"<!-- code map -->.*<!-- /code map -->", "", (ROOT / file).read_text("utf-8"), flags=re.DOTALL)
    named = list(paths_named(by_hand))
    assert [name for name in named if not any((base / name).exists() for base in BASES)] == []


def test_the_rules_see_what_is_planted() -> None:
    text = "`a/b.py` [x](docs/y.md) [z](https://z) `lsp/` `make test` `pip` `/etc/x` `glossator.toml` `x/*.py` `c.toml`"
    assert list(paths_named(text)) == ["a/b.py", "lsp/", "c.toml", "docs/y.md"]


def paths_named(text: str) -> Iterator[str]:
    """Relative paths in backticks and in links; commands, patterns, placeholders and what use makes are left out."""
    for quoted in re.findall(r"`([^`\s]+)`", text):
        looks_like_path = quoted.endswith(("/", ".py", ".md", ".toml", ".txt")) and not re.search(r"[*<>{}=:…]", quoted)
        if looks_like_path and not quoted.startswith(("/", "~", "--")) and quoted not in MADE_BY_USE:
            yield quoted
    yield from (link for link in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in link)


def _by_folder(package: str) -> Iterator[tuple[str, dict[str, str]]]:
    found: dict[str, dict[str, str]] = {"": {}}
    for module in package_modules():
        if module.path.startswith(f"{package}/"):
            path = Path(module.path).relative_to(package)
            folder = "" if path.parent == Path() else path.parent.as_posix()
            found.setdefault(folder, {})[path.name] = _first_sentence(module.text)
    if HERO.is_relative_to(ROOT / package):
        found[HERO.parent.name] = {HERO.name: "The script that `glossator demo` explains; broken on purpose."}
    return iter(found.items())


def _first_sentence(text: str) -> str:
    paragraph = " ".join((ast.get_docstring(ast.parse(text)) or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.) ", paragraph.replace("``", "`"))[0].removesuffix("::").rstrip()
