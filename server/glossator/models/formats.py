"""How a model family spells a hole in a text: the parts of which the rows of ``families`` are made.

A row names its special tokens by their text. Whoever loads a model asserts each of them against its tokenizer
(``families.recognise``); a remote server that takes no ``suffix`` gets the same row as one text (``spell_text``).

SPM is the order in which the suffix comes first: while the user types, such a prompt grows at its end only, and what
was computed stays valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Literal

from glossator.models.dialogue import Dialogue


class Slot(Enum):
    """A place in a row that something of the user's fills."""

    BEFORE = "before"
    AFTER = "after"
    PATH = "path"
    TEXT = "text"
    REPOSITORY = "repository"
    COMMENT = "comment"  # a passage of another file as comments, each line one


@dataclass(frozen=True, slots=True)
class Special:
    """A special token, by its text. Plain strings beside it are text and can never become one."""

    token: str


Part = str | Special
Template = tuple[str | Special | Slot, ...]
Order = Literal["psm", "spm"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of another file that the model should know. ``rank``: where room is short, the highest goes first; of
    equals the last. ``origin`` is the file, where it is one: never sent, but some files must stay on this machine."""

    path: str
    text: str
    rank: int = 0
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Hole:
    """What is before and after the cursor, and what is known about the place; all but ``before`` may be empty."""

    before: str
    after: str = ""
    path: str = ""
    repository: str = ""
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Layout:
    """Headers and passages of other files. ``outside`` of the hole's tokens, or else at the top of the prefix.

    ``repository`` and ``file`` are left out where their name is not known; ``top`` is the part of the file's own header
    that belongs into the prefix in any case.
    """

    repository: Template = ()
    file: Template = ()
    top: Template = ()
    passage: Template = (Slot.COMMENT,)
    outside: bool = False
    header_first: bool = False


@dataclass(frozen=True, slots=True)
class Infill:
    """The orders that the family was trained with, and which one is used: what a measurement says is better."""

    psm: Template = ()
    spm: Template = ()
    order: Order = "psm"

    @property
    def template(self) -> Template:
        """The order that is used."""
        return self.spm if self.order == "spm" and self.spm else self.psm


@dataclass(frozen=True, slots=True)
class Family:
    """One row.

    ``marks`` are all special tokens that the row puts into prompts, and those that tell it from its neighbours.
    ``document_start`` stands before an empty prompt; ``ends`` stop a completion beside the model's own. ``instruction``
    spells a chat where the tokenizer has no template for one.
    ``others`` are further special tokens that servers read out of texts. ``leading_blank``: SentencePiece put a blank
    before the prefix in training.
    """

    name: str
    marks: tuple[str, ...]
    infill: Infill | None = None
    layout: Layout = Layout()
    document_start: str | None = None
    ends: tuple[str, ...] = ()
    instruction: Dialogue | None = None
    others: tuple[str, ...] = ()
    leading_blank: bool = False

    def spell(self, hole: Hole) -> tuple[Part, ...]:
        """The prompt whose continuation belongs between ``before`` and ``after``; left to right if nothing is after or
        the family knows no holes."""
        outer, infill, top = self.arrange(hole)
        place = infill.index(Slot.BEFORE)
        return merged([*outer, *_filled(infill[:place], hole), *top, *_filled(infill[place:], hole)])

    def arrange(self, hole: Hole) -> tuple[tuple[Part, ...], Template, tuple[Part, ...]]:
        """What comes first, the order of the hole itself, and what stands right before ``before``: for whoever counts
        tokens before it joins them."""
        outer, top = _around(self.layout, hole)
        infill = self.infill.template if self.infill and hole.after else (Slot.BEFORE,)
        return merged(outer), infill, merged(top)


def infill_of(prefix: str, suffix: str, middle: str, *, suffix_first: bool = False) -> Infill:
    """Prefix, suffix, middle; and, if trained, "variant 2" of SPM: both marks, the suffix, then middle and prefix."""
    first, second, third = Special(prefix), Special(suffix), Special(middle)
    psm = (first, Slot.BEFORE, second, Slot.AFTER, third)
    return Infill(psm, (first, second, Slot.AFTER, third, Slot.BEFORE) if suffix_first else ())


def spell_text(family: Family, hole: Hole) -> str:
    """The prompt as one text, for a server that takes no ``suffix`` and reads special tokens out of texts.

    What the user wrote is changed where it would be read as such a token: ``<fim_suffix>`` becomes ``< fim_suffix>``,
    which the model sees nearly as it was, and which shows, should it ever come back in a suggestion. Rejected: an
    invisible character, because it could come back unseen.
    """
    blank = " " if family.leading_blank else ""
    written = Hole(
        blank + neutral(hole.before, family),
        neutral(hole.after, family),
        neutral(hole.path, family),
        neutral(hole.repository, family),
        tuple(Passage(neutral(one.path, family), neutral(one.text, family)) for one in hole.passages),
    )
    parts = family.spell(written)
    return "".join(part.token.replace("▁<", " <") if isinstance(part, Special) else part for part in parts)


def neutral(text: str, family: Family) -> str:
    """A text in which no server finds a special token of the family, nor any in the usual spelling of such tokens."""
    names = {token.lstrip("▁ ") for token in (*family.marks, *family.ends, *family.others, family.document_start or "")}
    known = "|".join(re.escape(name) for name in sorted(names - {""}, key=len, reverse=True))
    pattern = re.compile(f"{known}|{LOOKS_SPECIAL}" if known else LOOKS_SPECIAL)
    while (changed := pattern.sub(lambda found: f"{found[0][0]} {found[0][1:]}", text)) != text:
        text = changed
    return text


def merged(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Texts that meet as one text: their border is no border between tokens."""
    joined: list[Part] = []
    for part in parts:
        last = joined[-1] if joined else None
        if isinstance(part, str) and isinstance(last, str):
            joined[-1] = last + part
        elif part != "":
            joined.append(part)
    return tuple(joined)


LOOKS_SPECIAL = r"<[|｜][^|｜<>\s]{1,40}[|｜]>"


def _around(layout: Layout, hole: Hole) -> tuple[list[Part], list[Part]]:
    """What stands before the hole's own tokens, and what at the top of its prefix."""
    repository = _filled(layout.repository, hole) if hole.repository else []
    passages = [part for one in hole.passages for part in _passage(layout.passage, one)]
    named = bool(hole.path)
    separated = bool(passages or repository) and bool(layout.top)  # a file needs its mark also when it has no name
    file = _filled(layout.file, hole) if named or separated else []
    top = _filled(layout.top, hole) if named else []
    if layout.outside:
        return [*repository, *passages, *file], top
    return [], [*repository, *file, *passages] if layout.header_first else [*repository, *passages, *file, *top]


def _passage(template: Template, passage: Passage) -> Iterator[Part]:
    for item in template:
        match item:
            case Slot.PATH:
                yield passage.path
            case Slot.TEXT:
                yield passage.text
            case Slot.COMMENT:
                yield _commented(passage)
            case str() | Special():
                yield item


def _commented(passage: Passage) -> str:
    mark = COMMENT_MARKS.get(PurePath(passage.path).suffix, "#")
    lines = [passage.path, *passage.text.strip("\n").split("\n")]
    return "".join(f"{mark} {line}".rstrip() + "\n" for line in lines)


COMMENT_MARKS = {
    **dict.fromkeys((".js", ".jsx", ".ts", ".tsx", ".c", ".h", ".cc", ".cpp", ".hpp", ".cs", ".go", ".java"), "//"),
    **dict.fromkeys((".rs", ".kt", ".swift", ".scala", ".php", ".dart", ".zig"), "//"),
    **dict.fromkeys((".lua", ".sql", ".hs", ".elm", ".ada"), "--"),
    **dict.fromkeys((".lisp", ".clj", ".el"), ";;"),
    ".tex": "%",
}


def _filled(template: Template, hole: Hole) -> list[Part]:
    texts = {
        Slot.BEFORE: hole.before,
        Slot.AFTER: hole.after,
        Slot.PATH: hole.path,
        Slot.REPOSITORY: hole.repository,
    }
    return [texts[item] if isinstance(item, Slot) else item for item in template]
