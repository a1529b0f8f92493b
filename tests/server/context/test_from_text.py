"""Suggestions while there is no model."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from glossator.complete.from_text import LOADING, OPEN_FILES, OpenFilesModel, continuation, trouble_in
from glossator.errors import ModelMissing
from glossator.models.base import Piece, Prompt, read
from glossator.models.scripted import ScriptedModel

CODE = "for item in basket.items():\n    total += item.price\n\nfor item in basket.items():\n    count += 1\n"
CASES = {
    "a name that was begun": ("x = bask", "et.items():"),
    "what followed the same words": ("for item in ", "basket.items():"),
    "in the middle of a word": ("for item in basket.it", "ems():"),
    "nothing where it is not clear": ("    ", ""),
    "nothing for an unknown name": ("zebra", ""),
    "nothing for an empty text": ("", ""),
    "emoji and half of it": ("🙂 = bask", "et.items():"),
}


class Missing:
    """A model without weights."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        raise ModelMissing("There are no weights.", "Pull them.")
        yield Piece("")


@pytest.mark.parametrize("name", CASES)
def test_open_files_go_on(name: str) -> None:
    before, expected = CASES[name]
    assert continuation(before, (CODE,)) == expected


def test_the_nearest_text_counts_most() -> None:
    assert continuation("colour = ", ("colour = red\n", "colour = blue\n")) == "red"


def test_a_stop_string_ends_it() -> None:
    assert continuation("for item in ", (CODE,), (".items",)) == "basket"


async def test_a_missing_model_is_told_of_and_the_files_answer() -> None:
    text, usage = await read(OpenFilesModel(Missing(), (CODE,)), Prompt("for item in "))
    assert text == "basket.items():"
    assert usage is not None
    assert usage.backend == OPEN_FILES
    assert str(trouble_in(usage.backend, (usage.note,))) == "There are no weights. Pull them."


async def test_a_model_that_is_loading_is_not_waited_for() -> None:
    slow = ScriptedModel(("late",), delay=60.0)
    text, usage = await read(OpenFilesModel(slow, (CODE,), patience=0.01), Prompt("for item in "))
    assert (text, usage and usage.note) == ("basket.items():", LOADING)
    assert slow.cancelled == 1
    assert trouble_in(OPEN_FILES, (LOADING,)) is None


async def test_a_model_that_answers_has_the_floor() -> None:
    text, usage = await read(OpenFilesModel(ScriptedModel(("mine",)), (CODE,)), Prompt("for item in "))
    assert (text, usage and usage.backend) == ("mine", "scripted")
