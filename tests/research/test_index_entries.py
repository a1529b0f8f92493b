"""What is read of a module and a README, whatever their state."""

from __future__ import annotations

import pytest

from glossator.research.index.entries import exported, mentions, module_entries, readme_entries
from glossator.research.index.words import expression, parted, terms
from tests.research import toolbox

TOOLS = {one.qualified_name: one for one in module_entries(toolbox.TOOLS.encode(), "toolbox.wood")}


@pytest.mark.parametrize(
    ("name", "kind", "signature", "words"),
    [
        ("toolbox.wood", "module", "", "Tools for wood."),
        ("toolbox.wood.Saw", "class", "class Saw", "Cuts wood along a line."),
        ("toolbox.wood.Saw.Blade", "class", "class Blade", "What wears off."),
        (
            "toolbox.wood.Saw.Blade.sharpen",
            "method",
            'sharpen(self, angle: float = 25.0, *, by_hand: bool = False) -> "Saw.Blade"',
            "The angle between the blade and the stone.",
        ),
        ("toolbox.wood.Saw.cut", "method", "cut(self, board, length: int = 10)", "Cut a board in two."),
        ("toolbox.wood.Saw.undocumented", "method", "undocumented(self)", ""),
        ("toolbox.wood.Saw.weight", "property", "weight(self) -> float", "in kilograms"),
        ("toolbox.wood.glueBoards", "function", "glueBoards(first)", "Stick two boards together."),
        ("toolbox.wood.hammer", "function", "hammer(nail)", "Drive a nail into wood."),
    ],
)
def test_a_definition_is_read_with_its_signature_and_its_words(
    name: str, kind: str, signature: str, words: str
) -> None:
    entry = TOOLS[name]
    assert (entry.kind, entry.signature) == (kind, signature)
    assert words in entry.text
    assert entry.line == 1 or name.rpartition(".")[2] in toolbox.TOOLS.split("\n")[entry.line - 1]


def test_private_names_without_words_and_what_repeats_another_stay_out() -> None:
    assert "toolbox.wood.Saw._private" not in TOOLS
    assert "Never indexed" not in str(TOOLS)
    assert len(TOOLS) == 9


def test_docstrings_that_compiled_functions_get_by_a_call_are_read() -> None:
    found = {one.qualified_name: one for one in module_entries(toolbox.COMPILED.encode(), "toolbox.compiled")}
    assert found["toolbox.drill"].signature == "drill(wood, depth) -> Hole"
    assert found["toolbox.drill"].text == "Bore a round hole, {deep}."
    assert found["toolbox.Plane.smooth"].text == "Take a thin shaving off."
    assert found["toolbox.compiled.turn"].text == "Shape wood on a lathe."


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "m"),
        (b"\xef\xbb\xbf'''Marked.'''", "Marked."),
        ("'''Für Späne.'''".encode("latin-1"), "Für Späne."),
        (b"x = '\\d'\r\ndef f(): 'Says f.'\r\n", "Says f."),
        (b"'''a\rb'''\rdef f(x): 'Says f.'\r", "f(x)"),
    ],
)
def test_odd_files_are_read(content: bytes, expected: str) -> None:
    assert expected in str(module_entries(content, "m"))


@pytest.mark.parametrize("content", [b"def f(:", b"x = '\0'", b"(" * 5000, b"x = " + b"-" * 100_000 + b"1"])
def test_what_does_not_parse_says_so(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        module_entries(content, "m")


def test_a_readme_is_read_by_its_sections() -> None:
    text = toolbox.README.partition("\n\n")[2]
    found = {one.qualified_name: one.text for one in readme_entries(text, "toolbox")}
    assert list(found) == ["toolbox: README", "toolbox: Safety", "toolbox: Storage"]
    assert "Wear goggles" in found["toolbox: Safety"] and "Not a heading" in found["toolbox: Safety"]


def test_what_a_package_exports_is_known_by_name_and_by_module() -> None:
    assert exported(b"from .wood import Saw, Blade as B\nfrom .odd import *\nimport os\n") == ("Saw", "Blade", ".odd")


def test_what_a_text_calls_or_takes_is_mentioned() -> None:
    text = "saw.cut(board); Saw(1)\nx = wood.weight  # späne(2)"
    assert mentions(text.encode()) == {"cut", "Saw", "weight", "späne"}


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How do I use the AutoTokenizer?", ("autotokenizer", "auto", "tokenizer")),
        ("save_pretrained", ("save", "pretrained")),
        ("parse HTTPResponse", ("parse", "httpresponse", "http", "response")),
        ("what is it", ("what", "is", "it")),
        ('"NEAR" OR cut* ^x:y', ("near", "cut")),
        ("größe", ("größe",)),
        ("?!", ()),
    ],
)
def test_a_question_is_taken_apart(question: str, expected: tuple[str, ...]) -> None:
    assert terms(question) == expected


def test_every_word_is_quoted() -> None:
    assert expression(("near", "cut")) == '"near" OR "cut"'
    assert '"directory"' in expression(("folder",))
    assert parted("from AutoTokenizer") == "from AutoTokenizer Auto Tokenizer"
