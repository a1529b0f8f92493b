"""Examples to sequences of tokens, each with what it counts; spelled as ``engine.prepare`` will spell the question."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch

from glossator.engine.tokenizer import Tokenizer
from glossator.models.formats import Family, Hole, Slot

SUFFIX_SHARE = 3  # the suffix takes a third of the room at most, as in a question
IGNORED = -100  # torch's own number for tokens that are padding


@dataclass(frozen=True, slots=True)
class Encoded:
    """Tokens, and what the prediction of each of them counts (0 to 1)."""

    tokens: list[int]
    weights: list[float]


class Sequences(torch.utils.data.Dataset[dict[str, Any]]):
    """The lines of a file of examples, each read and encoded when it is its turn."""

    def __init__(self, file: Path, encoder: Encoder, context_weight: float) -> None:
        self._lines = file.read_text("utf-8").splitlines()
        self._encoder = encoder
        self._context_weight = context_weight

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, number: int) -> dict[str, Any]:
        made = self._encoder.encode(json.loads(self._lines[number]), self._context_weight)
        return {"input_ids": made.tokens, "weights": made.weights}


@dataclass(frozen=True, slots=True)
class Encoder:
    """A tokenizer, the family as the adapter will spell it, and the longest sequence in tokens."""

    tokenizer: Tokenizer
    family: Family
    length: int
    end: int

    def encode(self, example: Mapping[str, Any], context_weight: float) -> Encoded:
        """The sequence of an example, the least important cut off: the prefix's beginning, the suffix's end. To a
        family without holes it is a text that goes on."""
        end = [self.end] if example["ends"] and (self.family.infill or example["kind"] == "whole") else []
        middle = self.tokenizer.encode(example["middle"], continued=bool(example["before"]))
        if example["kind"] == "whole":
            start = list(self.tokenizer.document_start())
            tokens = [*start, *middle, *end][: self.length]
            return Encoded(tokens, [0.0] * len(start) + [1.0] * (len(tokens) - len(start)))
        if len(middle) > self.length // 2:
            middle, end = middle[: self.length // 2], []
        tokens, weights = self._question(example, self.length - len(middle) - len(end), context_weight)
        return Encoded([*tokens, *middle, *end], [*weights, *[1.0] * (len(middle) + len(end))])

    def _question(self, example: Mapping[str, Any], room: int, weight: float) -> tuple[list[int], list[float]]:
        outer, infill, top = self._ordered(example["order"]).arrange(
            Hole(example["before"], example["after"], example["path"])
        )
        encode = self.tokenizer.encode
        first, header = [*self.tokenizer.start, *self.tokenizer.encode_parts(outer)], self.tokenizer.encode_parts(top)
        filled = {item: self.tokenizer.encode_parts([item]) for item in infill if not isinstance(item, Slot)}
        room -= len(first) + len(header) + sum(len(filled[item]) for item in infill if not isinstance(item, Slot))
        suffix = encode(example["after"], continued=True)[: max(room // SUFFIX_SHARE, 0)] if len(infill) > 1 else []
        before = encode(example["before"], continued=bool(header or len(infill) > 1))
        prefix = before[max(len(before) - max(room - len(suffix), 1), 0) :]
        tokens, weights = list(first), [0.0] * len(first)
        for item in infill:
            text = prefix if item is Slot.BEFORE else suffix
            marks = [*header] if item is Slot.BEFORE else [] if isinstance(item, Slot) else filled[item]
            tokens += [*marks, *(text if isinstance(item, Slot) else [])]
            weights += [0.0] * len(marks) + [weight] * (len(text) if isinstance(item, Slot) else 0)
        if not tokens:
            tokens, weights = list(self.tokenizer.document_start()), [0.0] * len(self.tokenizer.document_start())
        return tokens, weights

    def _ordered(self, order: str) -> Family:
        """The family in the order of the example, if it knows it."""
        infill = self.family.infill
        if infill is None or not getattr(infill, order):
            return self.family
        return replace(self.family, infill=replace(infill, order=order))  # type: ignore[arg-type]


def collated(rows: Sequence[Mapping[str, Any]], pad: int) -> dict[str, torch.Tensor]:
    """Rows as tensors of one length, shape (rows, tokens)."""
    longest = max(len(row["input_ids"]) for row in rows)

    def padded(name: str, filler: float) -> list[Any]:
        return [[*row[name], *[filler] * (longest - len(row[name]))] for row in rows]

    mask = [[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in rows]
    return {
        "input_ids": torch.tensor(padded("input_ids", pad)),
        "attention_mask": torch.tensor(mask),
        "weights": torch.tensor(padded("weights", 0.0)),
    }


def spares(tokenizer: Tokenizer, folder: Path) -> list[str]:
    """The base's special tokens that have no use: no family's, no end, not in its chats, no padding."""
    settings = _json(folder / "tokenizer_config.json")
    template = folder / "chat_template.jinja"
    chats = str(settings.get("chat_template", "")) + (template.read_text("utf-8") if template.is_file() else "")
    roles = {str(settings.get(f"{role}_token")) for role in ("bos", "eos", "pad", "unk", "cls", "sep", "mask")}
    used = {*tokenizer.family.marks, *tokenizer.family.ends, *tokenizer.family.others, *roles}
    return [token for token in tokenizer.specials if token not in used and token not in chats]


def _json(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text("utf-8"))) if file.is_file() else {}
