"""What the engine says of the parts of a prompt: every token counted once, in order, within the room there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from glossator.engine.healing import Spellings
from glossator.engine.load import LoadedModel
from glossator.engine.prefix_cache import PrefixCache
from glossator.engine.prepare import PreparedPrompt, prepare
from glossator.engine.question import Question
from glossator.engine.tokenizer import Tokenizer
from glossator.models.families import QWEN_CODER, SMOLLM2, STARCODER
from glossator.models.formats import Family, Passage
from tests.engine.counting_runtime import CountingRuntime
from tests.engine.family_tokenizers import byte_level

PASSAGES = tuple(
    Passage(f"{name}.py", f"def {name}():\n    pass", rank) for name, rank in (("a", 2), ("b", 0), ("c", 1))
)


def prepared(folder: Path, family: Family, passage_tokens: int = 0, after: str = "\ny") -> PreparedPrompt:
    specials = [*family.marks, *(mark for mark in family.ends if mark not in family.marks)]
    tokenizer = Tokenizer(byte_level(folder, specials, special=family.name != "Qwen2.5-Coder"))
    runtime = CountingRuntime(4096)
    model = LoadedModel(
        "made", runtime, tokenizer, Spellings(tokenizer.bytes_of), PrefixCache(runtime), tokenizer.ends()
    )
    question = Question("made", "x = ", after, "m.py", "", PASSAGES, passage_tokens, heal=False)
    return prepare(question, model)


@pytest.mark.parametrize("family", [STARCODER, QWEN_CODER, SMOLLM2], ids=lambda family: family.name)
@pytest.mark.parametrize("after", ["\ny", ""])
def test_the_parts_are_the_whole(tmp_path: Path, family: Family, after: str) -> None:
    prompt = prepared(tmp_path, family, after=after)
    assert sum(tokens for _, tokens, _ in prompt.seen) == len(prompt.tokens)
    names = [name for name, _, _ in prompt.seen]
    assert [name for name in names if name.startswith("passage")] == ["passage 0", "passage 1", "passage 2"]
    assert all(tokens > 0 for _, tokens, _ in prompt.seen)


def test_the_least_important_passages_go_first_and_the_others_keep_their_order(tmp_path: Path) -> None:
    whole = {name: tokens for name, tokens, _ in prepared(tmp_path, SMOLLM2).seen}
    room = whole["passage 1"] + whole["passage 2"]
    short = prepared(tmp_path, SMOLLM2, room)
    assert [name for name, _, _ in short.seen] == ["passage 1", "passage 2", "before"]
    shorter = prepared(tmp_path, SMOLLM2, room - 1)
    assert [name for name, _, _ in shorter.seen] == ["passage 1", "before"]
