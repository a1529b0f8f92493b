"""A model that gets to see more than the text around the cursor: what the sources found, the file's own imports where
the text begins behind them, a notebook's other cells. And it says afterwards what was seen."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from glossator.complete.sources.base import Spot
from glossator.complete.sources.gather import Gathering, Shown
from glossator.models.base import Model, Piece, Prompt, Seen, Usage
from glossator.text import Snapshot

MOST_HEADER = 2_000  # characters
MOST_CELLS = 6_000  # characters on either side
_IMPORT = re.compile(
    r"^(?:from[ ]\S+[ ]import[ ]\([^)]*\)|(?:from|import|use|using|package|require|include|\#include)\b[^\n]*)", re.M
)


@dataclass(frozen=True, slots=True)
class SeeingModel:
    """The port ``Model`` over another, for one place. What it adds is looked for when the model is really asked."""

    model: Model
    gathering: Gathering
    spot: Spot

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Piece, None]:
        """The other model's answer to a prompt that shows more."""
        shown = await self.gathering.gather(self.spot)
        spot = self.spot
        fuller = replace(
            prompt,
            text=cells_above(spot) + header(spot, prompt.text) + prompt.text,
            suffix=prompt.suffix + cells_below(spot),
            passages=tuple(one.passage for one in shown),
            passage_tokens=self.gathering.tokens,
        )
        async with aclosing(self.model.stream(fuller)) as pieces:
            async for piece in pieces:
                usage = piece.usage
                yield replace(piece, usage=replace(usage, seen=seen(usage, fuller, shown))) if usage else piece


def seen(usage: Usage, prompt: Prompt, shown: Sequence[Shown]) -> tuple[Seen, ...]:
    """The parts that the model read, in its order, with their origin and text. A server that does not say what it
    used is taken to have used all."""
    if not usage.seen:
        sent = [Seen(_origin(one), 0, one.passage.text) for one in shown]
        after = [Seen("after the cursor", 0, prompt.suffix)] if prompt.suffix else []
        return (*sent, Seen("before the cursor", 0, prompt.text), *after)
    return tuple(_named(one, prompt, shown) for one in usage.seen)


def header(spot: Spot, text: str) -> str:
    """The imports of the file that stand before the text which is shown; empty where it begins at the beginning."""
    whole = spot.snapshot.text.replace("\r\n", "\n").replace("\r", "\n")
    if whole.startswith(text[:200]):
        return ""
    place = whole.find(text[:2_000])
    found = "\n".join(match[0] for match in _IMPORT.finditer(whole[:place] if place > 0 else ""))
    return f"{found[:MOST_HEADER].rpartition(chr(10))[0] if len(found) > MOST_HEADER else found}\n\n" if found else ""


def cells_above(spot: Spot) -> str:
    """The notebook's cells before this one, as one text."""
    return "".join(f"{one}\n\n" for one in _cells(spot.surroundings.above, spot))[-MOST_CELLS:]


def cells_below(spot: Spot) -> str:
    """The notebook's cells behind this one."""
    return "".join(f"\n\n{one}" for one in _cells(spot.surroundings.below, spot))[:MOST_CELLS]


def _cells(cells: Sequence[Snapshot], spot: Spot) -> Iterator[str]:
    for one in cells:
        text = one.text.replace("\r\n", "\n").strip("\n")
        if one.language != spot.snapshot.language:  # what is no code of this language is a comment in it
            mark = "#" if spot.snapshot.language in {"python", "r", "julia"} else "//"
            text = "\n".join(f"{mark} {line}".rstrip() for line in text.split("\n"))
        yield text


def _named(one: Seen, prompt: Prompt, shown: Sequence[Shown]) -> Seen:
    kind, _, number = one.origin.partition(" ")
    if kind == "passage" and number.isdigit() and int(number) < len(shown):
        passage = shown[int(number)]
        return replace(one, origin=_origin(passage), text=passage.passage.text)
    if kind == "before":
        kept = prompt.text[len(prompt.text) - one.characters :] if one.characters is not None else prompt.text
        return replace(one, origin="before the cursor", text=kept)
    if kind == "after":
        return replace(one, origin="after the cursor", text=prompt.suffix[: one.characters])
    return replace(one, text=prompt.path) if kind == "header" else one


def _origin(shown: Shown) -> str:
    return f"{shown.passage.path}: {shown.why}"
