"""Text to tokens and back. Text that a user typed can never become a special token.

The transformers tokenizer parses ``<|im_end|>`` anywhere in a text. So ours is built from the same ``tokenizer.json``
without its added tokens: it does not know them, and special tokens are put in by number. Some vocabularies spell
special tokens all the same, by their merges or as pieces, also out of characters that their normalizer turns into
others: such a token is taken apart again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from copy import copy
from functools import cached_property
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer as BackendTokenizer

from glossator.errors import ModelMissing, WrongUse
from glossator.models.adapter_format import with_infill
from glossator.models.dialogue import Dialogue
from glossator.models.families import FAMILIES, PLAIN, recognise
from glossator.models.formats import LOOKS_SPECIAL, Infill, Part, Special

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
        # A run of blanks is text, whatever the model's makers call it, and so is a single character.
        blanks = [token for token in added if not token["content"].strip() and not token["special"]]
        texts = [token for token in added if len(token["content"]) == 1 and not token["special"]]
        self.specials = {token["content"]: int(token["id"]) for token in added if token not in [*blanks, *texts]}
        self._symbols = {
            int(token["id"])
            for token in added
            if not token["special"] and not re.fullmatch(LOOKS_SPECIAL, token["content"])
        }
        self._folder = folder
        bare = definition | {"added_tokens": blanks, "post_processor": None, "truncation": None}
        self._backend = BackendTokenizer.from_str(json.dumps(bare))
        self._continuing = BackendTokenizer.from_str(json.dumps(bare | _without_leading_blank(definition)))
        self._blank_everywhere = "Prepend" in json.dumps(definition["normalizer"])
        whole = BackendTokenizer.from_file(str(folder / "tokenizer.json"))
        self.start: tuple[int, ...] = tuple(whole.encode("").ids)  # what the model wants before every text
        unknown = _unknown(definition["model"])
        self.family, self.problem = recognise(_single(self.specials, whole, unknown))
        named = (*self.family.marks, *self.family.ends)
        self._controls = frozenset(self.specials.values())
        self._unknown = -1 if unknown in named else self.specials.get(unknown or "", -1)

    def taught(self, infill: Infill) -> Tokenizer:
        """The same with a format that an adapter brings.

        Raises:
            WrongUse: a special token of it is none here.
        """
        family = with_infill(self.family, infill)
        missing = [token for token in family.marks if token not in self.specials]
        if missing:
            what = f"The adapter's format needs the special token {missing[0]}, which the base does not have."
            raise WrongUse(what, "Choose an adapter that was made for this base.")
        taught = copy(self)
        taught.family, taught.problem = family, None
        return taught

    def encode(self, text: str, *, continued: bool = False) -> list[int]:
        """The tokens of a text, none of them special. ``continued``: no text begins here, so the blank that
        SentencePiece puts before each text is left out."""
        backend = self._continuing if continued else self._backend
        encoding = backend.encode(text, add_special_tokens=False)
        if self._controls.isdisjoint(encoding.ids):
            return list(encoding.ids)
        read = zip(encoding.offsets, encoding.ids, strict=True)
        spans = [(left, right) for (left, right), number in read if self._is_formed(number, right - left)]
        pieces = _apart(text, spans)
        if pieces == [text]:
            return [number for number in encoding.ids if not self._is_formed(number)]
        first = self.encode(pieces[0], continued=continued)
        return [*first, *(number for piece in pieces[1:] for number in self.encode(piece, continued=True))]

    @property
    def left_to_right(self) -> str:
        """Why the text behind the cursor is not used, in a sentence; empty if it is."""
        if self.family.infill:
            return ""
        if self.problem:
            return self.problem.what
        name = "The model's family is unknown" if self.family is PLAIN else f"{self.family.name} knows no holes"
        return f"{name}, so the text behind the cursor is not used."

    def last_token_start(self, text: str) -> int:
        """Where the last token's first character stands, in code points; 0 for an empty text."""
        offsets = self._backend.encode(text, add_special_tokens=False).offsets
        return int(offsets[-1][0]) if offsets else 0

    def encode_parts(self, parts: Iterable[Part]) -> list[int]:
        """The tokens of text and special tokens in a row."""
        tokens: list[int] = []
        for part in parts:
            if isinstance(part, Special):
                tokens.append(self.specials[part.token])
            else:
                tokens += self.encode(part, continued=bool(tokens) and not self._blank_everywhere)
        return tokens

    def encode_chat(self, messages: Sequence[tuple[str, str]]) -> list[int]:
        """The tokens of (role, content) turns through the model's chat template, the assistant's turn opened.

        Raises:
            WrongUse: the model has no template, or its template refuses these turns.
        """
        return self.encode_parts([self.dialogue.spell(messages)] if self.dialogue else self._chat_parts(messages))

    @cached_property
    def dialogue(self) -> Dialogue | None:
        """How the family spells a chat as plain text, where this tokenizer has no template for one."""
        return None if self.family.instruction and self._transformers.chat_template else self.family.instruction

    @cached_property
    def bytes_of(self) -> dict[int, bytes]:
        """What each token that is not special adds to the text. Symbols like ``<table>`` are text when they come."""
        special = set(self.specials.values()) - (self._symbols - self.ends())
        spell = _spell_bytes if self._is_byte_level() else _spell_pieces
        symbols = {token: number for token, number in self.specials.items() if number in self._symbols}
        vocabulary = self._backend.get_vocab(with_added_tokens=True) | symbols
        return {number: spell(token) for token, number in vocabulary.items() if number not in special}

    def ends(self) -> frozenset[int]:
        """The tokens that end a text beside those of the model's own configuration: the family's ends and its marks."""
        named = (*self.family.ends, *self.family.marks)
        return frozenset(self.specials[token] for token in named if token in self.specials)

    def document_start(self) -> tuple[int, ...]:
        """What stands before a text that is otherwise empty, because a model cannot continue nothing."""
        token = self.family.document_start
        if self.start or token not in self.specials:
            return self.start or tuple(list(self.specials.values())[:1])
        return (self.specials[token],)

    def _is_formed(self, number: int, length: int = 1) -> bool:
        """Whether text became a special token. One character that is in no vocabulary stays what it is: unknown."""
        return number in self._controls and (number != self._unknown or length > 1)

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


def _single(specials: Mapping[str, int], whole: BackendTokenizer, unknown: str | None) -> dict[str, int]:
    """The special tokens of our rows that the tokenizer reads as one token of their own, with its number, which is not
    that of what is not in the vocabulary."""
    named = {mark for family in FAMILIES for mark in family.marks}
    found = {token: number for token, number in specials.items() if token in named}
    single = {}
    for token, number in found.items():
        read = whole.encode(token, add_special_tokens=False)
        beside = [piece for one, piece in zip(read.ids, read.tokens, strict=True) if one != number]
        if number == whole.token_to_id(unknown or "") and token != unknown:
            continue
        if len(read.ids) == len(beside) + 1 and not "".join(beside).strip("▁ "):
            single[token] = number
    return single


def _unknown(model: Mapping[str, Any]) -> str | None:
    """The token that stands for whatever is not in the vocabulary."""
    if model.get("unk_id") is not None:
        return str(model["vocab"][model["unk_id"]][0])
    return model.get("unk_token")


def _apart(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    """The text in pieces, cut behind the first character of each span; a span of one character is left out."""
    pieces, start = [], 0
    for left, right in spans:
        if right > left:
            pieces.append(text[start : left if right - left == 1 else left + 1])
            start = left + 1
    return [*pieces, text[start:]]


def _without_leading_blank(definition: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a tokenizer's definition that put a blank before a text, without it."""

    def strip(part: Any) -> Any:
        if isinstance(part, list):
            return [strip(one) for one in part if not (isinstance(one, dict) and one.get("type") == "Prepend")]
        if not isinstance(part, dict):
            return part
        changed = {key: strip(value) for key, value in part.items()}
        return changed | ({"prepend_scheme": "never"} if part.get("type") == "Metaspace" else {})

    normalizer = definition["normalizer"]
    alone = isinstance(normalizer, dict) and normalizer.get("type") == "Prepend"
    return {"normalizer": None if alone else strip(normalizer), "pre_tokenizer": strip(definition["pre_tokenizer"])}


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
