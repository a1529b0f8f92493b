"""What is said of the arguments of a call: by prose, by the declaration that fits, by the class they are handed to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.explain.render import to_markdown
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from tests.cursor import cursor
from tests.server.toy import install_toys

pytestmark = pytest.mark.asyncio(loop_scope="module")

OVERLOADED = """from typing import Literal, overload
class A:
    @overload
    def read(self, size: None = None, *, text: Literal[False] = False) -> bytes:
        '''Read it.'''
    @overload
    def read(self, size: int, *, text: Literal[True]) -> str: ...
    @overload
    def read(self, size: int, where: str, *, text: bool = False) -> str: ...
    def read(self, size=None, where='', *, text=False): ...
"""
HANDED_ON = """class Options:
    '''Options of a run.

    Args:
        speed: How fast it goes.
    '''
    def __init__(self, speed=1): ...

def run(options: Options | None = None, **kwargs):
    '''Run it.

    Args:
        options: What to do.
        kwargs: Parts of `options`, each by its name.
    '''
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tools(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ExplainTools]:
    root = tmp_path_factory.mktemp("arguments")
    environment = install_toys(root)
    (root / "overloaded.py").write_text(OVERLOADED, "utf-8")
    (root / "handing.py").write_text(HANDED_ON, "utf-8")
    resolver = TyResolver(root, environment)
    yield ExplainTools(resolver, Installed(environment, root))
    await resolver.close()


async def ask(source: str, tools: ExplainTools) -> Explanation:
    snapshot, position = cursor(source, path=tools.installed.root / "place.py")
    return await explain(snapshot, position, tools, ExplainOptions("none"))


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("import subprocess\nsubprocess.run(['ls'], che<CURSOR>ck=True)", "If check is True"),
        ("import subprocess\nsubprocess.run(['ls'], te<CURSOR>xt=True)", "Text mode is triggered by setting any of"),
        ("import asyncio\nasyncio.gather(return_ex<CURSOR>ceptions=True)", "If return_exceptions is True"),
        ("import functools\nfunctools.lru_cache(max<CURSOR>size=3)", "If maxsize is set to None"),
        ("zip('a', 'b', str<CURSOR>ict=True)", "If strict is true"),
        ("enumerate('a', st<CURSOR>art=1)", "from start, which defaults to zero"),
        ("import argparse\nargparse.ArgumentParser(formatter_<CURSOR>class=f)", "HelpFormatter class for printing"),
    ],
)
async def test_a_parameter_that_only_prose_speaks_of(call: str, told: str, tools: ExplainTools) -> None:
    answer = await ask(call, tools)
    assert told in answer.summary[0].text
    assert not answer.problems


@pytest.mark.parametrize(
    "call",
    [
        "import argparse\nargparse.ArgumentParser().add_argument('-x', ty<CURSOR>pe=int)",
        "f = open('x')\nf(mo<CURSOR>de=1)",
        "def f(**rest):\n    '''Do it.'''\nf(a<CURSOR>=1)",
    ],
)
async def test_nobody_is_told_that_a_name_is_wrong_that_may_be_right(call: str, tools: ExplainTools) -> None:
    answer = await ask(call, tools)
    assert not answer.notices
    assert all(not one.next_step for one in answer.problems)


@pytest.mark.parametrize(
    ("call", "signature"),
    [
        ("A().re<CURSOR>ad()", "read(size: None = None, *, text: Literal[False] = False) -> bytes"),
        ("A().re<CURSOR>ad(3, text=True)", "read(size: int, *, text: Literal[True]) -> str"),
        ("A().re<CURSOR>ad(3, where='x')", "read(size: int, where: str, *, text: bool = False) -> str"),
        ("A().re<CURSOR>ad(None)", "read(size: None = None, *, text: Literal[False] = False) -> bytes"),
    ],
)
async def test_of_several_declarations_the_one_that_fits_the_call(
    call: str, signature: str, tools: ExplainTools
) -> None:
    answer = await ask(f"from overloaded import A\n{call}", tools)
    assert answer.symbol is not None
    assert answer.symbol.signature == signature
    assert answer.summary[0].text == "Read it."


async def test_what_kwargs_hand_on_is_explained_where_it_arrives(tools: ExplainTools) -> None:
    answer = await ask("from handing import run\nrun(spe<CURSOR>ed=3)", tools)
    assert [one.text for one in answer.summary] == ["How fast it goes."]
    whole = to_markdown(await ask("from handing import run\nru<CURSOR>n(speed=3, a=1, b=2)", tools))
    assert "- `speed = 3` — How fast it goes." in whole
    assert "- `a = 1`, `b = 2` — in `**kwargs`: Parts of `options`, each by its name." in whole


CALLED = """class Reader:
    '''Reads.'''
    def __call__(self, text, strict=False):
        '''Read a text.

        Args:
            text: What to read.
            strict: Whether to complain.
        '''
read = Reader()
"""


async def test_an_object_that_is_called_is_explained_by_its_call(tools: ExplainTools) -> None:
    answer = await ask(f"{CALLED}re<CURSOR>ad('x', strict=True)", tools)
    assert "Read a text." in [one.text for one in answer.summary]
    assert [one.sentences[0].text for one in answer.arguments] == ["What to read.", "Whether to complain."]
    argument = await ask(f"{CALLED}read('x', stri<CURSOR>ct=True)", tools)
    assert argument.summary[0].text == "Whether to complain."


async def test_a_tooltip_says_nothing_twice(tools: ExplainTools) -> None:
    text = to_markdown(await ask("from toys import Toy\nToy('red', whe<CURSOR>els=3)", tools))
    assert text.count("How many wheels it has.") == 1


@pytest.mark.parametrize(
    ("source", "told", "advice"),
    [
        ("import nowhere as n\nn.a.b<CURSOR>(1)", "The package `nowhere` is not installed", True),
        ("from nowhere.x import (\n  a,\n  B,\n)\nB().c<CURSOR>()", "The package `nowhere` is not installed", True),
        ("def f(x):\n    x.lo<CURSOR>ad()", "The type of `x` is not known, so its `load` was not found.", False),
        ("x = nobo<CURSOR>dy", "No definition of `nobody` was found.", True),
    ],
)
async def test_what_is_missing_is_said(source: str, told: str, advice: bool, tools: ExplainTools) -> None:
    answer = await ask(source, tools)
    assert answer.problems[0].what.startswith(told)
    assert ("python.environment" in answer.problems[0].next_step) == advice
