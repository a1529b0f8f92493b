"""``textDocument/completion``: the ghost text's suggestion as an entry of the list, where there is no ghost text.

A client with inline completion gets null here. "Invoked" does not tell a wish from typing (the protocol uses it for
both), so answering it would ask the model twice at each keystroke and show the same text in two places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from glossator.complete.completion import CompletionMeta, Suggestion
from glossator.lsp.convert import from_span, word_before
from glossator.lsp.suggestions import Suggested, Suggestions
from glossator.text import Position, Span

if TYPE_CHECKING:
    from glossator.lsp.session import Session


def register(session: Session, suggestions: Suggestions) -> None:
    """Serve the completion list."""

    async def completion(params: types.CompletionParams) -> types.CompletionList | None:
        if session.can("text_document.inline_completion") is not None:
            return None
        suggested = await suggestions.suggest(params.text_document.uri, params.position, manual=False)
        if suggested is None:
            return None
        items = [list_item(suggested, one, session.encoding) for one in suggested.completion.items[:1]]
        return types.CompletionList(is_incomplete=True, items=items)

    session.serve(types.TEXT_DOCUMENT_COMPLETION, completion, types.CompletionOptions())


def list_item(suggested: Suggested, suggestion: Suggestion, encoding: str) -> types.CompletionItem:
    """The entry. It replaces the word before the cursor too, since editors filter by that word."""
    start, typed = suggestion.span.start, ""
    if start == suggested.position:
        typed = word_before(suggested.snapshot, start)
        start = Position(start.line, start.column - len(typed))
    text = typed + suggestion.text
    first, *more = text.splitlines() or [""]
    return types.CompletionItem(
        label=first.strip() + (" …" if more else ""),
        kind=types.CompletionItemKind.Text,
        detail=backend_name(suggested.completion.meta),
        documentation=text if more else None,
        filter_text=first,
        insert_text_format=types.InsertTextFormat.PlainText,
        command=types.Command("Accepted", "glossator.accepted", arguments=[suggestion.id]),
        text_edit=types.TextEdit(from_span(suggested.snapshot, Span(start, suggestion.span.end), encoding), text),
    )


def backend_name(meta: CompletionMeta) -> str:
    """Who suggests, for the entry's margin."""
    return "Glossator: " + (" ".join(filter(None, (meta.backend, meta.model, meta.adapter))) or "unknown")
