"""``workspace/executeCommand``: the commands an editor's plugin calls.

=====================  =============================================  ==============================================
command                arguments                                      result
=====================  =============================================  ==============================================
glossator.explain      uri, position | range | null,                  ``{markdown, explanation}``; null if the
                       ``{question, synthesis,``                      document is not open
                       ``partialResultToken}`` (may be left out)
glossator.regenerate   the same                                       the same, whatever is remembered
glossator.followUp     id of an explanation, question,                ``{markdown, explanation}``; the explanation
                       ``{search, synthesis,``                        has an id of its own
                       ``partialResultToken}`` (may be left out)
glossator.clear        uri, position | range | null                   ``{forgotten}``: how much was remembered of the
                                                                      place; null if the document is not open
glossator.article      uri, ``{question, synthesis, html}``           ``{markdown, html, article}``; ``html`` is null
                       (may be left out)                              unless it was asked for; null if the document is
                                                                      not open
glossator.status       none                                           ``{part: state}``
glossator.why          uri                                            ``{items, reason, sentence, problem, counts,
                                                                      meta}`` of the last completion; null if there was
                                                                      none. ``counts``: each reason's, of this session
glossator.accepted     id of an item, characters (may be left out)    ``{known}``: whether that item is still shown
glossator.snooze       minutes (5 if left out; 0 ends it)             ``{until}``: an ISO date and time, or null
glossator.stats        days (30 if left out), ``{html}``             what became of suggestions, as ``glossator stats
                       (may be left out)                              --format json``, and with ``html`` as a page
glossator.selectAdapter
                       none, or purpose, name | null                  ``{adapters, chosen, why}``
glossator.models       none                                           ``{models: [{name, state, license, quantization,
                                                                      memory, free, trouble}], chosen}``; in bytes
=====================  =============================================  ==============================================

The stages of longer work are reported by ``$/progress``, under the request's ``workDoneToken`` or else a token that the
server creates. An explanation comes in parts under its ``partialResultToken``: see ``explain_commands``. A null place
is the whole file. ``$/cancelRequest`` and ``window/workDoneProgress/cancel`` stop any of them.
pygls passes commands only their arguments, and does not cancel them; here they get the request whole and are awaited
by its handler, which both makes the token known and passes cancelling on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from glossator.complete.reasons import explain_reason
from glossator.explain.options import ExplainOptions
from glossator.lsp import adapter_commands, completion_commands, explain_commands
from glossator.lsp.convert import to_plain
from glossator.lsp.explain_commands import SYNTHESES
from glossator.lsp.suggestions import Suggestions

if TYPE_CHECKING:
    from glossator.explain.article import Article
    from glossator.lsp.session import Session

ARTICLE_USE = 'glossator.article takes a uri, and maybe {"question", "synthesis", "html"}.'


def register(session: Session, suggestions: Suggestions) -> None:
    """Serve the commands."""
    commands = session.server.protocol.fm.commands

    async def execute(params: types.ExecuteCommandParams) -> Any:
        if params.command not in commands:
            raise JsonRpcInvalidParams(f"There is no command {params.command}.")
        return await commands[params.command](params)

    session.serve(types.WORKSPACE_EXECUTE_COMMAND, execute)
    explain_commands.register(session)
    session.server.command("glossator.article")(partial(article, session))
    session.server.command("glossator.status")(partial(status, session))
    session.server.command("glossator.why")(partial(why, suggestions))
    completion_commands.register(session, suggestions)
    adapter_commands.register(session)


async def article(session: Session, params: types.ExecuteCommandParams) -> dict[str, Any] | None:
    """Explain a whole file as an article, with its stages as progress."""
    wish = ArticleWish.read(params.arguments or ())
    snapshot = session.documents.get(wish.uri)
    if snapshot is None:
        return None
    async with session.parts() as parts, session.progress.show("Writing", params.work_done_token) as report:
        with session.status.working("Writing an article"):
            written = await parts.article(snapshot, wish.options, report)
            answer = await asyncio.to_thread(rendered_article, written, wish.html)
    session.status.well()
    return answer


def rendered_article(article: Article, html: bool) -> dict[str, Any]:
    """The answer to ``glossator.article``. What renders is imported here: few windows ever need it."""
    from glossator.explain.article import article_to_json
    from glossator.explain.article_html import to_html
    from glossator.explain.article_markdown import to_markdown

    page = to_html(article) if html else None
    return {"markdown": to_markdown(article), "html": page, "article": article_to_json(article)}


async def status(session: Session, params: types.ExecuteCommandParams) -> dict[str, str]:
    """What each part does."""
    async with session.parts() as parts:
        return dict(parts.status())


async def why(suggestions: Suggestions, params: types.ExecuteCommandParams) -> dict[str, Any] | None:
    """Why the last completion was what it was."""
    uri = (params.arguments or [None])[0]
    if not isinstance(uri, str):
        raise JsonRpcInvalidParams("glossator.why takes a uri.")
    outcome = suggestions.last(uri)
    if outcome is None:
        return None
    return {
        "items": len(outcome.completion.items),
        "reason": outcome.completion.reason,
        "sentence": explain_reason(outcome.completion.reason),
        "counts": dict(suggestions.reasons),
        "problem": outcome.problem,
        "meta": to_plain(outcome.completion.meta),
    }


@dataclass(frozen=True, slots=True)
class ArticleWish:
    """The arguments of ``glossator.article``."""

    uri: str
    html: bool
    options: ExplainOptions

    @classmethod
    def read(cls, arguments: Sequence[Any]) -> ArticleWish:
        """Read the arguments as they came.

        Raises:
            JsonRpcInvalidParams: they do not fit.
        """
        uri, options = [*arguments, None, None][:2]
        options = {} if options is None else options
        if len(arguments) > 2 or not isinstance(uri, str) or not isinstance(options, Mapping):
            raise JsonRpcInvalidParams(ARTICLE_USE)
        question, synthesis = options.get("question", ""), options.get("synthesis", "model")
        html = options.get("html", False)
        if not isinstance(question, str) or synthesis not in SYNTHESES or not isinstance(html, bool):
            raise JsonRpcInvalidParams(ARTICLE_USE)
        return cls(uri, html, ExplainOptions(question=question, synthesis=synthesis))
