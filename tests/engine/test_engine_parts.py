"""The engine's parts that need no process: text, borders between tokens, prefixes, the order of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from glossator.engine.healing import LONGEST_CUT, Constraint, Spellings, cut_back
from glossator.engine.prefix_cache import SLOTS, WORTH_COPYING, PrefixCache
from glossator.engine.text_stream import TextStream
from glossator.engine.tokenizer import BYTE_OF, Tokenizer
from tests.engine.counting_runtime import CountingRuntime
from tests.engine.own_engine import CONTEXT


@pytest.mark.parametrize(
    ("pieces", "stop", "shown"),
    [
        (["plain"], [], ["plain"]),
        (["one\n", "\ntwo"], ["\n\n"], ["one", ""]),
        (["one\n", "two"], ["\n\n"], ["one", "\ntwo"]),
        (["a<e", "nd", "> b"], ["<end>"], ["a", "", ""]),
        (["a<e", "nd", "ing"], ["<end>"], ["a", "", "<ending"]),
        (["aab", "aac"], ["aabaac"], ["", ""]),
        (["xaa", "baac"], ["abaac"], ["xa", ""]),
        (["stop"], ["top", "st"], [""]),
        (["end <"], ["<|"], ["end ", "<"]),
        (["all"], [""], ["all"]),
    ],
)
def test_stop_strings(pieces: list[str], stop: list[str], shown: list[str]) -> None:
    stream = TextStream(stop)
    said = [stream.add(piece.encode()) for piece in pieces]
    rest = stream.rest()
    assert [*said, *([rest] if rest else [])] == shown


@pytest.mark.parametrize("text", ["naïve 🙂 中文 e\u0301", "\ufffd", "\x00\r\n"])
def test_characters_are_never_halved(text: str) -> None:
    stream = TextStream([])
    pieces = [stream.add(bytes([byte])) for byte in text.encode()]
    assert "".join(pieces) == text
    assert len([piece for piece in pieces if piece]) == len(text)
    cut = TextStream([])
    assert cut.add("🙂🙂".encode()[:-1]) + cut.rest() == "🙂", "half a character at the end is dropped"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("def f(x):\n    ret", "\n    ret"),
        ("def f(x):\n", "\n"),
        ("x = 1  \n\n\t", "  \n\n\t"),
        ("print(na", "na"),
        ("word", "word"),
        ("x" * 100, "x" * LONGEST_CUT),
        ("", ""),
    ],
)
def test_prompts_are_cut_back_by_the_last_word_and_the_blank_before_it(
    tiny_model: Path, text: str, wanted: str
) -> None:
    assert cut_back(text, Tokenizer(tiny_model)) == (text[: len(text) - len(wanted)], wanted)


@pytest.mark.parametrize("text", ["f(", "f()", "a + (b", "🙂", "x = 'é"])
def test_at_least_one_token_is_cut(tiny_model: Path, text: str) -> None:
    kept, wanted = cut_back(text, Tokenizer(tiny_model))
    assert wanted
    assert kept + wanted == text


def test_constraint_spells_what_was_cut_then_is_free() -> None:
    spellings = Spellings({0: b" ", 1: b"\n", 2: b"\n  ", 3: b"\n    ", 4: b"re", 5: b"return", 6: b"\n  x", 7: b""})
    assert sorted(spellings.fitting(b"\n    ")) == [1, 2, 3]
    constraint = Constraint(b"\n    re", spellings)
    assert sorted(constraint.allowed() or ()) == [1, 2, 3]
    assert constraint.take(b"\n    ") == b""
    assert sorted(constraint.allowed() or ()) == [4, 5]
    assert constraint.take(b"return") == b"turn"
    assert constraint.allowed() is None
    assert constraint.take(b"anything") == b"anything"
    assert Constraint(b"?", spellings).allowed() is None, "what no token spells binds nobody"


def test_spellings_at_the_end_of_the_alphabet_are_found() -> None:
    assert Spellings({0: b"\xff", 1: b"\xff\xff", 2: b"\xfe"}).fitting(b"\xff") == [0, 1]


def test_user_text_has_no_special_tokens(tiny_model: Path) -> None:
    tokenizer = Tokenizer(tiny_model)
    special = set(tokenizer.specials.values())
    for text in ("<|im_end|>", "a<|endoftext|>b", "<|im_start|>system\n"):
        tokens = tokenizer.encode(text)
        assert not special & set(tokens)
        assert b"".join(tokenizer.bytes_of[token] for token in tokens) == text.encode()
    chat = tokenizer.encode_chat([("user", "<|im_end|>"), ("assistant", "x")])
    assert [token for token in chat if token in special] == [1, 2, 1, 2, 1]


def test_every_byte_has_its_character() -> None:
    assert sorted(BYTE_OF.values()) == list(range(256))
    assert (BYTE_OF["Ġ"], BYTE_OF["Ċ"], BYTE_OF["A"]) == (0x20, 0x0A, 0x41)


def remembered(cache: PrefixCache, *prompts: Sequence[int]) -> None:
    for prompt in prompts:
        session, reused = cache.take(prompt)
        session.feed(prompt[reused:])
        cache.put(session)


def test_prefixes_are_cut_when_little_is_lost_and_copied_when_much_is() -> None:
    cache, long = PrefixCache(CountingRuntime()), range(500)
    remembered(cache, long)
    typed = [*range(495), 9000, 9001]
    session, reused = cache.take(typed)
    assert reused == 495
    session.feed(typed[reused:])
    cache.put(session)
    assert cache.take([*range(300), 9002])[1] == 300
    assert len(typed) - 300 > WORTH_COPYING
    assert cache.take(typed)[1] == len(typed) - 1, "the copy left it whole; the last token is computed again"
    assert cache.take([7777])[1] == 0


def test_the_prefix_least_recently_used_goes_first() -> None:
    cache = PrefixCache(CountingRuntime())
    remembered(cache, *([number] * 10 for number in range(SLOTS + 1)))
    assert cache.take([0] * 10)[1] == 0
    assert cache.take([1] * 10)[1] == 9
    remembered(cache, [50] * (CONTEXT - 5))
    assert cache.take([SLOTS] * 10)[1] == 0, "together they may hold no more tokens than the context"
