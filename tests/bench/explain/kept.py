"""What was asked about a place, kept in a file of one line for each, so that an interrupted run can go on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from glossator.explain.explanation import Explanation, Meta, Reference, Sentence


@dataclass(frozen=True, slots=True)
class Asked:
    """A place with what is shown of it where the model is asked, and where none is."""

    code: str
    place: str
    shown: Explanation
    without: Explanation

    @property
    def own(self) -> tuple[tuple[Sentence, Sentence], ...]:
        """The model's sentences, each with the one that it says again."""
        pairs = zip(self.shown.synthesis, self.without.synthesis, strict=False)
        return tuple((one, other) for one, other in pairs if one.text != other.text)


def read(file: Path | None) -> dict[str, Asked | None]:
    """The places of a file; None for one of which nothing is said. A line that was not finished is left out."""
    found: dict[str, Asked | None] = {}
    for line in file.read_text("utf-8").splitlines() if file is not None and file.exists() else ():
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        told = fields["told"]
        found[fields["place"]] = _asked(fields["place"], told) if told is not None else None
    return found


def add(file: Path | None, place: str, asked: Asked | None) -> None:
    """Append a place."""
    if file is None:
        return
    told = None
    if asked is not None:
        told = {"code": asked.code, "shown": _spelled(asked.shown), "without": _spelled(asked.without)}
    begun = file.read_bytes() if file.exists() else b""
    with file.open("a", encoding="utf-8") as stream:
        stream.write("\n" if begun and not begun.endswith(b"\n") else "")
        stream.write(json.dumps({"place": place, "told": told}) + "\n")


def _asked(place: str, told: Any) -> Asked:
    return Asked(told["code"], place, _explanation(place, told["shown"]), _explanation(place, told["without"]))


def _spelled(explanation: Explanation) -> dict[str, Any]:
    return {
        "synthesis": [asdict(one) for one in explanation.synthesis],
        "sources": [asdict(one) for one in explanation.sources],
        "backend": explanation.meta.backend,
        "model": explanation.meta.model,
    }


def _explanation(place: str, told: Any) -> Explanation:
    sentences = tuple(Sentence(one["text"], tuple(one["citations"]), one["support"]) for one in told["synthesis"])
    sources = tuple(Reference(**one) for one in told["sources"])
    return Explanation(place, None, synthesis=sentences, sources=sources, meta=Meta(told["backend"], told["model"]))
