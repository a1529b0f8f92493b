"""What the user does in the editor, kept as values that a request can take along: open documents, what they were when
they were opened, and a ring of regions visited (llama.vim's, with its figures)."""

from __future__ import annotations

from collections import OrderedDict, deque

from glossator.complete.sources.base import Changed, Region, Surroundings
from glossator.complete.sources.words import dice, words
from glossator.text import Snapshot

REGIONS = 16
LINES = 32
FEWEST_LINES = 3
FAR = 32  # lines from the last region of a document, where another begins
SAME = 0.9  # alike enough to be the same region, a little later
MOST_OPENED = 32


class Activity:
    """Told what happens; says what there is. Not shared between threads."""

    def __init__(self) -> None:
        self._opened: OrderedDict[str, Snapshot] = OrderedDict()
        self._as_opened: dict[str, Snapshot] = {}
        self._changed: OrderedDict[str, None] = OrderedDict()
        self._visited: deque[Region] = deque(maxlen=REGIONS)
        self._last_line: dict[str, int] = {}

    def saw(self, snapshot: Snapshot) -> None:
        """A document was opened, or changed."""
        known = self._opened.get(snapshot.uri)
        if known is None:
            self._as_opened[snapshot.uri] = snapshot
        elif known.text != snapshot.text:
            self._changed[snapshot.uri] = None
            self._changed.move_to_end(snapshot.uri)
        self._opened[snapshot.uri] = snapshot
        self._opened.move_to_end(snapshot.uri)

    def closed(self, uri: str) -> None:
        """A document was closed; where the user last was in it may still be of use."""
        snapshot = self._opened.pop(uri, None)
        self._as_opened.pop(uri, None)
        self._changed.pop(uri, None)
        line = self._last_line.pop(uri, None)
        if snapshot is not None and line is not None:
            self._pick(snapshot, line)

    def visited(self, snapshot: Snapshot, line: int) -> None:
        """The cursor is in a line. Far from where it was, or in another document, that place becomes a region."""
        last = next(reversed(self._last_line), None)
        if last is not None:
            left = self._opened.get(last)
            if left is not None and (last != snapshot.uri or abs(self._last_line[last] - line) > FAR):
                self._pick(left, self._last_line[last])
        self._last_line.pop(snapshot.uri, None)
        self._last_line[snapshot.uri] = line

    def now(self) -> Surroundings:
        """What there is at this moment."""
        opened = tuple(reversed(self._opened.values()))
        changed = tuple(Changed(self._as_opened[uri], self._opened[uri]) for uri in reversed(self._changed))
        return Surroundings(opened[:MOST_OPENED], changed, tuple(self._visited))

    def _pick(self, snapshot: Snapshot, line: int) -> None:
        first = max(min(line, snapshot.line_count - 1) - LINES // 2, 0)
        lines = snapshot.text.replace("\r\n", "\n").replace("\r", "\n").split("\n")[first : first + LINES]
        text = "\n".join(lines).strip("\n")
        if sum(1 for one in lines if one.strip()) < FEWEST_LINES:
            return
        known = words(text)
        for one in tuple(self._visited):
            if dice(words(one.text), known) > SAME:
                self._visited.remove(one)
        self._visited.append(Region(snapshot, first, text))
