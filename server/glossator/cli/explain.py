"""``glossator explain TARGET``"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from typing import Any


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser(
        "explain",
        help="explain a place, some lines or a file, with sources",
        description="TARGET is FILE, FILE:LINE, FILE:LINE:COL or FILE:FIRST-LAST; lines and columns count from 1.",
    )
    parser.add_argument("target", metavar="TARGET")
    parser.add_argument("--format", choices=("markdown", "json", "html"), default="markdown")
    parser.add_argument("--article", action="store_true", help="the whole FILE as an article; can be html, too")
    parser.add_argument("--output", metavar="FILE", default="", help="write the article to a file")
    parser.add_argument("--stdin", action="store_true", help="read the file's text, unsaved, from standard input")
    parser.add_argument("--question", default="", help="what you want to know about it")
    parser.add_argument("--no-model", action="store_true", help="extracts only; ask no model")
    parser.add_argument("--offline", action="store_true", help="use what is on this machine; fetch nothing")
    parser.add_argument("--fresh", action="store_true", help="ask again, whatever is remembered")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain, print, and say by the exit code whether there was an answer."""
    from glossator.assemble_models import writes_explanations
    from glossator.cli.document import read_document
    from glossator.cli.session import ensure_weights, settings_for
    from glossator.errors import NothingToSay, WrongUse

    if arguments.article:
        from glossator.cli.article import write

        return write(arguments)
    if arguments.output or arguments.format == "html":
        raise WrongUse("--output and --format html are for articles.", "Add --article.")
    document = read_document(arguments.target, arguments.stdin)
    settings = settings_for(document.root)
    wants_model = writes_explanations(settings) and not arguments.no_model
    problem = ensure_weights(settings) if wants_model and not arguments.offline else None
    explanation = asyncio.run(_explain(document, settings, arguments, use_model=problem is None))
    problems = (*document.problems, *explanation.problems, *([problem] if problem else []))
    explanation = replace(explanation, problems=problems)
    if explanation.empty and arguments.format != "json":
        reason = problems[0] if problems else "There is nothing here that Glossator knows."
        raise NothingToSay(str(reason), "" if problems else "Try a name, a call, an argument or a keyword.")
    show(explanation, arguments.format)
    return 1 if explanation.empty else 0


async def _explain(document: Any, settings: Any, arguments: argparse.Namespace, use_model: bool) -> Any:
    from glossator.cli.growing import growing
    from glossator.cli.session import parts_for
    from glossator.explain.options import ExplainOptions

    options = ExplainOptions(
        synthesis="model" if use_model and not arguments.no_model else "none",
        offline=arguments.offline,
        fresh=arguments.fresh,
        question=arguments.question,
        wait_for_index=True,
    )
    with growing(arguments.format) as watching:
        async with parts_for(settings, document.root, watching.loading) as parts:
            return await parts.explain(document.snapshot, document.target, options, watching.stage, watching.show)


def show(explanation: Any, form: str) -> None:
    """Print an explanation: as JSON, as markdown, or, on a terminal, as what the markdown means."""
    from rich.console import Console
    from rich.markdown import Markdown

    from glossator.explain.render import to_json, to_markdown

    if form == "json":
        print(json.dumps(to_json(explanation), indent=2, ensure_ascii=False))
    elif sys.stdout.isatty():
        Console().print(Markdown(to_markdown(explanation)))
        if explanation.id:
            Console(stderr=True).print("Ask further: glossator ask 'your question'", style="dim", highlight=False)
    else:
        print(to_markdown(explanation))
