"""Whatever is under the cursor: each construct of the language, each part of a literal, what comments and strings say.

One symbol server for all: the table is long, and what it explains does not change.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.research.hub_cache import HubCache
from glossator.research.local import Distributions, LanguageTopics
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from tests.cursor import cursor, selection
from tests.server.toy import install_toys

pytestmark = pytest.mark.asyncio(loop_scope="module")
EXTRACTS = ExplainOptions("none")
_number = itertools.count()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tools(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ExplainTools]:
    root = tmp_path_factory.mktemp("constructs")
    environment = install_toys(root)
    (root / "notes.md").write_text("# Notes on toys\n\nMore.\n", "utf-8")
    (root / "shop.py").write_text('"""Sells toys."""\n', "utf-8")
    (root / ".env").write_text("TOKEN=very-secret\n", "utf-8")
    (root / "data").mkdir()
    installed = Installed(environment, root)
    resolver = TyResolver(root, environment)
    sources = (LanguageTopics(), Distributions(installed), HubCache(root / "hub"))
    yield ExplainTools(resolver, installed, sources)
    await resolver.close()


async def ask(source: str, tools: ExplainTools) -> Explanation:
    path = tools.installed.root / f"place{next(_number)}.py"
    snapshot, position = cursor(source, path=path)
    return await explain(snapshot, position, tools, EXTRACTS)


def all_words(answer: Explanation) -> str:
    told = (*answer.summary, *(one for each in answer.arguments for one in each.sentences), *answer.synthesis)
    return " ".join(one.text for one in told)


NAMES = [
    ("def f():\n    pri<CURSOR>nt('not closed, x\n    y = g(['a']\n", "builtins.print", "Prints the values"),
    ("from o<CURSOR>s.path import join as j", "os", "OS routines"),
    ("from os.pa<CURSOR>th import join as j", "os.path", "Common operations on Posix pathnames"),
    ("from os.path import jo<CURSOR>in as j", "posixpath.join", "Join two or more pathname components"),
    ("from os.path import join as <CURSOR>j", "posixpath.join", "Join two or more pathname components"),
    ("import os.pa<CURSOR>th as p", "os.path", "Common operations on Posix pathnames"),
    ("import functools\n@functools.<CURSOR>cache\ndef f(): pass", "functools.cache", "cache"),
    ("import functools\n@functools.lru_<CURSOR>cache(maxsize=3)\ndef f(): pass", "functools.lru_cache", "cache"),
    (
        "from typing import Call<CURSOR>able\nx: Callable[..., int]",
        "collections.abc.Callable",
        "signifies a function that takes",
    ),
    ("class A:\n    'An a.'\ndef f(x: 'A<CURSOR>'): pass", "A", "An a."),
    ("x: 'list[in<CURSOR>t]' = []", "builtins.int", "Convert a number or string to an integer"),
    ("def f(x: flo<CURSOR>at): pass", "builtins.float", "Convert a string or number to a floating"),
    ("from typing import TypeVar\nT = TypeVar('T')\ndef f(x: <CURSOR>T) -> T: ...", "T", "`T` is assigned on line 2"),
    ("class A:\n    def __in<CURSOR>it__(self): pass", "A.__init__", "Called after the instance has been created"),
    ("class A:\n    def __getitem<CURSOR>__(self, k): pass", "A.__getitem__", "Called to implement evaluation of"),
    ("class A:\n    'All.'\n    def f(se<CURSOR>lf): pass", "A.f(self)", "the instance of `A` that the"),
    ("class A:\n    'All.'\n    def f(self): 'Do it.'; se<CURSOR>lf.f()", "A.f(self)", "All."),
    (
        "class A:\n    @classmethod\n    def f(cls): c<CURSOR>ls()",
        "A.f(cls)",
        "the class `A`, or one derived",
    ),
    ("def f(a, b):\n    'Do it.'\n    return a<CURSOR>", "f(a)", "`a` is a parameter defined in"),
    ("def f(a, b):\n    'Do it.\\n\\n    Args:\\n        a: The one.'\n    return a<CURSOR>", "f(a)", "The one."),
    ("def f(*ar<CURSOR>gs): pass", "f(args)", "tuple receiving any excess positional parameters"),
    ("def f(**kw<CURSOR>args): pass", "f(kwargs)", "receiving any excess keyword arguments"),
    ("if __na<CURSOR>me__ == '__main__': pass", "python.__name__", "The module’s name."),
    ("from toys import Toy\nToy.load('x', strict<CURSOR>=False)", "toys.Toy.load(strict)", "Whether to complain."),
    ("from toys import Toy\nToy([<CURSOR>1])", "toys.Toy(color)", "Like a fire engine"),
    ("from toys import Toy\nToy(-<CURSOR>1)", "toys.Toy(color)", "Like a fire engine"),
    ("from toys import Toy\nToy('red' <CURSOR>, wheels=3)", "toys.Toy", "A toy that rolls."),
    ("from toys import Toy\nToy(f'{Toy.lo<CURSOR>ad()}')", "toys.Toy.load", "Load a toy from a file."),
]
GRAMMAR = [
    ("from os.path <CURSOR>import join", "import from", 'The `from` form|The "from" form'),
    ("from os.path import join <CURSOR>as j", "import from as", "stored in the local namespace"),
    ("import os <CURSOR>as o", "import as", "bound directly to the imported module"),
    ("from os import <CURSOR>*", "import star", "all public names"),
    ("from <CURSOR>. import x", "relative import", "relative import within the same top package"),
    ("from <CURSOR>..a import x", "relative import", "relative import within the same top package"),
    ("<CURSOR>@property\ndef f(): pass", "function decorator", "may be wrapped by one or more decorator"),
    ("<CURSOR>@a\nclass B: pass", "class decorator", "same as for function decorators"),
    ("a = b <CURSOR>+ c", "operator +", "yields the sum of its arguments"),
    ("a = b <CURSOR>@ c", "operator @", "matrix multiplication"),
    ("a = b <CURSOR>** c", "operator **", "left argument raised to the power of its right"),
    ("a = b <CURSOR>// c", "operator //", "floor division"),
    ("a = b <CURSOR>% c", "operator %", "yields the remainder"),
    ("a = b <CURSOR><< c", "operator <<", "shift the first argument"),
    ("a = b <CURSOR>| c", "operator |", "bitwise (inclusive) OR"),
    ("a = b <CURSOR>== c", "operator ==", "compare the values of two objects"),
    ("a = 1 <CURSOR>< b <= 3", "operator <", "Comparisons can be chained arbitrarily"),
    ("a = b <CURSOR>not in c", "operator not in", "test for membership"),
    ("a = b not <CURSOR>in c", "operator not in", "test for membership"),
    ("a = b <CURSOR>is not c", "operator is not", "identity"),
    ("a = b <CURSOR>and c", "operator and", "first evaluates x; if x is false"),
    ("a = <CURSOR>not b", "operator not", "if its argument is false"),
    ("a = <CURSOR>-b", "unary -", "negation of its numeric argument"),
    ("a = <CURSOR>~b", "unary ~", "bitwise inversion"),
    ("a <CURSOR>+= b", "augmented assignment", "can be rewritten as"),
    ("a <CURSOR>= b", "assignment", "evaluates the expression list"),
    ("a: int <CURSOR>= b", "annotated assignment", "annotation"),
    ("if (n <CURSOR>:= 3): pass", "assignment expression", "while also returning the value"),
    ("a, <CURSOR>*b = c", "starred target", "must be an iterable with at least as many items"),
    ("f(<CURSOR>*a)", "unpacked arguments", "additional positional arguments"),
    ("f(<CURSOR>**a)", "unpacked keyword arguments", "additional keyword arguments"),
    ("a = {<CURSOR>**b}", "unpacked mapping", "dictionary unpacking"),
    ("a = [<CURSOR>*b]", "unpacked iterable", "iterable unpacking"),
    ("def f(<CURSOR>*args): pass", "variadic parameter", "excess positional parameters"),
    ("def f(a, <CURSOR>*, b): pass", "keyword-only", "may only be passed by keyword"),
    ("def f(a, <CURSOR>/, b): pass", "positional-only", "may only be passed by positional"),
    ("def f(a <CURSOR>= 1): pass", "default value", "default parameter values"),
    ("def f(x) <CURSOR>-> int: ...", "return annotation", "Functions may have “return” annotation"),
    ("x: int <CURSOR>| None = 1", "union type", "union type"),
    ("x: list[int <CURSOR>]", "generic type", "generic type"),
    ("a = [x <CURSOR>for x in y]", "list comprehension", "When a comprehension is supplied"),
    ("a = [x for x <CURSOR>in y]", "list comprehension", "When a comprehension is supplied"),
    ("a = [x for x in y <CURSOR>if x]", "list comprehension", "zero or more `for` or `if` clauses"),
    ("a = <CURSOR>[x for x in y]", "list comprehension", "When a comprehension is supplied"),
    ("a = <CURSOR>{x for x in y}", "set comprehension", "a new mutable set object"),
    ("a = <CURSOR>{x: 1 for x in y}", "dictionary comprehension", "two expressions separated with a colon"),
    ("a = (x <CURSOR>for x in y)", "generator expression", "yields a new generator object"),
    ("a = b <CURSOR>if c else d", "conditional expression", "first evaluates the condition"),
    ("a = b if c <CURSOR>else d", "conditional expression", "first evaluates the condition"),
    ("a = <CURSOR>lambda x: x", "lambda", "anonymous functions"),
    ("a = b[ <CURSOR>1:2]", "integer", "lower bound of a slice of `b`"),
    ("a = b[1 <CURSOR>:2]", "slice", "selects a range of items"),
    ("a = b <CURSOR>[1]", "subscription", "select an element from the container"),
    ("if a: pass\n<CURSOR>else: pass", "if else", "selects exactly one of the suites"),
    ("for x in y: pass\n<CURSOR>else: pass", "for else", "else"),
    ("while x: pass\n<CURSOR>else: pass", "while else", "else"),
    ("try: pass\nexcept A: pass\n<CURSOR>else: pass", "try else", "no exception was raised"),
    ("try: pass\n<CURSOR>finally: pass", "finally", "cleanup"),
    ("try: pass\n<CURSOR>except A: pass", "except", "exception handlers"),
    ("try: pass\nexcept A <CURSOR>as e: pass", "except as", "assigned to the target"),
    ("try: pass\n<CURSOR>except* A: pass", "except group", "ExceptionGroup"),
    ("<CURSOR>raise A", "raise", "evaluates the first expression as the exception object"),
    ("try: pass\nexcept A:\n    <CURSOR>raise", "re-raise", "re-raises the exception"),
    ("raise A <CURSOR>from b", "raise from", "exception chaining"),
    ("with a <CURSOR>as b: pass", "with as", "__enter__"),
    ("async def f():\n    <CURSOR>async for x in y: pass", "async for", "asynchronous iterables"),
    ("<CURSOR>async def f(): pass", "async def", "coroutines"),
    ("async def f():\n    <CURSOR>await g()", "await", "Suspend the execution of coroutine"),
    ("def f():\n    <CURSOR>yield 1", "yield", "generator function"),
    ("<CURSOR>match x:\n    case 1: pass", "match", "pattern matching"),
    ("match x:\n    <CURSOR>case 1: pass", "case", "Pattern matching takes a pattern as input"),
    ("match x:\n    case 1 <CURSOR>| 2: pass", "or pattern", "subpatterns"),
    ("match x:\n    case y <CURSOR>if y: pass", "guard", "must succeed for code inside"),
    ("<CURSOR>match x:\n    case 1: pass", "match", '(following "case")'),
    ("match x:\n    case <CURSOR>_: pass", "wildcard pattern", "matches anything"),
    ("match x:\n    case {'a': 1, <CURSOR>**b}: pass", "double star pattern", "At most one double star pattern"),
    ("match x:\n    case [1, <CURSOR>*b]: pass", "star pattern", "At most one star subpattern"),
    ("match x:\n    case A(<CURSOR>size=3): pass", "keyword pattern", "looked up as an attribute"),
    ("a = f'{x<CURSOR>=}'", "self-documenting field", "an equal sign"),
    ("<CURSOR>type X = int", "type alias", "declares a type alias"),
    ("x = <CURSOR>...", "ellipsis", "ellipsis|slicing"),
    ("x = <CURSOR>None", "None", "don’t explicitly return a value"),
    ("x = <CURSOR>True", "True", "truth values"),
    ("x = <CURSOR>0xff", "integer", "`0xff` is an integer: 255."),
    ("x = <CURSOR>1_000", "digit groups", "Underscores are ignored"),
    ("x = <CURSOR>2j", "imaginary", "complex number"),
    ("<CURSOR>global x", "global", "declaration which holds for the entire current code block"),
    ("while x: <CURSOR>break", "break", "terminates the nearest enclosing loop"),
    ("<CURSOR>assert x", "assert", "debugging assertions"),
]
METHODS = [
    ("a = 1\nb = a <CURSOR>+ 2", "`int.__add__`"),
    ("a = 1 <CURSOR>< 2", "`int.__lt__`"),
    ("a = 2 <CURSOR>in [3]", "`list.__contains__`"),
    ("from pathlib import Path\np = Path('a') <CURSOR>/ 'b'", "`pathlib.PurePath.__truediv__`"),
    ("class A:\n    def __add__(self, o):\n        'Join.'\na = A() <CURSOR>+ A()", "Join."),
    ("a = [1]\na <CURSOR>+= [2]", "`list.__iadd__`"),
    ("a = 1\nb = <CURSOR>-a", "`int.__neg__`"),
    ("a = {}\nb = a <CURSOR>['x']", "`dict.__getitem__`"),
]
LITERALS = [
    ("a = f'{x!<CURSOR>r:>10.2f}'", "replacement field", "calls \"repr()\""),
    ("a = f'{x!r:<CURSOR>>10.2f}'", "replacement field", "right-aligned"),
    ("a = f'{x!r:>1<CURSOR>0.2f}'", "replacement field", "minimum total field width"),
    ("a = f'{x!r:>10.<CURSOR>2f}'", "replacement field", "how many digits should be displayed"),
    ("a = f'{x!r:>10.2<CURSOR>f}'", "replacement field", "Fixed-point notation"),
    ("a = f'{x:<CURSOR>,}'", "replacement field", "comma for a thousands separator"),
    ("a = f'{d:%<CURSOR>Y}'", "replacement field", "Year with century"),
    ("a = f'<CURSOR>{x}'", "replacement field", "formatted string literal"),
    ("a = '{0:><CURSOR>10}'.format(x)", "replacement field", "minimum total field width"),
    ("a = '{!<CURSOR>s}'.format(x)", "replacement field", "calls \"str()\""),
    ("a = format(x, '<CURSOR>>10')", "format specification", "right-aligned"),
    ("a = '%5.<CURSOR>2f' % x", "% conversion", "Precision (optional)"),
    ("a = '%(na<CURSOR>me)s' % x", "% conversion", "Mapping key"),
    ("a = 'a %<CURSOR>s' 'b' % x", "% conversion", "converts any Python object using `str()`"),
    ("import logging\nlogging.info('%<CURSOR>d', 1)", "% conversion", "Signed integer decimal"),
    ("a = 'x<CURSOR>\\n'", "escape sequence", "ASCII Linefeed (LF)"),
    ("a = 'x<CURSOR>\\x41'", "escape sequence", "U+0041 LATIN CAPITAL LETTER A"),
    ("a = 'x\\N{BUL<CURSOR>LET}'", "escape sequence", "U+2022 BULLET"),
    ("a = <CURSOR>rb'x'", "string prefix", "raw strings"),
    ("a = r<CURSOR>b'x'", "string prefix", "instance of the \"bytes\" type"),
    ("import re\nre.match('a(?P<<CURSOR>n>b)', x)", "regular expression", "accessible by name"),
    ("import re\nre.sub(r'\\<CURSOR>d+?', '', x)", "regular expression", "Matches any decimal digit"),
    ("import re\nre.sub(r'\\d+<CURSOR>?', '', x)", "regular expression", "Non-greedy"),
    ("import re\nre.compile('\\\\w(?=a<CURSOR>)')", "regular expression", "doesn't consume the string"),
    ("from re import search as s\ns('[^<CURSOR>a-z]', x)", "regular expression", "complementing set"),
    ("import datetime as d\nd.date.today().strftime('%Y-%<CURSOR>m')", "date format code", "Month as a zero"),
    ("import time\ntime.strptime(x, '%<CURSOR>j')", "date format code", "Day of the year"),
]  # fmt: skip
TEXTS = [
    ("# -*- coding: <CURSOR>utf-8 -*-", "This names `utf-8` as the encoding."),
    ("#!/usr/bin/env <CURSOR>python3", "Run as a program, this file is given to `/usr/bin/env python3`."),
    ("import os  # noqa: F4<CURSOR>01", "Checks for unused imports."),
    ("import os  # type: ignore[import]  # noqa: F4<CURSOR>01", "Checks for unused imports."),
    ("x = 'notes<CURSOR>.md'", "`notes.md` is a file of this project, 23 bytes long. It begins: Notes on toys"),
    ("open('./sho<CURSOR>p.py')", "It begins: Sells toys."),
    ("open('data/<CURSOR>')", "`data` is a folder of this project with 0 entries."),
    ("# see notes<CURSOR>.md for more", "`notes.md` is a file of this project"),
    ("x = 'https://toys.ex<CURSOR>ample/docs'", "has its documentation page. toys: Toys to play with."),
    ("# see https://docs.python.org/3/lib<CURSOR>rary", "This is an address on `docs.python.org`."),
    ("x = 'te<CURSOR>xt'", "This value is assigned to `x` on line 1."),
    ("def f(a, b='<CURSOR>x'): pass", "This is the default value of the parameter `b`."),
    ("x = {'a': '<CURSOR>b'}", "This is the value under the key `'a'`."),
    ("x = {'<CURSOR>a': 'b'}", "This is the key of the value `'b'`."),
    ("if x == '<CURSOR>y': pass", "This is compared with `x`."),
    ("def f(): return '<CURSOR>x'", "This is returned on line 1."),
    ("from typing import Literal\nMode = Literal['<CURSOR>a', 'b']", "This is a value that the type `Literal` allows."),
    ("x[<CURSOR>0]", "This selects an item of `x`."),
    ("'''What<CURSOR> it is.'''\nimport os", "This is the docstring of the module."),
    ("import os\n'''A b<CURSOR>lock.'''", "This is a statement of its own: it has no effect."),
    ("unknown_function('notes<CURSOR>.md')", "`notes.md` is a file of this project"),
    ("# python -m venv --cl<CURSOR>ear env", "Delete the contents of the environment directory"),
    ("# python -<CURSOR>u train.py --lr 3", "unbuffered"),
]


@pytest.mark.parametrize(("source", "name", "words"), NAMES)
async def test_names_wherever_they_stand(source: str, name: str, words: str, tools: ExplainTools) -> None:
    answer = await ask(source, tools)
    assert answer.symbol is not None
    assert answer.symbol.qualified_name.endswith(name)
    assert words in all_words(answer)


@pytest.mark.parametrize(("source", "construct", "words"), GRAMMAR)
async def test_the_reference_speaks_of_the_construct_in_its_place(
    source: str, construct: str, words: str, tools: ExplainTools
) -> None:
    answer = await ask(source, tools)
    assert answer.symbol is not None
    assert answer.symbol.qualified_name == f"python.{construct}"
    assert any(one in all_words(answer) for one in words.split("|"))
    assert answer.summary[0].citations


@pytest.mark.parametrize(("source", "words"), METHODS)
async def test_an_operator_is_a_method_of_its_operands_class(source: str, words: str, tools: ExplainTools) -> None:
    assert words in all_words(await ask(source, tools))


@pytest.mark.parametrize(
    "source", ["a = [x <CURSOR>+ 1 for x in y]", "x = 1\nf = lambda x: x <CURSOR>+ 1", "x: int <CURSOR>| None"]
)
async def test_no_method_is_claimed_where_the_type_is_not_known(source: str, tools: ExplainTools) -> None:
    assert "operand's type" not in all_words(await ask(source, tools))


@pytest.mark.parametrize(("source", "kind", "words"), LITERALS)
async def test_parts_of_literals(source: str, kind: str, words: str, tools: ExplainTools) -> None:
    answer = await ask(source, tools)
    assert answer.symbol is not None
    assert answer.symbol.qualified_name == f"python.{kind}"
    assert words in " ".join(one.text for one in answer.summary)


async def test_a_format_is_explained_part_by_part(tools: ExplainTools) -> None:
    answer = await ask("a = f'{x!<CURSOR>r:*>+10.2f}'", tools)
    assert [one.name for one in answer.arguments] == ["!r", "*", ">", "+", "10", ".2", "f"]
    assert all(one.sentences and one.sentences[0].citations for one in answer.arguments)


@pytest.mark.parametrize(("source", "words"), TEXTS)
async def test_what_strings_numbers_and_comments_say(source: str, words: str, tools: ExplainTools) -> None:
    assert words in all_words(await ask(source, tools))


@pytest.mark.parametrize(
    "source",
    [
        "x = '/etc/pa<CURSOR>sswd'",
        "x = '../../<CURSOR>x'",
        "x = '.e<CURSOR>nv'",
        "# just so<CURSOR>me words",
        "# make su<CURSOR>re",
    ],
)
async def test_nothing_outside_the_project_and_no_secret_is_read(source: str, tools: ExplainTools) -> None:
    told = all_words(await ask(source, tools))
    assert "secret" not in told
    assert "begins" not in told


RAISING = '''
def load(path):
    """Load.

    Raises:
        ValueError: If the path is empty.
    """
    raise ValueError("x")

try:
    load("x")
except ValueError:
    pass
'''


@pytest.mark.parametrize("place", ["except ValueError", "raise ValueError"])
async def test_an_exception_comes_from_calls_that_say_so(place: str, tools: ExplainTools) -> None:
    keyword, name = place.split()
    answer = await ask(RAISING.replace(place, f"{keyword} <CURSOR>{name}", 1), tools)
    assert answer.symbol is not None
    assert answer.symbol.qualified_name == "builtins.ValueError"
    assert "`load` raises `ValueError`: If the path is empty." in all_words(answer)


async def test_a_selection_is_explained_construct_by_construct_each_once(tools: ExplainTools) -> None:
    source = (
        "from toys import Toy\n<START>t = Toy('red')\n\n# words\nprint(t)\nt = Toy('red')\nu = t.describe(3)<END>\n"
    )
    snapshot, span = selection(source, path=tools.installed.root / "selected.py")
    answer = await explain(snapshot, span, tools, EXTRACTS)
    assert [one.code for one in answer.constructs] == ["Toy('red')", "t.describe(3)"]


SAMPLE = (
    '"""A sample."""\nfrom toys import Toy\nimport re\n\n\n@staticmethod\n'
    "def f(a, *b, c: int | None = 0x10, **d) -> str:\n"
    '    """F."""\n    with open("x") as g:\n        return f"{a!r:>10}" + "%s" % c\n\n\n'
    'toys = [Toy("red", wheels=n) for n in range(3) if n not in {1}]\nre.sub(r"(?P<x>\\d+)", "", "a\\n")\n'
    "match toys:\n    case [Toy() as t] if t: pass\n# pip install toys\n"
)


@pytest.mark.parametrize("end", range(11, len(SAMPLE), 23))
async def test_a_file_cut_anywhere_is_still_explained(end: int, tools: ExplainTools) -> None:
    cut = SAMPLE[:end]
    answer = await ask(cut + "\n\nfrom toys import Toy\nToy.<CURSOR>load('x')\n", tools)
    # What is open may go on in what follows: then nobody knows what that is.
    open_text = cut.count('"""') % 2 == 1 or cut.count("[") > cut.count("]") or cut.count("(") > cut.count(")")
    assert open_text or (answer.symbol is not None and "load" in answer.symbol.qualified_name), cut[-40:]
    for place in (0, end // 2, end - 1):
        await ask(SAMPLE[:place] + "<CURSOR>" + SAMPLE[place:end], tools)
