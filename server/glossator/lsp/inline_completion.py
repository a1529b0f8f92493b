"""``textDocument/inlineCompletion``: ghost text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from glossator.lsp.convert import from_span
from glossator.lsp.suggestions import Suggestions

if TYPE_CHECKING:
    from glossator.lsp.session import Session


def register(session: Session, suggestions: Suggestions) -> None:
    """Serve ghost text. pygls advertises it only if it is given options."""

    async def inline_completion(params: types.InlineCompletionParams) -> types.InlineCompletionList | None:
        manual = params.context.trigger_kind == types.InlineCompletionTriggerKind.Invoked
        suggested = await suggestions.suggest(params.text_document.uri, params.position, manual=manual)
        if suggested is None:
            return None
        return types.InlineCompletionList(
            [
                types.InlineCompletionItem(
                    one.text,
                    range=from_span(suggested.snapshot, one.span, session.encoding),
                    command=types.Command("Accepted", "glossator.accepted", arguments=[one.id]),
                )
                for one in suggested.completion.items
            ]
        )

    session.serve(types.TEXT_DOCUMENT_INLINE_COMPLETION, inline_completion, types.InlineCompletionOptions())
