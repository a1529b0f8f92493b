"""Each family's row: its prompt token by token, its text for servers, and that no text of a user can break it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from glossator.engine.healing import Spellings
from glossator.engine.load import LoadedModel
from glossator.engine.prefix_cache import PrefixCache
from glossator.engine.prepare import PreparedPrompt, prepare
from glossator.engine.question import Question
from glossator.engine.tokenizer import Tokenizer
from glossator.models import families
from glossator.models.families import FAMILIES, PLAIN
from glossator.models.formats import Family, Hole, Passage, Special, spell_text
from tests.engine.counting_runtime import CountingRuntime
from tests.engine.family_tokenizers import byte_level, changed, number_of, sentence_pieces

MIXED = {"CodeLlama": "prepend", "Codestral": "first", "CodeGemma": "none"}
HOLE = Hole("x = ", "\ny", "src/a.py", "tool", (Passage("b.py", "def b():\n    pass"),))
BARE = Hole("x = ", "\ny")
COMMENTS = "# b.py\n# def b():\n#     pass\n"

# What a hole is spelled as: alone, then with path, repository and another file. Specials are those of the row.
ROWS: dict[str, tuple[list[str], list[str]]] = {
    "StarCoder": (
        ["<fim_prefix>", "x = ", "<fim_suffix>", "\ny", "<fim_middle>"],
        [
            *("<fim_prefix>", "<reponame>", "tool", "<filename>", f"src/a.py\n{COMMENTS}x = "),
            *("<fim_suffix>", "\ny", "<fim_middle>"),
        ],
    ),
    "SantaCoder": (
        ["<fim-prefix>", "x = ", "<fim-suffix>", "\ny", "<fim-middle>"],
        ["<fim-prefix>", f"{COMMENTS}x = ", "<fim-suffix>", "\ny", "<fim-middle>"],
    ),
    "StarCoder2": (
        ["<fim_prefix>", "x = ", "<fim_suffix>", "\ny", "<fim_middle>"],
        [
            *("<repo_name>", "tool", "<file_sep>", "b.py\ndef b():\n    pass", "<file_sep>"),
            *("<fim_prefix>", "src/a.py\nx = ", "<fim_suffix>", "\ny", "<fim_middle>"),
        ],
    ),
    "Qwen2.5-Coder": (
        ["<|fim_prefix|>", "x = ", "<|fim_suffix|>", "\ny", "<|fim_middle|>"],
        [
            *("<|repo_name|>", "tool\n", "<|file_sep|>", "b.py\ndef b():\n    pass\n", "<|file_sep|>", "src/a.py\n"),
            *("<|fim_prefix|>", "x = ", "<|fim_suffix|>", "\ny", "<|fim_middle|>"),
        ],
    ),
    "Granite 4": (
        ["<|fim_prefix|>", "x = ", "<|fim_suffix|>", "\ny", "<|fim_middle|>"],
        ["<|fim_prefix|>", f"{COMMENTS}x = ", "<|fim_suffix|>", "\ny", "<|fim_middle|>"],
    ),
    "CodeLlama": (
        ["▁<PRE>", "x = ", "▁<SUF>", "\ny", "▁<MID>"],
        ["▁<PRE>", f"{COMMENTS}x = ", "▁<SUF>", "\ny", "▁<MID>"],
    ),
    "DeepSeek-Coder": (
        ["<｜fim▁begin｜>", "x = ", "<｜fim▁hole｜>", "\ny", "<｜fim▁end｜>"],
        [
            *("<｜fim▁begin｜>", "#b.py\ndef b():\n    pass\n#src/a.py\nx = "),
            *("<｜fim▁hole｜>", "\ny", "<｜fim▁end｜>"),
        ],
    ),
    "CodeGemma": (
        ["<|fim_prefix|>", "x = ", "<|fim_suffix|>", "\ny", "<|fim_middle|>"],
        [
            *("def b():\n    pass", "<|file_separator|>"),
            *("<|fim_prefix|>", "x = ", "<|fim_suffix|>", "\ny", "<|fim_middle|>"),
        ],
    ),
    "Codestral": (
        ["[SUFFIX]", "\ny", "[PREFIX]", "x = "],
        ["[SUFFIX]", "\ny", "[PREFIX]", "+++++ b.py\ndef b():\n    pass\n\n+++++ src/a.py\nx = "],
    ),
    "Seed-Coder": (
        ["<[fim-suffix]>", "\ny", "<[fim-prefix]>", "x = ", "<[fim-middle]>"],
        ["<[fim-suffix]>", "\ny", "<[fim-prefix]>", f"{COMMENTS}x = ", "<[fim-middle]>"],
    ),
    "SmolLM2": (["x = "], [f"{COMMENTS}x = "]),
    "plain": (["x = "], [f"{COMMENTS}x = "]),
}

Make = Callable[[Family], Tokenizer]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """Makes a tokenizer with a family's special tokens, of the kind that the family has."""

    def make(family: Family) -> Tokenizer:
        specials = [*family.marks, *(mark for mark in family.ends if mark not in family.marks)]
        if family.name in MIXED:
            return Tokenizer(sentence_pieces(tmp_path, specials, blank=MIXED[family.name]))
        return Tokenizer(byte_level(tmp_path, specials, special=family.name not in ("DeepSeek-Coder", "Qwen2.5-Coder")))

    return make


def all_families() -> pytest.MarkDecorator:
    return pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def prepared(tokenizer: Tokenizer, hole: Hole, context: int = 4096) -> PreparedPrompt:
    runtime = CountingRuntime(context)
    model = LoadedModel(
        "made", runtime, tokenizer, Spellings(tokenizer.bytes_of), PrefixCache(runtime), tokenizer.ends()
    )
    question = Question("made", hole.before, hole.after, hole.path, hole.repository, hole.passages, heal=False)
    return prepare(question, model)


def test_every_family_of_the_table_is_there() -> None:
    assert [family.name for family in FAMILIES] == list(dict.fromkeys([*(f.name for f in FAMILIES)]))
    assert {family.name for family in FAMILIES} == set(ROWS)


@all_families()
@pytest.mark.parametrize("number", [0, 1], ids=["alone", "with files"])
def test_each_row_is_spelled_token_by_token(made: Make, tmp_path: Path, family: Family, number: int) -> None:
    tokenizer = made(family)
    assert tokenizer.family is family
    assert tokenizer.problem is None
    expected: list[int] = []
    for item in ROWS[family.name][number]:
        if item in tokenizer.specials:
            expected.append(number_of(tmp_path, item))
        else:
            begins = item.endswith("x = ") or (tokenizer._blank_everywhere and not item.startswith("\n"))
            expected += tokenizer.encode(item, continued=not begins and bool(expected))
    answer = prepared(tokenizer, HOLE if number else BARE)
    assert answer.tokens == expected
    assert answer.suffix_used == (family.infill is not None)
    assert bool(answer.note) == (family.infill is None)


@all_families()
def test_texts_come_back_as_they_were_and_never_as_special_tokens(made: Make, family: Family) -> None:
    tokenizer = made(family)
    controls = set(tokenizer.specials.values()) - {tokenizer.specials.get("<unk>", -1)}
    nasty = [*tokenizer.specials, "<|im_end|>", "</s>", "[INST]", "＜s＞", "＜/s＞"]
    texts = [*nasty, *(f"a{token}b" for token in nasty), "".join(nasty * 2), " ".join(nasty), "<<s>s></s</s>>"]
    for text in texts:
        for continued in (False, True):
            tokens = tokenizer.encode(text, continued=continued)
            assert not controls & set(tokens), text
            spelled = b"".join(tokenizer.bytes_of[token] for token in tokens).decode()
            assert shown(spelled) == shown(text)
            assert spelled == text or family.name in MIXED
    for text in texts:
        written = prepared(tokenizer, replace(BARE, before=text, after=text)).tokens
        marks = len([part for part in family.spell(BARE) if isinstance(part, Special)])
        assert len([token for token in written if token in controls]) == marks + len(tokenizer.start)


def shown(text: str) -> str:
    """What a normalizer and SentencePiece's blanks leave of a text."""
    return unicodedata.normalize("NFKC", text).replace("▁", " ").lstrip(" ")


@pytest.mark.parametrize("text", ["def f():\n    return 'naïve 🙂'\n", "\t\r\n  x", "a  b", "", " ", "中文"])
@all_families()
def test_any_text_comes_back_from_its_tokens(made: Make, family: Family, text: str) -> None:
    tokenizer = made(family)
    tokens = tokenizer.encode(text, continued=True)
    assert b"".join(tokenizer.bytes_of[token] for token in tokens).decode() == text


def test_the_blank_that_sentencepiece_prepends_stands_before_the_prefix_only(made: Make) -> None:
    tokenizer = made(families.CODE_LLAMA)
    tokens = prepared(tokenizer, Hole("def", "def")).tokens
    numbers = tokenizer.bytes_of
    assert [numbers.get(token) for token in tokens] == [None, b" def", None, b"def", None]


@pytest.mark.parametrize("family", [families.STARCODER, families.SANTACODER, families.CODE_LLAMA], ids=lambda f: f.name)
def test_suffix_first_is_variant_two(family: Family) -> None:
    assert family.infill is not None
    turned = replace(family, infill=replace(family.infill, order="spm"))
    first, second, third = (part for part in family.spell(BARE) if isinstance(part, Special))
    assert turned.spell(BARE) == (first, second, "\ny", third, "x = ")
    assert turned.spell(replace(BARE, before="x = 1")) == (*turned.spell(BARE)[:-1], "x = 1"), "only its end changes"


def test_headers_of_starcoder_go_with_the_prefix_in_either_order() -> None:
    assert families.STARCODER.infill is not None
    turned = replace(families.STARCODER, infill=replace(families.STARCODER.infill, order="spm"))
    spelled = turned.spell(replace(BARE, path="a.py"))
    assert spelled[-3:] == (Special("<fim_middle>"), Special("<filename>"), "a.py\nx = ")


def test_without_a_suffix_the_text_goes_left_to_right() -> None:
    assert families.STARCODER.spell(Hole("x", path="a.py")) == (Special("<filename>"), "a.py\nx")
    assert families.CODESTRAL.spell(Hole("x")) == ("x",)


@pytest.mark.parametrize(
    ("specials", "says"),
    [
        (["<fim_prefix>", "<fim_suffix>", "<|endoftext|>"], "looks like StarCoder's but lacks <fim_middle>"),
        (["<|fim_prefix|>", "<|fim_middle|>", "<|fim_suffix|>"], "lacks"),
        (["<MASK>", "<s>"], "family is unknown"),
        (["<|im_start|>", "<|im_end|>", "<repo_name>", "<file_sep>", "<|endoftext|>"], "SmolLM2 knows no holes"),
    ],
)
def test_what_does_not_fit_is_completed_left_to_right_and_said(tmp_path: Path, specials: list[str], says: str) -> None:
    tokenizer = Tokenizer(byte_level(tmp_path, specials))
    assert says in tokenizer.left_to_right
    answer = prepared(tokenizer, BARE)
    assert says in answer.note
    assert answer.tokens == tokenizer.encode("x = ")
    assert prepared(tokenizer, Hole("x = ")).note == "", "nothing was left out"


def test_tokens_that_are_not_single_or_not_known_refuse_the_family(tmp_path: Path) -> None:
    marks = families.CODE_LLAMA.marks
    folder = sentence_pieces(tmp_path, marks)
    added = [{"id": 0 if token == marks[2] else number_of(folder, token), "content": token} for token in marks]
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    folder = changed(folder, added_tokens=[token | flags for token in added])
    tokenizer = Tokenizer(folder)
    assert tokenizer.family is PLAIN
    assert f"lacks {marks[2]}" in tokenizer.left_to_right


def test_long_contexts_lose_passages_first_then_the_beginning(made: Make) -> None:
    tokenizer = made(families.STARCODER)
    much = replace(HOLE, before="def add\n" * 300, after="return\n" * 300, passages=HOLE.passages * 60)
    answer = prepared(tokenizer, much, context=400)
    assert len(answer.tokens) <= 400
    assert answer.cut_tokens
    header = tokenizer.encode_parts(families.STARCODER.spell(Hole("", path="src/a.py", repository="tool")))
    assert answer.tokens[1 : 1 + len(header)] == header
    assert 0 < bytes_in(tokenizer, answer).count(b"# b.py") < 60


def bytes_in(tokenizer: Tokenizer, answer: PreparedPrompt) -> bytes:
    return b"".join(tokenizer.bytes_of.get(token, b"") for token in answer.tokens)


def test_questions_without_a_template_are_spelled_as_the_family_was_taught(made: Make) -> None:
    tokenizer = made(families.STARCODER)
    turns = [("system", "Be brief."), ("user", "What is <fim_prefix>?"), ("assistant", "A token."), ("user", "Why?")]
    tokens = tokenizer.encode_chat(turns)
    spelled = b"".join(tokenizer.bytes_of[token] for token in tokens).decode()
    assert spelled == ("Question: Be brief.\n\nWhat is <fim_prefix>?\n\nAnswer: A token.\n\nQuestion: Why?\n\nAnswer:")


@all_families()
def test_text_for_servers_reads_as_the_same_tokens(made: Make, tmp_path: Path, family: Family) -> None:
    """A server parses special tokens out of the text, as transformers does; it must find those of the row, no more."""
    from tokenizers import Tokenizer as Foreign

    tokenizer = made(family)
    server = Foreign.from_file(str(tmp_path / "tokenizer.json"))
    nasty = "".join(["</s>", *tokenizer.specials, "<|im_end|>", "<｜User｜>"]) + "<|fim_mid<|x|>dle|>"
    hole = Hole(f"a{nasty}", f"{nasty}b", f"{nasty}.py", nasty, (Passage(nasty, nasty),))
    text = spell_text(family, hole)
    if family is families.CODE_LLAMA:  # whose tokens begin with a blank, which such servers spell as one
        text = text.replace(" <", "▁<")
    found = [number for number in server.encode(text).ids if number in tokenizer.specials.values()]
    wanted = [tokenizer.specials[part.token] for part in family.spell(hole) if isinstance(part, Special)]
    assert found == wanted
    assert spell_text(family, Hole("plain < text", "[i] > |")).count("plain < text") == 1


def test_families_have_names_that_settings_can_spell() -> None:
    assert families.family_named("starcoder2") is families.STARCODER2
    assert families.family_named("qwen2.5_coder") is families.QWEN_CODER
    assert families.family_named("unheard of") is None
