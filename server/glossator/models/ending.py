"""Where an answer in code ends, as data: so that the engine stops where the client would cut, and nobody computes what
nobody is shown. A server that is not told so writes on until the client hangs up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

Extent = Literal["line", "statement", "block"]
EXTENTS: tuple[Extent, ...] = get_args(Extent)
_WORDS = ("else", "elif", "except", "finally", "catch")
_GOES_ON = re.compile(rf"\s*(?:[)\]}}]|(?:{'|'.join(_WORDS)})\b)")
_OPENERS = (":", "(", "[", "{")


@dataclass(frozen=True, slots=True)
class Ending:
    """How much is wanted behind the text ``before`` the cursor in its line: a line, a statement or a block.
    ``following`` is the document's next line that is not blank: an answer that comes to it goes nowhere."""

    extent: Extent
    before: str = ""
    following: str = ""

    def wanted(self, lines: Sequence[str]) -> int:
        """How many of an answer's lines belong to what is wanted."""
        if self.extent == "line":
            return 1
        end = self._block_end(lines)
        return min(end, self._statement_end(lines)) if self.extent == "statement" else end

    def decided(self, text: str) -> bool:
        """Whether what has come so far holds all that is wanted, so that the rest need not come."""
        lines = text.replace("\r\n", "\n").split("\n")
        whole = "\n".join(lines).rstrip("\n")
        if len("\n".join(lines[: self.wanted(lines)])) < len(whole):
            return self.extent != "statement" or not self._may_go_on(lines[-1])
        return self._repeats(lines[:-1])

    def _repeats(self, lines: Sequence[str]) -> bool:
        """Whether one of the whole lines is the document's next."""
        if len(self.following.strip()) < 2 or not lines:
            return False
        return self.following.strip() in {(self.before + lines[0]).strip(), *(one.strip() for one in lines[1:])}

    def _may_go_on(self, line: str) -> bool:
        """Whether a line of which only the beginning is there may become one that goes on with the statement."""
        word = line.lstrip()
        return bool(word) and any(one.startswith(word) and one != word for one in _WORDS)

    def _block_end(self, lines: Sequence[str]) -> int:
        """The number of the first line that is indented less than the block, is blank, or begins what the block's
        opening bracket ends with: that one still belongs."""
        opened = bool(self.before.strip()) and self.before.rstrip().endswith(_OPENERS)
        own = depth_of(self._indentation + "x")
        least = own + 1 if opened else own
        for number, line in enumerate(lines[1:], 1):
            if not line.strip():
                if number < len(lines) - 1 and any(map(str.strip, lines[:number])):
                    return number
                continue
            if depth_of(line) >= least:
                continue
            closes = opened and line.strip()[:1] in {")", "]", "}"} and depth_of(line) == own
            return number + 1 if closes else number
        return len(lines)

    def _statement_end(self, lines: Sequence[str]) -> int:
        """The first line that stands no deeper than the first one, and does not go on with it: a closing bracket, or
        ``else`` and its kin."""
        first = depth_of(self._indentation + lines[0])
        for number, line in enumerate(lines[1:], 1):
            if line.strip() and depth_of(line) <= first and not _GOES_ON.match(line):
                return number
        return len(lines)

    @property
    def _indentation(self) -> str:
        return self.before[: len(self.before) - len(self.before.lstrip())]


def depth_of(line: str) -> int:
    """The columns of a line's indentation, a tab being as wide as four."""
    return len((line[: len(line) - len(line.lstrip())]).expandtabs(4))
