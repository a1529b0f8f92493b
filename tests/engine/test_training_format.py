"""What a training spells is what a question will be: also on a base that knows no holes."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from glossator.engine.prepare import prepare
from glossator.engine.question import Question
from glossator.engine.tokenizer import Tokenizer
from glossator.engine.training.sequences import Encoder, spares
from glossator.errors import WrongUse
from glossator.models.adapter_format import brought
from glossator.models.formats import Infill, Slot, Special

BEFORE, MIDDLE, AFTER = "def f(a):\n    re", "turn a", "\n\nx = f(1)\n"


@pytest.mark.parametrize("base", ["tiny_model", "tiny_starcoder"])
def test_a_hole_is_spelled_in_training_as_in_a_question(base: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(base)
    tokenizer = Tokenizer(folder)
    family = tokenizer.family if tokenizer.family.infill else brought(tokenizer.family, spares(tokenizer, folder))
    assert family.infill is not None
    taught = tokenizer.taught(family.infill)
    model = SimpleNamespace(runtime=SimpleNamespace(context=512), tokenizer=taught, prompt_style="none")
    question = Question(model="m", text=BEFORE, suffix=AFTER, max_tokens=16, path="a.py")
    asked = prepare(question, model)  # type: ignore[arg-type]
    example = {"path": "a.py", "before": BEFORE, "middle": MIDDLE, "after": AFTER, "ends": True, "kind": "node"}
    learnt = Encoder(tokenizer, family, 512, 0).encode({**example, "order": family.infill.order}, 0.2)
    assert asked.suffix_used
    assert learnt.tokens[: len(asked.tokens)] == asked.tokens
    assert learnt.tokens[len(asked.tokens) :] == [*tokenizer.encode(MIDDLE, continued=True), 0]
    short = Encoder(tokenizer, family, 24, 0).encode({**example, "order": "psm"}, 0.2)
    assert len(short.tokens) == len(short.weights) <= 24


def test_a_base_without_holes_reads_a_text_that_goes_on(tiny_model: Path) -> None:
    tokenizer = Tokenizer(tiny_model)
    assert tokenizer.family.infill is None
    example = {"path": "a.py", "before": BEFORE, "middle": MIDDLE, "after": AFTER, "ends": True, "kind": "node"}
    learnt = Encoder(tokenizer, tokenizer.family, 512, 0).encode({**example, "order": "psm"}, 1.0)
    middle = tokenizer.encode(MIDDLE, continued=True)
    assert learnt.tokens[-len(middle) :] == middle, "no end token, for the text does not end"
    assert b"".join(tokenizer.bytes_of.get(one, b"") for one in learnt.tokens).decode().endswith(BEFORE + MIDDLE)
    assert set(learnt.weights) == {1.0}


def test_a_format_of_another_base_is_refused(tiny_model: Path) -> None:
    foreign = Infill(spm=(Special("<not_here>"), Slot.AFTER, Slot.BEFORE), order="spm")
    with pytest.raises(WrongUse, match="<not_here>"):
        Tokenizer(tiny_model).taught(foreign)
