"""Messages out of a stream of bytes, and what is no message."""

from __future__ import annotations

import io

import pytest

from glossator.lsp.framing import LONGEST_LINE, LONGEST_MESSAGE, MessageReader, Unreadable

GOOD = b"Content-Length: 4\r\n\r\ngood"


def read(stream: bytes) -> list[bytes | str]:
    """Everything in the stream, "?" for what is unreadable."""
    reader, found = MessageReader(io.BytesIO(stream)), list[bytes | str]()
    while True:
        try:
            body = reader.next()
        except Unreadable:
            found.append("?")
            continue
        if body is None:
            return found
        found.append(body)


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Length: 4\r\n",
        b"content-length: 4\r\n",
        b"CONTENT-LENGTH:4 \r\n",
        b"Content-Length :\t4\r\n",
        b"Content-Length: 4\n",
        b"Content-Type: application/vscode-jsonrpc; charset=utf-8\r\nContent-Length: 4\r\n",
        b"Content-Length: 4\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"\r\n\r\nContent-Length: 4\r\n",
    ],
)
def test_headers_in_every_spelling_are_read(header: bytes) -> None:
    assert read(header + b"\r\ngood" + GOOD) == [b"good", b"good"]


@pytest.mark.parametrize(
    "bad",
    [
        b'{"jsonrpc": "2.0"}',
        b'{\n  "jsonrpc": "2.0",\n  "id": 1\n}\n',
        b"no header\r\n\r\nbad",
        b"Content-Length: four\r\n\r\nbad",
        b"Content-Length: -4\r\n\r\nbad",
        b"Content-Length: \r\n\r\nbad",
        b"Content-Length: %d\r\n\r\nbad" % (LONGEST_MESSAGE + 1),
        b"Content-Length: 99999999999999999999\r\n\r\nbad",
        b"Content-Type: text\r\n\r\nbad",
        b"x" * (3 * LONGEST_LINE + 1),
        b"\0\xff\r\n",
    ],
)
def test_what_has_no_readable_header_costs_itself_and_nothing_else(bad: bytes) -> None:
    assert read(GOOD + bad + GOOD + bad + GOOD) == [b"good", "?", b"good", "?", b"good"]


def test_an_empty_message_is_one() -> None:
    assert read(b"Content-Length: 0\r\n\r\n" + GOOD) == [b"", b"good"]


@pytest.mark.parametrize("length", range(len(GOOD)))
def test_the_end_amid_a_message_is_the_end(length: int) -> None:
    assert [body for body in read(GOOD + GOOD[:length]) if body != "?"] == [b"good"]
