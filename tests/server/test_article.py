"""A whole file as an article: what it has sections about, that its links lead somewhere, that its text is inert."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import AsyncIterator, Sequence
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from glossator.errors import Problem
from glossator.explain.article import Article, Item, Section, article_to_json
from glossator.explain.article_html import to_html
from glossator.explain.article_markdown import to_markdown
from glossator.explain.explanation import Argument, Meta, Notice, Reference, Sentence, SymbolFacts
from glossator.explain.options import ExplainOptions
from glossator.explain.outline import MOST_LINES
from glossator.explain.pipeline import ExplainTools
from glossator.explain.write_article import write_article
from glossator.models.cached import CachedModel
from glossator.models.scripted import ScriptedModel
from glossator.research.local import Distributions, LanguageTopics
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from glossator_cache import Cache
from tests.cursor import snapshot_of
from tests.server.test_render import PAYLOADS
from tests.server.toy import install_toys

EXTRACTS = ExplainOptions("none")
CODE = '''"""A shop."""

from toys import Toy


class Shop:
    """Sells toys."""

    size = Toy("blue")

    def buy(self):
        """Buy one."""
        self.check()
        return Toy.load("x", strict=False)

    def check(self):
        return Toy.load("y", strict=False)


def open_shop():
    """Open it."""
    return Shop()


count = 3
toy = Toy("red", wheels=6)
toy = Toy("red", wheels=6)
print(toy.describe(3))
print(count)
'''
BROKEN = 'from toys import Toy\n\nclass Shop(:\n    def f(self:\n        Toy.load("x\n\ny", strict=True)\n\nToy("red"\n'
MORE_PAYLOADS = [
    *PAYLOADS,
    "</code></pre><script>alert(1)</script>",
    '" onmouseover="alert(1)" x="',
    "</style><script>alert(1)</script>",
    "<!-- --><svg onload=alert(1)>",
    "``` ```` ~~~\n<script>x</script>",
    "\u202eevil\u202c \u200bhidden\x1b[31m\x00",
    "&lt;img src=x&gt; &#60;img src=x&#62;",
    "$(theme-icon) [x](https://user@evil.example)",
    "</details><h1>out</h1>",
]


@pytest.fixture
async def tools(tmp_path: Path) -> AsyncIterator[ExplainTools]:
    environment = install_toys(tmp_path)
    resolver = TyResolver(tmp_path, environment)
    installed = Installed(environment, tmp_path)
    yield ExplainTools(resolver, installed, (LanguageTopics(), Distributions(installed)))
    await resolver.close()


class Page(HTMLParser):
    """What a page has: its tags with their attributes, links, anchors, and the text of its headings' levels."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.anchors: list[str] = []
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        fields = dict(attributes)
        self.attributes |= fields.keys()
        self.anchors += [fields["id"] or ""] if "id" in fields else []
        self.links += [fields["href"] or ""] if "href" in fields else []
        if tag not in {"meta", "br", "hr"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: Sequence[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attributes)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"


def pages(article: Article) -> dict[str, Page]:
    """Both renderings, the markdown by a real renderer that lets HTML through."""
    markdown = MarkdownIt("commonmark", {"linkify": True}).enable(["table", "strikethrough"])
    return {"markdown": Page(markdown.render(to_markdown(article))), "html": Page(to_html(article))}


async def article_of(text: str, tools: ExplainTools, folder: Path, options: ExplainOptions = EXTRACTS) -> Article:
    return await write_article(snapshot_of(text, path=folder / "shop.py"), tools, options)


async def test_every_construct_is_explained_once_in_its_section(tools: ExplainTools, tmp_path: Path) -> None:
    article = await article_of(CODE, tools, tmp_path)
    shown = [(one.number, one.kind, one.title, one.level, one.lines) for one in article.sections]
    assert shown == [
        (1, "imports", "", 1, "line 3"),
        (2, "class", "Shop", 1, "lines 6–9"),
        (3, "method", "Shop.buy", 2, "lines 11–14"),
        (4, "method", "Shop.check", 2, "lines 16–17"),
        (5, "function", "open_shop", 1, "lines 20–22"),
        (6, "statement", 'toy = Toy("red", wheels=6)', 1, "line 26"),
        (7, "statement", 'toy = Toy("red", wheels=6)', 1, "line 27"),
        (8, "statement", "print(toy.describe(3))", 1, "line 28"),
    ]
    whole = [item.symbol.qualified_name for one in article.sections for item in one.items if not item.earlier]
    assert sorted(whole) == sorted(set(whole))
    assert set(whole) >= {"toys.Toy", "shop.Shop", "shop.Shop.buy", "toys.Toy.load", "shop.open_shop"}
    mentions = {one.number: [(to.name, to.section) for to in one.mentions] for one in article.sections if one.mentions}
    assert mentions == {3: [("self.check", 4)], 4: [("Toy.load", 3)], 5: [("Shop", 2)], 7: [("Toy", 1)]}


async def test_the_file_says_first_what_it_is(tools: ExplainTools, tmp_path: Path) -> None:
    article = await article_of(f"# comment\n{CODE}", tools, tmp_path)
    assert article.lead == (Sentence("A shop.", ("1",), "extracted"),)
    assert (article.sources[0].title, article.sources[0].url[-11:]) == ("shop.py", "/shop.py#L2")


async def test_what_is_new_about_a_later_use_is_told(tools: ExplainTools, tmp_path: Path) -> None:
    article = await article_of(CODE, tools, tmp_path)
    blue = article.sections[1].items[-1]
    assert (blue.earlier, blue.sentences) == (1, ())
    assert "`'blue'`: Like the sky." in [one.text for one in blue.arguments[0].sentences]
    red = article.sections[5].items[0]
    assert [one.name for one in red.arguments] == ["color", "wheels"]
    assert article.sections[6].items == ()


async def test_a_question_is_answered_first_from_what_the_file_uses(tools: ExplainTools, tmp_path: Path) -> None:
    options = ExplainOptions("none", question="How many wheels?")
    article = await article_of(CODE, tools, tmp_path, options)
    (answer,) = article.answer
    assert answer.text.startswith("`Toy(wheels)`: ")
    assert {*answer.citations} <= {source.id for source in article.sources}
    assert article_to_json(article)["synthesis"][0]["text"] == answer.text
    markdown, page = to_markdown(article), to_html(article)
    assert markdown.index("How many wheels?") < markdown.index("## Contents")
    assert page.index('id="answer"') < page.index('id="contents-heading"')


async def test_a_question_without_an_answer_is_a_problem_of_the_article(tools: ExplainTools, tmp_path: Path) -> None:
    options = ExplainOptions("none", question="What do bananas cost?")
    article = await article_of(CODE, tools, tmp_path, options)
    assert article.answer == ()
    assert "Nothing that is installed speaks of that" in str(article.problems[-1])


async def test_citations_have_sources_and_links_lead_somewhere(tools: ExplainTools, tmp_path: Path) -> None:
    article = await article_of(CODE, tools, tmp_path)
    known = {one.id for one in article.sources}
    assert known == {str(number) for number in range(1, len(article.sources) + 1)}
    for section in article.sections:
        for item in section.items:
            for sentence in (*item.sentences, *(one for each in item.arguments for one in each.sentences)):
                assert sentence.citations and set(sentence.citations) <= set(section.sources) <= known
    for name, page in pages(article).items():
        assert not page.open
        inside = {link[1:] for link in page.links if link.startswith("#")}
        assert {"section-1", "source-1"} <= inside <= set(page.anchors), name
        assert len(page.anchors) == len(set(page.anchors))
        assert page.tags.count("details") == sum(bool(one.sources) for one in article.sections)


@pytest.mark.parametrize(
    ("text", "sections"),
    [
        ("", 0),
        ("x = 1\n", 0),
        ("# only words\n", 0),
        (BROKEN, 1),
        (CODE.replace("\n", "\r\n"), 8),
        (CODE.replace("\n", "\r"), 8),
        ("\ufeff" + CODE, 8),
        ("def f(:\n", 1),
        ("class A:\n    x = 1; y = 2\n", 1),
        ("@\n", 0),
        ("match x:\n    case", 0),
    ],
    ids=["empty", "trivial", "comment", "broken", "crlf", "cr", "bom", "half", "class", "at", "match"],
)
async def test_any_text_becomes_an_article(text: str, sections: int, tools: ExplainTools, tmp_path: Path) -> None:
    article = await article_of(text, tools, tmp_path)
    assert len(article.sections) >= sections
    assert (len(article.sections) == sections) or text == BROKEN
    for page in pages(article).values():
        assert not page.open
        assert {link[1:] for link in page.links if link.startswith("#")} <= {*page.anchors, "article"}
    assert json.loads(json.dumps(article_to_json(article)))["problems"] is not None


async def test_a_very_long_file_is_cut_and_that_is_said(tools: ExplainTools, tmp_path: Path) -> None:
    text = "from toys import Toy\n" + "x = 1\n" * MOST_LINES + "Toy.load('x')\n"
    article = await article_of(text, tools, tmp_path)
    assert len(article.sections) == 1
    assert f"line {MOST_LINES + 1}" in article.problems[0].what


async def test_many_constructs_are_cut_and_that_is_said(tools: ExplainTools, tmp_path: Path) -> None:
    text = "".join(f"def f{number}(): pass\n" for number in range(600))
    article = await article_of(text, tools, tmp_path)
    assert len(article.sections) == 500
    assert "line 501" in article.problems[0].what


async def test_unknown_names_are_one_problem(tools: ExplainTools, tmp_path: Path) -> None:
    text = "import nothing\n" + "".join(f"unknown_{number}()\n" for number in range(20))
    article = await article_of(text, tools, tmp_path)
    (problem,) = article.problems
    assert "`unknown_0`" in problem.what and "13 more" in problem.what
    assert str(tmp_path) not in str(problem)


async def test_another_language_has_its_definitions(tools: ExplainTools, tmp_path: Path) -> None:
    text = "// shop\npub async fn main() {}\n\nstruct Toy;\nfn roll(toy: Toy) {}\n"
    article = await write_article(snapshot_of(text, path=tmp_path / "a.rs", language="rust"), tools, EXTRACTS)
    assert [one.title for one in article.sections] == ["pub async fn main() {}", "struct Toy;", "fn roll(toy: Toy) {}"]
    told = "`struct Toy` is a struct declared in a.rs, line 4, without a comment."
    assert [one.text for one in article.sections[1].items[0].sentences] == [told]


async def test_progress_counts_the_sections(tools: ExplainTools, tmp_path: Path) -> None:
    told: list[str] = []
    await write_article(snapshot_of(CODE, path=tmp_path / "shop.py"), tools, EXTRACTS, told.append)
    assert "section 1 of 8: imports" in told and told[-1].startswith("section 8 of 8")


async def test_a_models_text_is_written_once_and_remembered(tools: ExplainTools, tmp_path: Path) -> None:
    scripted = ScriptedModel(("It loads a toy from a file [1].",))
    model = CachedModel(scripted, Cache(tmp_path / "cache"), "scripted")
    tools = ExplainTools(tools.resolver, tools.installed, tools.sources, model)
    text = "from toys import Toy\nToy.load('x')\n"
    article = await article_of(text, tools, tmp_path, ExplainOptions())
    imports, load = article.sections
    assert (imports.by_model, load.by_model) == (False, True)
    assert article.meta.model == "scripted" and article.meta.options["model_texts_refused"] == 1
    assert load.synthesis[0].citations == (load.sources[0],)
    assert "checked against its sources" in to_markdown(article) and "checked against its sources" in to_html(article)
    asked = len(scripted.asked)
    moved = await article_of(f"import json\n\n{text}", tools, tmp_path, ExplainOptions())
    assert len(scripted.asked) == asked + 1, "other numbers and lines are no reason to ask again"
    assert moved.sections[-1].by_model and moved.sections[-1].meta.cached


async def test_an_interrupted_article_goes_on_from_memory(tools: ExplainTools, tmp_path: Path) -> None:
    scripted = ScriptedModel(("It loads a toy from a file [1].",))
    model = CachedModel(scripted, Cache(tmp_path / "cache"), "scripted")
    tools = ExplainTools(tools.resolver, tools.installed, tools.sources, model)

    def stop(stage: str) -> None:
        if stage.startswith("section 3"):
            raise KeyboardInterrupt

    text = "from toys import Toy\nToy.load('x')\nToy('red')\n"
    with pytest.raises(KeyboardInterrupt):
        await write_article(snapshot_of(text, path=tmp_path / "shop.py"), tools, ExplainOptions(), stop)
    before = len(scripted.asked)
    await article_of(text, tools, tmp_path, ExplainOptions())
    assert (before, len(scripted.asked)) == (2, 3)


def poisoned(payload: str) -> Article:
    """An article in which every text that is not ours is a payload."""
    sentence = Sentence(payload, ("1",), "extracted")
    symbol = SymbolFacts(payload, payload, "function", payload, payload, payload, payload)
    item = Item(1, payload, symbol, (sentence,), (Argument(payload, payload, (sentence,)),))
    meta = Meta(payload, payload, payload, created_at=payload, options={"question": payload})
    section = Section(1, "statement", payload, 1, 1, 2, payload, (item,), (), (sentence,), ("1", "2"), meta)
    ours = Reference("2", "t", "https://a.example", "web", payload, "")
    return Article(
        target=payload,
        file=payload,
        language="python",
        lines=2,
        version="1",
        notices=(Notice(1, "kind", payload, (2,)),),
        sections=(section,),
        sources=(Reference("1", payload, payload, payload, payload, payload), ours),
        problems=(Problem(payload, payload),),
        meta=meta,
    )


TAGS = """
html head meta title style body div a header h1 h2 h3 small dl dt dd aside ul ol li nav span main section pre code p b
sup details summary blockquote strong em br
"""
ATTRIBUTES = """
id href class title lang charset content name http-equiv rel role tabindex aria-label aria-labelledby data-line
"""


def harmless(page: Page) -> bool:
    """Whether a page is whole and has only what our own elements are made of."""
    return not page.open and set(page.tags) <= set(TAGS.split()) and page.attributes <= set(ATTRIBUTES.split())


@pytest.mark.parametrize("payload", MORE_PAYLOADS)
def test_no_text_becomes_markup_or_a_link(payload: str) -> None:
    article = poisoned(payload)
    clean = pages(poisoned("plain"))
    for name, page in pages(article).items():
        assert harmless(page)
        assert {link for link in page.links if not link.startswith("#")} == {"https://a.example"}
        for tag in ("a", "h1", "h2", "details", "strong", "li", "section", "blockquote"):
            assert page.tags.count(tag) == clean[name].tags.count(tag), (name, tag)
    for text in (to_markdown(article), to_html(article)):
        assert not re.search("[\x00\x1b\u202e\u200b]", text)


async def test_payloads_in_real_docstrings_names_and_code_are_inert(tools: ExplainTools, tmp_path: Path) -> None:
    package = tools.installed.environment / "lib" / "python3.11" / "site-packages" / "toys" / "__init__.py"
    functions = [f"def evil_{n}(x={text!r}):\n    {text!r}\n" for n, text in enumerate(MORE_PAYLOADS)]
    package.write_text(package.read_text("utf-8") + "\n".join(functions), "utf-8")
    calls = [f"toys.evil_{n}({text!r})  # {text!a}\n" for n, text in enumerate(MORE_PAYLOADS)]
    path = tmp_path / "<img src=x onerror=alert(1)>[x](command:evil).py"
    article = await write_article(snapshot_of("import toys\n" + "".join(calls), path=path), tools, EXTRACTS)
    assert len(article.sections) == len(MORE_PAYLOADS) + 1
    for page in pages(article).values():
        assert harmless(page)
        assert {link for link in page.links if not link.startswith("#")} <= {"https://toys.example/docs"}


def test_the_page_needs_nothing_and_allows_nothing() -> None:
    text = to_html(poisoned("plain"))
    page = Page(text)
    assert "default-src 'none'; style-src 'sha256-" in text.replace("&#x27;", "'")
    assert not {"script", "img", "link", "iframe", "object", "form"} & set(page.tags)
    assert "style" not in page.attributes
    assert not re.search(r"url\(|@import", text)
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))


def test_json_is_the_contract_with_contents_and_sections() -> None:
    fields = json.loads(json.dumps(article_to_json(poisoned("plain"))))
    assert set(fields) >= {
        "target", "symbol", "summary", "arguments", "notices", "synthesis", "sources", "problems", "meta",
    }  # fmt: skip
    for name in ("contents", "sections"):
        assert [one["anchor"] for one in fields[name]] == ["section-1"]
    assert fields["notices"] == [{"line": 1, "kind": "kind", "message": "plain"}]


async def test_a_long_file_is_written_in_one_go(tools: ExplainTools, tmp_path: Path) -> None:
    text = inspect.getsource(inspect.getmodule(write_article))
    article = await article_of(text, tools, tmp_path)
    assert article.lines >= 300
    assert len(article.sections) >= 15
    for name, page in pages(article).items():
        inside = {link[1:] for link in page.links if link.startswith("#")}
        assert inside <= set(page.anchors), name


async def test_decorators_bases_handlers_and_commands_have_their_place(tools: ExplainTools, tmp_path: Path) -> None:
    text = (
        "# python -m venv --clear env\nimport functools\nfrom toys import Toy\n\n\nclass Car(Toy):\n"
        "    @functools.cache\n"
        "    def roll(self):\n        try:\n            pass\n        except ValueError as error:\n            pass\n"
    )
    article = await article_of(text, tools, tmp_path)
    found = {item.symbol.qualified_name for one in article.sections for item in one.items if item.symbol}
    assert found >= {"python -m venv", "toys.Toy", "functools.cache", "builtins.ValueError"}
