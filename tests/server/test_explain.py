"""A place to its explanation, through the real symbol server and a real installed package."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.models.base import Priority
from glossator.models.cached import CachedModel
from glossator.models.scripted import ScriptedModel
from glossator.research.evidence import Evidence
from glossator.research.local import Distributions, LanguageTopics
from glossator.research.scripted import ScriptedSource
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from glossator.syntax.tree import parse
from glossator.text import Position
from glossator_cache import Cache
from tests.cursor import cursor, selection
from tests.server.toy import install_toys

EXTRACTS = ExplainOptions("none")


@pytest.fixture
async def tools(tmp_path: Path) -> AsyncIterator[ExplainTools]:
    environment = install_toys(tmp_path)
    resolver = TyResolver(tmp_path, environment)
    installed = Installed(environment, tmp_path)
    yield ExplainTools(resolver, installed, (LanguageTopics(), Distributions(installed)))
    await resolver.close()


CASES = [
    ("from toys import <CURSOR>Toy\n", "toys.Toy", "A toy that rolls."),
    ("import <CURSOR>toys\n", "toys", "Toys to play with."),
    ("import toys\ntoys.<CURSOR>Toy('red')\n", "toys.Toy", "A toy that rolls."),
    ("from toys import Toy\nToy.<CURSOR>load('x')\n", "toys.Toy.load", "Load a toy from a file."),
    ("from toys import Toy\nToy('red').<CURSOR>describe()\n", "toys.Toy.describe", "Describe the toy in words."),
    ("from toys import Toy\nToy('red').<CURSOR>tell()\n", "toys.Toy.tell", "Describe the toy in words."),
    ("from toys import Toy\nToy('red').<CURSOR>undocumented()\n", "toys.Toy.undocumented", "without documentation"),
    ("from toys import Toy\nToy.load('x', <CURSOR>strict=False)\n", "toys.Toy.load(strict)", "Whether to complain."),
    ("from toys import Toy\nToy.load(<CURSOR>'x')\n", "toys.Toy.load(path)", "Where the file is."),
    ("from toys import Toy\nToy(<CURSOR>'red')\n", "toys.Toy(color)", "Like a fire engine"),
    ("from toys import Toy\nToy('red', wheels=<CURSOR>3)\n", "toys.Toy(wheels)", "How many wheels it has."),
    ("from toys import Toy\nt = Toy('a\nb').to(1)\nt.<CURSOR>describe(3)\n", "toys.Toy.describe", "Describe the toy"),
    ("<CURSOR>len([])\n", "builtins.len", "Return the number of items in a container."),
    ("<CURSOR>with open('x') as f: pass\n", "python.with", 'The "with" statement'),
    ("def f():\n    '''Say <CURSOR>it.'''\n", "place.f", "Say it."),
    ("x = 1\nprint(<CURSOR>x)\n", "place.x", "`x` is assigned on line 1"),
]


@pytest.mark.parametrize(("source", "qualified_name", "words"), CASES)
async def test_a_place_is_resolved_documented_and_cited(
    source: str, qualified_name: str, words: str, tools: ExplainTools, tmp_path: Path
) -> None:
    snapshot, position = cursor(source, path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    assert answer.symbol is not None
    assert answer.symbol.qualified_name == qualified_name
    assert words in " ".join(sentence.text for sentence in answer.summary)
    known = {source.id: source for source in answer.sources}
    for sentence in (*answer.summary, *answer.synthesis, *(s for a in answer.arguments for s in a.sentences)):
        assert sentence.citations
        for one in sentence.citations:
            assert sentence.support != "extracted" or sentence.text in known[one].snippet


async def test_what_ends_a_signature_in_c_is_no_sentence(tools: ExplainTools, tmp_path: Path) -> None:
    snapshot, position = cursor("import re\nre.compile('a').<CURSOR>match('a')\n", path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    assert answer.summary[0].text == "Matches zero or more characters at the beginning of the string."


async def test_the_value_that_is_passed_is_explained(tools: ExplainTools, tmp_path: Path) -> None:
    source = "from toys import Toy\nToy<CURSOR>('red', wheels=6)\n"
    snapshot, position = cursor(source, path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    color, wheels = answer.arguments
    assert (color.name, color.value) == ("color", "'red'")
    assert color.sentences[-1].text == "`'red'`: Like a fire engine."
    assert "sky" not in " ".join(sentence.text for sentence in color.sentences)
    assert wheels.sentences[0].text == "How many wheels it has."
    assert (answer.symbol.distribution, answer.symbol.version) == ("toys", "1.2.3")


async def test_the_first_question_a_machine_ever_asks_is_answered(
    tools: ExplainTools, tmp_path: Path, environment: dict[str, str]
) -> None:
    """ty unpacks its stubs of the standard library into the user's cache on first need."""
    environment["HOME"] = environment["XDG_CACHE_HOME"] = str(tmp_path)
    snapshot, position = cursor("<CURSOR>len([])\n", path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    assert answer.symbol.qualified_name == "builtins.len"


async def test_what_comes_back_and_the_distribution_are_told(tools: ExplainTools, tmp_path: Path) -> None:
    source = "from toys import Toy\nToy.<CURSOR>load('x')\n"
    snapshot, position = cursor(source, path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    assert answer.synthesis[-1].text == "`Toy`: The toy in the file."
    snapshot, position = cursor("from toys import <CURSOR>Toy\n", path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    assert answer.synthesis[-1].text == "toys: Toys to play with."
    assert any(source.url == "https://toys.example/docs" for source in answer.sources)


async def test_lines_are_explained_construct_by_construct(tools: ExplainTools, tmp_path: Path) -> None:
    source = "from toys import Toy\n<START>t = Toy('red')\n\nt.describe(3)\nt.describe(4)<END>\n"
    snapshot, span = selection(source, path=tmp_path / "place.py")
    answer = await explain(snapshot, span, tools, EXTRACTS)
    assert [(one.line, one.code) for one in answer.constructs] == [(2, "Toy('red')"), (4, "t.describe(3)")]


async def test_a_long_construct_is_cut_visibly(tools: ExplainTools, tmp_path: Path) -> None:
    source = f"from toys import Toy\n<START>t = Toy('{'red ' * 40}')\nt.describe(3)<END>\n"
    snapshot, span = selection(source, path=tmp_path / "place.py")
    first = (await explain(snapshot, span, tools, EXTRACTS)).constructs[0].code
    assert (first.startswith("Toy('red"), first.endswith("…"), len(first) <= 80) == (True, True, True)


async def test_an_unsaved_buffer_is_explained(tools: ExplainTools) -> None:
    snapshot, position = cursor("from toys import Toy\nToy.<CURSOR>load('x')\n")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    assert answer.symbol.qualified_name == "toys.Toy.load"


@pytest.mark.parametrize(
    "source", ["nobody.<CURSOR>knows()", "<CURSOR>undefined_name", "import <CURSOR>not_installed\n"]
)
async def test_what_is_unknown_is_said_with_the_next_step(source: str, tools: ExplainTools, tmp_path: Path) -> None:
    snapshot, position = cursor(source, path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    assert answer.symbol is None
    assert "python.environment" in answer.problems[0].next_step


SUPPORTED = "It loads a toy from a file [1]."
INVENTED = "It loads a toy from a file [1]. It downloads 300 toys from the network [1]."


@pytest.mark.parametrize(("text", "by_model"), [(SUPPORTED, True), (INVENTED, True), ("", False), ("Hm.", False)])
async def test_a_models_text_stands_only_if_every_sentence_does(
    text: str, by_model: bool, tools: ExplainTools, tmp_path: Path
) -> None:
    model = CachedModel(ScriptedModel((text,)), Cache(tmp_path / "cache"), "scripted")
    tools = ExplainTools(tools.resolver, tools.installed, tools.sources, model)
    snapshot, position = cursor("from toys import Toy\nToy.<CURSOR>load('x')\n", path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools)
    assert (answer.meta.model == "scripted") is by_model
    assert answer.synthesis, "the extracts stand where the model's text does not"
    assert by_model or "model_text_refused" in answer.meta.options


async def test_a_remembered_text_joins_without_asking_and_fresh_asks_again(tools: ExplainTools, tmp_path: Path) -> None:
    scripted = ScriptedModel((SUPPORTED,))
    model = CachedModel(scripted, Cache(tmp_path / "cache"), "scripted")
    tools = ExplainTools(tools.resolver, tools.installed, tools.sources, model)
    snapshot, position = cursor("from toys import Toy\nToy.<CURSOR>load('x')\n", path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, ExplainOptions("cached"))
    assert (answer.meta.model, len(scripted.asked)) == (None, 0)
    await explain(snapshot, position, tools)
    answer = await explain(snapshot, position, tools, ExplainOptions("cached"))
    assert (answer.meta.model, answer.meta.cached, len(scripted.asked)) == ("scripted", True, 1)
    await explain(snapshot, position, tools, ExplainOptions(fresh=True))
    assert len(scripted.asked) == 2


async def test_a_broken_or_slow_source_spoils_nothing(tools: ExplainTools, tmp_path: Path) -> None:
    good = ScriptedSource((Evidence("", "t", "Toys are for children.", "web"),))
    sources = (ScriptedSource(error=ValueError("boom")), ScriptedSource(delay=60.0), good)
    tools = ExplainTools(tools.resolver, tools.installed, sources)
    snapshot, position = cursor("from toys import <CURSOR>Toy\n", path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    assert "Toys are for children." in [sentence.text for sentence in answer.synthesis]
    assert len(answer.problems) == 2


async def test_notices_of_a_very_long_text_are_found_where_asked_for_and_kept_for_hovers(
    tools: ExplainTools, tmp_path: Path
) -> None:
    """A first hover there does not wait for them."""
    text = "".join(f"def f{number}(a):\n    x = a.load({number})\n    return x\n\n" for number in range(4000))
    snapshot, position = cursor(f"{text}m = load(1)\n<CURSOR>m = load(2)\n", path=tmp_path / "place.py")
    answer = await explain(snapshot, position, tools, EXTRACTS)
    assert [one.kind for one in answer.notices] == ["overwritten_before_use"]
    hover = ExplainOptions("none", priority=Priority.HOVER)
    assert (await explain(snapshot, position, tools, hover)).notices == answer.notices


async def test_a_hover_in_a_long_text_that_was_just_edited_leaves_its_notices_for_later(
    tools: ExplainTools, tmp_path: Path
) -> None:
    """What is explained is the same, in the statement that was edited as beside it."""
    text = "from toys import Toy\n" + "".join(f"def f{number}(a):\n    return a\n\n" for number in range(900))
    parse(text)
    edited = text.replace("def f450(a):\n", "def f450(a, b):\n    m = Toy.load('x')\n    m = <CURSOR>Toy.load('y')\n")
    snapshot, position = cursor(edited, path=tmp_path / "place.py")
    hover = ExplainOptions("none", priority=Priority.HOVER)
    first = await explain(snapshot, position, tools, hover)
    beside = await explain(snapshot, Position(0, 20), tools, hover)
    later = await explain(snapshot, position, tools, EXTRACTS)
    assert (first.notices, [one.kind for one in later.notices]) == ((), ["overwritten_before_use"])
    assert first.symbol is not None
    assert (first.symbol, first.synthesis) == (later.symbol, later.synthesis)
    assert beside.symbol is not None
    assert beside.symbol.qualified_name == "toys.Toy"
    again = await explain(snapshot, position, tools, hover)
    assert again.notices == later.notices
