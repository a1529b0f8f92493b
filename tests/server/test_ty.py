"""What ty is told of an edit is the text that the editor has, whatever the edit was."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from glossator.resolve.ty import TyResolver
from glossator.text import Position, Snapshot

TEXTS = [
    "def first(): ...\nfirst()\n",
    "# ä🎉\ndef first(): ...\nfirst()\n",
    "# ä🎉 more\n\n\ndef first(): ...\nfirst()",
    "# ä🎉 \ud83d\ndef first(): ...\nfirst()",
    "# ä🎉ö; é\r\ndef first(): ...\r\nfirst()",
    "x = '🎉'; first = 1\ndef first(): ...\n\n\nfirst()",
    "",
    "def first(): ...\n# ä🎉ö\nfirst()\n",
]


@pytest.fixture
async def resolver(tmp_path: Path) -> AsyncIterator[TyResolver]:
    resolver = TyResolver(tmp_path, None)
    yield resolver
    await resolver.close()


async def test_edits_lead_to_the_text_that_they_make(resolver: TyResolver, tmp_path: Path) -> None:
    for text in [*TEXTS, *reversed(TEXTS)]:
        snapshot = Snapshot((tmp_path / "place.py").as_uri(), "python", text)
        if not text:
            await resolver.resolve(snapshot, Position(0, 0))
            continue
        written = [snapshot.line(line) for line in range(snapshot.line_count)]
        called = max(line for line, code in enumerate(written) if code == "first()")
        defined = next(line for line, code in enumerate(written) if code.startswith("def"))
        found = await resolver.resolve(snapshot, Position(called, 1))
        assert [place.line for place in found.definitions][-1:] == [defined], text
