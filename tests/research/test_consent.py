"""Nothing is asked without consent, offline, by a hover, or about what is the user's own; what was sent is shown."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.assemble_sources import web_sources
from glossator.errors import Problem
from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.explain.render import to_json, to_markdown
from glossator.models.base import Priority
from glossator.models.cached import CachedModel
from glossator.models.scripted import ScriptedModel
from glossator.research.brave import Brave
from glossator.research.links import DocumentationLinks
from glossator.research.local import Distributions, LanguageTopics
from glossator.research.project import ProjectUsages
from glossator.research.readthedocs import ReadTheDocs
from glossator.research.searxng import SearXNG
from glossator.research.stackexchange import StackExchange
from glossator.research.tavily import Tavily
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from glossator.settings import SearchSettings, load
from glossator_cache import Cache
from tests.cursor import cursor
from tests.research.services import RESULT, install_requests
from tests.research.web_server import Reply, WebServer, serving
from tests.server.toy import install_toys

ASKED = ExplainOptions()


@pytest.fixture
def server() -> Iterator[WebServer]:
    found = {**RESULT, "title": "Rolling toys", "content": "Toys roll when you push them. They may stop."}
    with serving(Reply({"results": [found]})) as server:
        yield server


@pytest.fixture
async def tools(tmp_path: Path, server: WebServer) -> AsyncIterator[ExplainTools]:
    environment = install_toys(tmp_path)
    installed = Installed(environment, tmp_path)
    resolver = TyResolver(tmp_path, environment)
    (tmp_path / "other.py").write_text("from toys import Toy\n\nToy.load('y')\n")
    (tmp_path / "ours.py").write_text("def our_secret(x):\n    '''Ours alone.'''\n")
    nearby = (DocumentationLinks(installed, 30.0), ProjectUsages(tmp_path, 30.0))
    web = (SearXNG(server.base_url, seconds=30.0),)
    yield ExplainTools(resolver, installed, (LanguageTopics(), Distributions(installed)), None, nearby, web)
    await resolver.close()


async def ask(source: str, tools: ExplainTools, options: ExplainOptions = ASKED) -> Explanation:
    snapshot, position = cursor(source, path=tools.installed.root / "place.py")
    return await explain(snapshot, position, tools, options)


TOY = "from toys import Toy\n<CURSOR>Toy('red')\n"


async def test_an_explanation_that_was_asked_for_asks_and_shows_the_words(
    tools: ExplainTools, server: WebServer
) -> None:
    answer = await ask(TOY, tools)
    assert [one.parameters["q"] for one in server.seen] == ["python toys Toy"]
    assert answer.meta.options["searched"] == [{"source": "SearXNG", "words": "python toys Toy"}]
    assert to_json(answer)["meta"]["options"]["searched"] == answer.meta.options["searched"]
    assert "sent to SearXNG: python toys Toy" in to_markdown(answer)
    kinds = {one.kind: one for one in answer.sources}
    assert (kinds["web"].title, kinds["web"].url) == ("Rolling toys", RESULT["url"])
    assert kinds["web"].retrieved_at
    assert "Toys roll" not in " ".join(one.text for one in answer.synthesis), "the documentation speaks first"


QUIET = {
    "offline": ExplainOptions(offline=True),
    "no model": ExplainOptions("none"),
    "hover, first": ExplainOptions("cached", priority=Priority.HOVER),
    "hover, in the background": ExplainOptions("model", priority=Priority.HOVER),
    "remembered only": ExplainOptions("cached"),
}


@pytest.mark.parametrize("options", QUIET.values(), ids=QUIET.keys())
async def test_hovers_and_offline_answers_ask_nobody(
    options: ExplainOptions, tools: ExplainTools, server: WebServer
) -> None:
    answer = await ask(TOY, tools, options)
    assert answer.symbol is not None
    assert (server.seen, answer.meta.options.get("searched")) == ([], None)


OWN = [
    "def our_secret(x): ...\n<CURSOR>our_secret(1)\n",
    "from ours import our_secret\n<CURSOR>our_secret(1)\n",
    "our_value = 1\nprint(<CURSOR>our_value)\n",
    "<CURSOR>with open('our_secret.txt') as f: pass\n",
    "x = '<CURSOR>our_secret'\n",
    "# pip install our-<CURSOR>secret\n",
    "<CURSOR>our_undefined_secret\n",
]


@pytest.mark.parametrize("source", OWN)
async def test_the_users_own_names_stay_here(source: str, tools: ExplainTools, server: WebServer) -> None:
    answer = await ask(source, tools)
    assert (server.seen, answer.meta.options.get("searched")) == ([], None)


@pytest.mark.parametrize("content", ['{"url": "file:///elsewhere/toys", "dir_info": {}}', "broken", "[]"])
async def test_a_package_that_came_from_no_index_is_the_users_own(
    content: str, tools: ExplainTools, server: WebServer
) -> None:
    (folder,) = tools.installed.folders
    (folder / "toys-1.2.3.dist-info" / "direct_url.json").write_text(content)
    await ask(TOY, tools)
    assert server.seen == []


async def test_values_and_questions_are_not_sent(tools: ExplainTools, server: WebServer) -> None:
    source = "from toys import Toy\nToy.load('our_secret', <CURSOR>strict=our_secret)\n"
    await ask(source, tools, ExplainOptions(question="Is our_secret safe?"))
    await ask("from toys import Toy\nToy.load('x', <CURSOR>our_secret=1)\n", tools)
    assert [one.parameters["q"] for one in server.seen] == ["python toys Toy.load strict", "python toys Toy.load"]
    assert "our_secret" not in repr(server.seen)


async def test_the_web_speaks_where_the_documentation_says_nothing(tools: ExplainTools) -> None:
    answer = await ask("from toys import Toy\nToy('red').<CURSOR>undocumented()\n", tools)
    (told,) = [one for one in answer.synthesis if one.text == "Toys roll when you push them."]
    (cited,) = [one for one in answer.sources if one.id in told.citations]
    assert cited.kind == "web"


async def test_a_model_may_cite_the_web(tools: ExplainTools, tmp_path: Path) -> None:
    text = "A toy rolls [1]. Toys roll when you push them [4]."
    scripted = ScriptedModel((text,))
    model = CachedModel(scripted, Cache(tmp_path / "cache"), "scripted")
    answer = await ask(TOY, replace(tools, model=model))
    assert "[4] Toys roll when you push them." in scripted.asked[0].messages[-1].content
    assert [one.kind for one in answer.sources if one.id == "4"] == ["web"]
    assert answer.meta.model == "scripted"


async def test_a_dead_service_is_a_problem_of_the_answer_and_no_more(tools: ExplainTools) -> None:
    with serving(Reply(reset=True)) as dead:
        web = (Tavily("", dead.base_url), *tools.web)
        answer = await ask(TOY, replace(tools, web=web))
    assert [problem.what.split()[0] for problem in answer.problems] == ["Tavily"]
    assert "web" in {one.kind for one in answer.sources}


async def test_links_and_usages_join_every_answer(tools: ExplainTools) -> None:
    answer = await ask("from toys import Toy\nToy.<CURSOR>load('x')\n", tools, ExplainOptions("cached"))
    kinds = {one.kind: one for one in answer.sources}
    assert kinds["documentation"].url == "https://toys.example/docs"
    assert (kinds["project"].title, kinds["project"].snippet) == ("other.py:3", "Toy.load('y')")
    cited = {one for sentence in (*answer.summary, *answer.synthesis) for one in sentence.citations}
    assert not cited & {kinds["documentation"].id, kinds["project"].id}
    shown = to_markdown(answer)
    assert "Used at `other.py:3`" in shown
    assert "](https://toys.example/docs)" in shown


# Settings.


def test_consent_is_off_unless_it_is_on(tmp_path: Path) -> None:
    installed = install_requests(tmp_path)
    for consent in ("off", "ask"):
        assert web_sources(SearchSettings(consent=consent), installed) == ((), ())
    sources, problems = web_sources(SearchSettings(consent="on"), installed)
    assert [type(one) for one in sources] == [StackExchange, ReadTheDocs]
    assert problems == ()


def test_sources_are_chosen_by_name_and_what_they_lack_is_said(tmp_path: Path, environment: dict[str, str]) -> None:
    installed = install_requests(tmp_path)
    search = SearchSettings(consent="on", sources=" Tavily, brave,searxng, bing,tavily,")
    sources, problems = web_sources(search, installed)
    assert [type(one) for one in sources] == [Tavily]
    assert len(problems) == 3
    for problem, name in zip(problems, ("BRAVE_API_KEY", "search.searxng_url", "'bing'"), strict=True):
        assert name in str(problem)
    environment["BRAVE_API_KEY"] = " brave-secret\n"
    search = replace(search, searxng_url="http://localhost:8888", sources="brave,searxng")
    sources, problems = web_sources(search, installed)
    assert problems == ()
    assert sources == (Brave("brave-secret"), SearXNG("http://localhost:8888"))
    assert "brave-secret" not in repr(sources)


@pytest.mark.parametrize("url", ["http://user:password@localhost/", "javascript:x", "localhost", "file:///x"])
def test_an_instance_is_at_a_web_address(url: str, tmp_path: Path) -> None:
    sources, problems = web_sources(
        SearchSettings(consent="on", sources="searxng", searxng_url=url), install_requests(tmp_path)
    )
    assert (sources, len(problems)) == ((), 1)


def test_a_project_cannot_consent(tmp_path: Path, environment: dict[str, str]) -> None:
    environment["GLOSSATOR_CONFIG_DIR"] = str(tmp_path / "configuration")
    (tmp_path / "glossator.toml").write_text(
        '[search]\nconsent = "on"\nsources = "brave"\nsearxngUrl = "https://evil.example"\n[hover]\nenabled = false\n'
    )
    settings, problems = load(tmp_path)
    assert settings.search == SearchSettings()
    assert settings.hover.enabled is False
    names = ("search.consent", "search.sources", "search.searxng_url")
    told = [f"{tmp_path / 'glossator.toml'} sets {name}, which a project cannot." for name in names]
    assert problems == tuple(Problem(one, "Set it in your own file or your editor.") for one in told)


def test_the_user_can_consent_by_file_editor_and_environment(tmp_path: Path, environment: dict[str, str]) -> None:
    environment["GLOSSATOR_CONFIG_DIR"] = str(tmp_path)
    assert load(None, {"search": {"consent": "on"}})[0].search.consent == "on"
    (tmp_path / "glossator.toml").write_text('[search]\nconsent = "on"\n')
    assert load(None)[0].search.consent == "on"
    environment["GLOSSATOR_SEARCH_CONSENT"] = "ask"
    assert load(None)[0].search.consent == "ask"
