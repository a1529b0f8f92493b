"""Text to tokens and back. Text that a user typed can never become a special token.

The transformers tokenizer parses ``<|im_end|>`` anywhere in a text. So ours is built from the same ``tokenizer.json``
without its added tokens: it does not know them, and special tokens are put in by number.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as BackendTokenizer

from glossator.errors import ModelMissing, WrongUse
from glossator.models.formats import Family, Part, Special, family_of

# Stand-ins for the contents of messages while the template is rendered; private use, and none of the user's text is
# in the template then, so they cannot be confused.
PLACEHOLDER = "\ue000{}\ue001"
PLACEHOLDER_PATTERN = re.compile("\ue000(\\d+)\ue001")


class Tokenizer:
    """One model's tokenizer, read from a folder with ``tokenizer.json``."""

    def __init__(self, folder: Path) -> None:
        try:
            definition = json.loads((folder / "tokenizer.json").read_text("utf-8"))
        except FileNotFoundError as error:
            what = f"The model in {folder} has no tokenizer.json."
            raise ModelMissing(what, "Save its tokenizer with save_pretrained of a fast tokenizer.") from error
        added: list[dict[str, Any]] = definition["added_tokens"]
        # A run of blanks is text, whatever the model's makers call it.
        blanks = [token for token in added if not token["content"].strip() and not token["special"]]
        self.specials = {token["content"]: int(token["id"]) for token in added if token not in blanks}
        self._folder = folder
        self._backend = BackendTokenizer.from_str(
            json.dumps(definition | {"added_tokens": blanks, "post_processor": None, "truncation": None})
        )
        whole = BackendTokenizer.from_file(str(folder / "tokenizer.json"))
        self.start: tuple[int, ...] = tuple(whole.encode("").ids)  # what the model wants before every text
        self.family: Family = family_of(self.specials)

    def encode(self, text: str) -> list[int]:
        """The tokens of a text, none of them special."""
        return list(self._backend.encode(text, add_special_tokens=False).ids)

    def last_token_start(self, text: str) -> int:
        """Where the last token's first character stands, in code points; 0 for an empty text."""
        offsets = self._backend.encode(text, add_special_tokens=False).offsets
        return int(offsets[-1][0]) if offsets else 0

    def encode_parts(self, parts: Iterable[Part]) -> list[int]:
        """The tokens of text and special tokens in a row."""
        tokens: list[int] = []
        for part in parts:
            tokens += [self.specials[part.token]] if isinstance(part, Special) else self.encode(part)
        return tokens

    def encode_chat(self, messages: Sequence[tuple[str, str]]) -> list[int]:
        """The tokens of (role, content) turns through the model's chat template, the assistant's turn opened.

        Raises:
            WrongUse: the model has no template, or its template refuses these turns.
        """
        return self.encode_parts(self._chat_parts(messages))

    @cached_property
    def bytes_of(self) -> dict[int, bytes]:
        """What each token that is not special adds to the text."""
        special = set(self.specials.values())
        spell = _spell_bytes if self._is_byte_level() else _spell_pieces
        vocabulary = self._backend.get_vocab(with_added_tokens=True)
        return {number: spell(token) for token, number in vocabulary.items() if number not in special}

    def ends(self) -> frozenset[int]:
        """The tokens that the family ends a text with, beside those of the model's own configuration."""
        return frozenset(self.specials[token] for token in self.family.ends if token in self.specials)

    def document_start(self) -> tuple[int, ...]:
        """What stands before a text that is otherwise empty, because a model cannot continue nothing."""
        token = self.family.document_start
        if self.start or token not in self.specials:
            return self.start or tuple(list(self.specials.values())[:1])
        return (self.specials[token],)

    def _chat_parts(self, messages: Sequence[tuple[str, str]]) -> Iterator[Part]:
        turns = [{"role": role, "content": PLACEHOLDER.format(n)} for n, (role, _) in enumerate(messages)]
        rendered = self._render(turns)
        marks = sorted(self.specials, key=len, reverse=True)
        for piece in re.split(f"({'|'.join(map(re.escape, marks))})" if marks else "(?!)", rendered):
            if piece in self.specials:
                yield Special(piece)
            elif piece:  # template and content together: their border is no border between tokens
                yield PLACEHOLDER_PATTERN.sub(lambda match: messages[int(match[1])][1], piece)

    def _render(self, turns: list[dict[str, str]]) -> str:
        from jinja2 import TemplateError

        if not self._transformers.chat_template:
            raise WrongUse(f"The model in {self._folder} has no chat template.", "Ask it through /v1/completions.")
        try:
            return str(self._transformers.apply_chat_template(turns, tokenize=False, add_generation_prompt=True))
        except TemplateError as error:
            what = f"The model's chat template refuses these messages: {error}."
            raise WrongUse(what, "Change their roles.") from error

    @cached_property
    def _transformers(self) -> Any:
        from transformers import AutoTokenizer

        return AutoTokenizer.from_pretrained(self._folder, local_files_only=True, trust_remote_code=False)

    def _is_byte_level(self) -> bool:
        return "ByteLevel" in json.dumps(json.loads(self._backend.to_str())["decoder"])


def _spell_bytes(token: str) -> bytes:
    """Byte-level BPE writes each byte as one printable character."""
    if any(character not in BYTE_OF for character in token):
        return token.encode()
    return bytes(BYTE_OF[character] for character in token)


def _spell_pieces(token: str) -> bytes:
    """SentencePiece writes blanks as ``▁`` and single bytes as ``<0x0A>``."""
    if match := re.fullmatch(r"<0x([0-9A-F]{2})>", token):
        return bytes([int(match[1], 16)])
    return token.replace("▁", " ").encode()


def _byte_characters() -> dict[str, int]:
    """The byte behind each character: printable Latin-1 stands for itself, the rest follows from U+0100 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    rest = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(0x100 + n): byte for n, byte in enumerate(rest)}


BYTE_OF = _byte_characters()
