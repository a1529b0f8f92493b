"""``textDocument/codeAction``: "Explain this" and "Explain selection", which run the command ``glossator.explain``.

Their kind is ``explain``, one of our own: ``source`` actions do not show in a selection's menu, ``refactor`` would
promise an edit, and the empty kind cannot be bound to a key.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from lsprotocol import types

if TYPE_CHECKING:
    from glossator.lsp.session import Session

KIND = "explain"
COMMAND = "glossator.explain"


def register(session: Session) -> None:
    """Serve the actions."""

    async def code_action(params: types.CodeActionParams) -> Sequence[types.CodeAction | types.Command] | None:
        if session.documents.get(params.text_document.uri) is None or not wanted(params.context, params.range):
            return None
        title = "Explain this" if params.range.start == params.range.end else "Explain selection"
        command = types.Command(title, COMMAND, arguments=[params.text_document.uri, params.range])
        if session.can("text_document.code_action.code_action_literal_support") is None:
            return [command]
        return [types.CodeAction(title, kind=KIND, command=command)]

    session.serve(types.TEXT_DOCUMENT_CODE_ACTION, code_action, types.CodeActionOptions(code_action_kinds=[KIND]))


def wanted(context: types.CodeActionContext, place: types.Range) -> bool:
    """Whether to offer it: not when filtered out, and not unasked at every place the cursor comes by."""
    if context.only is not None:
        return any(kind == "" or f"{KIND}.".startswith(f"{kind}.") for kind in context.only)
    return context.trigger_kind != types.CodeActionTriggerKind.Automatic or place.start != place.end
