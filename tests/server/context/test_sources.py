"""What each source finds, and what is made of it together."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from glossator.complete.context import context_at
from glossator.complete.sources.activity import Activity
from glossator.complete.sources.base import Found, Layer, Region, Spot, Surroundings
from glossator.complete.sources.definitions import UsedDefinitions
from glossator.complete.sources.edits import RecentEdits
from glossator.complete.sources.gather import NEAR, REST, Gathering, outside
from glossator.complete.sources.seeing import SeeingModel
from glossator.complete.sources.similar import SimilarWindows
from glossator.complete.sources.visited import VisitedRegions
from glossator.models.base import Prompt, Seen, Usage, read
from glossator.models.exclusions import Exclusions
from glossator.models.scripted import ScriptedModel
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from glossator.text import Snapshot
from tests.cursor import cursor

SHOP = '''class Basket:
    """What somebody wants to buy. In short."""

    def __init__(self, owner: str, limit: int = 10) -> None:
        secret_of_the_body = 1

    def add(self, article: str, count: int = 1) -> bool:
        return True

    def _hidden(self):
        pass


def discount(basket: Basket, percent: float) -> float:
    """The price with so much less.

    More than anybody needs to know.
    """
    return 0
'''
USES = {
    "a class, with its methods": (
        "from shop import Basket\n\n\ndef main():\n    b = Basket('me')\n    b.<CURSOR>\n",
        [
            "class Basket:\n"
            '    """What somebody wants to buy. In short."""\n'
            "    def __init__(self, owner: str, limit: int = 10) -> None: ...\n"
            "    def add(self, article: str, count: int = 1) -> bool: ..."
        ],
    ),
    "a function of a module": (
        "import shop\n\nprice = shop.discount(<CURSOR>)\n",
        ['def discount(basket: Basket, percent: float) -> float: ...\n    """The price with so much less."""'],
    ),
    "a base of the class around": (
        "from shop import Basket\n\n\nclass Mine(Basket):\n    def f(self):\n        pass\n"
        + "\n" * 30
        + "    <CURSOR>\n",
        ["class Basket:"],
    ),
    "nothing of the standard library": ("import json\n\njson.dumps(<CURSOR>)\n", []),
    "nothing of what is not used here": ("from shop import Basket\n" + "\n" * 60 + "x = <CURSOR>\n", []),
    "nothing of its own": ("def f(a):\n    pass\n\nf(<CURSOR>)\n", []),
}


def spot(source: str, path: Path | None = None, **around: object) -> Spot:
    snapshot, position = cursor(source, path=path)
    return Spot(snapshot, position, context_at(snapshot, position), Surroundings(**around))  # type: ignore[arg-type]


def file(root: Path, name: str, text: str, language: str = "python") -> Snapshot:
    (root / name).write_text(text, "utf-8")
    return Snapshot((root / name).as_uri(), language, text)


@dataclass
class Fixed:
    """A source that finds what it is told, after some time."""

    found: Sequence[Found]
    seconds: float = 0.0
    asked: int = 0

    async def find(self, spot: Spot) -> Sequence[Found]:
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return self.found


def found(text: str, layer: Layer = Layer.SIMILAR, path: Path | None = None) -> Found:
    return Found(layer, "why", text, path, "other.py")


def gathering(root: Path, *sources: object, tokens: int = 512, **more: object) -> Gathering:
    return Gathering(sources, Exclusions(root, ("private/",), True, "completion.exclude"), tokens, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", USES)
async def test_a_definition_is_shown_as_a_stub(tmp_path: Path, name: str) -> None:
    source, expected = USES[name]
    (tmp_path / "shop.py").write_text(SHOP)
    resolver = TyResolver(tmp_path, None)
    try:
        definitions = UsedDefinitions(resolver, Installed(tmp_path, tmp_path))
        stubs = [one.text for one in await definitions.find(spot(source, tmp_path / "main.py"))]
    finally:
        await resolver.close()
    assert len(stubs) == len(expected)
    assert all(stub.startswith(start) for stub, start in zip(stubs, expected, strict=True))
    assert not any("secret_of_the_body" in stub or "_hidden" in stub for stub in stubs)


async def test_a_similar_window_comes_from_the_file_that_has_it(tmp_path: Path) -> None:
    alike = "def read_rows(path, separator):\n    rows = open(path).read().split(separator)\n    return rows\n"
    other = "import colour\n\npalette = colour.Palette('red', 'green')\n" * 3
    opened = (file(tmp_path, "b.py", "x = 1\n" * 80 + alike), file(tmp_path, "c.py", other))
    here = "def read_columns(path, separator):\n    columns = open(path).read().split(separator)\n    return <CURSOR>"
    (first,) = await SimilarWindows().find(spot(here, tmp_path / "a.py", opened=opened))
    assert first.path == tmp_path / "b.py"
    assert "read_rows" in first.text


async def test_edits_are_hunks_and_those_nearby_are_left_out(tmp_path: Path) -> None:
    activity = Activity()
    text = "".join(f"line_{number} = {number}\n" for number in range(300))
    for snapshot in (file(tmp_path, "b.py", text), file(tmp_path, "a.py", text)):
        activity.saw(snapshot)
        activity.saw(replace(snapshot, text=text.replace("line_5 =", "row_5 =").replace("line_290 =", "row_290 =")))
    here, position = cursor(text.replace("line_5 =", "row_5 =").replace("line_290 =", "row_290 =") + "<CURSOR>")
    here = replace(here, uri=(tmp_path / "a.py").as_uri())
    place = Spot(here, position, context_at(here, position), activity.now())
    hunks = await RecentEdits().find(place)
    assert [(one.path and one.path.name, one.why) for one in hunks] == [
        ("a.py", "you changed line 3"),
        ("b.py", "you changed line 3"),
        ("b.py", "you changed line 288"),
    ]
    assert "-line_5 = 5\n+row_5 = 5" in hunks[0].text


def test_the_ring_takes_a_region_when_the_cursor_leaves_it(tmp_path: Path) -> None:
    activity = Activity()
    text = "".join(f"name_{number} = value_{number}\n" for number in range(200))
    snapshot = file(tmp_path, "a.py", text)
    activity.saw(snapshot)
    for line in (10, 12, 20, 150, 151, 10):
        activity.visited(snapshot, line)
    assert [one.line for one in activity.now().visited] == [4, 135]
    for line in (150, 10) * 30:
        activity.visited(snapshot, line)
    assert len(activity.now().visited) == 3  # the same regions, a little later: 20 is not 10, and all come once


async def test_a_region_that_is_on_the_screen_is_not_shown_again(tmp_path: Path) -> None:
    near = Region(
        file(tmp_path, "b.py", "def load(path):\n    return open(path)\n"), 0, "def load(path):\n    return open(path)"
    )
    far = Region(near.snapshot, 0, "class Colour:\n    red = 1\n    green = 2")
    place = spot("def load(path):\n    return open(path)\n\n<CURSOR>\n", tmp_path / "a.py", visited=(near, far))
    assert [one.text for one in await VisitedRegions().find(place)] == [far.text]


async def test_what_is_found_twice_is_shown_once_and_the_steady_first(tmp_path: Path) -> None:
    edit, stub, same = (
        found("-one\n+two", Layer.EDIT),
        found("def first(): ...", Layer.DEFINITION),
        found("def first(): ..."),
    )
    shown = await gathering(tmp_path, Fixed([edit, same]), Fixed([stub])).gather(spot("x = <CURSOR>"))
    assert [one.passage.text for one in shown] == ["def first(): ...", "-one\n+two"]


@pytest.mark.parametrize("name", [".env", "private/a.py", "ignored.py", "id_rsa", "credentials.json"])
async def test_an_excluded_file_is_not_shown(tmp_path: Path, name: str) -> None:
    (tmp_path / ".gitignore").write_text("ignored.py\n")
    hidden, open_one = found("password is here", path=tmp_path / name), found("def b(): ...", path=tmp_path / "b.py")
    shown = await gathering(tmp_path, Fixed([hidden, open_one])).gather(spot("x = <CURSOR>"))
    assert [one.passage.path for one in shown] == ["b.py"]


async def test_a_secret_is_replaced(tmp_path: Path) -> None:
    secret = "hf_" + "a1B2c3D4" * 4
    (shown,) = await gathering(tmp_path, Fixed([found(f"login('{secret}')")])).gather(spot("x = <CURSOR>"))
    assert shown.passage.text == "login('REDACTED_HUGGING_FACE')"


async def test_typing_in_a_line_asks_nobody_again(tmp_path: Path) -> None:
    source = Fixed([found("def b(): ...")])
    gatherer = gathering(tmp_path, source)
    answers = {
        await gatherer.gather(spot(f"import os\nx = {typed}<CURSOR>\ny = 1\n")) for typed in ("", "a", "al", "alp")
    }
    assert (len(answers), source.asked) == (1, 1)
    await gatherer.gather(
        spot("import os\nx = os.<CURSOR>\ny = 1\n")
    )  # an imported name is whole: it may have a definition
    await gatherer.gather(spot("import os\nx = alp\n<CURSOR>y = 1\n"))
    assert source.asked == 3


OTHER_LINE = "a = 1\nb = <CURSOR>"
SESSIONS = {
    "typing on in the next line": (OTHER_LINE, 0.0, (), False),
    "typing on after a rest": (OTHER_LINE, REST * 2, (), True),
    "typing on far away": ("a = 1\n" * (NEAR + 5) + "b = <CURSOR>", 0.0, (), True),
    "typing on while another document changes": (OTHER_LINE, 0.0, ("changed = 1",), True),
}


@pytest.mark.parametrize("name", SESSIONS)
async def test_passages_stay_while_somebody_types_on_and_are_found_anew_afterwards(tmp_path: Path, name: str) -> None:
    later, rest, texts, anew = SESSIONS[name]
    source, now = Fixed([found("x = 1")]), asyncio.get_running_loop().time()
    gathered = gathering(tmp_path, source)
    first = spot("a = <CURSOR>", tmp_path / "a.py")
    gathered.typed(first.snapshot.uri, now - rest)
    await gathered.gather(first)
    source.found = [found("y = 2")]
    opened = tuple(file(tmp_path, f"{number}.py", text) for number, text in enumerate(texts))
    second = spot(later, tmp_path / "a.py", opened=opened)
    shown = await gathered.gather(second)
    assert [one.passage.text for one in shown] == (["y = 2"] if anew else ["x = 1"])


async def test_what_was_found_in_a_rest_is_not_looked_for_again_at_the_next_key(tmp_path: Path) -> None:
    source, now = Fixed([found("x = 1")]), asyncio.get_running_loop().time()
    gathered = gathering(tmp_path, source)
    first = spot("a = <CURSOR>", tmp_path / "a.py")
    gathered.typed(first.snapshot.uri, now - REST * 3)
    await gathered.gather(first)  # the text is read ahead
    source.found = [found("y = 2")]
    gathered.typed(first.snapshot.uri, asyncio.get_running_loop().time())
    shown = await gathered.gather(spot(OTHER_LINE, tmp_path / "a.py"))
    assert [one.passage.text for one in shown] == ["x = 1"]


def test_what_stands_for_other_documents_changes_with_them_alone(tmp_path: Path) -> None:
    here, there = spot("a = <CURSOR>", tmp_path / "a.py"), file(tmp_path, "b.py", "b = 1")
    typed = spot("a = 12<CURSOR>", tmp_path / "a.py")
    around = [Surroundings((here.snapshot, there)), Surroundings(above=(there,)), Surroundings(below=(there, there))]
    around += [Surroundings(visited=(Region(there, 0, "b = 1"),)), Surroundings()]
    found = [outside(replace(here, surroundings=one)) for one in around]
    assert len(set(found)) == len(found)
    assert outside(replace(typed, surroundings=Surroundings((typed.snapshot, there)))) == found[0]
    changed = replace(there, text="b = 2")
    assert outside(replace(here, surroundings=Surroundings((here.snapshot, changed)))) != found[0]


async def test_a_slow_source_counts_for_the_next_key(tmp_path: Path) -> None:
    slow = Fixed([found("def slow(): ...", Layer.DEFINITION)], seconds=0.05)
    gatherer = gathering(tmp_path, slow, Fixed([found("quick = 1")]), seconds=0.01)
    assert [one.passage.text for one in await gatherer.gather(spot("x = <CURSOR>"))] == ["quick = 1"]
    await gatherer.settled()
    gatherer.seconds = 5.0
    shown = await gatherer.gather(spot("x = y<CURSOR>"))
    assert [one.passage.text for one in shown] == ["def slow(): ...", "quick = 1"]
    await gatherer.close()


async def test_a_source_that_fails_has_nothing(tmp_path: Path) -> None:
    class Broken:
        async def find(self, spot: Spot) -> Sequence[Found]:
            raise ValueError("broken")

    shown = await gathering(tmp_path, Broken(), Fixed([found("quick = 1")])).gather(spot("x = <CURSOR>"))
    assert [one.passage.text for one in shown] == ["quick = 1"]


async def test_what_is_more_than_the_room_is_left_out(tmp_path: Path) -> None:
    long, short = found("word " * 400), found("def b(): ...")
    assert [
        one.passage.text for one in await gathering(tmp_path, Fixed([long, short]), tokens=100).gather(spot("<CURSOR>"))
    ] == ["def b(): ..."]
    assert await gathering(tmp_path, Fixed([short]), tokens=0).gather(spot("<CURSOR>")) == ()


async def test_the_model_sees_passages_cells_and_imports_and_says_so(tmp_path: Path) -> None:
    model = ScriptedModel(("1\n",))
    cells = {
        "above": (Snapshot("cell:1", "markdown", "Some *words*"), Snapshot("cell:2", "python", "a = 1")),
        "below": (Snapshot("cell:4", "python", "c = 3"),),
    }
    place = spot("b = <CURSOR>", **cells)
    seeing = SeeingModel(model, gathering(tmp_path, Fixed([found("def b(): ...")])), place)
    _, usage = await read(seeing, Prompt(place.context.before, place.context.after))
    (asked,) = model.asked
    assert asked.text == "# Some *words*\n\na = 1\n\nb = "
    assert asked.suffix == "\n\nc = 3"
    assert [one.text for one in asked.passages] == ["def b(): ..."]
    assert usage is not None
    assert [one.origin for one in usage.seen] == ["other.py: why", "before the cursor", "after the cursor"]


async def test_a_long_file_keeps_its_imports(tmp_path: Path) -> None:
    text = "import os\nfrom shop import (\n    Basket,\n    discount,\n)\n" + "x = 1\n" * 3_000 + "y = <CURSOR>"
    model, place = ScriptedModel(("1\n",)), spot(text)
    await read(SeeingModel(model, gathering(tmp_path), place), Prompt(place.context.before))
    assert model.asked[0].text.startswith("import os\nfrom shop import (\n    Basket,\n    discount,\n)\n\nx = 1\n")


def test_what_the_engine_says_is_named(tmp_path: Path) -> None:
    from glossator.complete.sources.gather import Shown
    from glossator.complete.sources.seeing import seen
    from glossator.models.formats import Passage

    prompt = Prompt("abcdef", "xyz")
    said = (Seen("passage 1", 7), Seen("before", 3, characters=4), Seen("after", 1, characters=2))
    shown = [Shown(Passage("a.py", "a"), "one"), Shown(Passage("b.py", "b"), "two")]
    assert seen(Usage("engine", "m", seen=said), prompt, shown) == (
        Seen("b.py: two", 7, "b"),
        Seen("before the cursor", 3, "cdef", 4),
        Seen("after the cursor", 1, "xy", 2),
    )
