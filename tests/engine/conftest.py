"""A tiny random Llama with a small tokenizer, and engines that serve it: the real process, the real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from glossator.models.engine_address import read_address
from glossator.models.engine_process import ensure_running, http_client
from glossator.settings import Settings
from tests.engine.own_engine import CONTEXT, own_folders, tiny_settings
from tests.engine.tiny_starcoder import write_tiny_starcoder

SPECIALS = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<repo_name>", "<file_sep>"]
CORPUS = ["def add(first, second):\n    return first + second\n", "for number in range(10):\n    print(number)\n"] * 20
CHAT_TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
WANTED = {*map(chr, range(0x21, 0x7F)), "Ġ", "Ċ"}  # as byte-level BPE spells them


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """See ``write_tiny_model``."""
    return write_tiny_model(tmp_path_factory.mktemp("tiny"))


def write_tiny_model(folder: Path) -> Path:
    """A folder with a Llama of 2 layers, random weights, that says ASCII only and never ends a text by itself."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    folder.mkdir(exist_ok=True)
    vocabulary = _save_tokenizer(folder)
    unwanted = [number for token, number in vocabulary.items() if not set(token) <= WANTED or token in SPECIALS]
    torch.manual_seed(7)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        bos_token_id=1,
        eos_token_id=2,
        initializer_range=0.4,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        model.lm_head.weight[unwanted] = 0  # never the likeliest
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_starcoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder named tiny with a GPTBigCode of 2 layers; see its module."""
    folder = tmp_path_factory.mktemp("starcoder") / "tiny"
    folder.mkdir()
    return write_tiny_starcoder(folder)


@pytest.fixture
def folders() -> Iterator[Path]:
    """Folders of their own for everything; whatever engine runs there at the end is stopped."""
    with own_folders() as root:
        yield root


@pytest.fixture
def settings(tiny_model: Path, folders: Path) -> Settings:
    """Settings for the tiny model, in folders of their own."""
    return tiny_settings(tiny_model)


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Iterator[Settings]:
    """An engine shared by the tests of a module."""
    with own_folders():
        settings = tiny_settings(tiny_model)
        asyncio.run(ensure_running(settings))
        yield settings


@pytest.fixture
async def client(engine: Settings) -> AsyncIterator[httpx2.AsyncClient]:
    """A plain HTTP client of the shared engine."""
    address = read_address()
    assert address is not None
    async with http_client(address, 120) as client:
        yield client


def _save_tokenizer(folder: Path) -> dict[str, int]:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=SPECIALS, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(CORPUS, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token=SPECIALS[1], eos_token=SPECIALS[2], chat_template=CHAT_TEMPLATE
    )
    fast.save_pretrained(folder)
    return dict(tokenizer.get_vocab())
