"""The frame around each message: a header that says how long it is, an empty line, the message.

pygls' own loop knows the header only in its usual spelling, takes a message whose header it cannot read for one more
header line, so that the next good message is lost with it, and asks for as much memory as any header claims. Here the
names of fields count in any case, as in HTTP, and behind something unreadable reading goes on at the next header.
"""

from __future__ import annotations

import re
from typing import BinaryIO

# Far above any document that an editor keeps open, low enough to be in memory twice: as bytes and as text.
LONGEST_MESSAGE = 512 * 2**20
LONGEST_LINE = 64 * 2**10
# Not anchored at the line's start: a message without a header ends in no line end, so the next header is behind it.
LENGTH = re.compile(rb"content-length[ \t]*:[ \t]*(\d{1,18})[ \t]*\r?\n\Z", re.IGNORECASE)
FIELD = re.compile(rb"[\w-]+[ \t]*:.*\r?\n\Z")


class Unreadable(Exception):
    """What arrived is no message. The next one can be read."""


class MessageReader:
    """Takes messages from a stream of bytes."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._length: int | None = None
        self._in_header = False
        self._lost = False

    def next(self) -> bytes | None:
        """The next message; None at the end of the stream, also amid a message. Blocks until it is there whole.

        Raises:
            Unreadable: something else came first. Said once for everything up to the next header.
        """
        while line := self._stream.readline(LONGEST_LINE):
            found = LENGTH.search(line)
            if found:
                length = int(found.group(1))
                self._length = length if length <= LONGEST_MESSAGE else None
            if line.strip():
                self._in_header = True
                if found.start() if found else not FIELD.match(line):
                    self._lose()
            elif self._length is not None:
                return self._body(self._length)
            elif self._in_header:
                self._in_header = False
                self._lose()
        return None

    def _body(self, length: int) -> bytes | None:
        self._length, self._in_header, self._lost = None, False, False
        body = self._stream.read(length)
        return body if len(body) == length else None

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            raise Unreadable
