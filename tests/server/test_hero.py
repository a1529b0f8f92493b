"""The example script that ships: each construct is resolved, and says what the installed documentation says."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from glossator.cli.demo import EXAMPLE
from glossator.explain.explanation import Explanation
from glossator.explain.options import ExplainOptions
from glossator.explain.pipeline import ExplainTools, explain
from glossator.research.local import Distributions, LanguageTopics
from glossator.resolve.distributions import Installed
from glossator.resolve.ty import TyResolver
from glossator.text import Snapshot
from tests.cursor import CURSOR

AUTO = "transformers.models.auto"
TOKENIZER = "transformers.tokenization_utils_base.PreTrainedTokenizerBase"
PLACES = [
    (
        "from peft import <CURSOR>PeftModel",
        "peft.peft_model.PeftModel",
        "Base model encompassing various Peft methods.",
    ),
    (
        "AutoModelForCausalLM.<CURSOR>from_pretrained(checkpoint)\n",
        f"{AUTO}.modeling_auto.AutoModelForCausalLM.from_pretrained",
        "Instantiate one of the model classes of the library from a pretrained model.",
    ),
    (
        "PeftModel.<CURSOR>from_pretrained(model, peft_checkpoint)",
        "peft.peft_model.PeftModel.from_pretrained",
        "Instantiate a PEFT model from a pretrained model and loaded PEFT weights.",
    ),
    (
        "tokenizer.<CURSOR>encode(",
        f"{TOKENIZER}.encode",
        "Converts a string to a sequence of ids (integer), using the tokenizer and vocabulary.",
    ),
    (
        '<CURSOR>return_tensors="pt"',
        f"{TOKENIZER}.encode(return_tensors)",
        "If set, will return tensors instead of list of python integers.",
    ),
    (
        "model.<CURSOR>generate(inputs)",
        "transformers.generation.utils.GenerationMixin.generate",
        "Generates sequences of token ids for models with a language modeling head.",
    ),
    ("tokenizer.<CURSOR>decode(outputs[0])", f"{TOKENIZER}.decode", "Converts a sequence of ids into a string"),
    (
        "AutoTokenizer.<CURSOR>from_pretrained(checkpoint)",
        f"{AUTO}.tokenization_auto.AutoTokenizer.from_pretrained",
        "Instantiate one of the tokenizer classes of the library from a pretrained model vocabulary.",
    ),
    (
        "from_pretrained(checkpoint).<CURSOR>to(device)",
        "transformers.modeling_utils.PreTrainedModel.to",
        "Move and/or cast the parameters and buffers.",
    ),
]


pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def tools() -> AsyncIterator[ExplainTools]:
    environment = Path(sys.prefix)
    resolver = TyResolver(EXAMPLE.parent, environment, timeout=120.0)
    installed = Installed(environment, EXAMPLE.parent)
    yield ExplainTools(resolver, installed, (LanguageTopics(), Distributions(installed)))
    await resolver.close()


async def ask(marked: str, tools: ExplainTools) -> Explanation:
    text = EXAMPLE.read_text("utf-8")
    before, _, after = marked.partition(CURSOR)
    snapshot = Snapshot(EXAMPLE.as_uri(), "python", text)
    position = snapshot.position(text.index(before + after) + len(before))
    return await explain(snapshot, position, tools, ExplainOptions("none"))


@pytest.mark.parametrize(("marked", "qualified_name", "words"), PLACES)
async def test_each_construct_is_resolved_and_documented(
    marked: str, qualified_name: str, words: str, tools: ExplainTools
) -> None:
    answer = await ask(marked, tools)
    assert answer.symbol is not None
    assert answer.symbol.qualified_name == qualified_name
    assert answer.symbol.version
    assert words in " ".join(sentence.text for sentence in answer.summary)
    sources = {source.id for source in answer.sources}
    sentences = [*answer.summary, *answer.synthesis, *(one for each in answer.arguments for one in each.sentences)]
    assert all(set(sentence.citations) <= sources and sentence.citations for sentence in sentences)


async def test_the_tensors_that_pt_stands_for_are_told(tools: ExplainTools) -> None:
    answer = await ask("tokenizer.<CURSOR>encode(", tools)
    (tensors,) = [one for one in answer.arguments if one.name == "return_tensors"]
    assert tensors.sentences[-1].text == "`'pt'`: Return PyTorch `torch.Tensor` objects."


async def test_both_mistakes_are_pointed_out(tools: ExplainTools) -> None:
    answer = await ask("tokenizer.<CURSOR>encode(", tools)
    lines = EXAMPLE.read_text("utf-8").split("\n")
    dropped, left_open = answer.notices
    assert dropped.kind == "overwritten_before_use"
    assert lines[dropped.line - 1].startswith("model = AutoModelForCausalLM")
    assert "PeftModel.from_pretrained" in dropped.message
    assert left_open.kind == "string_left_open"
    assert lines[left_open.line - 1].startswith("inputs = tokenizer.encode(")
