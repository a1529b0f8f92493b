"""How each model family spells a hole in a text. Rows only; the tokenizer says which row fits.

A family is recognised by its own special tokens, all of which must be in the tokenizer: a row can therefore never ask
for a token that the model does not have.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Special:
    """A special token, by its text. Plain strings beside it are text and can never become one."""

    token: str


Part = str | Special


@dataclass(frozen=True, slots=True)
class Infill:
    """Prefix, suffix, then the middle (PSM): the order that the family was trained with."""

    prefix: str
    suffix: str
    middle: str

    def spell(self, before: str, after: str) -> tuple[Part, ...]:
        """The prompt whose continuation belongs between ``before`` and ``after``."""
        return Special(self.prefix), before, Special(self.suffix), after, Special(self.middle)


@dataclass(frozen=True, slots=True)
class Family:
    """One row. ``document_start`` stands before an empty prompt; ``ends`` stop a completion beside the model's own."""

    name: str
    marks: tuple[str, ...]
    infill: Infill | None = None
    document_start: str | None = None
    ends: tuple[str, ...] = ()


STARCODER = Family(
    name="starcoder",
    marks=("<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>"),
    infill=Infill("<fim_prefix>", "<fim_suffix>", "<fim_middle>"),
    document_start="<|endoftext|>",
    ends=("<|endoftext|>", "<file_sep>"),
)
SMOLLM2 = Family(
    name="smollm2",
    marks=("<|im_start|>", "<|im_end|>", "<repo_name>", "<file_sep>"),
    document_start="<|endoftext|>",
    ends=("<|endoftext|>", "<|im_end|>", "<file_sep>"),
)
PLAIN = Family(name="plain", marks=())

FAMILIES = (STARCODER, SMOLLM2, PLAIN)


def family_of(specials: Container[str]) -> Family:
    """The first family whose marks are all among a tokenizer's special tokens; ``PLAIN`` fits everything."""
    return next(family for family in FAMILIES if all(mark in specials for mark in family.marks))
