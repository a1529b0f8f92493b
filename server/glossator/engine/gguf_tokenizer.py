"""A byte-level BPE tokenizer out of a GGUF, with the splitting of digits that the file names but does not spell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenizers import AddedToken, Tokenizer, decoders, pre_tokenizers
from tokenizers.models import BPE

from glossator.engine.gguf_llama import field

if TYPE_CHECKING:
    from gguf import GGUFReader

CONTROL = 3  # the token type of special tokens

# ``tokenizer.ggml.pre`` names how text is cut before merging. SmolLM2 was trained with each digit on its own;
# transformers leaves that out when it reads a GGUF.
SPLITS_DIGITS = {"smollm": True, "gpt-2": False}


def tokenizer_of(reader: GGUFReader) -> Tokenizer:
    """The tokenizer.

    Raises:
        ValueError: not a byte-level BPE, or cut in a way that we do not know.
    """
    kind, splitter = field(reader, "tokenizer.ggml.model"), field(reader, "tokenizer.ggml.pre")
    if kind != "gpt2" or splitter not in SPLITS_DIGITS:
        raise ValueError(f"its tokenizer is {kind}/{splitter}, which is not known")
    tokens = field(reader, "tokenizer.ggml.tokens")
    merges = [tuple(merge.split(" ")) for merge in field(reader, "tokenizer.ggml.merges")]
    tokenizer = Tokenizer(BPE({token: number for number, token in enumerate(tokens)}, merges))
    steps: list[Any] = [pre_tokenizers.ByteLevel(add_prefix_space=False)]
    if SPLITS_DIGITS[splitter]:
        steps.insert(0, pre_tokenizers.Digits(individual_digits=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(steps)
    tokenizer.decoder = decoders.ByteLevel()
    types = field(reader, "tokenizer.ggml.token_type")
    special = [token for token, kind in zip(tokens, types, strict=True) if kind == CONTROL]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return tokenizer


def tokenizer_config_of(reader: GGUFReader) -> dict[str, Any]:
    """The ``tokenizer_config.json``. The class is the one that takes ``tokenizer.json`` as it stands."""
    tokens = field(reader, "tokenizer.ggml.tokens")
    roles = {"bos_token": "bos", "eos_token": "eos", "unk_token": "unknown", "pad_token": "padding"}
    keys = {role: f"tokenizer.ggml.{name}_token_id" for role, name in roles.items()}
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "clean_up_tokenization_spaces": False,
        "model_max_length": field(reader, "llama.context_length"),
        "chat_template": field(reader, "tokenizer.chat_template"),
        **{role: tokens[field(reader, key)] for role, key in keys.items() if key in reader.fields},
    }
