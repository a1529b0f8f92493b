"""The real server with one command more: `tests.text` gives the text of a document as the server has it."""

from __future__ import annotations

import sys
from argparse import Namespace
from functools import partial
from typing import Any

from glossator.assemble import assemble
from glossator.cli.serve import log_to_stderr, own_channels
from glossator.explain import render
from glossator.explain.cached import ExplanationShelf
from glossator.lsp.server import build


def main() -> int:
    """Serve until the editor is gone."""
    log_to_stderr("warning")
    server = build(partial(assemble, shelf=ExplanationShelf.in_memory()), render)

    async def text(params: Namespace) -> Any:
        snapshot = server.session.documents.get(params.arguments[0])
        pending = server.protocol.pending
        return {"text": snapshot.text, "version": snapshot.version, "pending": pending} if snapshot else None

    server.command("tests.text")(text)
    server.start_io(*own_channels())
    return server.exit_code


if __name__ == "__main__":
    sys.exit(main())
