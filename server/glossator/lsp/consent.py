"""The question whether something may leave the machine: asked once, beside the requests, never before them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from glossator.errors import GlossatorError, Problem
from glossator.lsp.parts import Parts
from glossator.models.consent import Question

if TYPE_CHECKING:
    from glossator.lsp.session import Session

logger = logging.getLogger(__name__)

ALLOW, LATER, NEVER = "Allow for this workspace", "Not now", "Never"


class ConsentQuestions:
    """Asks what requests have wanted to know. "Not now", or no answer, holds for this session; the rest for good."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._asked: set[Question] = set()

    def look(self, parts: Parts) -> None:
        """Ask whatever a request has found undecided; called when one ends."""
        for question in parts.questions():
            if question not in self._asked:
                self._asked.add(question)
                self._session.spawn(self._ask(question))

    async def _ask(self, question: Question) -> None:
        if self._session.can("window.show_message") is None:
            advice = f"To allow it: glossator consent allow --for {question.subject}"
            told = f"Glossator sends nothing elsewhere from {question.workspace}, for your editor cannot ask you."
            self._session.reporter.problems([Problem(told, advice)])
            return
        actions = [types.MessageActionItem(title) for title in (ALLOW, LATER, NEVER)]
        params = types.ShowMessageRequestParams(types.MessageType.Info, question.text, actions)
        try:
            chosen = await self._session.server.window_show_message_request_async(params)
        except JsonRpcException:
            logger.warning("the editor did not ask the user for consent")
            return
        title = chosen.title if chosen is not None else LATER
        if title in (ALLOW, NEVER):
            await self._decide(question, title == ALLOW)

    async def _decide(self, question: Question, allowed: bool) -> None:
        try:
            async with self._session.parts() as parts:
                await parts.answer(question.subject, allowed)
        except GlossatorError as error:
            self._session.reporter.trouble(error)
