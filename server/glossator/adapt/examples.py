"""Files to examples: a hole in a text, and what belongs there.

Half of the holes end where the syntax does: a statement, a block, an expression, the rest of a line, because that is
what an editor asks for and where an answer should stop; the others are anywhere, so that the border may be too
(Bavarian et al., arXiv 2207.14255; Gong et al., arXiv 2401.03003 for cuts at syntax nodes).
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath
from typing import Literal

from tree_sitter import Node

from glossator.adapt.collect import SourceFile
from glossator.models.formats import Order
from glossator.syntax.grammars import SUFFIXES, parse_foreign
from glossator.syntax.tree import parse_once

Kind = Literal["node", "line", "random", "whole"]
LONGEST_MIDDLE, SHORTEST_MIDDLE = 600, 2
CHARACTERS_PER_TOKEN = 6  # more than code has; the tokens are counted by whoever trains
LONGEST_TREE = 400_000


@dataclass(frozen=True, slots=True)
class Example:
    """A text in three parts; ``whole``: all of it is ``middle``, and it is read from left to right. ``ends``: the text
    ends behind it, so that an end token belongs there."""

    path: str
    before: str
    middle: str
    after: str
    order: Order
    kind: Kind
    ends: bool = True


@dataclass(frozen=True, slots=True)
class Cutting:
    """How texts are cut. Shares are from 0 to 1; ``tokens`` is the longest sequence; a file gives an example for each
    ``spacing`` characters."""

    tokens: int
    fim_share: float
    spm_share: float
    syntax_share: float
    spacing: int = 1_500


def make_examples(files: Sequence[SourceFile], cutting: Cutting, seed: int) -> list[Example]:
    """One pass over the files, in a new order; other cuts for each seed, the same for the same."""
    made = [example for one in files for example in _of_file(one, cutting, random.Random(f"{seed}:{one.path}"))]
    random.Random(seed).shuffle(made)
    return made


def to_lines(examples: Iterable[Example]) -> Iterator[str]:
    """As JSON, a line for each."""
    return (json.dumps(asdict(one), ensure_ascii=True) + "\n" for one in examples)


def _of_file(file: SourceFile, cutting: Cutting, chance: random.Random) -> Iterator[Example]:
    nodes = syntax_spans(file.path, file.text)
    for _ in range(max(round(len(file.text) / cutting.spacing), 1)):
        is_whole = chance.random() >= cutting.fim_share
        made = _whole(file, cutting, chance) if is_whole else _hole(file, nodes, cutting, chance)
        if made.middle:
            yield made


def _hole(file: SourceFile, nodes: Sequence[tuple[int, int]], cutting: Cutting, chance: random.Random) -> Example:
    kind: Kind = "random"
    if chance.random() < cutting.syntax_share:
        kind = "node" if nodes and chance.random() < 0.5 else "line"
    text = file.text
    if kind == "node":
        start, end = chance.choice(nodes)
        if chance.random() < 0.3 and end - start > SHORTEST_MIDDLE:
            start = chance.randrange(start, end - 1)  # somebody has begun to type it
    elif kind == "line":
        start, end = _rest_of_lines(text, chance)
    else:
        start = chance.randrange(len(text))
        end = min(start + chance.randint(SHORTEST_MIDDLE, LONGEST_MIDDLE // 2), len(text))
    room = cutting.tokens * CHARACTERS_PER_TOKEN
    order: Order = "spm" if chance.random() < cutting.spm_share else "psm"
    return Example(file.path, text[max(start - room, 0) : start], text[start:end], text[end : end + room], order, kind)


def _whole(file: SourceFile, cutting: Cutting, chance: random.Random) -> Example:
    room = cutting.tokens * 3
    line = file.text.rfind("\n", 0, chance.randrange(max(len(file.text) - room, 1)) + 1) + 1
    middle = file.text[line : line + room]
    return Example(file.path, "", middle, "", "psm", "whole", line + room >= len(file.text))


def _rest_of_lines(text: str, chance: random.Random) -> tuple[int, int]:
    """From somewhere in a line that says something to its end, or to that of one of the next two."""
    for _ in range(8):
        place = chance.randrange(len(text))
        start = text.rfind("\n", 0, place) + 1
        end = text.find("\n", place)
        end = len(text) if end < 0 else end
        line = text[start:end]
        if len(line.strip()) > SHORTEST_MIDDLE:
            break
    begins = start + len(line) - len(line.lstrip())
    first = begins if chance.random() < 0.5 else chance.randrange(begins, max(end - 1, begins + 1))
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        further = text.find("\n", end + 1)
        end = further if 0 < further - first <= LONGEST_MIDDLE else end
    return first, min(max(end, first + 1), first + LONGEST_MIDDLE)


def syntax_spans(path: str, text: str) -> list[tuple[int, int]]:
    """The spans of a text's syntax nodes of a fitting size; none where there is no grammar for it."""
    suffix = PurePosixPath(path).suffix
    if len(text) > LONGEST_TREE:
        return []
    if suffix in (".py", ".pyi"):
        root = parse_once(text)
    elif suffix in SUFFIXES:
        root = parse_foreign(text, SUFFIXES[suffix]).root
    else:
        return []
    spans = {(node.start_byte, node.end_byte) for node in _named(root) if _fits(node)}
    return sorted(spans)


def _named(root: Node) -> Iterator[Node]:
    waiting = [root]
    while waiting:
        node = waiting.pop()
        waiting.extend(node.named_children)
        if not node.is_error and node.type not in ("comment", "identifier", "string_content"):
            yield node


def _fits(node: Node) -> bool:
    return 4 <= node.end_byte - node.start_byte <= LONGEST_MIDDLE
