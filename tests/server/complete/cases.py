"""Reads the case files: a document with its cursor, what the model says, what must be left.

::

    === what the case shows [language, python if left out]
    x = <CURSOR>
    --- says
    1)
    --- keeps          or "--- drops CODE", or, where nobody says anything, "--- is WORD"
    1
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from glossator.complete.context import context_at
from glossator.complete.place import Place, place_of
from tests.cursor import CURSOR, cursor

FOLDER = Path(__file__).with_name("cases")
_TITLE = re.compile(r"=== (.+?)(?: \[(\w+)\])?$")


@dataclass(frozen=True)
class Case:
    """One case; ``word`` is the code or word that its last mark names."""

    title: str
    language: str
    document: str
    says: str
    keeps: str
    word: str

    @property
    def place(self) -> Place:
        """Where the cursor stands."""
        snapshot, position = cursor(self.document, language=self.language)
        return place_of(context_at(snapshot, position), self.language)


def read_cases(name: str) -> list[Case]:
    """The cases of a file, in its order."""
    found: list[Case] = []
    for part in (FOLDER / f"{name}.txt").read_text("utf-8").split("\n=== "):
        title, _, rest = part.partition("\n")
        match = _TITLE.match("=== " + title.removeprefix("=== "))
        assert match, title
        document, *answers = re.split(r"^--- (\w+)(?: (\w+))?$\n?", rest, flags=re.M)
        assert document.count(CURSOR) == 1, title
        marks = {answers[number]: (answers[number + 1], answers[number + 2]) for number in range(0, len(answers), 3)}
        assert marks.keys() & {"keeps", "drops", "is"}, title
        word = next((marks[mark][0] for mark in ("drops", "is") if mark in marks), "") or ""
        says, keeps = (marks[mark][1].removesuffix("\n") if mark in marks else "" for mark in ("says", "keeps"))
        found.append(Case(match[1], match[2] or "python", document.removesuffix("\n"), says, keeps, word))
    return found
