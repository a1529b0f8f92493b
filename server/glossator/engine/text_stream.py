"""From bytes that arrive token by token to text that can be shown: whole characters, and nothing of a stop string."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Feeds of bytes in, pieces of text out. ``stopped`` says that a stop string came, which ends the text."""

    def __init__(self, stop: Sequence[str]) -> None:
        self.stopped = False
        self._stop = tuple(one for one in stop if one)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._held = ""

    def add(self, piece: bytes) -> str:
        """What may be shown now. The beginning of a possible stop string waits until it is decided."""
        self._held += self._decode(piece)
        if (end := self._first_stop()) is not None:
            shown, self._held, self.stopped = self._held[:end], "", True
            return shown
        keep = max((_overlap(self._held, stop) for stop in self._stop), default=0)
        split = len(self._held) - keep
        shown, self._held = self._held[:split], self._held[split:]
        return shown

    def rest(self) -> str:
        """What was held back, when nothing more comes. Half a character is dropped: it would show as a mistake."""
        shown, self._held = self._held, ""
        return shown

    def _first_stop(self) -> int | None:
        found = [at for at in (self._held.find(stop) for stop in self._stop) if at >= 0]
        return min(found, default=None)


def _overlap(text: str, stop: str) -> int:
    """The length of the longest end of ``text`` that begins ``stop`` and is not all of it."""
    longest = min(len(text), len(stop) - 1)
    return next((length for length in range(longest, 0, -1) if stop.startswith(text[-length:])), 0)
