"""Between an edit and the next hover there is time: parse the text and look for its notices then.

Both grow with the text (140 and 300 ms for 10,000 lines), and a hover should not. Only Python texts; the last pause in
typing counts, so that not every keystroke is read.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from glossator.lsp.convert import identity

if TYPE_CHECKING:
    from glossator.lsp.session import Session

PAUSE = 0.15  # seconds


def register(session: Session) -> None:
    """Read each document that is opened or changed, once it rests."""
    waiting: dict[str, asyncio.Task[None]] = {}

    def changed(uri: str) -> None:
        name = identity(uri)
        if name in waiting:
            waiting.pop(name).cancel()
        if session.documents.get(uri) is not None:
            waiting[name] = session.spawn(_read(session, uri))

    session.documents.watch(changed)


async def _read(session: Session, uri: str) -> None:
    await asyncio.sleep(PAUSE)
    snapshot = session.documents.get(uri)
    if snapshot is not None and snapshot.language == "python":
        from glossator.explain.notices import ahead  # with the grammars: not before a text is open
        from glossator.syntax.tree import parse

        tree = await asyncio.to_thread(parse, snapshot.text)
        await asyncio.shield(ahead.look(tree))
