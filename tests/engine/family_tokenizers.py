"""Small tokenizers of each kind, with a family's special tokens: what the rows of ``formats`` are asserted against."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

CORPUS = [
    "def add(first, second):\n    return first + second\n",
    "# src/a.py\nfor number in range(10):\n    pass\n",
] * 20


def byte_level(folder: Path, specials: Sequence[str], *, special: bool = True) -> Path:
    """Byte-level BPE trained here, the special tokens first. Not ``special``: added as DeepSeek and Qwen add theirs."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)  # type: ignore[assignment]
    tokenizer.decoder = decoders.ByteLevel()  # type: ignore[assignment]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=300, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(CORPUS, trainer)
    tokenizer.add_tokens([AddedToken(token, special=special, normalized=not special) for token in specials])
    return _saved(tokenizer, folder)


def sentence_pieces(folder: Path, specials: Sequence[str], *, blank: str = "prepend") -> Path:
    """Pieces with ``▁`` for blanks, bytes for what has no piece. The special tokens are pieces too, and the likeliest:
    text that spells one becomes it unless somebody takes care.

    ``blank``: ``prepend`` puts one before every text (CodeLlama), ``first`` before the first (Codestral), ``none``.
    """
    characters = [chr(code) for code in range(0x21, 0x7F)] + ["▁", "\n"]
    words = ["▁def", "▁return", "▁x", "▁=", "def", "src", ".py"]
    ends = ["<bos>"] if blank == "none" else ["<s>", "</s>"]
    singles = ["<unk>", *ends, *(token for token in specials if token not in ends)]
    pieces = [(token, 0.0) for token in singles] + [(word, -2.0) for word in words]
    pieces += [(one, -5.0) for one in characters] + [(f"<0x{byte:02X}>", -20.0) for byte in range(256)]
    tokenizer = Tokenizer(models.Unigram(pieces, 0, byte_fallback=True))
    if blank == "first":
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)  # type: ignore[assignment]
    else:
        replacing: list[Any] = [normalizers.Replace(" ", "▁")]
        first = [normalizers.Prepend("▁")] if blank == "prepend" else []
        tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), *first, *replacing])  # type: ignore[assignment]
    tokenizer.decoder = decoders.Sequence(  # type: ignore[assignment]
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in singles])
    return _saved(tokenizer, folder)


def changed(folder: Path, **fields: Any) -> Path:
    """The same folder with other fields in its definition."""
    file = folder / "tokenizer.json"
    file.write_text(json.dumps(json.loads(file.read_text("utf-8")) | fields), "utf-8")
    return folder


def number_of(folder: Path, token: str) -> int:
    """The number of a token, by the file itself."""
    number = Tokenizer.from_file(str(folder / "tokenizer.json")).token_to_id(token)
    assert number is not None
    return int(number)


def _saved(tokenizer: Tokenizer, folder: Path) -> Path:
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "PreTrainedTokenizerFast"}', "utf-8")
    return folder
