"""Positions in every encoding, on the wire."""

import pytest

from tests.e2e.wire import Wire, at, inline, place

WIDTHS = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}
BEFORE = "é 👩‍👩‍👧 e\u0301 \x0c \u2028 "


def units(text: str, encoding: str) -> int:
    codec, width = WIDTHS[encoding]
    return len(text.encode(codec)) // width


async def greet(wire: Wire, *offered: str) -> str:
    able = await wire.initialize({"general": {"positionEncodings": list(offered)}})
    return str(able["positionEncoding"])


@pytest.mark.parametrize("encoding", WIDTHS)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
async def test_positions_mean_the_same_in_every_encoding(fresh: Wire, encoding: str, line_end: str) -> None:
    assert await greet(fresh, encoding) == encoding
    fresh.open(f"first{line_end}{BEFORE}word and more{line_end}last")
    start, end = units(BEFORE, encoding), units(BEFORE + "word", encoding)
    hover = await fresh.request("textDocument/hover", place(1, start + 1))
    assert hover["contents"]["value"].startswith("**word**")
    assert hover["range"] == {"start": at(1, start), "end": at(1, end)}
    ghost = await fresh.request("textDocument/inlineCompletion", inline(1, end))
    (item,) = ghost["items"]
    assert item["insertText"] == f"<{BEFORE}word>"
    assert item["range"] == {"start": at(1, end), "end": at(1, end)}


@pytest.mark.parametrize("encoding", WIDTHS)
async def test_edits_land_where_the_editor_means(fresh: Wire, encoding: str) -> None:
    await greet(fresh, encoding)
    fresh.open(f"first\r\n{BEFORE}word\r\nlast")
    fresh.edit(2, "🎈s", (1, units(BEFORE + "word", encoding)))
    fresh.edit(3, " line", (2, 4))
    fresh.edit(4, "\r\nmore", (9, 9))
    middle = await fresh.request("textDocument/hover", place(1, units(BEFORE, encoding)))
    assert middle["contents"]["value"] == f"**word**\n\n{BEFORE}word🎈s"
    for line, text in ((2, "last line"), (3, "more"), (99, "more")):
        hover = await fresh.request("textDocument/hover", place(line, 2 if line < 99 else 99))
        assert hover["contents"]["value"].endswith(text)


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [((), "utf-16"), (("utf-7",), "utf-16"), (("utf-32", "utf-8"), "utf-32"), (("utf-7", "utf-8"), "utf-8")],
)
async def test_the_client_s_first_choice_we_know_is_taken(fresh: Wire, offered: tuple[str, ...], chosen: str) -> None:
    assert await greet(fresh, *offered) == chosen


async def test_a_position_far_outside_is_the_end(plain: Wire) -> None:
    plain.open("easy")
    hover = await plain.request("textDocument/hover", place(2**31 - 1, 2**31 - 1))
    assert hover["range"] == {"start": at(0, 0), "end": at(0, 4)}
    await plain.request("textDocument/hover", place(0, 2**31 - 1))


async def test_an_empty_document_is_answered(plain: Wire) -> None:
    plain.open("")
    await plain.request("textDocument/hover", place(0, 0))
    assert (await plain.request("textDocument/inlineCompletion", inline(5, 5)))["items"] == []
    plain.edit(2, "word", (0, 0))
    assert await plain.request("textDocument/hover", place(0, 0))


async def test_large_documents_are_edited(plain: Wire) -> None:
    plain.open("word = 1  # and more\n" * 250_000)
    for version in range(2, 12):
        plain.edit(version, "x", (200_000, 0))
    hover = await plain.request("textDocument/hover", place(200_000, 2))
    assert hover["contents"]["value"].startswith("**xxxxxxxxxxword**")


async def test_uris_that_spell_the_same_file_differently_are_one(plain: Wire) -> None:
    plain.open("easy\n", "file:///c%3A/demo.py")
    assert await plain.request("textDocument/hover", place(0, 2, "file:///c:/demo.py"))
