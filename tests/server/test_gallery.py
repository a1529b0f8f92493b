"""The article in the gallery is what Glossator writes about the example script.

    python -m pytest tests/server/test_gallery.py --regenerate

writes it anew, from the packages of the environment that the tests run in.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from markdown_it import MarkdownIt

from glossator.cli.demo import EXAMPLE
from glossator.explain.article_markdown import to_markdown
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools
from glossator.explain.write_article import write_article
from glossator.research.local import Distributions, LanguageTopics
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from glossator.text import Snapshot

GALLERY = Path(__file__).parents[2] / "editor-clients" / "pictures" / "hero-article.md"
_VERSIONED = re.compile(r"\b(pip|transformers|peft|torch) (\d+(?:\.\d+)+)")
# What differs from run to run, and from one version of a package to the next that says the same.
_PASSING = re.compile(r"\d{4}-\d\d-\d\d(?: [\d:]+ UTC)?|(?<=Duration:\*\* )[\d.]+ s|, line \d+|\d+(?:\.\d+){2,}\S*")


async def test_the_gallery_shows_what_glossator_writes(regenerate: bool) -> None:
    written = await article()
    if regenerate:
        GALLERY.write_text(written, "utf-8")
    shown = GALLERY.read_text("utf-8")
    assert _outline(shown) == _outline(written)
    if _VERSIONED.findall(shown) == _VERSIONED.findall(written):
        assert _lasting(shown) == _lasting(written), "write it anew with --regenerate"
    page = MarkdownIt("commonmark").render(shown)
    anchors = set(re.findall(r'<a id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= anchors


async def article() -> str:
    """The article of the example, from the sources' own sentences."""
    environment = Path(sys.prefix)
    resolver = TyResolver(EXAMPLE.parent, environment)
    installed = Installed(environment, EXAMPLE.parent)
    tools = ExplainTools(resolver, installed, (LanguageTopics(), Distributions(installed)))
    snapshot = Snapshot(EXAMPLE.as_uri(), "python", EXAMPLE.read_text("utf-8"))
    try:
        return to_markdown(await write_article(snapshot, tools, ExplainOptions("none")))
    finally:
        await resolver.close()


def _outline(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("#")]


def _lasting(text: str) -> str:
    return _PASSING.sub("…", text)
