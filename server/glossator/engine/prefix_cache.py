"""Computed keys and values of recent prompts, so that the next keystroke pays for one token and not for a thousand."""

from __future__ import annotations

from collections.abc import Sequence

from glossator.engine.runtimes import Halt, Runtime, Session

# A window has some files open, and an explanation is asked for meanwhile; what bounds the memory is a context in all.
SLOTS = 16

# A slot that would lose more than this by being cut to the common prefix is copied instead: typing changes the last
# few tokens, another document or a chat shares only the beginning and must not destroy what is there.
WORTH_COPYING = 64


Slots = list[tuple[Runtime, Session]]


class PrefixCache:
    """A few sessions, most recently used last. A session that is taken belongs to the taker until it is put back.

    What was computed under one adapter is wrong under another: sessions are told apart by the runtime that made them,
    and share their number and their room with those of the other adapters on the same base.
    """

    def __init__(self, runtime: Runtime, slots: Slots | None = None) -> None:
        self._runtime = runtime
        self._slots: Slots = [] if slots is None else slots

    def take(self, tokens: Sequence[int], halt: Halt | None = None) -> tuple[Session, int]:
        """A session that holds the longest known beginning of ``tokens``, and its length in tokens.

        At least the last token is left to compute, because its scores are wanted.

        Raises:
            Halted: it was asked for while a session was copied.
        """
        own = [session for runtime, session in self._slots if runtime is self._runtime]
        best = max(own, key=lambda session: _common(session.tokens, tokens), default=None)
        keep = min(_common(best.tokens, tokens), len(tokens) - 1) if best else 0
        if best is None or keep == 0:
            return self._runtime.session(), 0
        if len(best.tokens) - keep > WORTH_COPYING:
            return best.copy(keep, halt), keep
        self._slots[:] = [slot for slot in self._slots if slot[1] is not best]
        best.keep(keep)
        return best, keep

    def put(self, session: Session) -> None:
        """Remember a session; the ones least recently used go, by number and by the memory that they hold."""
        if not session.tokens:
            return
        self._slots[:] = [
            (runtime, known)
            for runtime, known in self._slots
            if runtime is not self._runtime or not _begins(session.tokens, known.tokens)
        ]
        self._slots.append((self._runtime, session))
        while len(self._slots) > SLOTS or (len(self._slots) > 1 and self._held() > self._runtime.context):
            del self._slots[0]

    def _held(self) -> int:
        return sum(session.room for _, session in self._slots)


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    for position, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return position
    return min(len(one), len(other))


def _begins(tokens: Sequence[int], beginning: Sequence[int]) -> bool:
    return len(beginning) <= len(tokens) and _common(tokens, beginning) == len(beginning)
