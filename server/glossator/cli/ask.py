"""``glossator ask QUESTION``: further about an explanation that was given, from its sources."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import Any

LAST = "last"


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "ask",
        help="ask further about the last explanation, or another, from its sources",
        description="Answers from the sources of an explanation, which keep their numbers. 'more' alone tells what "
        "they say beyond what was said.",
    )
    parser.add_argument("question", metavar="QUESTION")
    parser.add_argument("--about", metavar="ID", default=LAST, help="the explanation, by its id in JSON; else the last")
    parser.add_argument("--search", action="store_true", help="look for further sources, too")
    parser.add_argument("--format", choices=("markdown", "json"), default="markdown")
    parser.add_argument("--no-model", action="store_true", help="extracts only; ask no model")
    parser.add_argument("--offline", action="store_true", help="use what is on this machine; fetch nothing")
    parser.add_argument("--fresh", action="store_true", help="ask again, whatever is remembered")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Ask, print, and say by the exit code whether there was an answer."""
    from glossator.assemble_models import writes_explanations
    from glossator.cli.document import workspace_of
    from glossator.cli.explain import show
    from glossator.cli.session import ensure_weights, settings_for

    root = workspace_of(Path.cwd() / "anything")
    settings = settings_for(root)
    wants_model = writes_explanations(settings) and not arguments.no_model
    problem = ensure_weights(settings) if wants_model and not arguments.offline else None
    answer = asyncio.run(_ask(root, settings, arguments, use_model=wants_model and problem is None))
    show(answer, arguments.format)
    return 0 if answer.synthesis else 1


async def _ask(root: Path, settings: Any, arguments: argparse.Namespace, use_model: bool) -> Any:
    from glossator.cli.growing import growing
    from glossator.cli.session import parts_for
    from glossator.explain.options import ExplainOptions, FollowUp

    wish = FollowUp(arguments.about, arguments.question, arguments.search)
    options = ExplainOptions("model" if use_model else "none", arguments.offline, arguments.fresh)
    with growing(arguments.format) as watching:
        async with parts_for(settings, root, watching.loading) as parts:
            return await parts.follow_up(wish, options, watching.stage, watching.show)
