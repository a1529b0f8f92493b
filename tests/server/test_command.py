"""Commands in comments, and the ids of models in strings, are explained from what this machine has of them."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from glossator.explain.command import describe_command
from glossator.explain.draft import Draft
from glossator.research.command_help import read_help
from glossator.research.evidence import Query
from glossator.research.hub_cache import HubCache
from glossator.research.man_pages import man_page
from tests.cursor import CURSOR

HELP = """
Usage:
  tool put [options]

Description:
  Put things from:

  - A shelf.
  - A box.

  More is possible.

Put Options:
  -q, --quiet                 Say less. Can be
                              given twice.
  -t, --target <dir>          Where to.
  --long-option-without-room <value>
                              On its own line.
"""


def test_a_help_text_has_a_description_and_options() -> None:
    told = read_help("tool 1.0", HELP)
    assert told.description == ("Put things from: A shelf; A box.", "More is possible.")
    assert told.options["-q"] == told.options["--quiet"] == "Say less. Can be given twice."
    assert told.options["--target"] == "Where to."
    assert told.options["--long-option-without-room"] == "On its own line."


@pytest.mark.parametrize(
    ("text", "options", "distributions"),
    [
        ("# pip install -q rich", ["-q"], ("rich",)),
        ("# !pip install --upgrade 'rich>=13' typing-extensions", ["--upgrade"], ("rich", "typing_extensions")),
        ('# pip install -e "git+https://example.org/a#subdirectory=b"', ["-e"], ()),
        ("# python -m pip install -r requirements.txt", ["-r"], ()),
        ("# pip install 'unclosed", [], ()),
    ],
)
async def test_each_word_of_a_pip_command(text: str, options: list[str], distributions: tuple[str, ...]) -> None:
    draft = Draft()
    assert await describe_command(text, draft) == distributions
    assert draft.symbol is not None
    assert draft.symbol.qualified_name == "pip install"
    assert [one.name for one in draft.arguments] == options
    assert all(one.sentences[0].citations for one in draft.arguments)
    assert draft.summary[0].text.startswith("Install packages from")


@pytest.mark.parametrize("text", ["# just words", "# pip", "# pip nosuchcommand now", "# nosuchprogram -rf everything"])
async def test_what_is_no_known_command_is_left_alone(text: str) -> None:
    draft = Draft()
    assert await describe_command(text, draft) == ()
    assert draft.symbol is None


MAN = """.TH TOOL 1 "2026" "Tool 1.0"
.SH NAME
tool-put \\- put things on a shelf
.SH DESCRIPTION
.B tool put
puts \\fIthings\\fR away\\&.
.SH OPTIONS
.TP
.BR \\-q ", " \\-\\-quiet
Say less. Twice is allowed.
.PP
\\-t <dir>, \\-\\-target=<dir>
.RS 4
Where to\\&.
.RE
.IP "\\-x"
Do it.
"""


def test_a_manual_page_has_a_purpose_and_options(tmp_path: Path) -> None:
    (tmp_path / "man1").mkdir()
    with gzip.open(tmp_path / "man1" / "tool-put.1.gz", "wt", encoding="utf-8") as file:
        file.write(MAN)
    page = man_page("tool-put", "1", (tmp_path,))
    assert page is not None
    assert page.description == ("tool-put: Put things on a shelf.", "tool put puts things away.")
    assert page.options == {
        "-q": "Say less. Twice is allowed.",
        "--quiet": "Say less. Twice is allowed.",
        "-t": "Where to.",
        "--target": "Where to.",
        "-x": "Do it.",
    }


@pytest.mark.parametrize("name", ["../man1/tool-put", "", "-x", "tool put", "nothing"])
def test_what_is_no_name_of_a_page_is_not_read(name: str, tmp_path: Path) -> None:
    assert man_page(name, "1", (tmp_path,)) is None


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        ("# $ python -m venv env | py<CURSOR>thon -u x.py", "python", "python -u x.py"),
        ("# $ py<CURSOR>thon -m venv env | python -u x.py", "python -m venv", "python -m venv env"),
        ("# $ python -m venv 'a | b' && python -u <CURSOR>x.py", "python", "python -u x.py"),
        ("# $ python -m venv 'a <CURSOR>| b' && python -u x.py", "python -m venv", "python -m venv 'a | b'"),
    ],
)
async def test_of_several_commands_the_one_under_the_cursor_is_meant(text: str, name: str, written: str) -> None:
    before, _, after = text.partition(CURSOR)
    draft = Draft()
    await describe_command(before + after, draft, len(before))
    assert draft.symbol is not None
    assert (draft.symbol.name, draft.symbol.signature) == (name, written)


@pytest.mark.parametrize(
    ("word", "told"),
    [
        (
            "git+https://example.org/a/peft.git@main#egg=peft&subdirectory=src/peft",
            "The project is taken with git from `https://example.org/a/peft.git`, at the branch, tag or commit `main`; "
            "what is installed is in its folder `src/peft`, and is called `peft`.",
        ),
        ("git+https://example.org/a", "The project is taken with git from `https://example.org/a`."),
        ("./folder", ""),
    ],
)
async def test_the_parts_of_a_repositorys_address_are_told(word: str, told: str) -> None:
    draft = Draft()
    await describe_command(f'# pip install -e "{word}"', draft)
    assert [one.text for one in draft.conclusion] == ([told] if told else [])


@pytest.mark.parametrize("text", ["# make sure it works", "# find the non-zero -1", "# test whether -f", "# sort x"])
async def test_prose_is_no_command(text: str) -> None:
    draft = Draft()
    await describe_command(text, draft)
    assert draft.symbol is None


@pytest.mark.parametrize(
    ("text", "name", "option"),
    [
        ("# python -m venv --clear env", "python -m venv", "--clear"),
        ("python3 -u train.py --lr 3", "python", "-u"),
        ("# python -m http.server --bind x", "python -m http.server", "--bind"),
    ],
)
async def test_our_own_interpreter_says_what_its_options_are(text: str, name: str, option: str) -> None:
    draft = Draft()
    await describe_command(text, draft)
    assert draft.symbol is not None
    assert draft.symbol.qualified_name == name
    (found,) = [one for one in draft.arguments if one.name == option]
    assert found.sentences[0].citations


CARD = """---
license: bigcode-openrail-m
pipeline_tag: text-generation
datasets:
- some/data
---

# A heading

![picture](https://example.org/p.png)

The model was trained on code in 80 languages. It is [not](command:evil) an instruction model.
"""


CONFIG = json.dumps({"architectures": ["GPTBigCodeForCausalLM"], "n_positions": 8192, "n_layer": 42})


def install_card(folder: Path, config: str = CONFIG) -> None:
    snapshot = folder / "models--some--model" / "snapshots" / ("0" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "README.md").write_text(CARD, "utf-8")
    (snapshot / "config.json").write_text(config, "utf-8")
    (folder / "models--some--model" / "refs").mkdir()
    (folder / "models--some--model" / "refs" / "main").write_text("0" * 40, "utf-8")


async def test_a_hub_id_is_explained_from_the_cache(tmp_path: Path) -> None:
    install_card(tmp_path)
    (found,) = await HubCache(tmp_path).search(Query(("some/model",)))
    assert found.text.splitlines() == [
        "The model was trained on code in 80 languages.",
        "It is not an instruction model.",
        "License: bigcode-openrail-m.",
        "Task: text-generation.",
        "Architecture: GPTBigCodeForCausalLM.",
        "Context: 8192.",
        "Layers: 42.",
    ]
    assert found.title.startswith("some/model at 0000000")


@pytest.mark.parametrize("term", ["no/model", "../../etc", "text", "a/b/c", "", "some/model/../x"])
async def test_other_strings_find_nothing(term: str, tmp_path: Path) -> None:
    install_card(tmp_path)
    assert await HubCache(tmp_path).search(Query((term,))) == []


@pytest.mark.parametrize("damage", ["{", "[]", "\x00", '"text"'])
async def test_a_damaged_configuration_spoils_nothing(damage: str, tmp_path: Path) -> None:
    install_card(tmp_path, damage)
    (found,) = await HubCache(tmp_path).search(Query(("some/model",)))
    assert "License" in found.text
