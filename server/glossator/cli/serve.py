"""``glossator serve``: the language server on stdin and stdout."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from functools import partial
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from argparse import _SubParsersAction

LEVELS = ("error", "warning", "info", "debug")


def register(subparsers: _SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the command."""
    parser = subparsers.add_parser("serve", help="run the language server on stdin and stdout")
    parser.add_argument("--log-level", choices=LEVELS, default="warning", help="how much to log, to stderr")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Serve one editor until it is gone. The parts are imported here, so that the other commands start without them."""
    from glossator.assemble import assemble
    from glossator.explain import render
    from glossator.explain.cached import ExplanationShelf
    from glossator.lsp.server import build

    log_to_stderr(arguments.log_level)
    server = build(partial(assemble, shelf=ExplanationShelf.in_memory()), render)
    server.start_io(*own_channels())
    return server.exit_code


def log_to_stderr(level: str) -> None:
    """Log lines to stderr, which editors show. pygls' own chatter holds the user's code, so it stays out."""
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("pygls").setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").addFilter(_is_news)


def _is_news(record: logging.LogRecord) -> bool:
    """Not that a socket has something for a reader who was cancelled a moment ago: anyio's sockets complain of it, once
    in some thousand cancelled completions."""
    error = record.exc_info[1] if record.exc_info else None
    return not (type(error).__name__ == "InvalidStateError" and "set_result" in record.getMessage())


def own_channels() -> tuple[BinaryIO, BinaryIO]:
    """Stdin and stdout for the protocol alone: what a library prints goes to stderr, and children inherit neither."""
    stdin, stdout = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return stdin, stdout
