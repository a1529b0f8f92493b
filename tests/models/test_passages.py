"""Passages of other files, on their way to a model elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from glossator.models.base import Prompt, read
from glossator.models.consenting import ConsentingModel
from glossator.models.exclusions import Exclusions
from glossator.models.families import QWEN_CODER
from glossator.models.formats import Passage
from glossator.models.infill import InfillingModel, Setting
from glossator.models.redaction import RedactingModel
from glossator.models.scripted import ScriptedModel

PASSAGES = (Passage("b.py", "def b(): ...", 1), Passage("c.py", "def c(): ...", 0))
PROMPT = Prompt("x = ", "\ny", passages=PASSAGES, passage_tokens=100)


@pytest.mark.parametrize(
    ("setting", "text"),
    [
        ("suffix", "# b.py\n# def b(): ...\n# c.py\n# def c(): ...\nx = "),
        ("none", "# b.py\n# def b(): ...\n# c.py\n# def c(): ...\nx = "),
        (
            "fim",
            "<|file_sep|>b.py\ndef b(): ...\n<|file_sep|>c.py\ndef c(): ...\n"
            "<|fim_prefix|>x = <|fim_suffix|>\ny<|fim_middle|>",
        ),
    ],
)
async def test_they_are_spelled_as_the_server_takes_them(setting: Setting, text: str) -> None:
    model = ScriptedModel(("1",))
    await read(InfillingModel(model, setting, QWEN_CODER), PROMPT)
    assert model.asked[0].text == text


async def test_the_least_important_is_left_out_where_there_is_no_room() -> None:
    model = ScriptedModel(("1",))
    short = Prompt("x = ", passages=PASSAGES, passage_tokens=5)
    await read(InfillingModel(model, "none", None), short)
    assert model.asked[0].text == "# c.py\n# def c(): ...\nx = "


async def test_secrets_and_excluded_files_stay_here(tmp_path: Path) -> None:
    model = ScriptedModel(("1",))
    secret = Passage("b.py", "key = 'hf_" + "a1B2c3D4" * 4 + "'", origin=str(tmp_path / "b.py"))
    excluded = Passage("c.py", "def c(): ...", origin=str(tmp_path / "internal" / "c.py"))
    whole = ConsentingModel(RedactingModel(model), "Somebody", None, Exclusions(tmp_path, ("internal/",)))
    await read(whole, Prompt("x = ", passages=(secret, excluded)))
    assert [one.text for one in model.asked[0].passages] == ["key = 'REDACTED_HUGGING_FACE'"]
