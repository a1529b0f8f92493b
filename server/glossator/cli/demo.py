"""``glossator demo``: the main job on the example script, with nothing prepared but the script."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from glossator.cli.document import Document
    from glossator.complete.completion import Completion
    from glossator.explain.explanation import Explanation
    from glossator.text import Position

EXAMPLE = Path(__file__).parent.parent / "examples" / "hero.py"
ASK_ABOUT = "encode("
SWAP = "if items[index] > items[index + 1]:\n                "
LINES_AROUND = 3


def register(subparsers: Any) -> None:
    """Add the command."""
    parser = subparsers.add_parser("demo", help="explain a call and complete a function in the example script")
    parser.add_argument("--at", metavar="LINE:COL", help="explain another place of the script")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Explain, warn, complete, and say where to go next."""
    from rich.console import Console
    from rich.markup import escape

    from glossator.cli.document import read_document
    from glossator.cli.session import ensure_weights, settings_for
    from glossator.text import Position

    console = Console()
    text = EXAMPLE.read_text("utf-8")
    document = read_document(f"{EXAMPLE}:{arguments.at}" if arguments.at else str(EXAMPLE))
    asked = document.snapshot.position(text.index(ASK_ABOUT))
    place = document.target if isinstance(document.target, Position) else asked
    hole = document.snapshot.position(text.index(SWAP) + len(SWAP))
    settings = settings_for(document.root)
    problem = ensure_weights(settings)
    explanation, completion = asyncio.run(_ask(document, place, hole, settings, with_model=problem is None))
    _show_explanation(console, document, place, explanation)
    _show_notices(console, explanation)
    if problem is not None:
        console.print(f"\n[yellow]No completion:[/yellow] {escape(str(problem))}", highlight=False)
        return 3
    _show_completion(console, document, hole, completion)
    _show_next_steps(console)
    return 0


async def _ask(
    document: Document, place: Position, hole: Position, settings: Any, with_model: bool
) -> tuple[Explanation, Completion]:
    from glossator.cli.session import parts_for
    from glossator.complete.completion import Completion
    from glossator.complete.pipeline import CompleteOptions
    from glossator.explain.options import ExplainOptions

    async with parts_for(settings, document.root) as parts:
        options = ExplainOptions("model" if with_model else "none")
        explanation = await parts.explain(document.snapshot, place, options)
        if not with_model:
            return explanation, Completion()
        return explanation, await parts.complete(document.snapshot, hole, CompleteOptions(manual=True))


def _show_explanation(console: Console, document: Document, place: Position, explanation: Explanation) -> None:
    from rich.markdown import Markdown
    from rich.markup import escape

    from glossator.explain.render import to_markdown

    console.rule(f"Hover: {EXAMPLE.name}, line {place.line + 1}")
    _show_code(console, document, place.line)
    console.print(Markdown(to_markdown(explanation)))
    made = f"{explanation.meta.backend}, {explanation.meta.duration_ms:.0f} ms"
    refused = explanation.meta.options.get("model_text_refused")
    told = f"The model's own words were not shown: {refused}." if refused else "Every sentence rests on a source."
    console.print(f"[dim]{escape(f'{made}. {told}')}[/dim]", highlight=False)


def _show_notices(console: Console, explanation: Explanation) -> None:
    from rich.markup import escape

    console.print()
    console.rule("Notices in this file")
    for notice in explanation.notices:
        console.print(f"[yellow]⚠ line {notice.line}[/yellow] {escape(notice.message)}", highlight=False)


def _show_completion(console: Console, document: Document, hole: Position, completion: Completion) -> None:
    from rich.markup import escape
    from rich.text import Text

    console.print()
    console.rule(f"Completion: {EXAMPLE.name}, line {hole.line + 1}")
    _show_code(console, document, hole.line, Text(completion.items[0].text, "green") if completion.items else None)
    meta = completion.meta
    times = ", ".join(f"{name.replace('_', ' ')} {value:.0f} ms" for name, value in meta.timings_ms.items())
    shown = f"{meta.model} on {meta.backend}: {times}" if completion.items else f"nothing: {completion.reason}"
    console.print(f"[dim]{escape(shown)}[/dim]", highlight=False)


def _show_code(console: Console, document: Document, line: int, ghost: Any = None) -> None:
    from rich.text import Text

    for number in range(max(line - LINES_AROUND, 0), min(line + LINES_AROUND, document.snapshot.line_count)):
        written = Text(f"{number + 1:4} │ {document.snapshot.line(number)}", "bold" if number == line else "dim")
        console.print(written.append(ghost) if ghost is not None and number == line else written)


def _show_next_steps(console: Console) -> None:
    console.print()
    console.rule("Where to go next")
    console.print(f"glossator demo --at 22:25                  another place of {EXAMPLE.name}", highlight=False)
    console.print("glossator explain FILE:LINE:COL            any place of any Python file", highlight=False)
    console.print("glossator complete FILE:LINE:COL           any place of any file", highlight=False)
    console.print("glossator doctor                           what is here and what is not", highlight=False)
    console.print(
        "glossator serve                            the language server, for your editor (README)", highlight=False
    )
