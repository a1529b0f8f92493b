"""``glossator explain FILE --article``: progress on stderr, the article on stdout or in a file."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

from glossator.cli.document import Document, read_document
from glossator.cli.output import check_output, write_file, write_stdout
from glossator.cli.progress import shown_progress, stages
from glossator.cli.session import ensure_weights, parts_for, settings_for
from glossator.errors import NothingToSay, WrongUse
from glossator.explain.article import Article, article_to_json
from glossator.explain.options import ExplainOptions
from glossator.settings import Settings

INTERRUPTED = 130


def write(arguments: argparse.Namespace) -> int:
    """Write the article, and say by the exit code whether there was anything to write about.

    Raises:
        WrongUse: the target is no whole file, or the output cannot be written.
        NothingToSay: nothing in the file can be explained.
    """
    document = read_document(arguments.target, arguments.stdin)
    if document.target is not None:
        raise WrongUse("An article is about a whole file.", "Name FILE without a line.")
    output = Path(arguments.output) if arguments.output else None
    if output is not None:
        check_output(output)
    settings = settings_for(document.root)
    problem = None if arguments.no_model or arguments.offline else ensure_weights(settings)
    wanted = "none" if arguments.no_model or problem is not None else "model"
    options = ExplainOptions(
        wanted,  # type: ignore[arg-type]
        arguments.offline,
        arguments.fresh,
        arguments.question,
        wait_for_index=True,
    )
    try:
        article = asyncio.run(_article(document, settings, options))
    except KeyboardInterrupt:
        kept = "What the model wrote is remembered: the next run goes on from there." if wanted == "model" else ""
        print(f"glossator: Interrupted. {kept}".rstrip(), file=sys.stderr)
        return INTERRUPTED
    problems = (*document.problems, *article.problems, *([problem] if problem else []))
    return _deliver(replace(article, problems=problems), arguments.format, output)


def rendered(article: Article, form: str) -> str:
    """The article in one of its forms."""
    from glossator.explain.article_html import to_html
    from glossator.explain.article_markdown import to_markdown

    if form == "json":
        return json.dumps(article_to_json(article), indent=2, ensure_ascii=False) + "\n"
    return to_html(article) if form == "html" else to_markdown(article)


def _deliver(article: Article, form: str, output: Path | None) -> int:
    if article.empty and form != "json":
        told = str(article.problems[0]) if article.problems else "There is nothing in this file that Glossator knows."
        raise NothingToSay(told, "" if article.problems else "An article needs calls, imports or definitions.")
    text = rendered(article, form)
    if output is not None:
        write_file(output, text)
        size = f"{len(article.sections)} sections, {len(article.sources)} sources"
        print(f"glossator: {output}: {size}.", file=sys.stderr)
    elif form == "markdown" and sys.stdout.isatty():
        from rich.console import Console
        from rich.markdown import Markdown

        Console().print(Markdown(text))
    else:
        write_stdout(text)
    return 1 if article.empty else 0


async def _article(document: Document, settings: Settings, options: ExplainOptions) -> Article:
    with shown_progress() as show:
        async with parts_for(settings, document.root, show) as parts:
            return await parts.article(document.snapshot, options, stages(show))
