"""``glossator complete FILE:LINE:COL``"""

from __future__ import annotations

import argparse
import asyncio
import json
from typing import Any


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "complete",
        help="complete the code at a place",
        description="The cursor stands before column COL of LINE; both count from 1.",
    )
    parser.add_argument("target", metavar="FILE:LINE:COL")
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown")
    parser.add_argument("--stdin", action="store_true", help="read the file's text, unsaved, from standard input")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Complete, print, and say by the exit code whether there was an answer."""
    from glossator.cli.document import read_document, require_position
    from glossator.cli.session import ensure_weights, settings_for
    from glossator.complete.render import to_json
    from glossator.errors import ModelMissing, NothingToSay

    document = read_document(arguments.target, arguments.stdin)
    position = require_position(document)
    settings = settings_for(document.root)
    problem = ensure_weights(settings)
    if problem is not None:
        raise ModelMissing(problem.what, problem.next_step)
    completion = asyncio.run(_complete(document, position, settings))
    if arguments.format == "json":
        print(json.dumps(to_json(completion), indent=2, ensure_ascii=False))
        return 0 if completion.items else 1
    if not completion.items:
        raise NothingToSay(f"Nothing to suggest here: {completion.reason}.", "Try inside a line or a block.")
    print(completion.items[0].text)
    return 0


async def _complete(document: Any, position: Any, settings: Any) -> Any:
    from glossator.cli.session import parts_for
    from glossator.complete.pipeline import CompleteOptions

    options = CompleteOptions(True, settings.completion.max_tokens, settings.completion.deadline)
    async with parts_for(settings, document.root) as parts:
        return await parts.complete(document.snapshot, position, options)
