"""``glossator complete FILE:LINE:COL``"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from typing import Any

BETWEEN = "─" * 8  # alternatives on the terminal


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
    parser.add_argument("--alternatives", type=int, default=1, metavar="N", help="up to so many suggestions, 1 to 8")
    parser.add_argument("--why", action="store_true", help="say on standard error what was asked, and what came of it")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Complete, print, and say by the exit code whether there was an answer."""
    from glossator.cli.document import read_document, require_position
    from glossator.cli.session import ensure_weights, settings_for
    from glossator.complete.reasons import explain_reason
    from glossator.complete.render import to_json
    from glossator.errors import ModelMissing, NothingToSay

    document = read_document(arguments.target, arguments.stdin)
    position = require_position(document)
    settings = settings_for(document.root)
    problem = ensure_weights(settings)
    if problem is not None:
        raise ModelMissing(problem.what, problem.next_step)
    completion = asyncio.run(_complete(document, position, settings, arguments.alternatives))
    if arguments.why:
        print_why(completion)
    if arguments.format == "json":
        print(json.dumps(to_json(completion), indent=2, ensure_ascii=False))
        return 0 if completion.items else 1
    if not completion.items:
        raise NothingToSay(f"Nothing to suggest here. {explain_reason(completion.reason)}", "Try another place.")
    print(f"\n{BETWEEN}\n".join(one.text for one in completion.items))
    return 0


def print_why(completion: Any) -> None:
    """What the model saw, how long it took, how sure it was, and why there is nothing, if there is nothing."""
    from glossator.complete.reasons import explain_reason

    meta = completion.meta
    times = ", ".join(f"{name} {value:g} ms" for name, value in meta.timings_ms.items())
    asked = " ".join(filter(None, (meta.backend, meta.model, meta.adapter))) or "nobody"
    tokens = (
        f"{meta.prompt_tokens} tokens read, {meta.reused_tokens} of them remembered, {meta.completion_tokens} written"
    )
    lines = [f"asked: {asked}", tokens, times, *meta.context]
    lines += [f"probability of a token: {one.score:.0%}" for one in completion.items if one.score is not None]
    lines += [f"{completion.reason}: {explain_reason(completion.reason)}"] if completion.reason else []
    print("\n".join(f"glossator: {line}" for line in lines if line), file=sys.stderr)


async def _complete(document: Any, position: Any, settings: Any, alternatives: int) -> Any:
    from glossator.cli.session import parts_for
    from glossator.complete.pipeline import MOST_ALTERNATIVES, CompleteOptions

    several = max(min(alternatives, MOST_ALTERNATIVES), 1)
    options = CompleteOptions(True, settings.completion.max_tokens, settings.completion.deadline, alternatives=several)
    async with parts_for(settings, document.root) as parts:
        return await parts.complete(document.snapshot, position, options)
